#include "storage/environment.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <lmdb.h>

#include <geode/error.hpp>
#include "storage/database_file.hpp"
#include "storage/environment_impl.hpp"
#include "storage/format_version.hpp"
#include "storage/lmdb_error.hpp"

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

/// Owns a descriptor until it is handed on.
struct File {
  int descriptor = -1;
  ~File() {
    if (descriptor >= 0) close(descriptor);
  }
  int release() { return std::exchange(descriptor, -1); }
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

File open_checked(const std::string& path, bool read_only) {
  File file{::open(path.c_str(), (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC)};
  if (file.descriptor < 0) {
    const int code = errno;
    if (!read_only && (code == EACCES || code == EROFS)) {
      throw Error(status::kCannotOpen,
                  "database '" + path + "' cannot be opened for writing: " +
                      (code == EROFS ? "the file system is read-only" : "permission denied"))
          .hint("open it for reading only");
    }
    throw_system(code, "cannot open database", path);
  }
  check_database_file(file.descriptor, path);
  return file;
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
    impl->open_map(file.name);
    write_identity(impl->env, path);
    impl->open_tables();
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
  File file = open_checked(name, options.read_only);
  auto impl = std::make_unique<Impl>(name, false, options, file.descriptor);
  file.release();
  impl->open_map(name);
  impl->open_tables();
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
    copy_database_file(impl_->env, path);
  } catch (...) {
    impl_->end_read(reader);
    throw;
  }
  impl_->end_read(reader);
}

std::uint64_t Environment::map_generation() const { return impl_->map_generation(); }

void Environment::sync() {
  impl_->require_usable();
  if (impl_->in_memory || impl_->options.read_only) return;
  const int code = mdb_env_sync(impl_->env, 1);
  if (is_write_failure(code)) impl_->fail("sync: " + std::string(mdb_strerror(code)));
  check_lmdb(code, "mdb_env_sync", impl_->path);
}

}  // namespace geode::storage
