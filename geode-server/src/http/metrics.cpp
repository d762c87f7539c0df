#include "http/metrics.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <geode/version.hpp>

namespace geode::server {

namespace {

using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::Registry;

/// Seconds, from point reads to statements that a time limit ends.
Histogram::BucketBoundaries duration_buckets() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
          0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};
}

Gauge& add_gauge(Registry& registry, const char* name, const char* help,
                 const Labels& labels = {}) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
}

Histogram& add_histogram(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add(
      {}, duration_buckets());
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

std::size_t open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? 0 : static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

double open_files_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

struct Metrics::State {
  std::mutex mutex;  // of those who ask for the text
  Registry registry;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();

  Histogram& query_seconds =
      add_histogram(registry, "geode_query_duration_seconds", "How long statements took.");
  prometheus::Family<prometheus::Counter>& queries = prometheus::BuildCounter()
                                                         .Name("geode_queries_total")
                                                         .Help("Statements that ended, by outcome.")
                                                         .Register(registry);
  prometheus::Counter& succeeded = queries.Add({{"status", "success"}});
  prometheus::Counter& failed = queries.Add({{"status", "error"}});
  Histogram& transaction_seconds = add_histogram(registry, "geode_transaction_duration_seconds",
                                                 "How long transactions were open.");
  Gauge& pool_active =
      add_gauge(registry, "geode_connection_pool_active", "Connections that are open.");
  Gauge& active_connections =
      add_gauge(registry, "geode_active_connections", "Connections that are open.");
  Gauge& pool_max =
      add_gauge(registry, "geode_connection_pool_max", "Connections that may be open.");
  Gauge& replication_lag =
      add_gauge(registry, "geode_replication_lag_seconds",
                "How far the server is behind its leader; 0 of one that has none.");
  Gauge& data_bytes =
      add_gauge(registry, "geode_disk_usage_bytes", "Length of files on disk.", {{"type", "data"}});
  Gauge& uptime = add_gauge(registry, "geode_uptime_seconds", "Time since the server began.");
  Gauge& resident =
      add_gauge(registry, "process_resident_memory_bytes", "Memory of the process in RAM.");
  Gauge& virtual_bytes =
      add_gauge(registry, "process_virtual_memory_bytes", "Address space of the process.");
  Gauge& files = add_gauge(registry, "process_open_fds", "File descriptors that are open.");
  Gauge& files_limit = add_gauge(registry, "process_max_fds", "File descriptors that may be open.");
  prometheus::Counter& processor = prometheus::BuildCounter()
                                       .Name("process_cpu_seconds_total")
                                       .Help("Processor time, of the user and of the system.")
                                       .Register(registry)
                                       .Add({});
};

Metrics::Metrics() : state_(std::make_unique<State>()) {
  add_gauge(state_->registry, "geode_build_info", "1, with the version as a label.",
            {{"version", GEODE_VERSION}})
      .Set(1);
  add_gauge(state_->registry, "process_start_time_seconds", "When the server began, in Unix time.")
      .Set(seconds(std::chrono::system_clock::now().time_since_epoch()));
}

Metrics::~Metrics() = default;

void Metrics::note_query(std::chrono::nanoseconds duration, bool succeeded) {
  state_->query_seconds.Observe(seconds(duration));
  (succeeded ? state_->succeeded : state_->failed).Increment();
}

void Metrics::note_transaction(std::chrono::nanoseconds duration) {
  state_->transaction_seconds.Observe(seconds(duration));
}

void Metrics::set_connections(std::uint64_t active, std::uint64_t most) {
  state_->pool_active.Set(static_cast<double>(active));
  state_->active_connections.Set(static_cast<double>(active));
  state_->pool_max.Set(static_cast<double>(most));
}

void Metrics::set_data_bytes(std::uint64_t bytes) {
  state_->data_bytes.Set(static_cast<double>(bytes));
}

std::string Metrics::text() {
  const std::lock_guard lock(state_->mutex);
  std::uint64_t total = 0, resident = 0;  // in pages
  std::ifstream("/proc/self/statm") >> total >> resident;
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  state_->virtual_bytes.Set(static_cast<double>(total) * page);
  state_->resident.Set(static_cast<double>(resident) * page);
  state_->files.Set(static_cast<double>(open_files()));
  state_->files_limit.Set(open_files_limit());
  state_->uptime.Set(seconds(std::chrono::steady_clock::now() - state_->start));
  state_->processor.Increment(processor_seconds() - state_->processor.Value());
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace geode::server
