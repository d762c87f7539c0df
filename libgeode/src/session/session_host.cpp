#include "session/session_host.hpp"

#include <fstream>
#include <string>

#include <geode/version.hpp>
#include "session/session_impl.hpp"

namespace geode::session {

namespace {

/// Bytes that the kernel counts for this process under `key` of /proc/self/status; 0 when it does
/// not say.
std::uint64_t process_bytes(std::string_view key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return std::stoull(line.substr(key.size())) * 1024;
  }
  return 0;
}

}  // namespace

std::vector<gql::RunningQuery> SessionHost::running_queries() const {
  return database_->activity->queries();
}

std::vector<gql::OpenTransaction> SessionHost::open_transactions() const {
  return database_->activity->transactions();
}

std::vector<OpenSnapshot> SessionHost::snapshots() const {
  return database_->environment->snapshots();
}

bool SessionHost::kill_query(std::string_view id) { return database_->activity->kill(id); }

std::vector<gql::Setting> SessionHost::settings() const {
  const Options& options = database_->options;
  const auto integer = [](auto number) { return Value(static_cast<std::int64_t>(number)); };
  std::vector<gql::Setting> settings = {
      {"database.path", Value(database_->environment->path()), "File of the database"},
      {"database.id", Value(database_->environment->database_id()), "Made with the database"},
      {"database.read_only", Value(options.read_only), "Statements that write are refused"},
      {"database.durability",
       Value(options.durability == Durability::kSync ? "sync" : "no meta sync"),
       "What a commit waits for"},
      {"database.lock_timeout_ms", integer(options.lock_timeout.count()),
       "How long a writer waits for others; negative: for ever"},
      {"database.max_file_size_bytes", integer(options.max_file_size_bytes),
       "A transaction that makes the file larger ends with 53X02; 0: no limit"},
      {"database.max_snapshot_age_ms", integer(options.max_snapshot_age.count()),
       "An older snapshot that holds pages back ends with 40X02; 0: no limit"},
      {"database.max_snapshot_lag_bytes", integer(options.max_snapshot_lag_bytes),
       "A snapshot that holds more pages back ends with 40X02; 0: no limit"},
      {"database.map_size_bytes", integer(options.map_size_bytes),
       "Address space reserved for the file"},
      {"query.memory_limit_bytes", integer(options.query_memory_limit_bytes),
       "A statement that needs more ends with 53X01"},
      {"query.temp_directory", Value(database_->spill.directory),
       "Where rows are put that do not fit into memory"},
      {"query.temp_limit_bytes", integer(options.query_temp_limit_bytes),
       "A statement that needs more there ends with 53X02"},
      {"query.optimize", Value(options.optimize), "Plans are rewritten before they run"},
  };
  if (const std::shared_ptr<Session::Impl> session = session_.lock()) {
    settings.push_back(
        {"session.time_zone", Value(session->state.time_zone), "SESSION SET TIME ZONE changes it"});
    settings.push_back(
        {"session.schema", Value(session->state.catalog.schema), "SESSION SET SCHEMA changes it"});
    settings.push_back(
        {"session.graph", Value(session->graph_path()), "SESSION SET GRAPH changes it"});
  }
  settings.push_back({"session.user", Value(database_->user), "SESSION_USER"});
  return settings;
}

std::vector<gql::MemoryFigure> SessionHost::memory() const {
  const StatementCaches& statements = *database_->statements;
  return {
      {"process.resident", process_bytes("VmRSS:"), "Main memory of the process"},
      {"process.peak", process_bytes("VmHWM:"), "The most it has been"},
      {"database.used", used_bytes(), "Bytes of the database file in use"},
      {"statements.used", statements.bytes(), "Statements and plans that sessions keep, estimated"},
      {"statements.limit", statements.limit_bytes(), "What all of them may take"},
      {"query.limit", database_->options.query_memory_limit_bytes, "What one statement may use"}};
}

std::uint64_t SessionHost::clear_cache() { return database_->statements->clear(); }

gql::Compaction SessionHost::compact() {
  const std::shared_ptr<Session::Impl> session = session_.lock();
  if (session && session->writer) {
    throw Error(status::kInvalidTransactionState,
                "storage cannot be compacted within a transaction that writes")
        .hint("COMMIT or ROLLBACK first");
  }
  const CompactReport report = database_->compact();
  return {report.bytes_before, report.bytes_after, report.merges_left};
}

std::uint64_t SessionHost::used_bytes() const { return database_->environment->used_bytes(); }

std::string SessionHost::version() const { return GEODE_VERSION; }

}  // namespace geode::session
