#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "query_api/problem.hpp"

namespace geode::server {

/// A request as it came; of its fields those that the query API looks at.
struct HttpRequest {
  std::string method;
  std::string path;  ///< without the query behind `?`
  std::string content_type, authorization, user_agent;
  std::string body;
  bool keep_alive = true;
  bool takes_chunks = true;  ///< HTTP/1.1
};

/// Cuts a stream of bytes into requests of HTTP/1. Memory grows with the bytes that came, not with
/// the length that a request claims.
class HttpRequestReader {
 public:
  HttpRequestReader(std::size_t header_limit, std::size_t body_limit);
  ~HttpRequestReader();
  HttpRequestReader(const HttpRequestReader&) = delete;
  HttpRequestReader& operator=(const HttpRequestReader&) = delete;

  void append(std::string_view bytes);
  /// The next whole request, or absent until more bytes come. Throws HttpProblem when they are
  /// none: nothing after that can be read.
  std::optional<HttpRequest> next();
  /// Part of a request has come, and not all of it.
  bool within_request() const;
  /// True once when the client waits for 100 Continue before it sends the body.
  bool take_expectation();
  /// Bytes that came and are part of no request yet.
  std::size_t pending() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace geode::server
