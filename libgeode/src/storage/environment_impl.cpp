#include "storage/environment_impl.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "storage/database_file.hpp"
#include "storage/format_version.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/open_file.hpp"
#include "storage/page_walk.hpp"

namespace geode::storage {

namespace {

constexpr unsigned kMaxReaders = 1024;
constexpr std::uint64_t kSmallestMap = std::uint64_t{16} << 20;
constexpr std::chrono::steady_clock::duration kReaderCheckInterval = std::chrono::seconds(10);
constexpr auto kMapWait = std::chrono::seconds(10);
/// How long snapshots that another thread is about to end are waited for after a failed write.
constexpr auto kFailureWait = std::chrono::seconds(1);

/// LMDB would abort the process that embeds the library when it meets a broken page. Its frames
/// carry unwind tables, and no write is accepted afterwards.
void on_lmdb_assertion(MDB_env* env, const char* message) {
  const auto* map = static_cast<const Map*>(mdb_env_get_userctx(env));
  if (map == nullptr) throw Error(status::kCorrupt, std::string("database is damaged: ") + message);
  Environment::Impl* const impl = map->impl;
  impl->fail(std::string("damage was found: ") + message);
  throw Error(status::kCorrupt, "database '" + impl->path + "' is damaged: " + message);
}

unsigned environment_flags(bool in_memory, const EnvironmentOptions& options) {
  unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
  if (options.read_only) flags |= MDB_RDONLY;
  if (in_memory) return flags | MDB_NOSYNC | MDB_NOMETASYNC;
  if (options.sync == SyncMode::kNoMetaSync) flags |= MDB_NOMETASYNC;
  if (options.sync == SyncMode::kOff) flags |= MDB_NOSYNC;
  return flags;
}

int data_file(MDB_env* env) {
  int file = -1;
  mdb_env_get_fd(env, &file);
  return file;
}

std::uint64_t mapped_bytes(MDB_env* env) {
  MDB_envinfo info{};
  mdb_env_info(env, &info);
  return info.me_mapsize;
}

std::uint64_t used_bytes_of(MDB_env* env) {
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_env_info(env, &info);
  mdb_env_stat(env, &stat);
  return (static_cast<std::uint64_t>(info.me_last_pgno) + 1) * stat.ms_psize;
}

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

EnvironmentOptions with_least_size(EnvironmentOptions options) {
  std::uint64_t& limit = options.max_file_size_bytes;
  if (limit != 0) limit = std::max(limit, kSmallestMap);
  return options;
}

}  // namespace

Environment::Impl::Impl(std::string path_, bool in_memory_, const EnvironmentOptions& options_,
                        int lock_file)
    : path(std::move(path_)),
      in_memory(in_memory_),
      options(with_least_size(options_)),
      writer(in_memory_ || options_.read_only ? -1 : lock_file),
      lock_file_(lock_file) {}

/// Environments that cannot be closed stay reachable until the process ends.
static void keep_for_ever(MDB_env* env) {
  static std::mutex mutex;
  static std::vector<MDB_env*>* kept = new std::vector<MDB_env*>();
  std::lock_guard lock(mutex);
  kept->push_back(env);
}

Environment::Impl::~Impl() {
  if (unusable()) return;
  for (const auto& map : maps_) {
    // The lock that an abandoned writer still holds stands in its thread's list of robust mutexes:
    // were it unmapped, the next lock that thread takes would write through a stale pointer. The
    // map is left to the end of the process.
    const bool keep = map.get() == current_.load() && writer_abandoned.load();
    map->readers.close_waiting();
    if (map->env != nullptr && keep) {
      keep_for_ever(map->env);
    } else if (map->env != nullptr) {
      mdb_env_close(map->env);
    }
  }
  if (lock_file_ >= 0) close(lock_file_);
}

Map& Environment::Impl::open_map(const std::string& file, unsigned more_flags) {
  const std::uint64_t page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::uint64_t size = options.map_size_bytes;
  if (options.max_file_size_bytes != 0)
    size = std::min(size, options.max_file_size_bytes / page * page);
  size = round_up(std::max(size, kSmallestMap), page);
  auto made = std::make_unique<Map>(*this, generations_.fetch_add(1));
  MDB_env*& env = made->env;
  // Once LMDB has the file open nothing may fail before the map has its owner.
  {
    const std::lock_guard lock(map_mutex_);
    maps_.reserve(maps_.size() + 1);
  }
  for (;; size = round_up(size / 4, page)) {
    check_lmdb(mdb_env_create(&env), "mdb_env_create", path);
    mdb_env_set_maxdbs(env, kTableCount + 2);
    mdb_env_set_maxreaders(env, kMaxReaders);
    mdb_env_set_mapsize(env, size);
    mdb_env_set_userctx(env, made.get());
    mdb_env_set_assert(env, on_lmdb_assertion);
    const int code =
        mdb_env_open(env, file.c_str(), environment_flags(in_memory, options) | more_flags, 0644);
    if (code == 0) break;
    mdb_env_close(env);
    env = nullptr;
    if (code != ENOMEM || size / 4 < kSmallestMap) throw_lmdb(code, "mdb_env_open", path);
  }
  MDB_stat stat{};
  mdb_env_stat(env, &stat);
  made->page_bytes = stat.ms_psize;
  made->file = identity_of(env);
  const std::lock_guard lock(map_mutex_);
  maps_.push_back(std::move(made));
  Map& map = *maps_.back();
  if (current_.load() == nullptr) {
    struct stat info {};
    if (fstat(data_file(env), &info) == 0) {
      device = info.st_dev;
      inode = info.st_ino;
    }
    current_.store(&map);
    clear_stale_readers(map.env);
  }
  return map;
}

void Environment::Impl::open_tables(Map& map) {
  MDB_env* const env = map.env;
  MDB_txn* txn = nullptr;
  int code = mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn);
  if (code == MDB_READERS_FULL) {
    clear_stale_readers(env);
    code = mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn);
  }
  if (code == MDB_MAP_RESIZED) {
    grow_map();
    code = mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn);
  }
  check_lmdb(code, "mdb_txn_begin", path);
  struct Abort {
    MDB_txn* txn;
    ~Abort() {
      if (txn != nullptr) mdb_txn_abort(txn);
    }
  } owner{txn};
  if (&map == current_.load() && !in_memory) check_pages(txn, path);
  std::array<unsigned, kTableCount> opened{};
  for (int i = 0; i < kTableCount; ++i) {
    const TableForm form = table_form(static_cast<Table>(i));
    unsigned flags = 0;
    code = mdb_dbi_open(txn, form.name, 0, &opened[static_cast<std::size_t>(i)]);
    if (code == 0) code = mdb_dbi_flags(txn, opened[static_cast<std::size_t>(i)], &flags);
    if (code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE || (code == 0 && flags != form.flags)) {
      throw Error(status::kCannotOpen, "'" + path + "' is not a Geode database");
    }
    check_lmdb(code, "mdb_dbi_open", path);
  }
  const std::string id =
      read_identity(txn, opened[static_cast<std::size_t>(Table::kCatalog)], path);
  if (&map == current_.load()) {
    tables = opened;
    database_id = id;
    const auto mark = read_mark(txn, opened[static_cast<std::size_t>(Table::kHot)]);
    copied = !in_memory && mark && mark->file && !mark->file->agrees(map.file);
  }
  GEODE_CHECK(opened == tables && id == database_id, "a copy has other tables than its original");
  // The handles of tables become the environment's with the end of this transaction.
  owner.txn = nullptr;
  check_lmdb(mdb_txn_commit(txn), "mdb_txn_commit", path);
}

