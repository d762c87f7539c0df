#include "http/metrics.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <malloc.h>
#include <mutex>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

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

prometheus::Counter& add_counter(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

void raise(prometheus::Counter& counter, std::uint64_t to) {
  counter.Increment(static_cast<double>(to) - counter.Value());
}

Histogram& add_histogram(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add(
      {}, duration_buckets());
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

Histogram::BucketBoundaries flush_buckets() {
  Histogram::BucketBoundaries bounds;
  for (const auto bound : FlushFigures::kBounds) bounds.push_back(seconds(bound));
  return bounds;
}

struct Heap {
  double used, free;
};

/// What the allocator has from the system: handed out, and kept for later.
Heap heap_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return {static_cast<double>(info.uordblks + info.hblkhd), static_cast<double>(info.fordblks)};
}

double resident_mapped_bytes() {
  std::ifstream status("/proc/self/status");
  constexpr std::string_view kName = "RssFile:";
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(kName)) return std::strtod(line.c_str() + kName.size(), nullptr) * 1024;
  return 0;
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
  prometheus::Family<Gauge>& disk = prometheus::BuildGauge()
                                        .Name("geode_disk_usage_bytes")
                                        .Help("Length of files on disk.")
                                        .Register(registry);
  Gauge& data_bytes = disk.Add({{"type", "data"}});
  Gauge& wal_bytes = disk.Add({{"type", "wal"}});
  prometheus::Counter& accepted =
      add_counter(registry, "geode_connections_total", "Connections that clients began.");
  prometheus::Counter& refused =
      add_counter(registry, "geode_connection_errors_total", "Connections that were refused.");
  prometheus::Counter& lost_audit_events =
      add_counter(registry, "geode_audit_events_lost_total",
                  "Events that could not be written into the audit log.");
  Gauge& active_transactions =
      add_gauge(registry, "geode_active_transactions", "Explicit transactions that are open.");
  prometheus::Family<Gauge>& memory =
      prometheus::BuildGauge()
          .Name("geode_memory_bytes")
          .Help(
              "Memory by what has it: statements that run and answers to be sent (both are part "
              "of the heap), the heap in use and kept free, and the pages of mapped files, the "
              "database's above all, that are in RAM.")
          .Register(registry);
  Gauge& statement_bytes = memory.Add({{"pool", "statements"}});
  Gauge& queued_bytes = memory.Add({{"pool", "connections"}});
  Gauge& heap_used = memory.Add({{"pool", "heap"}});
  Gauge& heap_free = memory.Add({{"pool", "heap_free"}});
  Gauge& mapped = memory.Add({{"pool", "mapped_files"}});
  Histogram& flush_seconds = prometheus::BuildHistogram()
                                 .Name("geode_wal_fsync_seconds")
                                 .Help("How long commits took to write and flush their changes.")
                                 .Register(registry)
                                 .Add({}, flush_buckets());
  FlushFigures flushes;  // that the histogram has

  void add_flushes(const FlushFigures& now) {
    std::vector<double> more(now.counts.size());
    for (std::size_t i = 0; i < more.size(); ++i)
      more[i] = static_cast<double>(now.counts[i] - flushes.counts[i]);
    flush_seconds.ObserveMultiple(more, seconds(now.time - flushes.time));
    flushes = now;
  }

  Gauge& uptime = add_gauge(registry, "geode_uptime_seconds", "Time since the server began.");
  Gauge& resident =
      add_gauge(registry, "process_resident_memory_bytes", "Memory of the process in RAM.");
  Gauge& virtual_bytes =
      add_gauge(registry, "process_virtual_memory_bytes", "Address space of the process.");
  Gauge& files = add_gauge(registry, "process_open_fds", "File descriptors that are open.");
  Gauge& files_limit = add_gauge(registry, "process_max_fds", "File descriptors that may be open.");
  prometheus::Counter& processor = add_counter(registry, "process_cpu_seconds_total",
                                               "Processor time, of the user and of the system.");
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

void Metrics::set(const ServerFigures& figures) {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  state.pool_active.Set(static_cast<double>(figures.connections));
  state.active_connections.Set(static_cast<double>(figures.connections));
  state.pool_max.Set(static_cast<double>(figures.most_connections));
  raise(state.accepted, figures.accepted_connections);
  raise(state.refused, figures.refused_connections);
  state.active_transactions.Set(static_cast<double>(figures.active_transactions));
  state.data_bytes.Set(static_cast<double>(figures.data_bytes));
  state.wal_bytes.Set(static_cast<double>(figures.wal_bytes));
  state.statement_bytes.Set(static_cast<double>(figures.statement_bytes));
  state.queued_bytes.Set(static_cast<double>(figures.queued_bytes));
  state.add_flushes(figures.flushes);
  raise(state.lost_audit_events, figures.lost_audit_events);
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
  const Heap heap = heap_bytes();
  state_->heap_used.Set(heap.used);
  state_->heap_free.Set(heap.free);
  state_->mapped.Set(resident_mapped_bytes());
  state_->processor.Increment(processor_seconds() - state_->processor.Value());
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace geode::server
