#include "storage/environment.hpp"

#include <cerrno>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

#include <lmdb.h>

#include <geode/error.hpp>
#include "storage/compact_copy.hpp"
#include "storage/database_file.hpp"
#include "storage/environment_impl.hpp"
#include "storage/environment_registry.hpp"
#include "storage/format_version.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/open_file.hpp"
#include "storage/replacement.hpp"
#include "storage/transaction.hpp"

namespace geode::storage {

namespace {

/// The one name of an existing file: LMDB puts its lock file beside the name it is given, so two
/// names of one file (by a link) would mean two lock files.
std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(path.c_str(), nullptr),
                                                             &std::free);
  if (resolved == nullptr) throw_system(errno, "cannot open database", path);
  return resolved.get();
}

void create_if_missing(const std::string& path, const EnvironmentOptions& options) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0) {
    if (S_ISREG(info.st_mode)) return;
    throw Error(status::kCannotOpen,
                "'" + path + "' is " + (S_ISDIR(info.st_mode) ? "a folder" : "not a regular file") +
                    ", not a Geode database");
  }
  if (errno != ENOENT) throw_system(errno, "cannot open database", path);
  if (options.read_only || !options.create_if_missing) {
    throw Error(status::kCannotOpen, "database '" + path + "' does not exist");
  }
  const auto slash = path.rfind('/');
  refuse_remote_file_system(slash == std::string::npos ? "." : path.substr(0, slash + 1));
  create_database_file(path);
}

/// Held while it is in scope.
struct Writing {
  Writing(WriterLock& lock, std::int64_t timeout_ms, const std::string& path) : writer(lock) {
    writer.acquire(timeout_ms, path);
  }
  ~Writing() { writer.release(); }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  WriterLock& writer;
};

}  // namespace

Environment::Environment() = default;

Environment::~Environment() {
  EnvironmentRegistry& registry = EnvironmentRegistry::instance();
  std::unique_lock lock(registry.mutex);
  if (!impl_) return;
  const EnvironmentRegistry::FileId id{impl_->device, impl_->inode};
  const auto entry = registry.entries.find(id);
  const bool own = entry != registry.entries.end() && entry->second.impl == impl_.get();
  impl_.reset();
  if (own) registry.entries.erase(entry);
  lock.unlock();
  registry.closed.notify_all();
}

std::shared_ptr<Environment> Environment::open(const std::string& path,
                                               const EnvironmentOptions& options) {
  EnvironmentRegistry& registry = EnvironmentRegistry::instance();
  if (path.empty()) throw Error(status::kCannotOpen, "the name of the database is empty");

  // Declared before the lock: if opening fails, the destructor takes the lock itself.
  std::shared_ptr<Environment> environment(new Environment);
  if (path == ":memory:") {
    if (options.read_only) {
      throw Error(status::kCannotOpen, "an in-memory database cannot be opened for reading only");
    }
    struct Unlink {
      const std::string name = make_memory_file();
      const std::string lock = name + "-lock";
      ~Unlink() {
        unlink(name.c_str());
        unlink(lock.c_str());
      }
    } file;
    auto impl = std::make_unique<Impl>(path, true, options, -1);
    Map& map = impl->open_map(file.name);
    write_identity(map.env, path);
    impl->open_tables(map);
    std::lock_guard lock(registry.mutex);
    registry.entries[{impl->device, impl->inode}] = {environment, impl.get()};
    environment->impl_ = std::move(impl);
    return environment;
  }

  create_if_missing(path, options);
  const std::string name = real_path(path);
  refuse_remote_file_system(name);

  std::unique_lock lock(registry.mutex);
  struct stat info {};
  for (;;) {
    if (stat(name.c_str(), &info) != 0) throw_system(errno, "cannot open database", name);
    const auto entry = registry.entries.find({info.st_dev, info.st_ino});
    if (entry == registry.entries.end()) break;
    if (auto present = entry->second.environment.lock()) {
      // Freed after the lock, should it be the last reference by then.
      lock.unlock();
      if (present->read_only() && !options.read_only) {
        throw Error(status::kCannotOpen,
                    "database '" + name + "' is already open in this process, for reading only");
      }
      return present;
    }
    registry.closed.wait(lock);
  }
  File file = open_database_file(name, options.read_only);
  if (!options.read_only) CompactCopy::remove_stray(name);
  auto impl = std::make_unique<Impl>(name, false, options, file.descriptor);
  file.release();
  impl->open_tables(impl->open_map(name));
  registry.entries[{impl->device, impl->inode}] = {environment, impl.get()};
  environment->impl_ = std::move(impl);
  return environment;
}

const std::string& Environment::path() const { return impl_->path; }
bool Environment::in_memory() const { return impl_->in_memory; }
bool Environment::read_only() const { return impl_->options.read_only; }
const std::string& Environment::database_id() const { return impl_->database_id; }

bool Environment::copied() const { return impl_->copied; }

void Environment::accept_copy(const std::shared_ptr<Environment>& environment) noexcept {
  environment->impl_->copied = false;
  if (environment->read_only()) return;
  try {
    const auto transaction = WriteTransaction::begin(environment, 0);
    // The mark of the commit takes its place.
    transaction->put(Table::kHot, as_bytes(kTransactionText), {});
    transaction->commit();
  } catch (const std::exception&) {
    // Another process writes, or the disk is full: who opens the file next looks at it again.
  }
}

int Environment::clear_stale_readers() {
  impl_->require_usable();
  return impl_->clear_stale_readers();
}

std::uint64_t Environment::used_bytes() const {
  impl_->require_usable();
  return impl_->used_bytes();
}

EnvironmentInfo Environment::info() const {
  impl_->require_usable();
  return impl_->info();
}

std::vector<OpenSnapshot> Environment::snapshots() const {
  impl_->require_usable();
  return impl_->snapshots();
}

void Environment::copy_to(const std::string& path) const {
  const auto slash = path.rfind('/');
  refuse_remote_file_system(slash == std::string::npos ? "." : path.substr(0, slash + 1));
  // The reader of our own keeps the map where it is while LMDB's reads the pages.
  Reader& reader = impl_->begin_read(true);
  try {
    copy_database_file(mdb_txn_env(reader.txn()), path);
  } catch (...) {
    impl_->end_read(reader);
    throw;
  }
  impl_->end_read(reader);
}

CompactedBytes Environment::compact(std::int64_t timeout_ms) {
  Impl& impl = *impl_;
  impl.require_usable();
  impl.require_writable();
  const Writing writing(impl.writer, timeout_ms, impl.path);
  // The writer before may have failed while this one waited.
  impl.require_writable();
  Replacement::expect_alone(impl);
  CompactedBytes bytes{impl.info().file_bytes, 0};
  Replacement copy(impl);
  bytes.after = copy.file_bytes();
  copy.become_alone(timeout_ms);
  copy.take_place();
  return bytes;
}

FlushFigures flush_figures(Environment& environment) {
  return environment.impl().flushes.figures();
}

void Environment::sync() {
  impl_->require_usable();
  if (impl_->in_memory || impl_->options.read_only) return;
  const auto begin = FlushCounter::Clock::now();
  const int code = mdb_env_sync(Impl::Use(*impl_).env(), 1);
  impl_->flushes.note(begin);
  if (is_write_failure(code)) impl_->fail("sync: " + std::string(mdb_strerror(code)));
  check_lmdb(code, "mdb_env_sync", impl_->path);
}

}  // namespace geode::storage
