#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <geode/storage_figures.hpp>

namespace geode::server {

/// What a server is doing, of which it is asked when the metrics are.
struct ServerFigures {
  /// geode_connection_pool_active, geode_active_connections, geode_connection_pool_max.
  std::uint64_t connections = 0, most_connections = 0;
  /// geode_connections_total, geode_connection_errors_total: since it began.
  std::uint64_t accepted_connections = 0, refused_connections = 0;
  std::uint64_t active_transactions = 0;  ///< geode_active_transactions
  /// geode_disk_usage_bytes{type="data"} and {type="wal"}.
  std::uint64_t data_bytes = 0, wal_bytes = 0;
  /// geode_memory_bytes{pool="statements"} and {pool="connections"}.
  std::uint64_t statement_bytes = 0, queued_bytes = 0;
  FlushFigures flushes;                 ///< geode_wal_fsync_seconds
  std::uint64_t lost_audit_events = 0;  ///< geode_audit_events_lost_total
};

/// What a server tells Prometheus. Every method may be called from any thread. The names are those
/// that dashboards and alerts of the documentation use.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// A statement has ended: geode_query_duration_seconds, geode_queries_total{status}.
  void note_query(std::chrono::nanoseconds duration, bool succeeded);
  /// A transaction has ended: geode_transaction_duration_seconds.
  void note_transaction(std::chrono::nanoseconds duration);
  void set(const ServerFigures& figures);

  /// All of them and those of the process, in the text form of Prometheus 0.0.4.
  std::string text();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace geode::server
