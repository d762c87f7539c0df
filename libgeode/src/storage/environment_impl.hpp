#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <sys/types.h>
#include <vector>

#include <geode/error.hpp>
#include "storage/checked_pages.hpp"
#include "storage/environment.hpp"
#include "storage/file_identity.hpp"
#include "storage/flush_counter.hpp"
#include "storage/reader_pool.hpp"
#include "storage/tables.hpp"
#include "storage/writer_lock.hpp"

struct MDB_env;
struct MDB_txn;

namespace geode::storage {

/// One LMDB environment: a file, mapped. When a compacted copy takes the place of the file, the
/// transactions that are open keep the one they began with, which is closed with the last of them.
struct Map {
  Map(Environment::Impl& owner, std::uint64_t map_generation)
      : impl(&owner), generation(map_generation) {}

  Environment::Impl* impl;
  MDB_env* env = nullptr;
  /// Pointers into a map are void in transactions of another generation.
  std::atomic<std::uint64_t> generation;
  ReaderPool readers;
  std::uint32_t page_bytes = 4096;
  FileIdentity file;
  /// Values whose checksum was found right.
  CheckedPages checked;
  /// Transactions of this process that may look into it, and calls that use `env`.
  std::atomic<std::int64_t> users{0};
  /// Of the same file as the map that followed it: closing it would give up locks that belong to
  /// the process, so that it stays until all are closed.
  bool kept = false;
};

/// What transactions and cursors need of an environment. LMDB's types stay opaque here.
struct Environment::Impl {
  Impl(std::string path, bool in_memory, const EnvironmentOptions& options, int lock_file);
  /// Does nothing in a child after fork(): closing would clear the parent's slots in the reader
  /// table.
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// Maps the file, as the first map or for put_in_place(). Where the address space is limited
  /// (ulimit -v) a smaller map is taken. `more_flags` are LMDB's.
  Map& open_map(const std::string& file, unsigned more_flags = 0);
  /// Opens the tables and reads the format version and the database id. Those of a second map are
  /// the same.
  void open_tables(Map& map);
  /// Transactions that begin from now on see `map`, and locks are taken on `lock_file`, which is
  /// owned from now on. The writer lock must be held. Gives the lock file before.
  int put_in_place(Map& map, int lock_file) noexcept;
  /// Closes a map that did not come into use.
  void discard(Map& map) noexcept;
  int lock_file() const { return lock_file_; }

  /// Throws Error 08X01 in a child process made by fork(), and once the map is lost.
  void require_usable() const {
    if (unusable()) [[unlikely]]
      throw_unusable();
  }
  bool unusable() const {
    return forked_.load(std::memory_order_relaxed) || map_lost_.load(std::memory_order_relaxed);
  }
  /// Throws when the environment or a failed write forbids writing.
  void require_writable() const;

  /// A snapshot of the newest state; `kept` as for ReadTransaction.
  Reader& begin_read(bool kept = false);
  void end_read(Reader& reader) noexcept;
  /// As Environment::snapshots().
  std::vector<OpenSnapshot> snapshots();
  static Map& map_of(MDB_txn* txn);
  /// The LMDB write transaction; the writer lock must be held. Ended by LMDB's commit or abort,
  /// then leave().
  MDB_txn* begin_write();
  /// To be called when a write transaction has ended.
  void leave_write() noexcept { leave(*current_.load()); }
  /// The environment in use may be taken while a transaction is open, or by this.
  struct Use {
    explicit Use(Impl& impl) : impl_(impl), map_(impl.pin()) {}
    ~Use() { impl_.leave(map_); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    MDB_env* env() const { return map_.env; }

   private:
    Impl& impl_;
    Map& map_;
  };

