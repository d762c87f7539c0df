#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/interrupt.hpp"
#include "storage/environment.hpp"
#include "storage/tables.hpp"

namespace geode::storage {

using ByteView = std::span<const std::byte>;
inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Cursor;
class Reader;
/// In the lower three bits of a snapshot's state: its holder reads it, and was not asked to stop.
inline constexpr std::uint64_t kAtWork = 2;

/// A snapshot, or the one write transaction, of an environment. Reading is the same in both.
///
/// Bytes handed out live until the transaction ends; in a write transaction only until its next
/// write. They are checked against the checksum stored with them, large ones once in a process:
/// whatever gives bytes throws Error 58X02 when it is wrong. One thread at a time.
class Transaction {
 public:
  virtual ~Transaction() = default;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Of a DUPSORT table the first duplicate, which lives until the next call.
  std::optional<ByteView> get(Table table, ByteView key) const;
  /// A cursor for one operator; it must go before the transaction does.
  Cursor cursor(Table table) const;
  /// LMDB's transaction id: two transactions with the same id see the same bytes.
  std::uint64_t id() const;
  /// Grows when the map moves, because another process made the file larger than this one could map
  /// before, or a compacted copy took its place: pointers kept from transactions of another
  /// generation are void.
  std::uint64_t map_generation() const;
  std::uint64_t entry_count(Table table) const;
  bool writable() const { return writable_; }
  Environment& environment() const { return *environment_; }

 protected:
  Transaction(std::shared_ptr<Environment> environment, bool writable)
      : environment_(std::move(environment)), writable_(writable) {}
  /// Closes the cursors opened in a child deeper than `depth`; any later use of them throws.
  void close_cursors(int depth) noexcept;
  void reload_cursors() noexcept;
  void require_live() const {
    if (handle_ == nullptr) [[unlikely]]
      throw_ended();
    require_kept();
  }
  [[noreturn]] static void throw_ended();
  /// Throws Error 40X02 once the snapshot should be given up.
  void require_kept() const {
    if (snapshot_state_ != nullptr && !is_at_work(*snapshot_state_)) [[unlikely]]
      throw_not_at_work();
  }
  static bool is_at_work(const base::SnapshotState& state) {
    return (state.load(std::memory_order_relaxed) & 7) == kAtWork;
  }
  [[noreturn]] void throw_not_at_work() const;
  /// The bytes of `stored`, the value of `key` as it is in the file, without their checksum.
  ByteView checked(Table table, ByteView key, ByteView stored) const;
  /// The same for a table of duplicates, whose values are decoded into `room`.
  ByteView checked_duplicate(ByteView key, ByteView stored, std::array<std::byte, 8>& room) const;

  std::shared_ptr<Environment> environment_;
  void* handle_ = nullptr;                               // MDB_txn*, the innermost child's
  const base::SnapshotState* snapshot_state_ = nullptr;  // null in a writer
  bool writable_;
  int depth_ = 0;
  mutable Cursor* cursors_ = nullptr;
  mutable std::array<std::byte, 8> duplicate_{};
  friend class Cursor;
};

/// A snapshot. Taken from a pool of reset LMDB readers and given back on destruction.
///
/// Its holder is at work with it, or leaves it at rest, where nothing that was handed out of it is
/// looked at. A writer that needs the pages that are kept for it ends it there and then when it
/// rests (`Reader`), and else has whatever is read in it throw Error 40X02, so that its holder
/// gives it up. They leave alone what is `kept`: snapshots of what ends by itself and would be
/// worth nothing half done, such as a backup.
class ReadTransaction final : public Transaction {
 public:
  static std::unique_ptr<ReadTransaction> begin(std::shared_ptr<Environment> environment,
                                                bool kept = false);
  ~ReadTransaction() override;
  /// Gives the snapshot up; only resume(), which takes the latest, makes it usable again.
  void suspend() noexcept;
  void resume();
  /// At work from now on; may be called again before rest(). Throws Error 40X02 when the snapshot
  /// was ended meanwhile, and 25000 when it was given up.
  void wake();
  /// Ends the last wake(), or the work that the transaction began with.
  void rest() noexcept;
  const base::SnapshotState* state() const { return snapshot_state_; }

 private:
  using Transaction::Transaction;
  void take_reader(bool kept = false);
  Reader* reader_ = nullptr;
  int at_work_ = 1;
};

/// The writer. Rolls back on destruction. begin() blocks until other writers (threads and
/// processes) are done, for at most `timeout_ms` (throws 08X02 naming the holder when it can; < 0 =
/// wait for ever). Must be used and ended on the thread that began it.
class WriteTransaction final : public Transaction {
 public:
  static std::unique_ptr<WriteTransaction> begin(std::shared_ptr<Environment> environment,
                                                 std::int64_t timeout_ms = -1);
  /// For a transaction that writes very much, about `expected_bytes`. Where no other process has
  /// the file open, and what it holds is less than that, a copy of it is written to, which takes
  /// its place with the commit (as for Environment::compact), so that what is written need not stay
  /// in memory until then. In all other cases the same as begin().
  static std::unique_ptr<WriteTransaction> begin_large(std::shared_ptr<Environment> environment,
                                                       std::int64_t timeout_ms,
                                                       std::uint64_t expected_bytes);
  ~WriteTransaction() override;
  /// To be called now and then by who writes very much: where that is possible, what was written
  /// leaves the memory. Ends all cursors.
  void write_out();

