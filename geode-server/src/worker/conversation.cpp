#include "worker/conversation.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include <geode/version.hpp>
#include "protocol/convert.hpp"
#include "protocol/framing.hpp"
#include "worker/quoted_name.hpp"

namespace geode::server {

namespace {

namespace wire = geode::wire::v1;

constexpr std::uint32_t kDefaultPageRows = 1000;
/// A page ends early when its values have about this many bytes.
constexpr std::size_t kPageBytes = std::size_t{256} << 10;
/// Steps of a conversation before those that wait for the thread have their turn.
constexpr int kStepsOfTurn = 64;

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

Conversation::Conversation(Database database, const ConversationLimits& limits, WorkerPool& pool,
                           Totals& totals, Outbox& outbox)
    : limits_(limits),
      pool_(pool),
      totals_(totals),
      outbox_(&outbox),
      session_(database.session()) {}

Conversation::~Conversation() {
  for (const auto& [request, flight] : flights_)
    if (flight.is_statement) --totals_.active_statements;
  if (in_transaction_) --totals_.active_transactions;
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
  flights_.emplace(request, Flight{is_statement(message), false});
  if (is_statement(message)) ++totals_.active_statements;
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
  if (current_ != 0 && flights_[current_].cancelled) session_.interrupt();
  if (!in_transaction() || !expired_.empty()) return;
  const auto seconds = [](std::chrono::milliseconds limit) {
    return std::to_string(static_cast<double>(limit.count()) / 1000).substr(0, 6) + " s";
  };
  if (limits_.transaction.count() > 0 && now - transaction_begin_ > limits_.transaction) {
    expired_ = "it was open for more than " + seconds(limits_.transaction);
    if (current_ != 0) session_.interrupt();
  } else if (limits_.transaction_idle.count() > 0 && flights_.empty() &&
             now - last_use_ > limits_.transaction_idle) {
    expired_ = "it was idle for more than " + seconds(limits_.transaction_idle);
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
    session_.interrupt();
  } else {
    schedule(lock);
  }
}

void Conversation::schedule(std::unique_lock<std::mutex>&) {
  if (scheduled_) return;
  scheduled_ = true;
  pool_.post([self = shared_from_this()] { self->run(); }, has_writer_);
}

// ---- workers, one at a time

void Conversation::run() {
  for (int steps = 0; steps < kStepsOfTurn; ++steps)
    if (!step()) return;
  pool_.post([self = shared_from_this()] { self->run(); }, has_writer_);
}

/// False when there is nothing to do now; the conversation is then not scheduled.
bool Conversation::step() {
  Message message;
  {
    std::unique_lock lock(mutex_);
    current_ = 0;
    if (!outbox_) {
      // scheduled_ stays: nothing is run after this.
      lock.unlock();
      cursors_.clear();
      prepared_.clear();
      if (session_.in_transaction()) {
        try {
          session_.execute("ROLLBACK");
        } catch (const Error&) {
          // There is no transaction any more.
        }
      }
      note_transaction();
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
}

void Conversation::answer(const Message& message) {
  const std::uint64_t request = message.request_id();
  if (message.has_hello()) return greet(request, message.hello());
  require_hello();
  if (rolled_back_) {
    const Error error = *std::exchange(rolled_back_, std::nullopt);
    if (message.has_rollback()) return succeed(request);
    throw error;
  }
  switch (message.message_case()) {
    case Message::kExecute: {
      const wire::Execute& execute = message.execute();
      return open_cursor(
          request,
          session_.execute(execute.query(), protocol::read_parameters(execute.parameters()),
                           statement_options(execute.options())),
          execute.options());
    }
    case Message::kExecutePrepared: {
      const wire::ExecutePrepared& execute = message.execute_prepared();
      const auto found = prepared_.find(execute.prepared_id());
      if (found == prepared_.end()) {
        throw Error(status::kInvalidReference,
                    "there is no prepared statement " + std::to_string(execute.prepared_id()))
            .hint("prepared statements belong to one connection");
      }
      return open_cursor(request,
                         found->second.execute(protocol::read_parameters(execute.parameters()),
                                               statement_options(execute.options())),
                         execute.options());
    }
    case Message::kBegin:
      return control(request, message.begin().read_only() ? "START TRANSACTION READ ONLY"
                                                          : "START TRANSACTION READ WRITE");
    case Message::kCommit:
      return control(request, "COMMIT");
    case Message::kRollback:
      return control(request, "ROLLBACK");
    case Message::kSavepoint:
      return control(request, "SAVEPOINT " + quoted_name(message.savepoint().name()));
    case Message::kRollbackTo:
      return control(request, "ROLLBACK TO " + quoted_name(message.rollback_to().name()));
    case Message::kReleaseSavepoint:
      return control(request, "RELEASE " + quoted_name(message.release_savepoint().name()));
    case Message::kPull:
      return pull(request, message.pull());
    case Message::kPrepare:
      return prepare(request, message.prepare());
    case Message::kCloseStatement:
      prepared_.erase(message.close_statement().prepared_id());
      return succeed(request);
    case Message::kHello:
    case Message::kPing:
    case Message::kCancel:
    case Message::MESSAGE_NOT_SET:
      break;
  }
  throw Error(protocol::kProtocolViolation, "a request of a kind that this server does not know");
}

void Conversation::require_hello() const {
  if (greeted_) return;
  throw Error(protocol::kProtocolViolation, "the first message of a connection is Hello");
}

void Conversation::greet(std::uint64_t request, const wire::Hello& hello) {
  if (greeted_) throw Error(protocol::kProtocolViolation, "Hello came a second time");
  if (!hello.graph().empty()) session_.execute("SESSION SET GRAPH " + quoted_path(hello.graph()));
  greeted_ = true;
  wire::ServerMessage message;
  wire::HelloResponse& response = *message.mutable_hello();
  response.set_session_id(new_session_id());
  response.set_server_version(GEODE_VERSION);
  for (const char* name : {"cancel", "prepare", "pull", "savepoint"})
    response.add_capabilities(name);
  response.set_max_frame_bytes(limits_.max_frame_bytes);
  finish(request, std::move(message));
}

void Conversation::prepare(std::uint64_t request, const wire::Prepare& prepare) {
  PreparedStatement statement = session_.prepare(prepare.query());
  wire::ServerMessage message;
  message.mutable_prepared()->set_prepared_id(++last_prepared_);
  for (const std::string& name : statement.parameters())
    message.mutable_prepared()->add_parameters(name);
  prepared_.emplace(last_prepared_, std::move(statement));
  finish(request, std::move(message));
}

void Conversation::open_cursor(std::uint64_t request, Result result,
                               const wire::RunOptions& options) {
  note_transaction();
  wire::ServerMessage message;
  message.set_request_id(request);
  wire::SchemaDefinition& schema = *message.mutable_schema();
  schema.set_has_columns(result.has_columns());
  if (result.has_columns())
    for (const std::string& column : result.columns()) schema.add_columns(column);
  std::string frame = protocol::make_frame(message, limits_.max_frame_bytes);
  {
    const std::lock_guard lock(mutex_);
    unsent_ = std::move(frame);
  }

  Cursor cursor;
  cursor.result = std::move(result);
  cursor.page_size = options.page_size() == 0 ? kDefaultPageRows : options.page_size();
  cursor.pages_left = options.pages();
  cursor.all_pages = options.pages() == 0;
  const auto place = cursors_.emplace(request, std::move(cursor)).first;
  streaming_ = request;
  send_page(request, place->second);
}

void Conversation::pull(std::uint64_t request, const wire::Pull& pull) {
  const auto found = cursors_.find(pull.statement());
  if (found == cursors_.end()) {
    throw Error(status::kInvalidReference,
                "statement " + std::to_string(pull.statement()) + " has no result to pull from")
        .hint("its last page came, or it was cancelled");
  }
  // A cancellation and a deadline belong to the session's last statement; one that does nothing
  // clears them, so that they do not end this one.
  session_.execute("PING");
  succeed(request);
  found->second.pages_left = pull.pages();
  found->second.all_pages = pull.pages() == 0;
  streaming_ = found->first;
}

void Conversation::send_page(std::uint64_t request, Cursor& cursor) {
  wire::ServerMessage message;
  wire::DataPage& page = *message.mutable_page();
  std::size_t bytes = 0;
  if (!cursor.ahead) cursor.ahead = cursor.result.next();
  while (cursor.ahead && static_cast<std::uint32_t>(page.rows_size()) < cursor.page_size &&
         bytes < kPageBytes) {
    wire::Row& row = *page.add_rows();
    for (const Value& value : cursor.ahead->values()) {
      protocol::write_value(value, *row.add_values());
      bytes += sizeof(Value) + value.heap_bytes();
    }
    cursor.ahead = cursor.result.next();
  }
  if (cursor.ahead) {
    if (!cursor.all_pages && --cursor.pages_left == 0) {
      page.set_pull_for_more(true);
      streaming_ = 0;
    }
    message.set_request_id(request);
    return send(message);
  }
  if (page.rows_size() == 0) message.clear_page();
  protocol::write_summary(cursor.result.consume(), *message.mutable_status());
  message.mutable_status()->set_plan(cursor.result.plan());
  streaming_ = 0;
  cursors_.erase(request);
  finish(request, std::move(message));
}

void Conversation::control(std::uint64_t request, const std::string& statement) {
  session_.execute(statement);
  note_transaction();
  succeed(request);
}

StatementOptions Conversation::statement_options(const wire::RunOptions& options) const {
  // Zero is no limit on both sides.
  const auto least = [](std::uint64_t a, std::uint64_t b) {
    return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
  };
  constexpr std::uint64_t kLongestMs = std::uint64_t{1} << 40;  // in nanoseconds it fits 64 bits
  StatementOptions statement;
  statement.timeout = std::chrono::milliseconds(std::min(
      kLongestMs,
      least(options.timeout_ms(), static_cast<std::uint64_t>(limits_.statement.timeout.count()))));
  statement.memory_limit_bytes =
      least(options.memory_limit_bytes(), limits_.statement.memory_limit_bytes);
  return statement;
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

void Conversation::roll_back_expired() {
  std::string why;
  {
    const std::lock_guard lock(mutex_);
    why = std::exchange(expired_, "");
  }
  if (!session_.in_transaction()) return;  // it ended by itself meanwhile
  try {
    session_.execute("ROLLBACK");
  } catch (const Error&) {
    // Rolling back has no way to fail but that there is no transaction any more.
  }
  rolled_back_ = Error(status::kTransactionRollback, "the transaction was rolled back: " + why)
                     .hint("begin it again");
  note_transaction();
}

void Conversation::note_transaction() {
  const TransactionState state = session_.transaction_state();
  const bool open = state != TransactionState::kNone;
  has_writer_ = state == TransactionState::kWriting || state == TransactionState::kFailed;
  if (open == in_transaction_) return;
  const std::lock_guard lock(mutex_);
  transaction_begin_ = Clock::now();
  in_transaction_ = open;
  if (open) {
    ++totals_.active_transactions;
  } else {
    --totals_.active_transactions;
  }
}

// ---- answers

void Conversation::send(const wire::ServerMessage& message) {
  std::string frame = protocol::make_frame(message, limits_.max_frame_bytes);
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
  std::string frame = protocol::make_frame(message, limits_.max_frame_bytes);
  const std::lock_guard lock(mutex_);
  last_use_ = Clock::now();
  const auto flight = flights_.find(request);
  if (flight != flights_.end()) {
    if (flight->second.is_statement) {
      --totals_.active_statements;
      ++totals_.statements;
      if (!protocol::is_success(message.status())) ++totals_.failed_statements;
    }
    flights_.erase(flight);
  }
  if (current_ == request) current_ = 0;
  put(std::move(frame));
}

void Conversation::succeed(std::uint64_t request) { finish(request, wire::ServerMessage()); }

void Conversation::fail(std::uint64_t request, const Error& error) {
  wire::ServerMessage message;
  protocol::write_error(error, *message.mutable_status());
  finish(request, std::move(message));
}

}  // namespace geode::server
