#include "client/connection.hpp"

#include <array>
#include <atomic>
#include <deque>
#include <unordered_map>
#include <utility>

#include <geode/version.hpp>
#include "client/transport.hpp"
#include "geode.pb.h"
#include "protocol/convert.hpp"
#include "protocol/framing.hpp"

namespace geode::client {

namespace wire = geode::wire::v1;

namespace {

/// Pages that come ahead of the reader; bounds what waits here while other statements are read.
constexpr std::uint32_t kPagesAhead = 8;

}  // namespace

struct ConnectionImpl {
  explicit ConnectionImpl(const ConnectOptions& given)
      : options(given), transport(given), frames(protocol::kDefaultMaxFrame * 4) {}

  /// Sends `message` under a new id, whose answers are kept from now on.
  std::uint64_t ask(wire::ClientMessage& message) {
    const std::uint64_t request = ++last_request;
    answers[request];
    message.set_request_id(request);
    send(message);
    return request;
  }

  void send(const wire::ClientMessage& message) {
    if (lost) throw Error(status::kConnection, "the connection was lost before");
    const std::string frame = protocol::make_frame(message, max_frame);
    try {
      transport.write(frame);
      ++sent;
    } catch (const Error&) {
      // The server may have said why it does not listen any more.
      if (const auto refusal = last_words()) throw *refusal;
      throw;
    }
  }

  /// From any thread.
  void send_cancel(std::uint64_t request) {
    wire::ClientMessage message;
    message.set_request_id(++last_request);
    message.mutable_cancel()->set_request(request);
    transport.write(protocol::make_frame(message, max_frame));
  }

  /// The next message for `request`; what comes for others is kept, what comes for nobody is not.
  wire::ServerMessage receive(std::uint64_t request) {
    return receive(request, options.request_timeout);
  }

  wire::ServerMessage receive(std::uint64_t request, std::chrono::milliseconds silence) {
    std::deque<wire::ServerMessage>& mine = answers.at(request);
    while (mine.empty()) {
      if (lost) throw Error(status::kConnection, "the connection was lost before");
      try {
        read_message(silence);
      } catch (const Error&) {
        lost = true;
        throw;
      }
    }
    wire::ServerMessage message = std::move(mine.front());
    mine.pop_front();
    return message;
  }

  /// Throws when nothing comes for as long as `silence`.
  void read_message(std::chrono::milliseconds silence) {
    while (true) {
      if (const auto frame = frames.next()) {
        wire::ServerMessage message;
        protocol::parse_frame(*frame, message);
        if (message.request_id() == 0) throw protocol::read_error(message.status());
        if (message.has_status()) transaction = protocol::read_transaction_state(message.status());
        const auto found = answers.find(message.request_id());
        if (found != answers.end()) found->second.push_back(std::move(message));
        return;
      }
      const std::size_t count = transport.read(buffer.data(), buffer.size(), silence);
      if (count == 0) throw Error(status::kConnection, "the server closed the connection");
      frames.append({buffer.data(), count});
    }
  }

  std::optional<Error> last_words() {
    lost = true;
    try {
      while (true) read_message(options.request_timeout);
    } catch (const Error& error) {
      if (error.gqlstatus() != status::kConnection) return error;
    }
    return std::nullopt;
  }

  /// Asks what has one answer.
  wire::ServerMessage call(wire::ClientMessage& message) {
    return call(message, options.request_timeout);
  }

  wire::ServerMessage call(wire::ClientMessage& message, std::chrono::milliseconds silence) {
    const std::uint64_t request = ask(message);
    wire::ServerMessage answer = receive(request, silence);
    answers.erase(request);
    if (!protocol::is_success(answer.status())) throw protocol::read_error(answer.status());
    return answer;
  }

  const ConnectOptions options;
  Transport transport;
  std::atomic<std::uint64_t> last_request{0};
  std::size_t max_frame = protocol::kDefaultMaxFrame;
  protocol::FrameReader frames;
  std::array<char, 16384> buffer;
  std::unordered_map<std::uint64_t, std::deque<wire::ServerMessage>> answers;
  bool lost = false;
  std::uint64_t sent = 0;  // requests, whole
  std::atomic<TransactionState> transaction{TransactionState::kNone};
  std::string session_id, server_version;
};

struct RemoteResult::Impl {
  Impl(std::shared_ptr<ConnectionImpl> connection_of_it, std::uint64_t request_of_it)
      : connection(std::move(connection_of_it)), request(request_of_it) {}
  ~Impl() {
    connection->answers.erase(request);
    if (over || connection->lost) return;
    try {
      connection->send_cancel(request);
    } catch (const Error&) {
      connection->lost = true;  // whoever uses it next is told
    }
  }

