#include "net/http_connection.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "geode.pb.h"
#include "protocol/convert.hpp"

namespace geode::server {

using boost::system::error_code;
namespace wire = geode::wire::v1;

namespace {

constexpr std::size_t kHeaderBytes = std::size_t{16} << 10;
/// Rows are made until so many bytes wait, and again when few do.
constexpr std::size_t kFullBytes = std::size_t{1} << 20, kRoomBytes = kFullBytes / 4;
/// Written at a time, so that a client that reads slowly is told from one that does not read.
constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
/// Of requests that a client sends ahead; more is left in its socket.
constexpr std::size_t kAheadBytes = std::size_t{64} << 10;
constexpr std::chrono::seconds kRefusalTime{2};
/// For a request to come, and for a piece of an answer to be taken.
constexpr std::chrono::seconds kRequestTime{30}, kPieceTime{60};
constexpr std::size_t kLongestName = 100;

/// Requests of a conversation.
constexpr std::uint64_t kHello = 1, kStatement = 2;

}  // namespace

HttpConnection::HttpConnection(ConnectionHost& host, std::unique_ptr<Channel> channel,
                               std::optional<Error> refusal)
    : host_(host),
      channel_(std::move(channel)),
      refusal_(std::move(refusal)),
      reader_(kHeaderBytes, host.options.http_body_bytes),
      frames_(host.options.max_frame_bytes),
      queued_bytes_(host.queued_bytes) {}

void HttpConnection::start() {
  channel_->handshake([self = shared_from_this()](error_code error) {
    if (self->state_ == State::kClosed) return;
    if (!error) return self->greeted();
    if (!is_probe(error)) {
      self->host_.log(LogLevel::kInfo, "no HTTPS connection with " + self->channel_->peer() + ": " +
                                           error.message());
    }
    self->close();
  });
}

void HttpConnection::greeted() {
  last_use_ = Clock::now();
  state_ = State::kWaiting;
  unsigned http_status = 503;
  std::string why;
  if (!refusal_ && !channel_->allowed(why) && !host_.conversations.database.has_users()) {
    http_status = 403;
    refusal_ = Error(protocol::kRefused, "the connection is refused: " + why);
  }
  if (refusal_) {
    ++host_.refused;
    host_.log(LogLevel::kWarn, channel_->peer() + ": " + refusal_->message());
    framing_.keep_alive = false;
    answer({http_status, *refusal_});
  }
  read();
}

bool HttpConnection::gone() const {
  return state_ == State::kClosed && !at_worker_ &&
         std::all_of(left_.begin(), left_.end(),
                     [](const auto& conversation) { return conversation->finished(); });
}

bool HttpConnection::at_rest() const { return state_ == State::kWaiting && queued_bytes_ == 0; }

std::optional<ConnectionInfo> HttpConnection::info() const {
  if (state_ != State::kWaiting && state_ != State::kAnswering) return std::nullopt;
  ConnectionInfo info;
  info.address = channel_->peer();
  info.transport = channel_->transport();
  info.since = wall_time(begin_);
  if (state_ == State::kWaiting) info.idle_since = wall_time(last_use_);
  if (conversation_) conversation_->describe(info);
  info.user = credentials_.user;
  return info;
}

void HttpConnection::begin_stop() {
  stopping_ = true;
  if (conversation_) conversation_->begin_stop();
}

void HttpConnection::tick(Clock::time_point now) {
  const auto self = shared_from_this();  // close() may drop the last handler
  const auto passed = [&](std::chrono::milliseconds limit, Clock::time_point since) {
    return limit.count() > 0 && now - since > limit;
  };
  for (const auto& conversation : left_) conversation->tick(now);
  std::erase_if(left_, [](const auto& conversation) { return conversation->finished(); });
  switch (state_) {
    case State::kHandshake:
      if (passed(host_.options.handshake_timeout, begin_)) close();
      return;
    case State::kWaiting:
      if (reader_.within_request()
              ? passed(kRequestTime, request_begin_)
              : passed(host_.conversations.limits.get().idle_timeout, last_use_))
        close();
      return;
    case State::kAnswering:
      if (conversation_) conversation_->tick(now);
      if (queued_bytes_ > 0 && passed(kPieceTime, last_use_)) close();
      return;
    case State::kRefusing:
      if (passed(kRefusalTime, last_use_)) close();
      return;
    case State::kClosed:
      return;
  }
}

void HttpConnection::close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  leave_conversation();
  channel_->close();
  host_.closed(shared_from_this());
}