int Environment::Impl::put_in_place(Map& map, int lock_file) noexcept {
  Map& before = *current_.load();
  struct stat info {};
  if (fstat(data_file(map.env), &info) == 0) {
    device = info.st_dev;
    inode = info.st_ino;
  }
  current_.store(&map);
  // From here on nobody new counts himself in; the last one out closes it.
  if (before.users.load() == 0) close_retired(before);
  return std::exchange(lock_file_, lock_file);
}

void Environment::Impl::discard(Map& map) noexcept { close_retired(map); }

void Environment::Impl::close_retired(Map& map) noexcept {
  const std::lock_guard lock(map_mutex_);
  // Who counted himself in, saw that it is no longer the one, and went out again.
  if (map.env == nullptr || map.kept || map.users.load() != 0 || unusable()) return;
  map.readers.close_waiting();
  mdb_env_close(std::exchange(map.env, nullptr));
}

void Environment::Impl::throw_unusable() const {
  if (!forked_.load()) {
    throw Error(status::kIo, "the map of database '" + path + "' was lost")
        .hint("close the database in this process and open it again");
  }
  throw Error(status::kCannotOpen,
              "database '" + path + "' was opened before fork() and cannot be used in the child")
      .hint("open the database again in the child process");
}

void Environment::Impl::require_writable() const {
  if (options.read_only) {
    throw Error(status::kReadOnlyTransaction, "database '" + path + "' is open for reading only");
  }
  if (writer_abandoned.load(std::memory_order_relaxed)) {
    throw Error(status::kDatabaseBusy,
                "a write transaction on '" + path + "' was dropped on another thread than its own")
        .hint("close the database in this process and open it again");
  }
  if (failed_.load(std::memory_order_acquire)) {
    std::lock_guard lock(failure_mutex_);
    throw Error(status::kIo,
                "database '" + path + "' is read-only since a write failed: " + failure_)
        .hint("check the disk, then close the database and open it again");
  }
}

