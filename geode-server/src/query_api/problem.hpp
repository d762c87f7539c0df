#pragma once

#include <string>
#include <string_view>

#include <geode/error.hpp>

namespace geode::server {

/// Why a request of HTTP is refused, and with which status of HTTP.
struct HttpProblem {
  unsigned http_status;
  Error error;
};

/// The status of HTTP for an error of a statement or a session.
unsigned http_status_of(const Error& error);

/// "Bad Request"
std::string_view reason_of(unsigned http_status);

/// Appends the member `position` to an object of JSON, when it is one.
void append_position(std::string& out, Position position);

/// A problem of RFC 9457 as a JSON object: type, title, status, detail, and beside these gqlstatus,
/// position, hint and retryable.
std::string problem_json(const HttpProblem& problem);

}  // namespace geode::server
