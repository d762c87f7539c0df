#include "worker/conversation.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "protocol/convert.hpp"
#include "protocol/framing.hpp"

namespace geode::server {

namespace {

namespace wire = geode::wire::v1;

/// Steps of a conversation before those that wait for the thread have their turn.
constexpr int kStepsOfTurn = 64;
/// Statements that took less are run in the thread of input the next time.
constexpr std::chrono::microseconds kQuick{50};
/// Of a transaction, while the server stops.
constexpr std::chrono::milliseconds kLongestPauseOfStop{2'000};

std::string new_session_id() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) {
    constexpr char kDigits[] = "0123456789abcdef";
    for (std::uint32_t bits = random(), n = 0; n < 8; ++n, bits >>= 4) id += kDigits[bits & 15];
  }
  return id;
}

bool is_statement(const wire::ClientMessage& message) {
  return message.has_execute() || message.has_execute_prepared();
}

Error cancelled() { return Error(status::kCancelled, "the statement was cancelled"); }

}  // namespace

Conversation::Conversation(ConversationHost& host, Outbox& outbox, Peer peer)
    : host_(host),
      session_id_(new_session_id()),
      outbox_(&outbox),
      peer_(std::move(peer)),
      trail_(host.options.audit, session_id_, peer_,
             [&host](const Error& error) {
               if (host.options.log) host.options.log(LogLevel::kError, error.message());
             }),
      session_(host.database.open_session()) {}

Conversation::~Conversation() {
  for (const auto& [request, flight] : flights_)
    if (flight.is_statement) --host_.totals.active_statements;
  if (in_transaction_) --host_.totals.active_transactions;
}

// ---- the thread that does input

void Conversation::receive(Message&& message) {
  std::unique_lock lock(mutex_);
  if (!outbox_) return;
  last_use_ = Clock::now();
  const std::uint64_t request = message.request_id();
  if (request == 0 || flights_.contains(request)) {
    lock.unlock();
    return fail(0, Error(protocol::kProtocolViolation,
                         "request id " + std::to_string(request) + " is in use, or 0")
                       .hint("number the requests of a connection from 1"));
  }
  flights_[request].is_statement = is_statement(message);
  if (is_statement(message)) ++host_.totals.active_statements;
  if (message.has_ping() || message.has_cancel()) {
    lock.unlock();
    if (message.has_cancel()) cancel(message.cancel().request());
    return succeed(request);
  }
  waiting_.push_back(std::move(message));
  schedule(lock);
}

void Conversation::resume() {
  std::unique_lock lock(mutex_);
  if (!waits_for_room_) return;
  waits_for_room_ = false;
  schedule(lock);
}

void Conversation::tick(Clock::time_point now) {
  std::unique_lock lock(mutex_);
  // An interrupt that came before the statement began was lost; say it again.
  if (!outbox_) return session_.interrupt();
  if (current_ != 0 && flights_[current_].cancelled) interrupt_current();
  if (!in_transaction() || !expired_.empty()) return;
  const auto seconds = [](std::chrono::milliseconds limit) {
    return std::to_string(static_cast<double>(limit.count()) / 1000).substr(0, 6) + " s";
  };
  ServerLimits limits = host_.limits.get();
  if (stopping_) {
    limits.transaction_idle_timeout =
        limits.transaction_idle_timeout.count() > 0
            ? std::min(limits.transaction_idle_timeout, kLongestPauseOfStop)
            : kLongestPauseOfStop;
  }
  if (limits.transaction_timeout.count() > 0 &&
      now - transaction_begin_ > limits.transaction_timeout) {
    expired_ = "it was open for more than " + seconds(limits.transaction_timeout);
    if (current_ != 0) session_.interrupt();
  } else if (limits.transaction_idle_timeout.count() > 0 && flights_.empty() &&
             now - last_use_ > limits.transaction_idle_timeout) {
    expired_ = "it was idle for more than " + seconds(limits.transaction_idle_timeout);
  } else {
    return;
  }
  schedule(lock);
}