void Environment::Impl::fail(const std::string& reason) {
  std::lock_guard lock(failure_mutex_);
  if (failure_.empty()) failure_ = reason;
  failed_.store(true, std::memory_order_release);
}

Map& Environment::Impl::enter() {
  for (;;) {
    // Both sides write their own word before they read the other's, so one of them always sees the
    // other.
    Map& map = *current_.load();
    map.users.fetch_add(1);
    if (!map_moves_.load() && current_.load() == &map) [[likely]]
      return map;
    leave(map);
    std::unique_lock lock(map_moved_mutex_);
    map_moved_.wait(lock, [this] { return !map_moves_.load(); });
  }
}

Map& Environment::Impl::pin() {
  for (;;) {
    Map& map = *current_.load();
    map.users.fetch_add(1);
    if (current_.load() == &map) return map;
    leave(map);
  }
}

Reader& Environment::Impl::begin_read(bool kept) {
  require_usable();
  for (bool cleared = false;;) {
    Map& map = enter();
    Reader* reader = map.readers.take();
    MDB_txn* txn = reader != nullptr ? reader->txn() : nullptr;
    const bool renewed = reader != nullptr;
    const int code =
        renewed ? mdb_txn_renew(txn) : mdb_txn_begin(map.env, nullptr, MDB_RDONLY, &txn);
    if (code == 0) [[likely]] {
      if (!renewed) reader = &add_reader(map, txn);
      reader->begin(kept);
      return *reader;
    }
    if (renewed) map.readers.close(*reader);
    if (code == MDB_READERS_FULL && !cleared) {
      cleared = true;
      map.readers.close_waiting();
      clear_stale_readers(map.env);
      leave(map);
      continue;
    }
    leave(map);
    if (code == MDB_PANIC) {
      open_again(map);
    } else if (code == MDB_MAP_RESIZED) {
      grow_map();
    } else {
      throw_lmdb(code, renewed ? "mdb_txn_renew" : "mdb_txn_begin", path);
    }
  }
}

Reader& Environment::Impl::add_reader(Map& map, MDB_txn* txn) {
  try {
    return map.readers.add(txn);
  } catch (...) {
    mdb_txn_abort(txn);
    leave(map);
    throw;
  }
}

void Environment::Impl::end_read(Reader& reader) noexcept {
  // The slot of the reader table is the parent's.
  if (unusable()) return;
  Map& map = map_of(reader.txn());
  reader.end();
  map.readers.give(reader);
  leave(map);
}