  void take() {
    wire::ServerMessage message = connection->receive(request);
    if (message.has_schema()) {
      columns = std::make_shared<const std::vector<std::string>>(message.schema().columns().begin(),
                                                                 message.schema().columns().end());
      has_columns = message.schema().has_columns();
      plan = message.schema().plan();
    }
    if (message.has_page()) {
      page.Swap(message.mutable_page());
      row = 0;
    }
    if (!message.has_status()) return;
    over = true;
    if (!protocol::is_success(message.status())) {
      failure = protocol::read_error(message.status());
      throw *failure;
    }
    summary = protocol::read_summary(message.status());
  }

  void require_schema() {
    if (failure) throw *failure;
    while (!columns) take();
  }

  void pull() {
    wire::ClientMessage message;
    message.mutable_pull()->set_statement(request);
    message.mutable_pull()->set_pages(kPagesAhead);
    connection->answers.erase(connection->ask(message));
  }

  std::optional<Row> next() {
    require_schema();
    while (row == page.rows_size()) {
      if (over) return std::nullopt;
      if (page.pull_for_more()) {
        page.set_pull_for_more(false);
        pull();
      }
      take();
    }
    std::vector<Value> values;
    const wire::Row& from = page.rows(row++);
    values.reserve(static_cast<std::size_t>(from.values_size()));
    for (const wire::Value& value : from.values()) values.push_back(protocol::read_value(value));
    return Row(columns, std::move(values));
  }

