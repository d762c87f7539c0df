#include "http/metrics.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace geode::server;
using namespace std::chrono_literals;

namespace {

/// "geode_queries_total{status=\"error\"}" -> value.
std::map<std::string, double> samples(Metrics& metrics) {
  std::istringstream text(metrics.text());
  std::map<std::string, double> out;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("#")) continue;
    const std::size_t blank = line.rfind(' ');
    out[line.substr(0, blank)] = std::strtod(line.c_str() + blank, nullptr);
  }
  return out;
}

}  // namespace

TEST_CASE("the names that dashboards use are there from the start", "[metrics]") {
  Metrics metrics;
  const std::map<std::string, double> found = samples(metrics);
  for (const char* name : {"geode_query_duration_seconds_bucket{le=\"+Inf\"}",
                           "geode_query_duration_seconds_sum",
                           "geode_query_duration_seconds_count",
                           "geode_queries_total{status=\"success\"}",
                           "geode_queries_total{status=\"error\"}",
                           "geode_connection_pool_active",
                           "geode_connection_pool_max",
                           "geode_active_connections",
                           "geode_transaction_duration_seconds_count",
                           "geode_replication_lag_seconds",
                           "geode_connections_total",
                           "geode_connection_errors_total",
                           "geode_active_transactions",
                           "geode_disk_usage_bytes{type=\"wal\"}",
                           "geode_memory_bytes{pool=\"statements\"}",
                           "geode_memory_bytes{pool=\"connections\"}",
                           "geode_memory_bytes{pool=\"heap\"}",
                           "geode_memory_bytes{pool=\"heap_free\"}",
                           "geode_memory_bytes{pool=\"mapped_files\"}",
                           "geode_wal_fsync_seconds_count",
                           "process_virtual_memory_bytes",
                           "geode_disk_usage_bytes{type=\"data\"}",
                           "geode_uptime_seconds",
                           "process_cpu_seconds_total",
                           "process_resident_memory_bytes",
                           "process_start_time_seconds",
                           "process_open_fds",
                           "process_max_fds"}) {
    CAPTURE(name);
    CHECK(found.count(name) == 1);
  }
  CHECK(found.at("process_resident_memory_bytes") > 1e6);
  CHECK(found.at("process_open_fds") >= 3);
  CHECK(metrics.text().find("geode_build_info{version=\"") != std::string::npos);
}

TEST_CASE("what ended is counted", "[metrics]") {
  Metrics metrics;
  metrics.note_query(2ms, true);
  metrics.note_query(3s, false);
  metrics.note_transaction(1s);
  ServerFigures figures;
  figures.connections = 3;
  figures.most_connections = 10;
  figures.accepted_connections = 7;
  figures.refused_connections = 1;
  figures.active_transactions = 2;
  figures.data_bytes = 4096;
  figures.wal_bytes = 512;
  figures.statement_bytes = 1000;
  figures.queued_bytes = 20;
  figures.flushes.counts[2] = 5;
  figures.flushes.time = 2ms;
  metrics.set(figures);
  figures.flushes.counts[2] = 6;
  figures.flushes.counts.back() = 1;
  figures.flushes.time = 1min;
  metrics.set(figures);
  const std::map<std::string, double> found = samples(metrics);
  CHECK(found.at("geode_queries_total{status=\"success\"}") == 1);
  CHECK(found.at("geode_queries_total{status=\"error\"}") == 1);
  CHECK(found.at("geode_query_duration_seconds_count") == 2);
  CHECK(found.at("geode_query_duration_seconds_sum") == Approx(3.002));
  CHECK(found.at("geode_query_duration_seconds_bucket{le=\"0.0025\"}") == 1);
  CHECK(found.at("geode_transaction_duration_seconds_sum") == Approx(1));
  CHECK(found.at("geode_connection_pool_active") == 3);
  CHECK(found.at("geode_active_connections") == 3);
  CHECK(found.at("geode_connection_pool_max") == 10);
  CHECK(found.at("geode_connections_total") == 7);
  CHECK(found.at("geode_connection_errors_total") == 1);
  CHECK(found.at("geode_active_transactions") == 2);
  CHECK(found.at("geode_disk_usage_bytes{type=\"data\"}") == 4096);
  CHECK(found.at("geode_disk_usage_bytes{type=\"wal\"}") == 512);
  CHECK(found.at("geode_memory_bytes{pool=\"statements\"}") == 1000);
  CHECK(found.at("geode_memory_bytes{pool=\"connections\"}") == 20);
#ifndef __SANITIZE_ADDRESS__  // whose allocator does not tell
  CHECK(found.at("geode_memory_bytes{pool=\"heap\"}") > 10'000);
#endif
  CHECK(found.at("geode_memory_bytes{pool=\"mapped_files\"}") > 100'000);
  CHECK(found.at("geode_wal_fsync_seconds_count") == 7);
  CHECK(found.at("geode_wal_fsync_seconds_sum") == Approx(60));
  CHECK(found.at("geode_wal_fsync_seconds_bucket{le=\"0.00025\"}") == 0);
  CHECK(found.at("geode_wal_fsync_seconds_bucket{le=\"0.0005\"}") == 6);
  CHECK(found.at("geode_wal_fsync_seconds_bucket{le=\"10\"}") == 6);
}

TEST_CASE("several threads count, and ask", "[metrics]") {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) metrics.note_query(1us, i % 2 == 0);
      metrics.text();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(samples(metrics).at("geode_query_duration_seconds_count") == 2000);
}

TEST_CASE("promtool finds nothing to complain of", "[metrics]") {
  if (std::system("command -v promtool > /dev/null") != 0) {
    WARN("promtool is not installed");
    return;
  }
  Metrics metrics;
  std::FILE* promtool = ::popen("promtool check metrics", "w");
  REQUIRE(promtool != nullptr);
  const std::string text = metrics.text();
  CHECK(std::fwrite(text.data(), 1, text.size(), promtool) == text.size());
  CHECK(::pclose(promtool) == 0);
}
