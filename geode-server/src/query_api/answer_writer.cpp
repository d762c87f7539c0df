#include "query_api/answer_writer.hpp"

#include <charconv>
#include <utility>

#include "geode.pb.h"
#include "protocol/convert.hpp"

namespace geode::server {

namespace {

namespace wire = geode::wire::v1;

std::string header(unsigned http_status, std::string_view content_type,
                   const AnswerFraming& framing) {
  std::string out = "HTTP/1.1 " + std::to_string(http_status) + ' ';
  out += reason_of(http_status);
  out += "\r\nContent-Type: ";
  out += content_type;
  out += "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  if (http_status == 401) out += "WWW-Authenticate: Basic realm=\"geode\", charset=\"UTF-8\"\r\n";
  if (http_status == 405) out += "Allow: POST\r\n";
  if (http_status == 503) out += "Retry-After: 1\r\n";
  // HTTP/1.0 closes unless it is told otherwise.
  if (!framing.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!framing.takes_chunks) {
    out += "Connection: keep-alive\r\n";
  }
  return out;
}

std::string length_field(std::size_t bytes) {
  return "Content-Length: " + std::to_string(bytes) + "\r\n\r\n";
}

/// A chunk of RFC 9112, 7.1: its length in hexadecimal, and the bytes.
std::string chunk(std::string_view bytes) {
  if (bytes.empty()) return {};  // an empty one would be the last
  char digits[16];
  std::string out(digits, std::to_chars(digits, digits + sizeof digits, bytes.size(), 16).ptr);
  out += "\r\n";
  out += bytes;
  return out += "\r\n";
}

void append_text(std::string& out, std::string_view key, std::string_view text) {
  json::append_json_key(out, key);
  json::append_json_string(out, text);
}

void append_counters(std::string& out, const Counters& counters) {
  out += "\"counters\":{";
  for (const auto& [name, count] : counters.entries()) {
    if (count == 0) continue;
    json::append_json_key(out, name);
    out += std::to_string(count);
  }
  out += '}';
}

void append_warnings(std::string& out, const std::vector<Notice>& notices) {
  out += ",\"warnings\":[";
  for (const Notice& notice : notices) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_text(out, "gqlstatus", notice.gqlstatus);
    append_text(out, "message", notice.message);
    append_position(out, notice.position);
    out += '}';
  }
  out += ']';
}

}  // namespace

std::string problem_answer(const HttpProblem& problem, const AnswerFraming& framing) {
  const std::string body = problem_json(problem) + "\n";
  const std::string head =
      header(problem.http_status, "application/problem+json", framing) + length_field(body.size());
  return framing.without_body ? head : head + body;
}

void AnswerWriter::take(const wire::ServerMessage& message) {
  if (finished_) return;
  if (message.has_schema()) {
    body_ = "{\"columns\":[";
    for (const std::string& column : message.schema().columns()) {
      if (body_.back() != '[') body_ += ',';
      json::append_json_string(body_, column);
    }
    body_ += ']';
    if (!message.schema().plan().empty()) append_text(body_, "plan", message.schema().plan());
    body_ += ",\"rows\":[";
  }
  for (const wire::Row& row : message.page().rows()) {
    if (rows_++ > 0) body_ += ',';
    body_ += '[';
    for (const wire::Value& value : row.values()) {
      if (&value != &row.values(0)) body_ += ',';
      json::append_json(body_, protocol::read_value(value), form_);
    }
    body_ += ']';
  }
  if (message.has_status()) end(message.status());
}

void AnswerWriter::end(const wire::Status& status) {
  if (!protocol::is_success(status)) {
    const Error error = protocol::read_error(status);
    return fail({http_status_of(error), error});
  }
  if (status.transaction() != wire::NONE) {
    return fail({400, Error(status::kInvalidTransactionState,
                            "each request is a transaction of its own, and cannot begin one")
                          .hint("what belongs together is one statement: join parts with NEXT, or "
                                "use a connection of geode/1")});
  }
  const Summary summary = protocol::read_summary(status);
  body_ += "],\"status\":\"" + summary.gqlstatus + "\",";
  append_counters(body_, summary.counters);
  append_warnings(body_, summary.notices);
  body_ += ",\"row_count\":" + std::to_string(rows_);
  body_ += status.rows_left() ? ",\"truncated\":true" : ",\"truncated\":false";
  // A statement whose rows were not all made has no end.
  if (!status.rows_left()) {
    char digits[40];
    const double elapsed_ms = static_cast<double>(summary.elapsed.count()) / 1e6;
    body_ += ",\"elapsed_ms\":";
    body_.append(
        digits,
        std::to_chars(digits, digits + sizeof digits, elapsed_ms, std::chars_format::fixed, 3).ptr);
  }
  body_ += "}\n";
  finished_ = true;
}

void AnswerWriter::fail(const HttpProblem& problem) {
  if (finished_) return;
  finished_ = true;
  if (!header_sent_) {
    body_.clear();
    problem_ = problem_answer(problem, framing_);
    return;
  }
  body_ += "],\"status\":\"" + problem.error.gqlstatus() + "\",\"row_count\":";
  body_ += std::to_string(rows_) + ",\"error\":" + problem_json(problem) + "}\n";
}

std::string AnswerWriter::take_bytes() {
  if (!problem_.empty()) return std::exchange(problem_, {});
  std::string out;
  const std::string body = std::exchange(body_, {});
  constexpr std::string_view kType = "application/json";
  if (!header_sent_) {
    if (body.empty()) return {};
    header_sent_ = true;
    if (finished_) return header(200, kType, framing_) + length_field(body.size()) + body;
    // The end of the connection is the end of what has neither a length nor chunks.
    if (!framing_.takes_chunks) framing_.keep_alive = false;
    out = header(200, kType, framing_);
    out += framing_.takes_chunks ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n";
  }
  if (!framing_.takes_chunks) return out + body;
  out += chunk(body);
  if (finished_ && !body.empty()) out += "0\r\n\r\n";
  return out;
}

}  // namespace geode::server
