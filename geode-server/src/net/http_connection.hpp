#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "net/connection.hpp"
#include "query_api/answer_writer.hpp"
#include "query_api/http_request.hpp"
#include "query_api/query_request.hpp"

namespace geode::server {

/// A client of `POST /v1/query`. Each request is a conversation of its own, so that it is queued,
/// limited, cancelled, logged and counted as those of other clients are; one after the other runs.
/// All of it runs on the thread of input and output, but send() and full().
class HttpConnection : public ServedConnection,
                       public Outbox,
                       public std::enable_shared_from_this<HttpConnection> {
 public:
  /// `refusal`: what the client is told instead of being served.
  HttpConnection(ConnectionHost& host, std::unique_ptr<Channel> channel,
                 std::optional<Error> refusal);

  void start() override;
  void tick(Clock::time_point now) override;
  void close() override;
  void begin_stop() override;
  std::optional<ConnectionInfo> info() const override;
  bool gone() const override;
  bool at_rest() const override;
  bool greeted() const override { return state_ != State::kHandshake; }

  /// Takes frames of the conversation, and makes JSON of them on the thread that made their rows.
  void send(std::string frames) override;
  bool full() const override;

 private:
  /// kWaiting: for a request, or the rest of one. kRefusing: nothing is read any more.
  enum class State : std::uint8_t { kHandshake, kWaiting, kAnswering, kRefusing, kClosed };

  void greeted();
  void read();
  void received(std::size_t bytes);
  void take_request();
  void begin(HttpRequest&& request);
  void parse_body();
  void log_in();
  void logged_in();
  void execute(const Parameters& parameters);
  void answer(const HttpProblem& problem);
  void put(std::string bytes);
  void wake();
  void write();
  void answered();
  void leave_conversation();
  template <class Job>
  void on_worker(Job job);

  ConnectionHost& host_;
  std::unique_ptr<Channel> channel_;
  std::optional<Error> refusal_;
  State state_ = State::kHandshake;
  bool stopping_ = false;
  Clock::time_point begin_ = Clock::now(), last_use_ = begin_, request_begin_ = begin_;
  HttpRequestReader reader_;
  std::array<char, 4096> input_{};
  bool reading_ = false;

  // Of the request that is answered.
  HttpRequest request_;
  AnswerFraming framing_;
  QueryRequest query_;
  Credentials credentials_;
  std::shared_ptr<Conversation> conversation_;
  std::vector<std::shared_ptr<Conversation>> left_;  ///< closed, and perhaps still rolling back
  bool at_worker_ = false;
  /// An Authorization field whose password was right, and whose it is: it is not looked at again
  /// while the connection lasts.
  std::string known_authorization_, known_user_;
  bool had_users_ = false;

  std::mutex mutex_;
  std::optional<AnswerWriter> writer_;
  protocol::FrameReader frames_;
  bool hello_came_ = false;
  std::string waiting_;  // bytes to be sent
  bool answer_ended_ = false, broken_ = false;
  bool wakeup_posted_ = false;
  std::string writing_;  // of the thread: what is being sent
  std::size_t written_ = 0;
  bool is_writing_ = false;
  QueuedBytes queued_bytes_;
};

}  // namespace geode::server