void HttpConnection::leave_conversation() {
  if (!conversation_) return;
  conversation_->close();
  left_.push_back(std::move(conversation_));
}

// ---- requests

/// Goes on while a statement runs, so that a client that leaves is noticed.
void HttpConnection::read() {
  if (reading_ || state_ == State::kClosed || reader_.pending() > kAheadBytes) return;
  reading_ = true;
  channel_->read_some(boost::asio::buffer(input_),
                      [self = shared_from_this()](error_code error, std::size_t bytes) {
                        self->reading_ = false;
                        if (self->state_ == State::kClosed) return;
                        if (error) return self->close();
                        self->received(bytes);
                      });
}

void HttpConnection::received(std::size_t bytes) {
  // What is sent after a refusal is read and left, as a socket that is closed with unread bytes
  // takes back what was sent.
  if (state_ != State::kRefusing) {
    if (!reader_.within_request()) request_begin_ = Clock::now();
    reader_.append({input_.data(), bytes});
    if (state_ == State::kWaiting) take_request();
  }
  read();
}

void HttpConnection::take_request() {
  try {
    std::optional<HttpRequest> request = reader_.next();
    if (request) return begin(std::move(*request));
    if (reader_.take_expectation()) put("HTTP/1.1 100 Continue\r\n\r\n");
  } catch (const HttpProblem& problem) {
    framing_ = {};
    framing_.keep_alive = false;
    answer(problem);
  } catch (const std::bad_alloc&) {
    close();
  }
}

void HttpConnection::begin(HttpRequest&& request) {
  state_ = State::kAnswering;
  last_use_ = Clock::now();
  request_ = std::move(request);
  framing_ = {request_.keep_alive && !stopping_, request_.takes_chunks, request_.method == "HEAD"};
  try {
    check_request(request_);
    credentials_ = read_authorization(request_.authorization);
  } catch (const HttpProblem& problem) {
    return answer(problem);
  }
  parse_body();
}

/// Runs `job` on a thread for statements; what it gives then runs on this one, unless the
/// connection was closed meanwhile. What it throws is the answer.
template <class Job>
void HttpConnection::on_worker(Job job) {
  at_worker_ = true;
  const auto run = [self = shared_from_this(), job = std::move(job)] {
    std::function<void()> next;
    try {
      next = job();
    } catch (const Error& error) {
      next = [self, error] { self->answer({http_status_of(error), error}); };
    } catch (const std::bad_alloc&) {
      next = [self] {
        self->answer({507, Error(status::kMemoryLimit, "the server's memory ran out")});
      };
    }
    boost::asio::post(self->host_.io, [self, next = std::move(next)] {
      self->at_worker_ = false;
      if (self->state_ == State::kAnswering) next();
    });
  };
  host_.conversations.workers.post(run, false);
}

void HttpConnection::parse_body() {
  on_worker([self = shared_from_this()] {
    return [self, query = read_query(self->request_.body)] {
      self->query_ = query;
      std::string().swap(self->request_.body);
      self->log_in();
    };
  });
}

