#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "json/json_writer.hpp"
#include "query_api/problem.hpp"

namespace geode::wire::v1 {
class ServerMessage;
class Status;
}  // namespace geode::wire::v1

namespace geode::server {

/// How the connection goes on behind an answer.
struct AnswerFraming {
  bool keep_alive = true;
  bool takes_chunks = true;
  bool without_body = false;  ///< of HEAD
};

/// A whole answer of HTTP: a problem of RFC 9457.
std::string problem_answer(const HttpProblem& problem, const AnswerFraming& framing);

/// Makes the answer to one query of the messages that a conversation sends:
///
///     {"columns":["name"],"rows":[["Ada"]],"status":"00000","counters":{},"warnings":[],
///      "row_count":1,"truncated":false,"elapsed_ms":0.2}
///
/// What is done within the first messages has a length; the rest is sent in chunks as it comes. An
/// error before the first row is a problem with its own status; a later one ends the object with a
/// member `error`.
class AnswerWriter {
 public:
  AnswerWriter(const AnswerFraming& framing, json::JsonForm form)
      : framing_(framing), form_(form) {}

  /// The next message of the statement.
  void take(const wire::v1::ServerMessage& message);
  /// Instead of all messages that are still to come.
  void fail(const HttpProblem& problem);
  /// Bytes of HTTP for what was taken since the last call.
  std::string take_bytes();
  bool finished() const { return finished_; }
  /// Whether another request may follow.
  bool keep_alive() const { return framing_.keep_alive; }

 private:
  void end(const wire::v1::Status& status);

  AnswerFraming framing_;
  json::JsonForm form_;
  std::string body_;     ///< of the object, and not sent
  std::string problem_;  ///< the whole answer, when it is none
  std::uint64_t rows_ = 0;
  bool header_sent_ = false, finished_ = false;
};

}  // namespace geode::server
