#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <geode/result.hpp>
#include <geode/session.hpp>
#include "client/connect_options.hpp"

namespace geode::client {

struct ConnectionImpl;

/// The rows of a statement that runs in a server. They come in pages, a few of them ahead of the
/// reader. A result that is let go before its end is cancelled. Of the thread of its connection.
class RemoteResult {
 public:
  RemoteResult(RemoteResult&&) noexcept;
  RemoteResult& operator=(RemoteResult&&) noexcept;
  ~RemoteResult();

  const std::vector<std::string>& columns();
  /// False when the statement returns no table.
  bool has_columns();
  /// The next row, or absent. Throws what ended the statement.
  std::optional<Row> next();
  std::vector<Row> all();
  /// Reads what is left.
  const Summary& consume();
  /// EXPLAIN and PROFILE: the plan; "" otherwise.
  const std::string& plan();
  /// Ends the statement: what is asked of it next throws 57X01, unless it was over. From any
  /// thread.
  void cancel();

 private:
  friend class Connection;
  struct Impl;
  explicit RemoteResult(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A statement that a server keeps for one connection.
struct RemoteStatement {
  std::uint64_t id = 0;
  std::vector<std::string> parameters;
};

/// What a server says of itself.
struct ServerStatus {
  std::string version;
  std::string role;    ///< "single": the only server of its database
  bool ready = false;  ///< takes connections
  std::chrono::milliseconds uptime{0};
  std::uint64_t connections = 0, max_connections = 0;
  std::uint64_t running_statements = 0, open_transactions = 0;
  std::uint64_t statements = 0, failed_statements = 0;  ///< ended since it began
  std::uint64_t storage_bytes = 0;                      ///< length of the file of the database
};

/// A session in a server. One thread at a time, but for RemoteResult::cancel(). What the server
/// refuses is thrown as the Error it gave; a lost connection is 08000, after which the connection
/// is not open() any more. An open transaction is rolled back when it goes. Where options name
/// several servers it is with the first that can be reached.
class Connection {
 public:
  explicit Connection(const ConnectOptions& options);
  explicit Connection(std::string_view url) : Connection(parse_url(url)) {}
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  bool open() const;
  /// As the last answer said.
  TransactionState transaction_state() const;
  /// Of the server that it is with, as address_text() has it.
  std::string address() const;
  /// Requests that went out whole. One whose sending failed was not seen by the server.
  std::uint64_t requests_sent() const;
  const std::string& session_id() const;
  const std::string& server_version() const;

  /// Returns once the statement has begun to give rows, or has changed what it changes.
  RemoteResult execute(std::string_view text, const Parameters& parameters = {},
                       const StatementOptions& options = {});
  RemoteResult execute(const RemoteStatement& statement, const Parameters& parameters = {},
                       const StatementOptions& options = {});
  /// The same without waiting for it: several may be under way. Errors come with the first use of
  /// the result. At most 256 at once, as the server then reads no more before somebody reads its
  /// answers.
  RemoteResult submit(std::string_view text, const Parameters& parameters = {},
                      const StatementOptions& options = {});
  RemoteResult submit(const RemoteStatement& statement, const Parameters& parameters = {},
                      const StatementOptions& options = {});

  RemoteStatement prepare(std::string_view text);
  void close(const RemoteStatement& statement);

  void begin(bool read_only = false);
  void commit();
  void rollback();
  void savepoint(std::string_view name);
  void rollback_to(std::string_view name);
  void release_savepoint(std::string_view name);

  void ping();
  /// Throws 57X02, and gives the connection up, when there is no answer in time.
  void ping(std::chrono::milliseconds limit);
  ServerStatus server_status();

 private:
  std::shared_ptr<ConnectionImpl> impl_;
};

/// Asks a server whether it is there, which needs no login. Throws Error when it does not answer
/// within the connect_timeout, and what it says when it refuses the connection. One of several is
/// enough.
void ping(const ConnectOptions& options);

}  // namespace geode::client
