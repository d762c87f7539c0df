#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "audit/audit_log.hpp"
#include "config/config.hpp"
#include "http/http_server.hpp"
#include "http/metrics.hpp"
#include "log/log.hpp"
#include "serve/pages.hpp"
#include "serve/statistics.hpp"
#include "server.hpp"

namespace geode::server {

/// A database that is served: its files, its listener, its log, its pages. What `geode serve` is,
/// but for signals.
class Service {
 public:
  /// Opens the log and the pages, which tell from here on that the service is starting. Throws
  /// Error when they cannot be had.
  explicit Service(const Config& config);
  /// Stops at once.
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Opens the database of data_dir, and takes clients when it returns. Throws Error.
  void start();
  /// Takes what may change while it runs from `config`, opens the log file again, and reads the
  /// certificates again. What cannot be taken is logged, and the rest goes on as before.
  void reload(const Config& config);
  /// Takes no new clients; those that are connected go on.
  void drain();
  /// Takes no new clients, lets statements and transactions end for shutdown_grace, and closes the
  /// database. At once when the grace was used up, or by hurry().
  void stop();

  /// Looks how much memory is used, and logs when it is nearly all there is.
  void watch_memory();
  /// Keeps what the last minute was like, when one has passed.
  void sample();
  /// Logs what runs, and what memory is used.
  void report();
  /// Whether the threads that serve answer.
  bool responds() const;

  Log& log() { return log_; }
  void write_log(LogLevel level, std::string_view logger, std::string_view text) {
    log_.write({level, logger, text, {}});
  }
  /// Of the first address that is listened on; 0 when there is none.
  std::uint16_t port() const { return server_ ? server_->port() : std::uint16_t{0}; }

 private:
  ServerOptions server_options();
  HttpAnswer page(std::string_view path);
  ServiceHealth health();
  /// Of the server, which there is. `mutex_` is held.
  ServerFigures figures() const;
  void note_statement(const StatementReport& report);
  void open_history(const std::string& folder);
  void add_sample();
  void register_tables(Database& database);
  /// Of statements; `mutex_` is not held. Throws Error.
  void set_config(const std::string& key, const std::string& value);
  /// Makes settings count that may change while it runs, but for the log's. `mutex_` is held.
  void take_limits(const Config& config);

  bool note_in_audit(std::string_view operation);

  Log log_;
  std::unique_ptr<AuditLog> audit_;  ///< null: there is none
  Metrics metrics_;
  Statistics statistics_;
  std::atomic<std::int64_t> slow_query_ns_{0};
  std::uint64_t memory_limit_bytes_ = 0;
  bool memory_is_high_ = false;
  std::atomic<ServiceState> state_{ServiceState::kStarting};

  // Guards the following three, which other threads look at while this one changes them.
  mutable std::mutex mutex_;
  Config config_;
  std::optional<Database> database_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace geode::server
