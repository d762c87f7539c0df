#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <geode/database.hpp>
#include <geode/options.hpp>
#include "config/units.hpp"
#include "log/log_line.hpp"

namespace geode::server {

class AuditLog;

/// What a server allows, and may be told while it runs. Durations and sizes of zero: no limit.
struct ServerLimits {
  std::size_t max_connections = 1000;
  std::chrono::milliseconds idle_timeout{300'000};  ///< of a connection without a request
  std::chrono::milliseconds transaction_idle_timeout{60'000};
  std::chrono::milliseconds transaction_timeout{0};
  /// Limits of each statement; a client may ask for less.
  StatementOptions statement;
};

/// A statement that has ended.
struct StatementReport {
  std::string_view text;
  std::string_view session_id;
  std::chrono::nanoseconds duration{0};  ///< that a thread of the server was at it
  std::uint64_t rows = 0;                ///< sent
  std::string_view gqlstatus;
  bool succeeded = true;
};

/// How a server listens, and what it begins with.
struct ServerOptions : ServerLimits {
  /// TLS 1.3 over TCP, and QUIC over UDP on the same port. Port 0: one that is free.
  std::vector<Endpoint> listen{{"127.0.0.1", 3141}};
  bool quic = true;
  /// HTTPS for `POST /v1/query`, with the same certificates. Empty: none.
  std::vector<Endpoint> http_query;
  std::size_t http_body_bytes = std::size_t{16} << 20;  ///< of a request
  /// A socket of the file system without TLS, for processes of the server's own account and root.
  /// Empty: none.
  std::string unix_socket;

  /// PEM files. Without a certificate one for development is made, and used again, in
  /// `development_certificate_folder`.
  std::string certificate_file, key_file;
  std::string development_certificate_folder;
  /// Who signed the certificates of clients from other machines. Empty: these are refused.
  std::string client_ca_file;
  bool require_client_certificate = false;
  /// Certificates that those who signed them took back, PEM. Not empty: each of these has to have
  /// such a list there that is not out of date, else no client's certificate is taken.
  std::string client_crl_file;

  std::size_t worker_threads = 0;  ///< statements at work at once; 0: four for each processor
  std::size_t max_frame_bytes = std::size_t{64} << 20;
  std::chrono::milliseconds handshake_timeout{10'000};

  /// Keeps events of what clients do; outlives the server. Null: there is none.
  AuditLog* audit = nullptr;

  // Called by several threads; they do not call the server.
  std::function<void(LogLevel, std::string_view)> log;  ///< with a line without its end
  std::function<void(const StatementReport&)> statement_ended;
  std::function<void(std::chrono::nanoseconds)> transaction_ended;  ///< explicit ones
};

struct ServerStats {
  std::chrono::milliseconds uptime{0};  ///< since it was made
  bool accepts = false;                 ///< connections
  std::uint64_t open_connections = 0;
  std::uint64_t accepted_connections = 0;
  std::uint64_t refused_connections = 0;  ///< beyond the limit, or not allowed
  std::uint64_t queued_bytes = 0;         ///< of all connections, that are to be sent
  std::uint64_t active_statements = 0;    ///< running, or with rows still to be sent
  std::uint64_t active_transactions = 0;  ///< explicit ones
  std::uint64_t statements = 0;           ///< ended, with or without an error
  std::uint64_t failed_statements = 0;
};

/// A client that is connected.
struct ConnectionInfo {
  using Clock = std::chrono::system_clock;
  std::string session_id;  ///< as in reports of statements; "" before the first request
  std::string user;        ///< that it gave
  std::string client;      ///< what it calls itself
  std::string address;     ///< "127.0.0.1:50123", or "user 1000" of a socket of the file system
  std::string transport;   ///< "tls", "quic", "unix" or "https"
  Clock::time_point since;
  std::optional<Clock::time_point> idle_since;  ///< nothing: it waits for an answer
  bool in_transaction = false;
  /// That runs, or has rows still to be sent, without its literals; "" when none does.
  std::string statement;
};

/// Serves a database over the network. One thread does the input and output of all connections,
/// others run statements. Its functions may be called from any thread.
class Server {
 public:
  Server(ServerOptions options, Database database);
  /// Stops at once.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens when it returns. Throws Error 08X01 when an address or a certificate cannot be used.
  void start();
  /// Whether the thread of input and output takes up work within `limit`.
  bool responds(std::chrono::milliseconds limit) const;
  /// Of the first address of `listen`.
  std::uint16_t port() const;
  /// Of the first address of `http_query`.
  std::uint16_t http_port() const;
  /// Takes no more connections; those that are open go on.
  void drain();
  /// Takes no more connections, waits up to `grace` for statements and transactions, ends the
  /// others, and closes all connections. Joins its threads.
  void stop(std::chrono::milliseconds grace);
  ServerStats stats() const;
  /// Those that are served, the oldest first.
  std::vector<ConnectionInfo> connections() const;
  std::size_t max_connections() const;
  /// Statements, transactions and connections that are open keep to them as well.
  void set_limits(const ServerLimits& limits);
  /// Connections that begin later get what is in the certificate files now. Throws Error 08X01, and
  /// goes on with what it had, when they cannot be used.
  void reload_certificates();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace geode::server
