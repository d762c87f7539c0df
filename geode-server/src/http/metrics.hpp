#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace geode::server {

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
  /// geode_connection_pool_active, geode_active_connections, geode_connection_pool_max.
  void set_connections(std::uint64_t active, std::uint64_t most);
  /// geode_disk_usage_bytes{type="data"}.
  void set_data_bytes(std::uint64_t bytes);

  /// All of them and those of the process, in the text form of Prometheus 0.0.4.
  std::string text();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace geode::server
