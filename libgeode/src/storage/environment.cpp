#include "storage/environment.hpp"

#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <map>
#include <pthread.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/assert.hpp"
#include "storage/compact_copy.hpp"
#include "storage/database_file.hpp"
#include "storage/environment_impl.hpp"
#include "storage/format_version.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/open_file.hpp"
#include "storage/open_lock.hpp"

namespace geode::storage {

namespace {

/// The environments of this process by (device, inode). LMDB must not open a file twice in one
/// process: closing one environment would drop the locks of the other.
///
/// An entry stays until its environment is closed; between the last reference and the closing,
/// others wait.
class Registry {
 public:
  using FileId = std::pair<dev_t, ino_t>;
  struct Entry {
    std::weak_ptr<Environment> environment;
    Environment::Impl* impl = nullptr;
  };

  static Registry& instance() {
    // Never destroyed: environments may live in static objects of the program.
    static Registry* registry = new Registry;
    return *registry;
  }

  /// `replace` gives an environment another file. The mutex must be held.
  template <class Replace>
  void replaced(Environment::Impl& impl, const Replace& replace) {
    auto entry = entries.extract({impl.device, impl.inode});
    replace();
    entry.key() = {impl.device, impl.inode};
    entries.insert(std::move(entry));
  }

  std::mutex mutex;
  std::condition_variable closed;
  std::map<FileId, Entry> entries;

 private:
  Registry() {
    pthread_atfork([] { instance().mutex.lock(); }, [] { instance().mutex.unlock(); },
                   [] {
                     Registry& registry = instance();
                     for (auto& [id, entry] : registry.entries) entry.impl->forget_after_fork();
                     registry.entries.clear();
                     registry.mutex.unlock();
                   });
  }
};

/// The one name of an existing file: LMDB puts its lock file beside the name it is given, so two
/// names of one file (by a link) would mean two lock files.
std::string real_path(const std::string& path) {
  char* resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) throw_system(errno, "cannot open database", path);
  std::string out(resolved);
  std::free(resolved);
  return out;
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

/// The writer lock of a file that is to be replaced; and that nobody else has it open.
class Alone {
 public:
  Alone(Environment::Impl& impl, std::int64_t timeout_ms) : impl_(impl), timeout_ms_(timeout_ms) {
    impl_.writer.acquire(timeout_ms, impl_.path);
  }
  ~Alone() {
    if (exclusive_) OpenLock::share(impl_.lock_file());
    impl_.writer.release();
  }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

  /// Throws at once when another process has the file open.
  void expect() const {
    if (const std::string holder = OpenLock::holder(impl_.lock_file()); !holder.empty()) {
      refuse(holder);
    }
  }
  /// From now on others that open the file wait.
  void become() {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms_);
    while (!OpenLock::try_exclusive(impl_.lock_file())) {
      if (timeout_ms_ >= 0 && std::chrono::steady_clock::now() > limit) {
        refuse(OpenLock::holder(impl_.lock_file()));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    exclusive_ = true;
    struct stat info {};
    if (!is_file_at(impl_.path, impl_.lock_file()) || fstat(impl_.lock_file(), &info) != 0) {
      throw Error(status::kCannotOpen,
                  "'" + impl_.path + "' no longer names the database that is open")
          .hint("close the database and open it again");
    }
    if (info.st_nlink > 1) {
      throw Error(status::kCannotOpen,
                  "database '" + impl_.path + "' has another name, by a hard link")
          .hint("write a compacted copy instead: geode compact FILE --output NEW");
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& holder) const {
    throw Error(status::kDatabaseBusy,
                "database '" + impl_.path + "' is open in another process" + holder)
        .hint("close it there, or write a compacted copy: geode compact FILE --output NEW");
  }

  Environment::Impl& impl_;
  const std::int64_t timeout_ms_;
  bool exclusive_ = false;
};

std::uint64_t length_of(int file, const std::string& path) {
  struct stat info {};
  if (fstat(file, &info) != 0) throw_system(errno, "cannot look at", path);
  return static_cast<std::uint64_t>(info.st_size);
}

}  // namespace

Environment::Environment() = default;

Environment::~Environment() {
  Registry& registry = Registry::instance();
  std::unique_lock lock(registry.mutex);
  if (!impl_) return;
  const Registry::FileId id{impl_->device, impl_->inode};
  const auto entry = registry.entries.find(id);
  const bool own = entry != registry.entries.end() && entry->second.impl == impl_.get();
  impl_.reset();
  if (own) registry.entries.erase(entry);
  lock.unlock();
  registry.closed.notify_all();
}

std::shared_ptr<Environment> Environment::open(const std::string& path,
                                               const EnvironmentOptions& options) {
  Registry& registry = Registry::instance();
  if (path.empty()) throw Error(status::kCannotOpen, "the name of the database is empty");

  // Declared before the lock: if opening fails, the destructor takes the lock itself.
  std::shared_ptr<Environment> environment(new Environment);
  if (path == ":memory:") {
    if (options.read_only) {
      throw Error(status::kCannotOpen, "an in-memory database cannot be opened for reading only");
    }
    struct Unlink {
      std::string name = make_memory_file();
      ~Unlink() {
        unlink(name.c_str());
        unlink((name + "-lock").c_str());
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

void Environment::copy_to(const std::string& path) const {
  const auto slash = path.rfind('/');
  refuse_remote_file_system(slash == std::string::npos ? "." : path.substr(0, slash + 1));
  // The reader of our own keeps the map where it is while LMDB's reads the pages.
  MDB_txn* const reader = impl_->begin_read();
  try {
    copy_database_file(mdb_txn_env(reader), path);
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
  Alone alone(impl, timeout_ms);
  // The writer before may have failed while this one waited.
  impl.require_writable();
  if (!impl.in_memory) alone.expect();
  const Impl::Use before(impl);
  CompactedBytes bytes{impl.info().file_bytes, 0};
  CompactCopy copy(before.env(), impl.in_memory ? "" : impl.path);
  bytes.after = length_of(copy.file().descriptor, copy.name());
  if (!impl.in_memory) alone.become();

  Map& map = impl.open_map(copy.name());
  try {
    impl.open_tables(map);
    const std::lock_guard lock(Registry::instance().mutex);
    if (impl.in_memory) {
      // The copy loses its name when it goes out of scope, as the file before did.
      Registry::instance().replaced(impl, [&] { impl.put_in_place(map, -1); });
      return bytes;
    }
    GEODE_CHECK(impl.writer.move_to(copy.file().descriptor), "somebody writes an unknown file");
    bool complete = false;
    try {
      complete = copy.take_place(impl.path);
    } catch (...) {
      impl.writer.move_to(impl.lock_file());
      throw;
    }
    Registry::instance().replaced(impl,
                                  [&] { File(impl.put_in_place(map, copy.file().release())); });
    // Others would count their readers in another lock file than this process.
    if (!complete) impl.lose_map();
  } catch (...) {
    impl.discard(map);
    throw;
  }
  impl.require_usable();
  sync_folder(folder_of(impl.path));
  return bytes;
}

void Environment::sync() {
  impl_->require_usable();
  if (impl_->in_memory || impl_->options.read_only) return;
  const int code = mdb_env_sync(Impl::Use(*impl_).env(), 1);
  if (is_write_failure(code)) impl_->fail("sync: " + std::string(mdb_strerror(code)));
  check_lmdb(code, "mdb_env_sync", impl_->path);
}

}  // namespace geode::storage
