#include <algorithm>
#include <limits>
#include <utility>

#include <geode/version.hpp>
#include "protocol/convert.hpp"
#include "protocol/framing.hpp"
#include "worker/conversation.hpp"
#include "worker/quoted_name.hpp"

namespace geode::server {

namespace {

namespace wire = geode::wire::v1;

constexpr std::uint32_t kDefaultPageRows = 1000;
/// A page ends early when its values have about this many bytes.
constexpr std::size_t kPageBytes = std::size_t{256} << 10;

bool begins_something(const wire::ClientMessage& message) {
  return message.has_hello() || message.has_execute() || message.has_execute_prepared() ||
         message.has_begin();
}

}  // namespace

void Conversation::answer(const Message& message) {
  const std::uint64_t request = message.request_id();
  if (stopping_ && begins_something(message) && !session_.in_transaction()) {
    throw Error(protocol::kRefused, "the server is stopping").hint("connect again, and try again");
  }
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
      note_text(request, execute.query());
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
      note_text(request, found->second.text(), execute.prepared_id());
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
      forget_quickness(message.close_statement().prepared_id());
      return succeed(request);
    case Message::kDescribe:
      return describe(request);
    case Message::kHello:
    case Message::kPing:
    case Message::kCancel:
    case Message::MESSAGE_NOT_SET:
      break;
  }
  throw Error(protocol::kProtocolViolation, "a request of a kind that this server does not know");
}

void Conversation::note_text(std::uint64_t request, const std::string& text,
                             std::uint64_t prepared_id) {
  const std::lock_guard lock(mutex_);
  const auto flight = flights_.find(request);
  if (flight == flights_.end()) return;
  flight->second.text = text;
  flight->second.prepared_id = prepared_id;
  trail_.work_on(request, text);
}

void Conversation::forget_quickness(std::uint64_t prepared_id) {
  const std::lock_guard lock(mutex_);
  quick_prepared_.erase(prepared_id);
}

void Conversation::require_hello() const {
  if (greeted_) return;
  throw Error(protocol::kProtocolViolation, "the first message of a connection is Hello");
}

void Conversation::greet(std::uint64_t request, const wire::Hello& hello) {
  if (greeted_) throw Error(protocol::kProtocolViolation, "Hello came a second time");
  const std::string& user = hello.username().empty() ? peer_.certificate_name : hello.username();
  std::string client = hello.client_name();
  if (!hello.client_version().empty()) client += ' ' + hello.client_version();
  Session session = [&] {
    try {
      return log_in(host_.database, host_.throttle, peer_, hello.username(), hello.password());
    } catch (const Error& error) {
      trail_.log_in(user, client, {}, &error);
      throw;
    }
  }();
  if (trail_.is_on()) {
    const std::vector<Row> known =
        session.execute("CALL system.current_user() YIELD roles RETURN roles").all();
    std::vector<std::string> roles;
    if (!known.empty() && known[0][0].type() == ValueType::kList)
      for (const Value& role : known[0][0].as_list()) roles.emplace_back(role.as_string());
    trail_.log_in(user, client, std::move(roles), nullptr);
    observe_statements(session, &trail_);
  }
  {
    const std::lock_guard lock(mutex_);
    session_ = std::move(session);
  }
  if (!hello.graph().empty()) session_.execute("SESSION SET GRAPH " + quoted_path(hello.graph()));
  if (hello.read_only()) session_.refuse_writes();
  greeted_ = true;
  {
    const std::lock_guard lock(mutex_);
    user_ = user;
    client_ = std::move(client);
  }
  wire::ServerMessage message;
  wire::HelloResponse& response = *message.mutable_hello();
  response.set_session_id(session_id_);
  response.set_server_version(GEODE_VERSION);
  for (const char* name : {"cancel", "describe", "prepare", "pull", "savepoint"})
    response.add_capabilities(name);
  response.set_max_frame_bytes(host_.options.max_frame_bytes);
  finish(request, std::move(message));
}

void Conversation::describe(std::uint64_t request) {
  const ServerStats stats = host_.stats();
  wire::ServerMessage message;
  wire::ServerDescription& description = *message.mutable_description();
  description.set_version(GEODE_VERSION);
  description.set_role("single");
  description.set_ready(stats.accepts);
  description.set_uptime_ms(static_cast<std::uint64_t>(stats.uptime.count()));
  description.set_connections(stats.open_connections);
  description.set_max_connections(host_.limits.get().max_connections);
  description.set_running_statements(stats.active_statements);
  description.set_open_transactions(stats.active_transactions);
  description.set_statements(stats.statements);
  description.set_failed_statements(stats.failed_statements);
  description.set_storage_bytes(host_.database.file_info().file_bytes);
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
  schema.set_plan(result.plan());
  std::string frame = protocol::make_frame(message, host_.options.max_frame_bytes);
  {
    const std::lock_guard lock(mutex_);
    unsent_ = std::move(frame);
    const auto flight = flights_.find(request);
    if (flight != flights_.end()) flight->second.interrupt = result.interrupter();
  }

  Cursor cursor;
  cursor.result = std::move(result);
  cursor.page_size = options.page_size() == 0 ? kDefaultPageRows : options.page_size();
  cursor.pages_left = options.pages();
  cursor.timeout = statement_options(options).timeout;
  cursor.all_pages = options.pages() == 0;
  cursor.rows_left =
      options.max_rows() == 0 ? std::numeric_limits<std::uint64_t>::max() : options.max_rows();
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
  // The time that the client let pass does not count.
  found->second.result.set_timeout(found->second.timeout);
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
         bytes < kPageBytes && cursor.rows_left > 0) {
    --cursor.rows_left;
    wire::Row& row = *page.add_rows();
    for (const Value& value : cursor.ahead->values()) {
      protocol::write_value(value, *row.add_values());
      bytes += sizeof(Value) + value.heap_bytes();
    }
    cursor.ahead = cursor.result.next();
  }
  {
    const std::lock_guard lock(mutex_);
    const auto flight = flights_.find(request);
    if (flight != flights_.end())
      flight->second.rows += static_cast<std::uint64_t>(page.rows_size());
  }
  const bool is_cut = cursor.ahead && cursor.rows_left == 0;
  if (cursor.ahead && !is_cut) {
    if (!cursor.all_pages && --cursor.pages_left == 0) {
      page.set_pull_for_more(true);
      streaming_ = 0;
    }
    message.set_request_id(request);
    return send(message);
  }
  if (page.rows_size() == 0) message.clear_page();
  // What is left of a result that was cut is not made; all that it changes has been.
  protocol::write_summary(is_cut ? cursor.result.summary() : cursor.result.consume(),
                          *message.mutable_status());
  message.mutable_status()->set_rows_left(is_cut);
  streaming_ = 0;
  cursors_.erase(request);
  finish(request, std::move(message));
}

void Conversation::control(std::uint64_t request, const std::string& statement) {
  trail_.work_on(request, statement);
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
  const StatementOptions limits = host_.limits.get().statement;
  StatementOptions statement;
  statement.timeout = std::chrono::milliseconds(std::min(
      kLongestMs, least(options.timeout_ms(), static_cast<std::uint64_t>(limits.timeout.count()))));
  statement.memory_limit_bytes = least(options.memory_limit_bytes(), limits.memory_limit_bytes);
  return statement;
}

}  // namespace geode::server