void HttpConnection::log_in() {
  had_users_ = host_.conversations.database.has_users();
  Peer peer = channel_->identity();
  const bool known =
      !known_authorization_.empty() && request_.authorization == known_authorization_;
  // A user whose password was right is one whose certificate has his name.
  if (known) peer.certificate_name = known_user_;
  conversation_ = std::make_shared<Conversation>(host_.conversations, *this, std::move(peer));
  if (stopping_) conversation_->begin_stop();
  {
    const std::lock_guard lock(mutex_);
    writer_.emplace(framing_, query_.form);
    hello_came_ = answer_ended_ = false;
  }
  wire::ClientMessage message;
  message.set_request_id(kHello);
  wire::Hello& hello = *message.mutable_hello();
  if (!known) {
    hello.set_username(credentials_.user);
    hello.set_password(credentials_.password);
  }
  std::string client = request_.user_agent.substr(0, kLongestName);
  std::replace_if(
      client.begin(), client.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  hello.set_client_name(client);
  hello.set_graph(query_.graph);
  hello.set_read_only(query_.read_only);
  conversation_->receive(std::move(message));
}

void HttpConnection::logged_in() {
  if (had_users_ && !request_.authorization.empty()) {
    known_authorization_ = request_.authorization;
    known_user_ = credentials_.user;
  }
  credentials_.password.clear();
  if (!query_.parameters) return execute({});
  on_worker([self = shared_from_this()] {
    return [self, parameters = read_parameters(self->query_, self->host_.conversations.database)] {
      self->execute(parameters);
    };
  });
}

void HttpConnection::execute(const Parameters& parameters) {
  wire::ClientMessage message;
  message.set_request_id(kStatement);
  wire::Execute& execute = *message.mutable_execute();
  execute.set_query(query_.statement);
  try {
    protocol::write_parameters(parameters, *execute.mutable_parameters());
  } catch (const Error& error) {
    return answer({http_status_of(error), error});
  }
  execute.mutable_options()->set_timeout_ms(static_cast<std::uint64_t>(query_.timeout.count()));
  execute.mutable_options()->set_max_rows(query_.max_rows);
  conversation_->receive(std::move(message));
}

// ---- answers

void HttpConnection::send(std::string frames) {
  const std::lock_guard lock(mutex_);
  if (!writer_ || writer_->finished()) return;
  try {
    frames_.append(frames);
    while (const auto frame = frames_.next()) {
      wire::ServerMessage message;
      protocol::parse_frame(*frame, message);
      if (!hello_came_ && message.has_hello()) {
        hello_came_ = true;
        boost::asio::post(host_.io, [self = shared_from_this()] {
          if (self->state_ == State::kAnswering) self->logged_in();
        });
      } else {
        writer_->take(message);
      }
    }
    const std::string bytes = writer_->take_bytes();
    queued_bytes_ += bytes.size();
    waiting_ += bytes;
    answer_ended_ = writer_->finished();
  } catch (const std::exception&) {
    // Neither an answer nor the end of one can be told any more.
    broken_ = true;
  }
  wake();
}

bool HttpConnection::full() const { return queued_bytes_ >= kFullBytes; }

/// With the mutex held.
void HttpConnection::wake() {
  if (std::exchange(wakeup_posted_, true)) return;
  boost::asio::post(host_.io, [self = shared_from_this()] {
    bool broken = false;
    {
      const std::lock_guard lock(self->mutex_);
      self->wakeup_posted_ = false;
      broken = self->broken_;
    }
    if (broken) return self->close();
    self->write();
  });
}

void HttpConnection::put(std::string bytes) {
  {
    const std::lock_guard lock(mutex_);
    queued_bytes_ += bytes.size();
    waiting_ += bytes;
  }
  write();
}

/// Ends the request that is answered, or was not one, before its statement has sent anything.
void HttpConnection::answer(const HttpProblem& problem) {
  leave_conversation();
  state_ = State::kAnswering;
  last_use_ = Clock::now();
  {
    const std::lock_guard lock(mutex_);
    writer_.reset();
    answer_ended_ = true;
  }
  put(problem_answer(problem, framing_));
}

void HttpConnection::write() {
  if (is_writing_ || state_ == State::kClosed) return;
  bool ended = false;
  if (written_ == writing_.size()) {
    const std::lock_guard lock(mutex_);
    writing_.clear();
    written_ = 0;
    writing_.swap(waiting_);
    ended = answer_ended_;
  }
  if (writing_.empty()) {
    std::string().swap(writing_);
    if (ended && state_ == State::kAnswering) answered();
    return;
  }
  is_writing_ = true;
  last_use_ = Clock::now();
  const std::size_t piece = std::min(kPieceBytes, writing_.size() - written_);
  channel_->write(boost::asio::buffer(writing_.data() + written_, piece),
                  [self = shared_from_this(), piece](error_code error, std::size_t) {
                    self->is_writing_ = false;
                    if (self->state_ == State::kClosed) return;
                    if (error) return self->close();
                    self->last_use_ = Clock::now();
                    self->written_ += piece;
                    self->queued_bytes_ -= piece;
                    if (self->conversation_ && self->queued_bytes_ < kRoomBytes)
                      self->conversation_->resume();
                    self->write();
                  });
}

/// The last byte of an answer has been sent.
void HttpConnection::answered() {
  leave_conversation();
  bool keep_alive = framing_.keep_alive && !stopping_;
  {
    const std::lock_guard lock(mutex_);
    if (writer_) keep_alive = keep_alive && writer_->keep_alive();
    // Who was taken for a user that is gone is asked for his password again.
    if (!hello_came_) known_authorization_.clear();
    writer_.reset();
    answer_ended_ = false;
  }
  query_ = {};
  if (!keep_alive) {
    state_ = State::kRefusing;
    channel_->say_goodbye([self = shared_from_this()](error_code) { self->close(); });
    return read();
  }
  state_ = State::kWaiting;
  request_begin_ = Clock::now();
  take_request();
  read();
}

}  // namespace geode::server