  std::shared_ptr<ConnectionImpl> connection;
  std::uint64_t request;
  std::shared_ptr<const std::vector<std::string>> columns;  // null until the schema came
  bool has_columns = false;
  wire::DataPage page;
  int row = 0;
  bool over = false;
  std::optional<Error> failure;
  Summary summary;
  std::string plan;
};

RemoteResult::RemoteResult(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RemoteResult::RemoteResult(RemoteResult&&) noexcept = default;
RemoteResult& RemoteResult::operator=(RemoteResult&&) noexcept = default;
RemoteResult::~RemoteResult() = default;

const std::vector<std::string>& RemoteResult::columns() {
  impl_->require_schema();
  return *impl_->columns;
}

bool RemoteResult::has_columns() {
  impl_->require_schema();
  return impl_->has_columns;
}

std::optional<Row> RemoteResult::next() { return impl_->next(); }

std::vector<Row> RemoteResult::all() {
  std::vector<Row> rows;
  while (std::optional<Row> row = next()) rows.push_back(std::move(*row));
  return rows;
}

const Summary& RemoteResult::consume() {
  while (next()) {
  }
  return impl_->summary;
}

const std::string& RemoteResult::plan() {
  impl_->require_schema();
  return impl_->plan;
}

void RemoteResult::cancel() { impl_->connection->send_cancel(impl_->request); }

namespace {

/// What `use` makes of the options of the first server that can be reached. One that answers, and
/// does not let the user in, is not passed over.
template <class Use>
auto first_reachable(const ConnectOptions& options, Use use) {
  ConnectOptions one = options;
  one.alternatives.clear();
  std::string failures;
  for (std::size_t next = 0;; ++next) {
    try {
      return use(one);
    } catch (const Error& error) {
      const bool unreachable =
          error.gqlstatus().starts_with("08") || error.gqlstatus() == status::kTimeout;
      if (!unreachable || options.alternatives.empty()) throw;
      failures += (next == 0 ? "" : "; ") + address_text(one) + ": " + error.message();
      if (next == options.alternatives.size()) {
        throw Error(error.gqlstatus(), "none of the servers can be used: " + failures)
            .hint(error.hint_text());
      }
    }
    one.host = options.alternatives[next].host;
    one.port = options.alternatives[next].port;
  }
}

std::shared_ptr<ConnectionImpl> connect_to(const ConnectOptions& options) {
  auto connection = std::make_shared<ConnectionImpl>(options);
  wire::ClientMessage message;
  wire::Hello& hello = *message.mutable_hello();
  hello.set_username(options.user);
  hello.set_password(options.password);
  hello.set_client_name(options.client_name);
  hello.set_client_version(GEODE_VERSION);
  hello.set_graph(options.graph);
  hello.set_read_only(options.read_only);
  const wire::ServerMessage answer = connection->call(message);
  connection->session_id = answer.hello().session_id();
  connection->server_version = answer.hello().server_version();
  connection->max_frame = answer.hello().max_frame_bytes();
  return connection;
}

}  // namespace

Connection::Connection(const ConnectOptions& options)
    : impl_(first_reachable(options, connect_to)) {}

Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

bool Connection::open() const { return !impl_->lost; }
TransactionState Connection::transaction_state() const { return impl_->transaction; }
std::string Connection::address() const { return address_text(impl_->options); }
std::uint64_t Connection::requests_sent() const { return impl_->sent; }
const std::string& Connection::session_id() const { return impl_->session_id; }
const std::string& Connection::server_version() const { return impl_->server_version; }

namespace {

template <class Message>
void fill(Message& message, const ConnectionImpl& connection, const Parameters& parameters,
          const StatementOptions& options) {
  protocol::write_parameters(parameters, *message.mutable_parameters());
  message.mutable_options()->set_page_size(connection.options.page_size);
  message.mutable_options()->set_pages(kPagesAhead);
  message.mutable_options()->set_timeout_ms(static_cast<std::uint64_t>(options.timeout.count()));
  message.mutable_options()->set_memory_limit_bytes(options.memory_limit_bytes);
}

}  // namespace

RemoteResult Connection::submit(std::string_view text, const Parameters& parameters,
                                const StatementOptions& options) {
  wire::ClientMessage message;
  message.mutable_execute()->set_query(std::string(text));
  fill(*message.mutable_execute(), *impl_, parameters, options);
  return RemoteResult(std::make_unique<RemoteResult::Impl>(impl_, impl_->ask(message)));
}

RemoteResult Connection::submit(const RemoteStatement& statement, const Parameters& parameters,
                                const StatementOptions& options) {
  wire::ClientMessage message;
  message.mutable_execute_prepared()->set_prepared_id(statement.id);
  fill(*message.mutable_execute_prepared(), *impl_, parameters, options);
  return RemoteResult(std::make_unique<RemoteResult::Impl>(impl_, impl_->ask(message)));
}

RemoteResult Connection::execute(std::string_view text, const Parameters& parameters,
                                 const StatementOptions& options) {
  RemoteResult result = submit(text, parameters, options);
  result.impl_->require_schema();
  return result;
}

RemoteResult Connection::execute(const RemoteStatement& statement, const Parameters& parameters,
                                 const StatementOptions& options) {
  RemoteResult result = submit(statement, parameters, options);
  result.impl_->require_schema();
  return result;
}

RemoteStatement Connection::prepare(std::string_view text) {
  wire::ClientMessage message;
  message.mutable_prepare()->set_query(std::string(text));
  const wire::ServerMessage answer = impl_->call(message);
  const auto& names = answer.prepared().parameters();
  return {answer.prepared().prepared_id(), {names.begin(), names.end()}};
}

void Connection::close(const RemoteStatement& statement) {
  wire::ClientMessage message;
  message.mutable_close_statement()->set_prepared_id(statement.id);
  impl_->call(message);
}

void Connection::begin(bool read_only) {
  wire::ClientMessage message;
  message.mutable_begin()->set_read_only(read_only);
  impl_->call(message);
}

void Connection::commit() {
  wire::ClientMessage message;
  message.mutable_commit();
  impl_->call(message);
}

void Connection::rollback() {
  wire::ClientMessage message;
  message.mutable_rollback();
  impl_->call(message);
}

void Connection::savepoint(std::string_view name) {
  wire::ClientMessage message;
  message.mutable_savepoint()->set_name(std::string(name));
  impl_->call(message);
}

void Connection::rollback_to(std::string_view name) {
  wire::ClientMessage message;
  message.mutable_rollback_to()->set_name(std::string(name));
  impl_->call(message);
}

void Connection::release_savepoint(std::string_view name) {
  wire::ClientMessage message;
  message.mutable_release_savepoint()->set_name(std::string(name));
  impl_->call(message);
}

void Connection::ping() { ping(impl_->options.request_timeout); }

void Connection::ping(std::chrono::milliseconds limit) {
  wire::ClientMessage message;
  message.mutable_ping();
  impl_->call(message, limit);
}

ServerStatus Connection::server_status() {
  wire::ClientMessage message;
  message.mutable_describe();
  const wire::ServerMessage answer = impl_->call(message);
  const wire::ServerDescription& from = answer.description();
  ServerStatus status;
  status.version = from.version();
  status.role = from.role();
  status.ready = from.ready();
  status.uptime = std::chrono::milliseconds(from.uptime_ms());
  status.connections = from.connections();
  status.max_connections = from.max_connections();
  status.running_statements = from.running_statements();
  status.open_transactions = from.open_transactions();
  status.statements = from.statements();
  status.failed_statements = from.failed_statements();
  status.storage_bytes = from.storage_bytes();
  return status;
}

namespace {

void ping_one(const ConnectOptions& options) {
  Transport transport(options);
  wire::ClientMessage message;
  message.set_request_id(1);
  message.mutable_ping();
  transport.write(protocol::make_frame(message, protocol::kDefaultMaxFrame));
  protocol::FrameReader frames;
  char bytes[4096];
  while (true) {
    if (const auto frame = frames.next()) {
      wire::ServerMessage answer;
      protocol::parse_frame(*frame, answer);
      if (!protocol::is_success(answer.status())) throw protocol::read_error(answer.status());
      return;
    }
    const std::size_t count = transport.read(bytes, sizeof bytes, options.connect_timeout);
    if (count == 0)
      throw Error(status::kConnection, "the server closed the connection without an answer");
    frames.append({bytes, count});
  }
}

}  // namespace

void ping(const ConnectOptions& options) { first_reachable(options, ping_one); }

}  // namespace geode::client
