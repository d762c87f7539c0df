#include <algorithm>
#include <sched.h>
#include <sys/stat.h>

#include <geode/error.hpp>
#include <geode/import.hpp>
#include "base/out_of_memory.hpp"
#include "session/database_impl.hpp"
#include "transfer/import_run.hpp"

namespace geode::transfer {
namespace {

constexpr std::chrono::milliseconds kBetweenReports{100};

std::uint64_t file_size(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)
             ? static_cast<std::uint64_t>(info.st_size)
             : 0;
}

ImportOptions with_workers(ImportOptions options) {
  cpu_set_t usable;
  if (options.workers == 0) {
    options.workers = sched_getaffinity(0, sizeof usable, &usable) == 0
                          ? static_cast<std::uint32_t>(CPU_COUNT(&usable))
                          : 1;
  }
  return options;
}

graph::BulkLoadOptions bulk_options(const ImportOptions& options, std::int64_t lock_timeout_ms,
                                    std::function<void()> poll) {
  graph::BulkLoadOptions out;
  out.memory_bytes = options.memory_bytes;
  for (const NodeSource& source : options.nodes) out.expected_bytes += file_size(source.file);
  for (const EdgeSource& source : options.edges) out.expected_bytes += file_size(source.file);
  out.workers = options.workers;
  out.lock_timeout_ms = lock_timeout_ms;
  out.poll = std::move(poll);
  return out;
}

}  // namespace

ImportRun::ImportRun(const std::shared_ptr<storage::Environment>& environment,
                     std::int64_t lock_timeout_ms, const ImportOptions& options)
    : options_(with_workers(options)),
      loader_(environment, bulk_options(options_, lock_timeout_ms, [this] { poll(); })) {}

ImportReport ImportRun::run() {
  const auto begin = std::chrono::steady_clock::now();
  for (const NodeSource& source : options_.nodes) progress_.bytes_total += file_size(source.file);
  for (const EdgeSource& source : options_.edges) {
    if (source.from_label.empty() || source.to_label.empty()) {
      throw Error(status::kInvalidArgument,
                  source.file + ": it is not said which nodes its edges connect")
          .hint("from=LABEL,to=LABEL");
    }
    progress_.bytes_total += file_size(source.file);
  }
  if (options_.on_error == OnError::kLog) {
    error_log_.open(options_.error_file, std::ios::trunc);
    if (!error_log_) throw Error(status::kIo, options_.error_file + ": cannot be written");
  }

  choose_graph();
  prepare();
  for (const NodeFile& file : node_files_) load_nodes(file);
  for (auto& [id, keys] : keys_) keys->freeze();
  // Edges of one label are loaded together, in the order in which labels come first.
  std::vector<std::pair<std::string, std::vector<const EdgeSource*>>> by_label;
  for (const EdgeSource& source : options_.edges) {
    auto found = std::find_if(by_label.begin(), by_label.end(),
                              [&](const auto& entry) { return entry.first == source.label; });
    if (found == by_label.end()) found = by_label.insert(by_label.end(), {source.label, {}});
    found->second.push_back(&source);
  }
  for (const auto& [label, sources] : by_label) load_edges(label, sources);

  begin_step("commit");
  if (error_log_.is_open() && !error_log_.flush()) {
    throw Error(status::kIo, options_.error_file + ": cannot be written");
  }
  loader_.finish();
  begin_step("done");
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  report_.seconds = elapsed.count();
  return report_;
}

void ImportRun::choose_graph() {
  if (options_.graph.empty()) return;
  const std::string& path = options_.graph;
  graph::GraphTransaction& txn = loader_.transaction();
  const std::size_t slash = path.rfind('/');
  const bool in_root = slash == std::string::npos || slash == 0;
  const std::string schema = in_root ? std::string(catalog::kRootSchema) : path.substr(0, slash);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  const catalog::GraphDefinition* found = txn.catalog().find_graph(schema, name);
  graph_ = found != nullptr ? found->id : txn.create_graph(schema, name);
  loader_.use_graph(graph_);
}

std::unique_ptr<RecordReader> ImportRun::open(const std::string& file) {
  std::unique_ptr<RecordReader> reader = RecordReader::open(file, options_.delimiter);
  reading_ = reader.get();
  return reader;
}

void ImportRun::reject(const std::string& file, const BadRow& row, std::string_view gqlstatus) {
  ++report_.rejected;
  if (options_.on_error == OnError::kSkip) return;
  std::string text = file + ":" + std::to_string(row.line);
  if (row.column > 0) text.append(":").append(std::to_string(row.column));
  text += ": " + row.message;
  if (options_.on_error == OnError::kLog) {
    error_log_ << text << '\n';
    return;
  }
  throw Error(gqlstatus, text, Position{0, static_cast<std::uint32_t>(row.line), row.column, 0})
      .hint(row.hint);
}

BadRow ImportRun::wrong_type(const RecordReader& reader, std::size_t column) const {
  BadRow out = reader.place(column);
  out.message = "expected " + std::string(field_type_name(reader.type(column))) + " in column " +
                reader.columns()[column] + ", got `" + reader.shown(column) + "`";
  return out;
}

void ImportRun::poll() {
  if (!options_.progress) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - told_ < kBetweenReports) return;
  told_ = now;
  progress_.bytes_read = bytes_before_ + (reading_ != nullptr ? reading_->bytes_read() : 0);
  if (!options_.progress(progress_)) {
    throw Error(status::kCancelled, "the import was cancelled; the database is as it was before");
  }
}

void ImportRun::begin_step(std::string step) {
  progress_.step = std::move(step);
  told_ = {};
  poll();
}

void ImportRun::end_file(const RecordReader& reader) {
  bytes_before_ += reader.bytes_read();
  report_.bytes_read += reader.bytes_read();
  reading_ = nullptr;
}

}  // namespace geode::transfer

namespace geode {
inline namespace v1 {

ImportReport import_files(Database& database, const ImportOptions& options) try {
  const Database::Impl& impl = *database.impl();
  return transfer::ImportRun(impl.environment, database.options().lock_timeout.count(), options)
      .run();
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

}  // namespace v1
}  // namespace geode