  void put(Table table, ByteView key, ByteView value);
  /// For keys in ascending order beyond the last one: fills pages whole. In a DUPSORT table values
  /// of one key ascend too.
  void append(Table table, ByteView key, ByteView value);
  /// False, and nothing changed, when the key is there already.
  bool put_new(Table table, ByteView key, ByteView value);
  bool erase(Table table, ByteView key);
  /// Removes one duplicate of a DUPSORT table.
  bool erase(Table table, ByteView key, ByteView value);
  /// Removes every key that begins with `prefix` (all when it is empty); gives how many entries,
  /// duplicates counted.
  std::uint64_t erase_prefix(Table table, ByteView prefix);

  /// Savepoints: nested LMDB transactions, innermost last, at most kMaxDepth deep. Reads and writes
  /// go to the innermost one. A cursor opened in a child ends with it; one opened before goes back
  /// to its place when the child is aborted.
  static constexpr int kMaxDepth = 32;
  void begin_child();
  void commit_child();
  void abort_child();
  int depth() const { return depth_; }
  /// The transaction only deletes: it may use what the limit of the file's size keeps for that.
  void use_reserve() { only_deletes_ = true; }

  /// On disk when it returns (per SyncMode). After a failure the transaction is gone and nothing
  /// was changed.
  void commit();
  void abort();

 private:
  using Transaction::Transaction;
  static std::unique_ptr<WriteTransaction> begin(std::shared_ptr<Environment> environment,
                                                 std::int64_t timeout_ms,
                                                 std::optional<std::uint64_t> expected_bytes);
  void require_writable() const;
  bool store(Table table, ByteView key, ByteView value, unsigned flags, const char* operation);
  bool remove(Table table, ByteView key, const ByteView* value);
  /// A transaction of the copy ends, and the next one begins.
  void end_part();
  /// The copy takes the place of the file; or, when another process has opened that meanwhile, its
  /// content is put into a transaction of the file, which is still to be committed. True when
  /// nothing is left to be done.
  bool settle_copy();
  /// Throws Error 53X02 when the commit would leave less room for deleting than is to be kept.
  void keep_reserve();
  /// The transaction is over, committed or not; the next writer may begin.
  void let_go() noexcept;

  struct Impl;
  std::unique_ptr<Impl> impl_;
  bool only_deletes_ = false;
};

/// A place in one table. Views live as the transaction's do. Not re-entrant: one cursor an
/// operator.
///
/// Before its first positioning, next() goes to the first entry and previous() to the last one;
/// once it has run off an end, both give false until it is positioned again. Using a cursor whose
/// transaction has ended throws.
class Cursor {
 public:
  Cursor(Cursor&& other) noexcept;
  Cursor& operator=(Cursor&& other) noexcept;
  ~Cursor();

  /// First entry with a key >= `key`. False at the end.
  bool seek(ByteView key);
  bool seek_exact(ByteView key);
  bool first();
  bool last();
  /// Last entry with a key < `key`.
  bool seek_before(ByteView key);
  /// In a DUPSORT table next() also visits duplicates.
  bool next();
  bool previous();
  /// Duplicates of the present key: positions on the first / next one.
  bool next_duplicate();
  bool next_key();
  std::uint64_t duplicate_count() const;
  ByteView key() const { return key_; }
  /// Checked when it is asked for, so that a walk over keys need not touch the values. That of a
  /// DUPSORT table lives until the cursor moves.
  ByteView value() const {
    if (!checked_) check_value();
    return value_;
  }
  /// True while positioned and key() begins with `prefix`.
  bool has_prefix(ByteView prefix) const;

 private:
  friend class Transaction;
  enum class Place : std::uint8_t { kNew, kOnEntry, kOutside };

  Cursor(const Transaction& transaction, Table table, void* handle);
  bool step(int operation);
  bool step_to(int operation, ByteView key);
  void check_value() const;
  void show(ByteView key, ByteView stored) noexcept {
    key_ = key;
    stored_ = stored;
    checked_ = false;
  }
  void show_nothing() noexcept {
    key_ = stored_ = value_ = {};
    checked_ = true;
  }
  void link() noexcept;
  void unlink() noexcept;
  void close() noexcept;
  /// After a child has ended: the place is LMDB's, the views may be of pages that are gone.
  void reload() noexcept;

  void* handle_ = nullptr;  // MDB_cursor*
  ByteView key_{};
  ByteView stored_{};         // as it is in the file
  mutable ByteView value_{};  // once it is checked
  mutable bool checked_ = true;
  mutable std::array<std::byte, 8> duplicate_{};
  Place place_ = Place::kNew;
  Table table_;
  int depth_;
  // The live cursors of a transaction are a list, so that ending it can close them: LMDB frees the
  // cursors of a write transaction itself.
  const Transaction* transaction_ = nullptr;
  Cursor* before_ = nullptr;
  Cursor* after_ = nullptr;
};

}  // namespace geode::storage
