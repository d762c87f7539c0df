#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <vector>

struct MDB_txn;

namespace geode::storage {

/// Reset LMDB read transactions, each with its slot of the reader table, to be renewed in about ten
/// nanoseconds. A thread finds the one it gave back last in a place of its own, without a lock.
/// Thread-safe.
class ReaderPool {
 public:
  ReaderPool() = default;
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  /// Null when the pool is empty. The caller owns what it gets.
  MDB_txn* take();
  /// False when the pool is full, and the caller keeps `reader`.
  bool give(MDB_txn* reader);
  /// Takes everything out, for the caller to abort.
  std::vector<MDB_txn*> drain();

 private:
  static constexpr std::size_t kPlaces = 16;
  static constexpr std::size_t kShared = 48;
  struct alignas(64) Place {
    std::atomic<MDB_txn*> reader{nullptr};
  };
  static std::size_t own_place();

  std::array<Place, kPlaces> places_;
  std::mutex mutex_;
  std::vector<MDB_txn*> shared_;
};

}  // namespace geode::storage
