#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <sys/types.h>

#include "storage/environment.hpp"
#include "storage/reader_pool.hpp"
#include "storage/tables.hpp"
#include "storage/writer_lock.hpp"

struct MDB_env;
struct MDB_txn;

namespace geode::storage {

/// What transactions and cursors need of an environment. LMDB's types stay opaque here.
struct Environment::Impl {
  Impl(std::string path, bool in_memory, const EnvironmentOptions& options, int lock_file);
  /// Does nothing in a child after fork(): closing would clear the parent's slots in the reader
  /// table.
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// Maps the file. Where the address space is limited (ulimit -v) a smaller map is taken.
  void open_map(const std::string& file);
  /// Opens the tables and reads the format version and the database id.
  void open_tables();

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

  /// A renewed or new LMDB read transaction.
  MDB_txn* begin_read();
  void end_read(MDB_txn* reader) noexcept;
  /// The LMDB write transaction; the writer lock must be held. Ended by LMDB's commit or abort,
  /// then leave().
  MDB_txn* begin_write();
  void leave() noexcept { open_transactions_.fetch_sub(1); }

  /// After a commit: LMDB does not write pages that were taken and freed within one transaction,
  /// which can leave the file shorter than its last page number says. Filled up here, so that a
  /// short file means a truncated file.
  void fill_up_file() noexcept;
  /// LMDB reports a write that was cut short as EIO. True when the file cannot grow by as little as
  /// 64 KiB, so that the reason was a full disk, a quota or a limit. The writer lock must be held.
  bool out_of_room() noexcept;
  /// Remembers a write that may or may not be on disk; no write is accepted from then on.
  void fail(const std::string& reason);
  int clear_stale_readers();
  std::uint64_t used_bytes() const;
  EnvironmentInfo info();
  std::uint64_t map_generation() const { return map_generation_.load(std::memory_order_acquire); }
  /// In the child after fork().
  void forget_after_fork() noexcept;

  MDB_env* env = nullptr;
  std::array<unsigned, kTableCount> tables{};
  const std::string path;
  const bool in_memory;
  const EnvironmentOptions options;
  std::string database_id;
  dev_t device = 0;
  ino_t inode = 0;
  WriterLock writer;
  /// A write transaction was destroyed on a thread that did not begin it, where LMDB cannot end it.
  std::atomic<bool> writer_abandoned{false};

 private:
  [[noreturn]] void throw_unusable() const;
  int data_file() const;
  void enter();
  /// Another process made the file larger than this process's map.
  void grow_map();
  std::uint64_t mapped_bytes() const;

  std::atomic<bool> forked_{false};
  std::atomic<bool> map_lost_{false};
  int lock_file_;
  ReaderPool readers_;
  /// Transactions of this process that may look into the map. The map moves only while this is 0.
  std::atomic<std::int64_t> open_transactions_{0};
  std::atomic<bool> map_moves_{false};
  std::atomic<std::uint64_t> map_generation_{0};
  std::mutex map_mutex_;
  std::condition_variable map_moved_;
  std::atomic<bool> failed_{false};
  mutable std::mutex failure_mutex_;
  std::string failure_;
  std::atomic<std::chrono::steady_clock::rep> readers_checked_{0};
};

}  // namespace geode::storage
