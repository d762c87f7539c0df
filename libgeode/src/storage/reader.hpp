#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <utility>

#include "base/interrupt.hpp"
#include "storage/transaction.hpp"

struct MDB_txn;

namespace geode::storage {

/// A read transaction of LMDB with its slot of the reader table, for one snapshot after another.
///
/// Its holder is at work with the snapshot or leaves it at rest. A writer that needs the pages that
/// are kept for it ends it when it rests, and asks for it when it is at work; then the holder ends
/// it. So nobody gives a snapshot up under who looks into the map. Holder's functions are called by
/// one thread at a time, ask() by any.
class Reader {
 public:
  /// A reset read transaction; owned from now on.
  explicit Reader(MDB_txn* transaction) : txn_(transaction) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// For another one, while there is no snapshot. Gives the one before.
  MDB_txn* replace(MDB_txn* transaction) noexcept { return std::exchange(txn_, transaction); }

  /// A snapshot begins, at work. Writers leave one that is `kept` alone.
  void begin(bool kept) noexcept;
  /// False: the snapshot was ended.
  bool wake() noexcept;
  void rest() noexcept;
  /// The holder has no use for the snapshot any more.
  void end() noexcept;

  /// `word` is what state() held when it was decided to end the snapshot: a later snapshot is left
  /// alone.
  void ask(std::uint64_t word) noexcept;
  /// Whether pages are kept for the snapshot of this state.
  static bool holds(std::uint64_t word) { return phase(word) != kFree && phase(word) != kEnded; }

  const base::SnapshotState& state() const { return state_; }
  MDB_txn* txn() const { return txn_; }
  std::uint64_t transaction() const { return transaction_.load(std::memory_order_relaxed); }
  bool kept() const { return kept_.load(std::memory_order_relaxed); }
  std::chrono::nanoseconds age() const;

 private:
  /// The lower three bits of the state; the others count snapshots. Odd ones are to be given up.
  enum Phase : std::uint64_t {
    kFree = 0,
    kAsked = 1,  ///< at work, and to be ended by its holder
    kWorks = kAtWork,
    kEnding = 3,  ///< a writer is about to end it
    kRests = 4,
    kEnded = 5,
  };
  static Phase phase(std::uint64_t word) { return static_cast<Phase>(word & 7); }
  bool change(std::uint64_t& word, Phase to) noexcept {
    return state_.compare_exchange_weak(word, (word & ~std::uint64_t{7}) | to);
  }

  MDB_txn* txn_;
  base::SnapshotState state_{kFree};
  std::atomic<std::uint64_t> transaction_{0};
  std::atomic<std::int64_t> begun_{0};  ///< of the coarse clock, nanoseconds
  std::atomic<bool> kept_{false};
};

}  // namespace geode::storage