  /// After a commit: LMDB does not write pages that were taken and freed within one transaction,
  /// which can leave the file shorter than its last page number says. Filled up here, so that a
  /// short file means a truncated file.
  void fill_up_file() noexcept;
  static void fill_up_file(MDB_env* env) noexcept;
  /// After a failed commit; the writer lock must be held.
  void mend_meta_pages() noexcept;
  /// LMDB reports a write that was cut short as EIO. True when the file cannot grow by as little as
  /// 64 KiB, so that the reason was a full disk, a quota or a limit. The writer lock must be held.
  bool out_of_room() noexcept;
  /// Remembers a write that may or may not be on disk; no write is accepted from then on.
  void fail(const std::string& reason);
  int clear_stale_readers();
  std::uint64_t used_bytes();
  EnvironmentInfo info();
  /// Another process may have done to the file what this one cannot follow; everything is refused
  /// from now on.
  void lose_map() noexcept { map_lost_.store(true); }
  /// In the child after fork().
  void forget_after_fork() noexcept;

  std::array<unsigned, kTableCount> tables{};
  const std::string path;
  const bool in_memory;
  const EnvironmentOptions options;
  std::string database_id;
  std::atomic<bool> copied{false};
  dev_t device = 0;
  ino_t inode = 0;
  WriterLock writer;
  FlushCounter flushes;
  /// A write transaction was destroyed on a thread that did not begin it, where LMDB cannot end it.
  std::atomic<bool> writer_abandoned{false};

 private:
  [[noreturn]] void throw_unusable() const;
  /// The map in use, with one user more, once it does not move.
  Map& enter();
  /// The same, for who may have a transaction open already: it does not wait for a map that moves,
  /// which would wait for him.
  Map& pin();
  void leave(Map& map) noexcept {
    if (map.users.fetch_sub(1) == 1 && &map != current_.load()) close_retired(map);
  }
  void close_retired(Map& map) noexcept;
  /// The reader of a new LMDB read transaction.
  Reader& add_reader(Map& map, MDB_txn* txn);
  int clear_stale_readers(MDB_env* env);
  /// Before a write transaction: ends snapshots of this process for which more is kept than may be.
  /// Looks for them now and then, while the file grows or time passes.
  void end_old_snapshots() noexcept;
  /// The slots of other processes in LMDB's table.
  std::vector<OpenSnapshot> foreign_snapshots(MDB_env* env);
  /// Of the LMDB read transaction `txn`, sets what is kept for snapshots, which are in ascending
  /// order.
  void measure(MDB_txn* txn, std::vector<OpenSnapshot>& snapshots);
  /// Another process made the file larger than this process's map.
  void grow_map();
  /// LMDB takes no transaction any more in an environment that failed to write a meta page. Opens
  /// the file once more, which shows its last whole commit.
  void open_again(Map& failed);
  struct Moving;
  /// Nobody uses the map of `moving` when it returns, or it throws `busy`.
  void wait_for_users(const Map& map, std::chrono::milliseconds limit, const Error& busy);

  std::atomic<bool> forked_{false};
  std::atomic<bool> map_lost_{false};
  int lock_file_;
  /// Never shorter: who looks at a map that has just been replaced may still count himself in.
  std::vector<std::unique_ptr<Map>> maps_;
  std::atomic<Map*> current_{nullptr};
  /// A map moves only while it has no users.
  std::atomic<bool> map_moves_{false};
  std::atomic<std::uint64_t> generations_{0};
  std::mutex map_mutex_;
  std::mutex open_again_mutex_;
  /// Held where map_moves_ becomes false, so that who is about to wait for that is not missed.
  std::mutex map_moved_mutex_;
  std::condition_variable map_moved_;
  std::atomic<bool> failed_{false};
  mutable std::mutex failure_mutex_;
  std::string failure_;
  std::atomic<std::chrono::steady_clock::rep> readers_checked_{0};
  // Of end_old_snapshots(), under the writer lock.
  std::uint64_t bytes_looked_at_ = 0;
  std::chrono::steady_clock::time_point snapshots_looked_at_{};
  struct Seen {
    std::int64_t process;
    std::uint64_t transaction;
    std::chrono::steady_clock::time_point first;
  };
  std::mutex seen_mutex_;
  std::vector<Seen> seen_;  ///< snapshots of other processes
};

}  // namespace geode::storage