void Conversation::close() {
  std::unique_lock lock(mutex_);
  if (!outbox_) return;
  outbox_ = nullptr;
  waiting_.clear();
  session_.interrupt();
  // The worker lets go of the session, so that rolling back does not hold up input.
  schedule(lock);
}

bool Conversation::finished() const {
  const std::lock_guard lock(mutex_);
  return finished_;
}

std::size_t Conversation::in_flight() const {
  const std::lock_guard lock(mutex_);
  return flights_.size();
}

void Conversation::cancel(std::uint64_t request) {
  std::unique_lock lock(mutex_);
  const auto flight = flights_.find(request);
  if (flight == flights_.end()) return;
  const auto queued = std::find_if(waiting_.begin(), waiting_.end(), [&](const Message& message) {
    return message.request_id() == request;
  });
  if (queued != waiting_.end()) {
    waiting_.erase(queued);
    lock.unlock();
    return fail(request, cancelled());
  }
  flight->second.cancelled = true;
  any_cancelled_ = true;
  if (current_ == request) {
    interrupt_current();
  } else {
    schedule(lock);
  }
}

/// With the mutex held. Ends what a worker is at, and no other result that is open.
void Conversation::interrupt_current() {
  const auto flight = flights_.find(current_);
  if (flight != flights_.end() && flight->second.interrupt) {
    flight->second.interrupt();
  } else {
    session_.interrupt_last();
  }
}

void Conversation::schedule(std::unique_lock<std::mutex>&) {
  if (scheduled_) return;
  scheduled_ = true;
  if (!waiting_.empty() && next_is_quick())
    return host_.loop.run_quick([self = shared_from_this()] { self->run_quick(); });
  post();
}

/// With the mutex held. Whether the next step is one for the thread of input.
bool Conversation::next_is_quick() const {
  if (!outbox_ || trail_.keeps_reads() || !expired_.empty() || any_cancelled_ || streaming_ != 0 ||
      has_writer_)
    return false;
  if (waiting_.empty()) return true;  // there is none
  const Message& next = waiting_.front();
  if (next.has_execute_prepared())
    return quick_prepared_.contains(next.execute_prepared().prepared_id());
  return next.has_execute() && !quick_text_.empty() && next.execute().query() == quick_text_;
}

/// With the mutex held.
void Conversation::note_quickness(const Flight& flight, bool succeeded) {
  const bool quick = succeeded && flight.busy < kQuick;
  if (flight.prepared_id != 0) {
    if (quick) {
      quick_prepared_.insert(flight.prepared_id);
    } else {
      quick_prepared_.erase(flight.prepared_id);
    }
  } else if (quick) {
    quick_text_ = flight.text;
  } else if (quick_text_ == flight.text) {
    quick_text_.clear();
  }
}

void Conversation::describe(ConnectionInfo& info) const {
  const std::lock_guard lock(mutex_);
  info.session_id = session_id_;
  info.user = user_;
  info.client = client_;
  info.in_transaction = in_transaction_;
  // That which runs now, else one whose rows are still to be pulled.
  for (const auto& [request, flight] : flights_) {
    if (flight.text.empty() || (!info.statement.empty() && request != current_)) continue;
    info.statement = without_literals(flight.text);
  }
}

// ---- workers, one at a time

void Conversation::run_quick() {
  for (int steps = 0; steps < kStepsOfTurn; ++steps) {
    {
      const std::lock_guard lock(mutex_);
      if (!next_is_quick()) break;
    }
    if (!step()) return;
  }
  post();
}

void Conversation::run(bool of_open_writer) {
  for (int steps = 0; steps < kStepsOfTurn; ++steps) {
    // The thread of the open writer must not wait for the turn, as others do to begin one.
    if (of_open_writer && !has_writer_) break;
    if (!step()) return;
  }
  post();
}

void Conversation::post() {
  const bool of_open_writer = has_writer_;
  host_.workers.post([self = shared_from_this(), of_open_writer] { self->run(of_open_writer); },
                     of_open_writer);
}

/// Whether a password has to be looked at.
bool Conversation::names_user(const Message& message) {
  return message.has_hello() &&
         !(message.hello().username().empty() && message.hello().password().empty());
}

