#include "query_api/problem.hpp"

#include <boost/beast/http/status.hpp>

#include "json/json_writer.hpp"
#include "protocol/framing.hpp"

namespace geode::server {

namespace {

void append_member(std::string& out, std::string_view key, std::string_view text) {
  json::append_json_key(out, key);
  json::append_json_string(out, text);
}

void append_member(std::string& out, std::string_view key, std::uint64_t number) {
  json::append_json_key(out, key);
  out += std::to_string(number);
}

}  // namespace

unsigned http_status_of(const Error& error) {
  const std::string_view code = error.gqlstatus();
  if (code == status::kNotAuthenticated) return 401;
  if (code == status::kAccessDenied || code == status::kReadOnlyTransaction) return 403;
  if (code == protocol::kRefused || code == status::kDatabaseBusy) return 503;
  if (code == protocol::kProtocolViolation) return 400;
  if (code == status::kConstraintViolation || code == status::kDuplicateObject) return 409;
  if (code == status::kCancelled) return 503;
  if (code == status::kTimeout) return 504;
  const std::string_view group = code.substr(0, 2);
  if (group == "40" || group == "55" || group == "G1") return 409;
  if (group == "53") return 507;
  if (group == "08" || group == "57") return 503;
  if (group == "58" || group == "XX") return 500;
  return 400;
}

std::string_view reason_of(unsigned http_status) {
  return boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(http_status));
}

void append_position(std::string& out, Position position) {
  if (position.line == 0) return;
  json::append_json_key(out, "position");
  out += '{';
  append_member(out, "offset", position.offset);
  append_member(out, "line", position.line);
  append_member(out, "column", position.column);
  append_member(out, "length", position.length);
  out += '}';
}

std::string problem_json(const HttpProblem& problem) {
  const Error& error = problem.error;
  std::string out = "{";
  append_member(out, "type", "urn:geode:gqlstatus:" + error.gqlstatus());
  append_member(out, "title", reason_of(problem.http_status));
  append_member(out, "status", problem.http_status);
  append_member(out, "detail", error.message());
  append_member(out, "gqlstatus", error.gqlstatus());
  append_position(out, error.position());
  if (!error.hint_text().empty()) append_member(out, "hint", error.hint_text());
  json::append_json_key(out, "retryable");
  out += error.retryable() ? "true}" : "false}";
  return out;
}

}  // namespace geode::server