MDB_txn* Environment::Impl::begin_write() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  const bool check =
      now - readers_checked_.load(std::memory_order_relaxed) > kReaderCheckInterval.count();
  end_old_snapshots();
  for (;;) {
    Map& map = enter();
    MDB_txn* txn = nullptr;
    if (check) clear_stale_readers(map.env);
    const int code = mdb_txn_begin(map.env, nullptr, 0, &txn);
    if (code == 0) return txn;
    leave(map);
    if (code == MDB_PANIC) {
      open_again(map);
    } else if (code == MDB_MAP_RESIZED) {
      grow_map();
    } else {
      throw_lmdb(code, "mdb_txn_begin", path);
    }
  }
}

Map& Environment::Impl::map_of(MDB_txn* txn) {
  return *static_cast<Map*>(mdb_env_get_userctx(mdb_txn_env(txn)));
}

std::uint64_t Environment::Impl::used_bytes() { return used_bytes_of(Use(*this).env()); }

EnvironmentInfo Environment::Impl::info() {
  struct FreePages {
    Impl& impl;
    Reader& snapshot = impl.begin_read();
    MDB_txn* txn = snapshot.txn();
    MDB_cursor* cursor = nullptr;
    ~FreePages() {
      if (cursor != nullptr) mdb_cursor_close(cursor);
      impl.end_read(snapshot);
    }
  } reader{*this};
  MDB_env* const env = mdb_txn_env(reader.txn);
  MDB_envinfo map{};
  MDB_stat stat{};
  check_lmdb(mdb_env_info(env, &map), "mdb_env_info", path);
  check_lmdb(mdb_env_stat(env, &stat), "mdb_env_stat", path);
  EnvironmentInfo out;
  out.page_bytes = stat.ms_psize;
  out.used_bytes = used_bytes_of(env);
  out.map_bytes = map.me_mapsize;
  out.last_transaction = map.me_last_txnid;
  out.reader_slots = map.me_numreaders;
  out.max_reader_slots = map.me_maxreaders;
  struct stat file {};
  if (fstat(data_file(env), &file) != 0) throw_system(errno, "cannot look at", path);
  out.file_bytes = static_cast<std::uint64_t>(file.st_size);
  struct statfs system {};
  if (fstatfs(data_file(env), &system) != 0) throw_system(errno, "cannot look at", path);
  out.file_system = file_system_name(static_cast<long>(system.f_type));
  // Table 0 of LMDB: transaction -> number of pages it freed, then the pages.
  check_lmdb(mdb_cursor_open(reader.txn, 0, &reader.cursor), "mdb_cursor_open", path);
  MDB_val key{}, pages{};
  int code = 0;
  while ((code = mdb_cursor_get(reader.cursor, &key, &pages, MDB_NEXT)) == 0) {
    out.free_bytes += base::load_le<std::uint64_t>(pages.mv_data) * stat.ms_psize;
  }
  if (code != MDB_NOTFOUND) throw_lmdb(code, "mdb_cursor_get", path);
  return out;
}

struct Environment::Impl::Moving {
  Impl& impl;
  explicit Moving(Impl& i) : impl(i) { impl.map_moves_.store(true); }
  ~Moving() {
    {
      const std::lock_guard lock(impl.map_moved_mutex_);
      impl.map_moves_.store(false);
    }
    impl.map_moved_.notify_all();
  }
};

