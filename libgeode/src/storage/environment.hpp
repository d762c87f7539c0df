#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <geode/snapshot.hpp>

namespace geode::storage {

/// What a commit waits for. kSync: data and meta page are on disk.
enum class SyncMode : std::uint8_t { kSync, kNoMetaSync, kOff };

struct EnvironmentOptions {
  bool read_only = false;
  bool create_if_missing = true;
  SyncMode sync = SyncMode::kSync;
  std::uint64_t map_size_bytes = std::uint64_t{1} << 40;
  /// As in geode::Options; zero: no limit.
  std::uint64_t max_file_size_bytes = 0;
  std::uint64_t max_snapshot_lag_bytes = 0;
  std::chrono::milliseconds max_snapshot_age{0};
};

/// Figures of the file and of its reader table.
struct EnvironmentInfo {
  std::uint64_t file_bytes = 0, used_bytes = 0, free_bytes = 0, map_bytes = 0;
  std::uint32_t page_bytes = 0;
  std::uint64_t last_transaction = 0;
  std::uint32_t reader_slots = 0, max_reader_slots = 0;
  std::string file_system;
};

/// Length of the file.
struct CompactedBytes {
  std::uint64_t before = 0, after = 0;
};

class ReadTransaction;
class WriteTransaction;

/// One database file, mapped. One per (device, inode) and process: opening the same file again
/// hands out the same environment. Thread-safe.
///
/// The only LMDB environment handle of the library lives behind this class; `<lmdb.h>` is included
/// within src/storage alone.
class Environment {
 public:
  /// Opens or creates `path` (a new file is made under a temporary name, synced and renamed). The
  /// size is checked against the meta page before mapping, the format version and the database id
  /// are read or written, dead readers are cleared.
  /// `:memory:` gives a private database in an unlinked file on a memory file system.
  static std::shared_ptr<Environment> open(const std::string& path,
                                           const EnvironmentOptions& options);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  const std::string& path() const;
  bool in_memory() const;
  bool read_only() const;
  /// 32 hexadecimal digits, made with the database.
  const std::string& database_id() const;
  /// The last commit was made to another file, of which this one is a copy, and nobody has called
  /// accept_copy().
  bool copied() const;
  /// The copy was found sound. Has that in the file, too, when it can be written to now.
  static void accept_copy(const std::shared_ptr<Environment>& environment) noexcept;
  /// Clears slots of readers whose process died; gives how many.
  int clear_stale_readers();
  /// Bytes of the file in use by pages up to the last one.
  std::uint64_t used_bytes() const;
  EnvironmentInfo info() const;
  /// Of all processes, the oldest state first. Clears slots of dead processes.
  std::vector<OpenSnapshot> snapshots() const;
  /// Copies the newest snapshot, without its free pages, into a new database file with an id of its
  /// own. Throws Error 42X03 when `path` exists.
  void copy_to(const std::string& path) const;
  /// Has a compacted copy of the newest state take the place of the file. Readers of this process
  /// go on with what they see, and the space of the file before is free when the last of them has
  /// ended; writers wait meanwhile. Throws Error 08X02 when another process has the file open, or
  /// writers keep it longer than `timeout_ms`. After a crash the file is the one before or the
  /// copy, whole, and what was left of the other is removed when the file is opened next.
  CompactedBytes compact(std::int64_t timeout_ms);
  void sync();

  /// A place for the layer above to keep what it remembers about this file: made once by `make`,
  /// freed with the environment. Thread-safe.
  void* attachment(std::shared_ptr<void> (*make)()) {
    if (void* made = attached_.load(std::memory_order_acquire)) return made;
    // Not std::call_once: an exception on its way out of that needs memory, which may be what
    // there is none of.
    const std::lock_guard lock(attachment_mutex_);
    if (!attachment_) attachment_ = make();
    attached_.store(attachment_.get(), std::memory_order_release);
    return attachment_.get();
  }

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  Environment();
  std::unique_ptr<Impl> impl_;
  std::atomic<void*> attached_{nullptr};
  std::mutex attachment_mutex_;
  std::shared_ptr<void> attachment_;
};

}  // namespace geode::storage
