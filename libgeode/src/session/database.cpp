#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <pwd.h>
#include <unistd.h>
#include <vector>

#include <geode/storage_figures.hpp>
#include "base/out_of_memory.hpp"
#include "base/worker_pool.hpp"
#include "gql/exec/element_condition.hpp"
#include "gql/syntax/parser.hpp"
#include "graph/log/change_log.hpp"
#include "security/password_hash.hpp"
#include "session/database_impl.hpp"
#include "session/session_impl.hpp"
#include "storage/flush_counter.hpp"
#include "storage/tables.hpp"
#include "verify/verification.hpp"

namespace geode {
inline namespace v1 {

namespace {

std::shared_ptr<storage::Environment> open_environment(std::string_view path,
                                                       const Options& options) {
  storage::EnvironmentOptions storage_options;
  storage_options.read_only = options.read_only;
  storage_options.create_if_missing = options.create_if_missing && !options.read_only;
  storage_options.sync = options.durability == Durability::kSync ? storage::SyncMode::kSync
                                                                 : storage::SyncMode::kNoMetaSync;
  storage_options.map_size_bytes = options.map_size_bytes;
  storage_options.max_file_size_bytes = options.max_file_size_bytes;
  storage_options.max_snapshot_lag_bytes = options.max_snapshot_lag_bytes;
  storage_options.max_snapshot_age = options.max_snapshot_age;
  return storage::Environment::open(std::string(path), storage_options);
}

/// Where it can be written to, it is an original from here on, with a history of its own.
void settle_copy(const std::shared_ptr<storage::Environment>& environment) {
  try {
    if (!environment->read_only()) graph::start_timeline_of_copy(environment, 0);
  } catch (const Error&) {
    // Another process writes, or there is no room: who opens the file next looks at it again.
    return;
  }
  storage::Environment::accept_copy(environment);
}

void check_copy(const std::shared_ptr<storage::Environment>& environment) {
  VerifyOptions first;
  first.maximum_findings = 1;
  const VerifyReport report = verifier::verify_environment(environment, first);
  if (report.ok()) return settle_copy(environment);
  const VerifyFinding& found = report.findings.front();
  throw Error(status::kCorrupt, "database '" + environment->path() +
                                    "' is a copy of another file, and damaged: " + found.where +
                                    ": " + found.found + ", not " + found.expected)
      .hint(
          "a file that is copied while it is written to is no backup: geode backup create makes "
          "one; geode salvage saves what can be read");
}

std::string account_name() {
  passwd account{};
  passwd* found = nullptr;
  std::vector<char> buffer(4096);
  const uid_t id = geteuid();
  if (getpwuid_r(id, &account, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return std::to_string(id);
}

/// Where statements put temporary files; a database that may not be written keeps none beside it.
std::string temp_directory(std::string_view path, const Options& options) {
  if (!options.temp_directory.empty()) return options.temp_directory;
  if (const char* from_environment = std::getenv("TMPDIR");
      from_environment != nullptr && *from_environment != '\0')
    return from_environment;
  const auto folder = std::filesystem::path(path).parent_path();
  if (path == ":memory:" || options.read_only) return "/tmp";
  return folder.empty() ? "." : folder.string();
}

gql::exec::ParallelSettings parallel_settings(const Options& options) {
  gql::exec::ParallelSettings settings;
  settings.workers =
      options.worker_threads != 0 ? options.worker_threads : base::usable_processors();
  settings.morsel_nodes = std::max<std::uint64_t>(options.morsel_nodes, 1);
  return settings;
}

catalog::GraphId graph_at(std::string_view path, const graph::GraphTransaction& graph) {
  return gql::referenced_graph({std::string(path), kNoGraph}, graph.catalog(), {}).id;
}

bool by_name(const NamedCount& a, const NamedCount& b) { return a.name < b.name; }

}  // namespace

Database::Impl::Impl(std::string_view path, const Options& given)
    : environment(open_environment(path, given)),
      options(given),
      writer(environment, given.lock_timeout.count()),
      user(given.user.empty() ? account_name() : given.user),
      spill{temp_directory(path, given), given.query_temp_limit_bytes, given.spill_threshold_bytes},
      plan_settings{given.optimize, parallel_settings(given)} {
  if (environment->copied() && options.verify_copies) check_copy(environment);
  graph::set_condition_compiler(*environment, [](const catalog::ConstraintDefinition& constraint,
                                                 const catalog::Catalog& catalog) {
    return gql::exec::make_condition(*gql::parse_condition(constraint.condition),
                                     constraint.variable, constraint.on_edges, catalog);
  });
  if (options.read_only) return;
  if (options.change_log != ChangeLog::kAsStored) {
    const bool on = options.change_log == ChangeLog::kOn;
    graph::switch_change_log(environment, on, options.change_log_limit_bytes,
                             options.lock_timeout.count());
  }
  if (!options.wal_directory.empty()) {
    archiver = std::make_unique<session::Archiver>(environment, options.wal_directory,
                                                   options.archive_interval);
  }
}

void Database::Impl::change_routines(const std::function<void(gql::Routines&)>& change) {
  std::lock_guard lock(routines_mutex_);
  auto changed = std::make_shared<gql::Routines>(*routines());
  change(*changed);
  const gql::Routines* latest = changed.get();
  routines_.store(std::move(changed));
  latest_routines_.store(latest);
}

session::SessionContext Database::Impl::context() const {
  session::SessionContext context;
  context.activity = activity;
  context.user = user;
  context.spill = &spill;
  context.parallel = plan_settings.parallel;
  return context;
}

Database::Database(std::string_view path, const Options& options) try
    : impl_(std::make_shared<Impl>(path, options)) {
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}
Database::~Database() = default;
Database::Database(const Database&) = default;
Database& Database::operator=(const Database&) = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

Session Database::session() try {
  return Session(std::make_shared<Session::Impl>(impl_));
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

Session Database::session(std::string_view user) try {
  auto session = std::make_shared<Session::Impl>(impl_);
  session->identity = Session::Impl::Identity::kUser;
  session->user = std::string(user);
  session->authorize();
  return Session(std::move(session));
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

Session Database::open_session() try {
  auto session = std::make_shared<Session::Impl>(impl_);
  session->identity = Session::Impl::Identity::kOpen;
  return Session(std::move(session));
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

namespace {
std::shared_ptr<const catalog::Security> security_now(
    const std::shared_ptr<storage::Environment>& environment) {
  return graph::GraphTransaction::begin_read(environment)->catalog().security();
}
}  // namespace

bool Database::has_users() const try {
  return security_now(impl_->environment)->has_users();
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

bool Database::authenticate(std::string_view user, std::string_view password) try {
  const auto security = security_now(impl_->environment);
  const catalog::Principal* found = security->find(user);
  // The same work, whoever it is.
  const bool known = found != nullptr && !found->is_role && !found->password_hash.empty();
  if (!known) security::verify_nothing(password);
  const bool right = known && security::verify_password(password, found->password_hash);
  if (!right || found->suspended) return false;
  if (!options().read_only && security::is_outdated(found->password_hash)) {
    const std::string before = found->password_hash, fresh = security::hash_password(password);
    impl_->writer.run([&](graph::GraphTransaction& graph) {
      const catalog::Principal* now = graph.catalog().security()->find(user);
      if (now == nullptr || now->password_hash != before) return;
      catalog::Principal changed = *now;
      changed.password_hash = fresh;
      graph.put_security(catalog::security_entry(changed));
    });
  }
  return true;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

Result Database::execute(std::string_view text, const Parameters& parameters,
                         const StatementOptions& options) try {
  return session().execute(text, parameters, options);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

const std::string& Database::path() const { return impl_->environment->path(); }
const std::string& Database::id() const { return impl_->environment->database_id(); }
bool Database::read_only() const { return impl_->options.read_only; }
const Options& Database::options() const { return impl_->options; }

void Database::save(const std::string& path) const try {
  impl_->environment->copy_to(path);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

CompactReport Database::Impl::compact() {
  const std::uint64_t before = environment->read_only() ? 0 : environment->info().file_bytes;
  const std::uint64_t left = environment->read_only() ? 0 : graph::fold_all(environment);
  const storage::CompactedBytes bytes = environment->compact(options.lock_timeout.count());
  return {before, bytes.after, left};
}

CompactReport Database::compact() try { return impl_->compact(); } catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

FileInfo Database::file_info() const try {
  FileInfo out;
  if (!read_only()) {
    out.dead_readers = static_cast<std::uint32_t>(impl_->environment->clear_stale_readers());
  }
  const storage::EnvironmentInfo info = impl_->environment->info();
  out.file_bytes = info.file_bytes;
  out.used_bytes = info.used_bytes;
  out.free_bytes = info.free_bytes;
  out.map_bytes = info.map_bytes;
  out.page_bytes = info.page_bytes;
  out.format_version = storage::kFormatVersion;
  out.last_transaction = info.last_transaction;
  out.reader_slots = info.reader_slots;
  out.max_reader_slots = info.max_reader_slots;
  out.file_system = info.file_system;
  return out;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

StorageFigures storage_figures(const Database& database) try {
  return {storage::flush_figures(*database.impl()->environment),
          database.impl()->activity->used_bytes()};
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

std::vector<OpenSnapshot> Database::snapshots() const try {
  return impl_->environment->snapshots();
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

std::vector<NamedCount> Database::labels(std::string_view path) const try {
  auto graph = graph::GraphTransaction::begin_read(impl_->environment);
  std::vector<NamedCount> out;
  for (const catalog::LabelId label : graph->catalog().labels(graph_at(path, *graph))) {
    out.push_back({graph->catalog().label_name(label), graph->node_count(label)});
  }
  std::sort(out.begin(), out.end(), by_name);
  return out;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

std::vector<NamedCount> Database::edge_labels(std::string_view path) const try {
  auto graph = graph::GraphTransaction::begin_read(impl_->environment);
  std::vector<NamedCount> out;
  const catalog::Catalog& catalog = graph->catalog();
  for (const catalog::EdgeLabelId label : catalog.edge_labels(graph_at(path, *graph))) {
    if (!catalog.is_directed(label)) continue;
    out.push_back({catalog.edge_label_name(label), graph->named_edge_count(label)});
  }
  std::sort(out.begin(), out.end(), by_name);
  return out;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

std::vector<std::string> Database::property_keys() const try {
  auto graph = graph::GraphTransaction::begin_read(impl_->environment);
  std::vector<std::string> out;
  for (std::uint32_t id = 0; id < graph->catalog().property_key_count(); ++id) {
    out.push_back(graph->catalog().property_key_name(catalog::PropertyKeyId{id}));
  }
  std::sort(out.begin(), out.end());
  return out;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

}  // namespace v1
}  // namespace geode
