#include "serve/service.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <utility>

#include <geode/session.hpp>
#include <geode/storage_figures.hpp>
#include <geode/version.hpp>
#include "config/machine.hpp"
#include "protocol/unix_socket_places.hpp"
#include "serve/free_unix_socket.hpp"
#include "serve/system_tables.hpp"

namespace geode::server {

namespace {

using std::chrono::milliseconds;

/// Of the memory that the process may use, in hundredths: logged above the first, and said to be
/// over below the second.
constexpr std::uint64_t kHighMemory = 90, kMemoryAtEase = 80;
constexpr milliseconds kAnswerTime{2'000};

milliseconds whole_milliseconds(std::chrono::nanoseconds duration) {
  // What is not zero is a limit, however short.
  return duration.count() > 0 ? std::max(milliseconds(1), std::chrono::ceil<milliseconds>(duration))
                              : milliseconds(0);
}

ServerLimits server_limits(const Config& config) {
  ServerLimits limits;
  limits.max_connections = config.number("server.max_connections");
  limits.idle_timeout = whole_milliseconds(config.duration("server.idle_timeout"));
  limits.transaction_idle_timeout =
      whole_milliseconds(config.duration("performance.transaction_idle_timeout"));
  limits.transaction_timeout =
      whole_milliseconds(config.duration("performance.transaction_timeout"));
  limits.statement.timeout = whole_milliseconds(config.duration("performance.query_timeout"));
  limits.statement.memory_limit_bytes = config.number("performance.max_query_memory");
  return limits;
}

Options database_options(const Config& config, const std::string& folder) {
  Options options;
  options.wal_directory = config.text("storage.wal_dir");
  if (options.wal_directory.empty()) options.wal_directory = folder + "/wal";
  options.change_log = ChangeLog::kOn;
  options.archive_interval = whole_milliseconds(config.duration("storage.checkpoint_interval"));
  options.query_memory_limit_bytes = config.number("performance.max_query_memory");
  options.statement_cache_bytes = config.number("performance.query_cache");
  options.worker_threads = config.number("performance.worker_threads");
  return options;
}

AuditOptions audit_options(const Config& config) {
  AuditOptions options;
  options.file = config.text("audit.file");
  options.level = audit_level(config.text("audit.level"));
  options.max_size_bytes = config.number("audit.max_size");
  options.max_files = config.number("audit.max_files");
  options.refuse_on_failure = config.text("audit.on_failure") == "refuse";
  return options;
}

std::uint64_t resident_bytes() {
  std::uint64_t total = 0, resident = 0;  // in pages
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Of the files of a folder; those that go meanwhile do not count.
std::uint64_t bytes_of_files(const std::string& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    std::error_code gone;
    const std::uintmax_t size = file->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

void make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error(status::kCannotOpen,
                "the data_dir " + folder + " cannot be made: " + error.message())
        .hint("give another with --data-dir, or storage.data_dir in the configuration");
  }
}

std::int64_t as_number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

Service::Service(const Config& config)
    : log_(log_options(config)),
      memory_limit_bytes_(machine_limits().memory_bytes),
      config_(config) {
  slow_query_ns_ = config.duration("logging.slow_query").count();
  const Endpoint& pages = config.endpoint("metrics.listen");
  if (pages.host.empty()) return;
  http_ = std::make_unique<HttpServer>(pages, [this](std::string_view path) { return page(path); });
  log_.write({LogLevel::kInfo, "http", "pages for probes and metrics",
              std::array<LogField, 2>{LogField{"host", std::string_view(pages.host)},
                                      LogField{"port", std::int64_t{http_->port()}}}});
}

Service::~Service() { http_.reset(); }

void Service::start() {
  const std::string& folder = config_.text("storage.data_dir");
  make_folder(folder);
  const std::string path = folder + "/" + std::string(kDatabaseFileName);
  Database database(path, database_options(config_, folder));
  open_history(folder);
  if (!config_.text("audit.file").empty()) {
    audit_ = std::make_unique<AuditLog>(audit_options(config_));
    note_in_audit("START");
  }
  register_tables(database);
  auto server = std::make_unique<Server>(server_options(), database);
  {
    // The first statements wait until there is a server to ask.
    const std::lock_guard lock(mutex_);
    server->start();
    database_ = std::move(database);
    server_ = std::move(server);
  }
  state_ = ServiceState::kServing;
  if (const Endpoint& http = config_.endpoint("server.http_query.listen"); !http.host.empty()) {
    log_.write({LogLevel::kInfo, "http", "queries at /v1/query",
                std::array<LogField, 2>{LogField{"host", std::string_view(http.host)},
                                        LogField{"port", std::int64_t{server_->http_port()}}}});
  }
  const Endpoint& listen = config_.endpoint("server.listen");
  log_.write({LogLevel::kInfo, "server", "serving",
              std::array<LogField, 4>{LogField{"version", std::string_view(GEODE_VERSION)},
                                      LogField{"database", std::string_view(path)},
                                      LogField{"host", std::string_view(listen.host)},
                                      LogField{"port", std::int64_t{port()}}}});
}

ServerOptions Service::server_options() {
  ServerOptions options;
  static_cast<ServerLimits&>(options) = server_limits(config_);
  const std::string& folder = config_.text("storage.data_dir");
  options.listen.clear();
  if (const Endpoint& listen = config_.endpoint("server.listen"); !listen.host.empty())
    options.listen.push_back(listen);
  options.quic = config_.truth("server.quic");
  if (const Endpoint& http = config_.endpoint("server.http_query.listen"); !http.host.empty())
    options.http_query.push_back(http);
  options.http_body_bytes = config_.number("server.http_query.max_body");
  options.unix_socket = config_.text("server.unix_socket");
  if (options.unix_socket == "none") {
    options.unix_socket.clear();
  } else if (options.unix_socket == "auto") {
    options.unix_socket =
        free_unix_socket(protocol::unix_socket_places(process_environment, folder));
    if (options.unix_socket.empty()) {
      write_log(LogLevel::kWarn, "server",
                "no folder for a unix socket; name one with server.unix_socket");
    }
  }
  if (!options.unix_socket.empty()) {
    log_.write({LogLevel::kInfo, "server", "unix socket",
                std::array<LogField, 1>{LogField{"path", std::string_view(options.unix_socket)}}});
  }
  options.certificate_file = config_.text("server.tls.cert_file");
  options.key_file = config_.text("server.tls.key_file");
  options.development_certificate_folder = folder + "/tls";
  options.client_ca_file = config_.text("server.tls.client_ca");
  options.client_crl_file = config_.text("server.tls.client_crl");
  options.require_client_certificate = config_.truth("server.tls.require_client_cert");
  // Most of those that run at a time wait: for the writer's turn, or for a disk.
  options.worker_threads = 4 * config_.number("performance.worker_threads");
  options.audit = audit_.get();
  options.log = [this](LogLevel level, std::string_view line) { write_log(level, "server", line); };
  options.statement_ended = [this](const StatementReport& report) { note_statement(report); };
  options.transaction_ended = [this](std::chrono::nanoseconds duration) {
    metrics_.note_transaction(duration);
  };
  return options;
}

void Service::note_statement(const StatementReport& report) {
  metrics_.note_query(report.duration, report.succeeded);
  const std::int64_t slow = slow_query_ns_;
  const bool is_slow = slow > 0 && report.duration.count() >= slow;
  statistics_.note(report, is_slow);
  const bool is_grave = !report.succeeded &&
                        (report.gqlstatus.starts_with("58") || report.gqlstatus.starts_with("XX"));
  const bool is_short_of_memory = report.gqlstatus == status::kMemoryLimit;
  const LogLevel level = is_grave                        ? LogLevel::kError
                         : is_slow || is_short_of_memory ? LogLevel::kWarn
                                                         : LogLevel::kDebug;
  if (!log_.writes(level)) return;
  const std::string text = without_literals(report.text);
  log_.write({level, "query",
              is_grave             ? "a statement failed"
              : is_short_of_memory ? "a statement needed more memory than it may have"
                                   : "query execution time",
              std::array<LogField, 5>{
                  LogField{"duration_ms", static_cast<double>(report.duration.count()) / 1e6},
                  LogField{"rows_returned", as_number(report.rows)},
                  LogField{"gqlstatus", report.gqlstatus}, LogField{"session", report.session_id},
                  LogField{"query", std::string_view(text)}}});
}

void Service::reload(const Config& config) {
  const auto attempt = [&](const char* what, auto action) {
    try {
      action();
    } catch (const Error& error) {
      write_log(LogLevel::kError, "server",
                std::string(what) + " is as it was: " + error.message());
    }
  };
  attempt("the log", [&] { log_.reopen(log_options(config)); });
  // By the level of before, or, where that has none, by the new one.
  const bool is_noted = note_in_audit("RELOAD");
  if (audit_) attempt("the audit log", [&] { audit_->reopen(audit_options(config)); });
  if (!is_noted) note_in_audit("RELOAD");
  if (server_) attempt("the certificate", [&] { server_->reload_certificates(); });
  const std::lock_guard lock(mutex_);
  take_limits(config);
  for (const ConfigEntry& entry : config.entries()) {
    const ConfigEntry& before = config_.entry(entry.setting->name);
    if (entry.value == before.value || entry.setting->change == SettingChange::kOnReload) continue;
    write_log(LogLevel::kWarn, "config",
              std::string(entry.setting->name) + " changed, which counts from the next start on");
  }
  // What counts from the next start on stays what this service began with.
  config_.take_reloadable(config);
  write_log(LogLevel::kInfo, "config",
            "read again" + (config.file().empty() ? "" : ": " + config.file()));
}

/// What the server does by itself. Whether it is in the log.
bool Service::note_in_audit(std::string_view operation) {
  if (!audit_) return false;
  AuditEvent event;
  event.type = AuditType::kAdministration;
  event.operation = operation;
  try {
    if (!audit_->keeps(event.type)) return false;
    audit_->sync(audit_->write(event));
    return true;
  } catch (const Error& error) {
    write_log(LogLevel::kError, "server", "the audit log cannot be written: " + error.message());
    return false;
  }
}

void Service::take_limits(const Config& config) {
  slow_query_ns_ = config.duration("logging.slow_query").count();
  if (server_) server_->set_limits(server_limits(config));
}

void Service::set_config(const std::string& key, const std::string& value) {
  const std::lock_guard lock(mutex_);
  Config changed = config_;
  changed.change(key, value);
  if (key.starts_with("logging.")) log_.reopen(log_options(changed));
  if (key.starts_with("audit.") && audit_) audit_->reopen(audit_options(changed));
  take_limits(changed);
  config_.take_reloadable(changed);
  const ConfigEntry& entry = config_.entry(key);
  write_log(LogLevel::kInfo, "config",
            key + " is " + value_text(*entry.setting, entry.value) + " now, by a statement");
}

void Service::register_tables(Database& database) {
  // While a statement asks, the server is there: it ends its statements before it goes.
  const auto server = [this] {
    const std::lock_guard lock(mutex_);
    return server_.get();
  };
  SystemTableSources sources;
  sources.connections = [server] { return server()->connections(); };
  sources.stats = [server] { return server()->stats(); };
  sources.config = [this] {
    const std::lock_guard lock(mutex_);
    return config_;
  };
  sources.set_config = [this](const std::string& key, const std::string& value) {
    set_config(key, value);
  };
  sources.statistics = &statistics_;
  register_system_tables(database, std::move(sources));
}

void Service::open_history(const std::string& folder) {
  try {
    statistics_.open_history(folder + "/metrics.history");
  } catch (const Error& error) {
    write_log(LogLevel::kError, "metrics", "no history is kept: " + error.message());
  }
}

void Service::sample() {
  if (database_ && statistics_.is_due(std::chrono::system_clock::now())) add_sample();
}

void Service::add_sample() {
  try {
    Sample state;
    state.data_bytes = database_->file_info().file_bytes;
    state.connections = static_cast<std::uint32_t>(server_->stats().open_connections);
    Session session = database_->session();
    Result counted = session.execute(
        "CALL db.graphs() YIELD nodes, edges RETURN sum(nodes) AS nodes, sum(edges) AS edges");
    if (const std::optional<Row> row = counted.next()) {
      state.nodes = static_cast<std::uint64_t>((*row)[0].as_int64());
      state.edges = static_cast<std::uint64_t>((*row)[1].as_int64());
    }
    statistics_.sample(std::chrono::system_clock::now(), state);
  } catch (const Error& error) {
    write_log(LogLevel::kError, "metrics", "a minute is not kept: " + error.message());
  }
}

void Service::drain() {
  if (state_ != ServiceState::kServing) return;
  state_ = ServiceState::kDraining;
  write_log(LogLevel::kInfo, "server", "draining: no new connections, those that are open go on");
  server_->drain();
}

void Service::stop() {
  state_ = ServiceState::kStopping;
  write_log(LogLevel::kInfo, "server", "stopping");
  if (server_) {
    add_sample();
    const milliseconds grace = [&] {
      const std::lock_guard lock(mutex_);
      return whole_milliseconds(config_.duration("server.shutdown_grace"));
    }();
    server_->stop(grace);
  }
  std::unique_ptr<Server> server;
  std::optional<Database> database;
  {
    const std::lock_guard lock(mutex_);
    server.swap(server_);
    database.swap(database_);
  }
  server.reset();
  database.reset();
  note_in_audit("STOP");
  write_log(LogLevel::kInfo, "server", "stopped");
}

ServiceHealth Service::health() {
  ServiceHealth health;
  health.state = state_;
  if (health.state == ServiceState::kServing && audit_ && audit_->refuses_on_failure())
    if (const std::optional<Error> error = audit_->trouble()) health.trouble = error->message();
  const std::lock_guard lock(mutex_);
  if (!server_) return health;
  health.stats = server_->stats();
  try {
    database_->begin_read();
  } catch (const Error& error) {
    health.trouble = error.message();
  }
  return health;
}

ServerFigures Service::figures() const {
  const ServerStats stats = server_->stats();
  const StorageFigures storage = storage_figures(*database_);
  ServerFigures figures;
  figures.connections = stats.open_connections;
  figures.most_connections = server_->max_connections();
  figures.accepted_connections = stats.accepted_connections;
  figures.refused_connections = stats.refused_connections;
  figures.active_transactions = stats.active_transactions;
  figures.data_bytes = database_->file_info().file_bytes;
  figures.wal_bytes = bytes_of_files(database_->options().wal_directory);
  figures.statement_bytes = storage.statement_bytes;
  figures.queued_bytes = stats.queued_bytes;
  figures.flushes = storage.flushes;
  figures.lost_audit_events = audit_ ? audit_->lost_events() : 0;
  return figures;
}

HttpAnswer Service::page(std::string_view path) {
  if (path == "/live") return live_page();
  if (path == "/health") return health_page(health());
  if (path == "/ready") return ready_page(health());
  HttpAnswer answer;
  if (path == "/metrics") {
    {
      const std::lock_guard lock(mutex_);
      if (server_) metrics_.set(figures());
    }
    answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    answer.body = metrics_.text();
    return answer;
  }
  answer.status = 404;
  answer.body = "{\"error\":\"there are /metrics, /health, /ready and /live\"}\n";
  return answer;
}

void Service::watch_memory() {
  if (memory_limit_bytes_ == 0) return;
  const std::uint64_t used = resident_bytes();
  const std::uint64_t percent = used / (memory_limit_bytes_ / 100 + 1);
  if (memory_is_high_ ? percent >= kMemoryAtEase : percent < kHighMemory) return;
  memory_is_high_ = !memory_is_high_;
  log_.write({memory_is_high_ ? LogLevel::kWarn : LogLevel::kInfo, "memory",
              memory_is_high_ ? "high memory" : "memory is no longer high",
              std::array<LogField, 2>{LogField{"resident_bytes", as_number(used)},
                                      LogField{"limit_bytes", as_number(memory_limit_bytes_)}}});
}

void Service::report() {
  const ServerStats stats = server_ ? server_->stats() : ServerStats();
  log_.write({LogLevel::kInfo, "report", "state",
              std::array<LogField, 6>{
                  LogField{"state", state_name(state_)},
                  LogField{"resident_bytes", as_number(resident_bytes())},
                  LogField{"connections", as_number(stats.open_connections)},
                  LogField{"active_transactions", as_number(stats.active_transactions)},
                  LogField{"active_statements", as_number(stats.active_statements)},
                  LogField{"statements", as_number(stats.statements)}}});
  if (!database_) return;
  Session session = database_->session();
  Result running = session.execute("CALL system.list_queries()");
  const std::vector<std::string> columns = running.columns();
  while (const std::optional<Row> row = running.next()) {
    std::vector<std::string> texts;
    texts.reserve(columns.size());
    for (const Value& value : row->values())
      texts.push_back(value.type() == ValueType::kString ? std::string(value.as_string())
                                                         : value.to_string());
    std::vector<LogField> fields;
    for (std::size_t i = 0; i < columns.size(); ++i)
      fields.push_back({columns[i], std::string_view(texts[i])});
    log_.write({LogLevel::kInfo, "report", "running", fields});
  }
}

bool Service::responds() const { return !server_ || server_->responds(kAnswerTime); }

}  // namespace geode::server
