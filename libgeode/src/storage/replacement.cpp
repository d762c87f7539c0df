#include "storage/replacement.hpp"

#include <cerrno>
#include <chrono>
#include <mutex>
#include <sys/stat.h>
#include <thread>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/assert.hpp"
#include "storage/database_file.hpp"
#include "storage/environment_registry.hpp"
#include "storage/format_version.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/open_file.hpp"
#include "storage/open_lock.hpp"

namespace geode::storage {

namespace {

[[noreturn]] void refuse(const Environment::Impl& impl, const std::string& holder) {
  throw Error(status::kDatabaseBusy,
              "database '" + impl.path + "' is open in another process" + holder)
      .hint("close it there, or write a compacted copy: geode compact FILE --output NEW");
}

void require_only_name(const Environment::Impl& impl) {
  struct stat info {};
  if (!is_file_at(impl.path, impl.lock_file()) || fstat(impl.lock_file(), &info) != 0) {
    throw Error(status::kCannotOpen,
                "'" + impl.path + "' no longer names the database that is open")
        .hint("close the database and open it again");
  }
  if (info.st_nlink > 1) {
    throw Error(status::kCannotOpen,
                "database '" + impl.path + "' has another name, by a hard link")
        .hint("write a compacted copy instead: geode compact FILE --output NEW");
  }
}

}  // namespace

void Replacement::expect_alone(const Environment::Impl& impl) {
  if (impl.in_memory) return;
  if (const std::string holder = OpenLock::holder(impl.lock_file()); !holder.empty()) {
    refuse(impl, holder);
  }
}

bool Replacement::possible(const Environment::Impl& impl) noexcept {
  try {
    expect_alone(impl);
    if (!impl.in_memory) require_only_name(impl);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

Replacement::Replacement(Environment::Impl& impl, bool lazy)
    : impl_(impl),
      copy_(Environment::Impl::Use(impl).env(), impl.in_memory ? "" : impl.path),
      lazy_flags_(lazy && !impl.in_memory && impl.options.sync != SyncMode::kOff ? MDB_NOSYNC : 0) {
  map_ = &impl.open_map(copy_.name(), lazy_flags_);
  try {
    impl.open_tables(*map_);
    stamp();
  } catch (...) {
    impl.discard(*map_);
    throw;
  }
}

void Replacement::stamp() const {
  MDB_txn* txn = nullptr;
  check_lmdb(mdb_txn_begin(env(), nullptr, 0, &txn), "mdb_txn_begin", copy_.name());
  try {
    stamp_transaction(txn, impl_.tables[static_cast<std::size_t>(Table::kHot)], map_->file,
                      copy_.name());
  } catch (...) {
    mdb_txn_abort(txn);
    throw;
  }
  check_lmdb(mdb_txn_commit(txn), "mdb_txn_commit", copy_.name());
}

Replacement::~Replacement() {
  if (map_ != nullptr) impl_.discard(*map_);
  if (exclusive_) OpenLock::share(impl_.lock_file());
}

std::uint64_t Replacement::file_bytes() const {
  struct stat info {};
  int file = -1;
  mdb_env_get_fd(env(), &file);
  if (fstat(file, &info) != 0) throw_system(errno, "cannot look at", copy_.name());
  return static_cast<std::uint64_t>(info.st_size);
}

bool Replacement::try_alone() {
  if (impl_.in_memory || exclusive_) return true;
  exclusive_ = OpenLock::try_exclusive(impl_.lock_file());
  return exclusive_ && possible(impl_);
}

void Replacement::become_alone(std::int64_t timeout_ms) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (!try_alone()) {
    if (exclusive_) require_only_name(impl_);
    if (timeout_ms >= 0 && std::chrono::steady_clock::now() > limit) {
      refuse(impl_, OpenLock::holder(impl_.lock_file()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void Replacement::take_place() {
  if (!impl_.in_memory) Environment::Impl::fill_up_file(env());
  if (lazy_flags_ != 0) {
    check_lmdb(mdb_env_sync(env(), 1), "mdb_env_sync", copy_.name());
    check_lmdb(mdb_env_set_flags(env(), lazy_flags_, 0), "mdb_env_set_flags", copy_.name());
  }
  EnvironmentRegistry& registry = EnvironmentRegistry::instance();
  {
    const std::lock_guard lock(registry.mutex);
    Map& map = *map_;
    if (impl_.in_memory) {
      // The copy loses its name when it goes out of scope, as the file before did.
      registry.replaced(impl_, [&] { impl_.put_in_place(map, -1); });
      map_ = nullptr;
      return;
    }
    GEODE_CHECK(impl_.writer.move_to(copy_.file().descriptor), "somebody writes an unknown file");
    bool complete = false;
    try {
      complete = copy_.take_place(impl_.path);
    } catch (...) {
      impl_.writer.move_to(impl_.lock_file());
      throw;
    }
    registry.replaced(impl_, [&] { File(impl_.put_in_place(map, copy_.file().release())); });
    map_ = nullptr;
    // Others would count their readers in another lock file than this process.
    if (!complete) impl_.lose_map();
  }
  impl_.require_usable();
  try {
    sync_folder(folder_of(impl_.path));
  } catch (const Error& error) {
    // A loss of power may give the name back to the file before, so nothing more is acknowledged
    // that only the new one holds.
    impl_.fail(error.message());
    throw;
  }
}

}  // namespace geode::storage