void Environment::Impl::wait_for_users(const Map& map, std::chrono::milliseconds limit,
                                       const Error& busy) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (map.users.load() != 0) {
    if (std::chrono::steady_clock::now() > end) throw busy;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

void Environment::Impl::open_again(Map& failed) {
  {
    const std::lock_guard lock(map_mutex_);
    if (current_.load() != &failed) return;
    if (in_memory || !is_file_at(path, lock_file_)) throw_lmdb(MDB_PANIC, "mdb_txn_begin", path);
  }
  const std::lock_guard again(open_again_mutex_);
  if (current_.load() != &failed) return;
  const Moving moving(*this);
  // LMDB may take its table of readers for one of a process that has gone, and forget those.
  wait_for_users(failed, kFailureWait,
                 Error(status::kIo, "database '" + path +
                                        "' cannot be read since a write failed, "
                                        "while snapshots from before are open")
                     .hint("end the open transactions of this process"));
  failed.kept = true;
  Map& map = open_map(path);
  try {
    open_tables(map);
  } catch (...) {
    map.kept = true;
    throw;
  }
  current_.store(&map);
}

void Environment::Impl::grow_map() {
  std::unique_lock lock(map_mutex_);
  // Only a file that other processes have open grows so, and then it is not replaced.
  Map& map = *current_.load();
  MDB_env* const env = map.env;
  if (used_bytes_of(env) <= mapped_bytes(env)) return;
  const Moving moving(*this);
  wait_for_users(map, kMapWait,
                 Error(status::kDatabaseBusy, "database '" + path +
                                                  "' was made larger by another process, and "
                                                  "snapshots of this process hold the old map")
                     .hint("end the open transactions of this process"));
  const std::uint64_t page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::uint64_t needed = round_up(used_bytes_of(env), page);
  // With a limit, a file that is larger already gets no more than it has.
  const bool limited = options.max_file_size_bytes != 0;
  for (std::uint64_t size : {needed * 4, needed * 2, needed + needed / 4, needed}) {
    size = limited ? std::max(needed, options.max_file_size_bytes) : size;
    size = round_up(size, page);
    // LMDB cannot go back once its old map is gone, so a size that does not fit is found out first.
    void* trial = mmap(nullptr, size, PROT_READ, MAP_SHARED, data_file(env), 0);
    if (trial == MAP_FAILED) continue;
    munmap(trial, size);
    const int code = mdb_env_set_mapsize(env, size);
    map.generation.store(generations_.fetch_add(1));
    if (code != 0) {
      map_lost_.store(true);
      throw_lmdb(code, "mdb_env_set_mapsize", path);
    }
    return;
  }
  throw Error(status::kMemoryLimit, "no address space left to map the " + std::to_string(needed) +
                                        " bytes of database '" + path + "'")
      .hint("raise the address space limit (ulimit -v)");
}

void Environment::Impl::fill_up_file() noexcept {
  if (!in_memory) fill_up_file(Use(*this).env());
}

void Environment::Impl::fill_up_file(MDB_env* env) noexcept {
  struct stat info {};
  const auto used = static_cast<off_t>(used_bytes_of(env));
  if (fstat(data_file(env), &info) == 0 && info.st_size < used) {
    // A failure leaves a file that open() has to look through, no more.
    [[maybe_unused]] const int code = ftruncate(data_file(env), used);
  }
}

void Environment::Impl::mend_meta_pages() noexcept {
  if (!in_memory) storage::mend_meta_pages(data_file(Use(*this).env()));
}

bool Environment::Impl::out_of_room() noexcept {
  struct stat info {};
  struct rlimit limit {};
  const Use use(*this);
  const int file = data_file(use.env());
  if (fstat(file, &info) != 0 || getrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
  // Behind the last page in use nobody looks. The failed transaction may have written there.
  const auto used = static_cast<off_t>(used_bytes_of(use.env()));
  const off_t end = std::max(info.st_size, used);
  static constexpr char kZeros[65536] = {};
  bool full = false;
  if (limit.rlim_cur != RLIM_INFINITY &&
      static_cast<rlim_t>(end) + sizeof kZeros > limit.rlim_cur) {
    full = true;  // Trying would raise SIGXFSZ.
  } else {
    const ssize_t written = pwrite(file, kZeros, sizeof kZeros, end);
    full = written < 0 ? is_disk_full(errno) : static_cast<std::size_t>(written) < sizeof kZeros;
  }
  [[maybe_unused]] const int code = ftruncate(file, used);
  return full;
}

int Environment::Impl::clear_stale_readers() { return clear_stale_readers(Use(*this).env()); }

int Environment::Impl::clear_stale_readers(MDB_env* env) {
  int dead = 0;
  check_lmdb(mdb_reader_check(env, &dead), "mdb_reader_check", path);
  readers_checked_.store(std::chrono::steady_clock::now().time_since_epoch().count(),
                         std::memory_order_relaxed);
  return dead;
}

void Environment::Impl::forget_after_fork() noexcept {
  forked_.store(true);
  writer.forget();
  // A copy of this descriptor left open in the child would keep the parent's lock alive after the
  // parent's death.
  if (lock_file_ >= 0) close(lock_file_);
  lock_file_ = -1;
}

}  // namespace geode::storage