/// Of the threads for logins is the Hello alone, not what the client sent with it.
void Conversation::post_login(const wire::Hello& hello) {
  host_.logins.post(
      [self = shared_from_this()] {
        if (self->step(true)) self->post();
      },
      peer_.address, host_.throttle.is_known(hello.username(), peer_.address));
}

/// `is_login`: the thread is one for logins. False when there is nothing to do now, and the
/// conversation is not scheduled, or when a thread for logins goes on.
bool Conversation::step(bool is_login) {
  Message message;
  {
    std::unique_lock lock(mutex_);
    current_ = 0;
    if (!outbox_) {
      // scheduled_ stays: nothing is run after this.
      lock.unlock();
      cursors_.clear();
      prepared_.clear();
      roll_back();
      lock.lock();
      finished_ = true;
      return false;
    }
    if (!expired_.empty()) {
      lock.unlock();
      roll_back_expired();
      return true;
    }
    if (any_cancelled_) {
      lock.unlock();
      if (drop_cancelled()) return true;
      lock.lock();
      if (!outbox_) return true;
    }
    if (streaming_ != 0 && outbox_->full()) {
      waits_for_room_ = true;
      scheduled_ = false;
      return false;
    }
    if (streaming_ != 0) {
      current_ = streaming_;
    } else if (waiting_.empty()) {
      scheduled_ = false;
      return false;
    } else if (names_user(waiting_.front()) != is_login) {
      if (is_login) return true;  // the Hello was cancelled
      post_login(waiting_.front().hello());
      return false;
    } else {
      message = std::move(waiting_.front());
      waiting_.pop_front();
      current_ = message.request_id();
    }
  }
  handle(message);
  return true;
}

void Conversation::handle(Message& message) {
  const std::uint64_t request = streaming_ != 0 ? streaming_ : message.request_id();
  step_begin_ = Clock::now();
  try {
    if (streaming_ != 0) {
      send_page(request, cursors_.at(request));
    } else {
      answer(message);
    }
  } catch (const Error& error) {
    if (streaming_ == request) streaming_ = 0;
    cursors_.erase(request);
    note_transaction();
    if (was_ended_by_limit(request)) {
      roll_back_expired();
      if (rolled_back_) return fail(request, *std::exchange(rolled_back_, std::nullopt));
    }
    fail(request, error);
  } catch (const std::bad_alloc&) {
    if (streaming_ == request) streaming_ = 0;
    cursors_.erase(request);
    note_transaction();
    fail(request, Error(status::kMemoryLimit, "the server's memory ran out"));
  }
  const std::lock_guard lock(mutex_);
  const auto flight = flights_.find(request);
  if (flight != flights_.end()) flight->second.busy += Clock::now() - step_begin_;
}

/// Answers requests that were cancelled between their pages.
bool Conversation::drop_cancelled() {
  std::vector<std::uint64_t> requests;
  {
    const std::lock_guard lock(mutex_);
    any_cancelled_ = false;
    for (const auto& [request, flight] : flights_)
      if (flight.cancelled && cursors_.contains(request)) requests.push_back(request);
  }
  for (const std::uint64_t request : requests) {
    if (streaming_ == request) streaming_ = 0;
    cursors_.erase(request);
    fail(request, cancelled());
  }
  return !requests.empty();
}

/// Whether a statement was interrupted for its transaction's sake, and not cancelled by the client.
bool Conversation::was_ended_by_limit(std::uint64_t request) const {
  const std::lock_guard lock(mutex_);
  const auto flight = flights_.find(request);
  return !expired_.empty() && flight != flights_.end() && !flight->second.cancelled;
}

/// The open transaction, when there is one, without being asked.
void Conversation::roll_back() {
  if (session_.in_transaction()) {
    trail_.work_on(0, "ROLLBACK");
    try {
      session_.execute("ROLLBACK");
    } catch (const Error&) {
      // There is no transaction any more.
    }
    trail_.ended(0, {}, 0, std::string(status::kSuccess), true);
  }
  note_transaction();
}

void Conversation::roll_back_expired() {
  std::string why;
  {
    const std::lock_guard lock(mutex_);
    why = std::exchange(expired_, "");
  }
  if (!session_.in_transaction()) return;  // it ended by itself meanwhile
  roll_back();
  rolled_back_ = Error(status::kTransactionRollback, "the transaction was rolled back: " + why)
                     .hint("begin it again");
}

void Conversation::note_transaction() {
  const TransactionState state = session_.transaction_state();
  const bool open = state != TransactionState::kNone;
  transaction_state_ = state;
  has_writer_ = state == TransactionState::kWriting || state == TransactionState::kFailed;
  if (open == in_transaction_) return;
  const std::lock_guard lock(mutex_);
  const Clock::time_point begin = std::exchange(transaction_begin_, Clock::now());
  in_transaction_ = open;
  if (open) {
    ++host_.totals.active_transactions;
  } else {
    --host_.totals.active_transactions;
    if (host_.options.transaction_ended)
      host_.options.transaction_ended(transaction_begin_ - begin);
  }
}

// ---- answers

void Conversation::send(const wire::ServerMessage& message) {
  std::string frame = protocol::make_frame(message, host_.options.max_frame_bytes);
  const std::lock_guard lock(mutex_);
  put(std::move(frame));
}

void Conversation::put(std::string frame) {
  if (!unsent_.empty()) frame.insert(0, std::exchange(unsent_, std::string()));
  if (outbox_) outbox_->send(std::move(frame));
}

/// The last message of a request; a status that is not set says success.
void Conversation::finish(std::uint64_t request, wire::ServerMessage&& message) {
  message.set_request_id(request);
  if (message.status().gqlstatus().empty())
    message.mutable_status()->set_gqlstatus(std::string(status::kSuccess));
  if (trail_.is_on()) record(request, message);
  protocol::write_transaction_state(transaction_state_, *message.mutable_status());
  std::string frame = protocol::make_frame(message, host_.options.max_frame_bytes);
  const std::lock_guard lock(mutex_);
  last_use_ = Clock::now();
  const auto flight = flights_.find(request);
  if (flight != flights_.end()) {
    if (current_ == request) flight->second.busy += last_use_ - step_begin_;
    if (flight->second.is_statement) {
      note_quickness(flight->second, protocol::is_success(message.status()));
      note_end(flight->second, message.status());
    }
    flights_.erase(flight);
  }
  if (current_ == request) current_ = 0;
  put(std::move(frame));
}

/// Of a statement; one that cannot be recorded has failed.
void Conversation::record(std::uint64_t request, wire::ServerMessage& message) {
  std::chrono::nanoseconds duration{0};
  std::uint64_t rows = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto flight = flights_.find(request);
    if (flight == flights_.end()) return;
    duration = flight->second.busy;
    if (current_ == request) duration += Clock::now() - step_begin_;
    rows = flight->second.rows;
  }
  const std::optional<Error> error =
      trail_.ended(request, duration, rows, message.status().gqlstatus(),
                   protocol::is_success(message.status()));
  if (!error) return;
  message.Clear();
  message.set_request_id(request);
  protocol::write_error(*error, *message.mutable_status());
}

void Conversation::note_end(const Flight& flight, const wire::Status& status) {
  const bool succeeded = protocol::is_success(status);
  --host_.totals.active_statements;
  ++host_.totals.statements;
  if (!succeeded) ++host_.totals.failed_statements;
  if (!host_.options.statement_ended) return;
  StatementReport report;
  report.text = flight.text;
  report.session_id = session_id_;
  report.duration = flight.busy;
  report.rows = flight.rows;
  report.gqlstatus = status.gqlstatus();
  report.succeeded = succeeded;
  host_.options.statement_ended(report);
}

void Conversation::succeed(std::uint64_t request) { finish(request, wire::ServerMessage()); }

void Conversation::fail(std::uint64_t request, const Error& error) {
  wire::ServerMessage message;
  protocol::write_error(error, *message.mutable_status());
  finish(request, std::move(message));
}

}  // namespace geode::server
