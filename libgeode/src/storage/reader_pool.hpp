#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/reader.hpp"

namespace geode::storage {

/// The readers of a map. Those that have no snapshot wait here, to be renewed in about ten
/// nanoseconds. A thread finds the one it gave back last in a place of its own, without a lock.
/// Thread-safe.
class ReaderPool {
 public:
  ReaderPool() = default;
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  /// Null when none waits. The caller has what it gets until give() or close().
  Reader* take();
  void give(Reader& reader) noexcept;
  /// A new one, of a read transaction that is owned from now on.
  Reader& add(MDB_txn* transaction);
  /// Gives its slot of the reader table back.
  void close(Reader& reader) noexcept;
  /// The same for all that wait.
  void close_waiting() noexcept;
  /// All of them, waiting or not. None is closed meanwhile.
  void for_each(const std::function<void(Reader&)>& visit);

 private:
  static constexpr std::size_t kPlaces = 16;
  static constexpr std::size_t kShared = 48;
  struct alignas(64) Place {
    std::atomic<Reader*> reader{nullptr};
  };
  static std::size_t own_place();

  std::array<Place, kPlaces> places_;
  std::mutex mutex_;
  std::array<Reader*, kShared> shared_{};
  std::size_t shared_count_ = 0;
  std::mutex all_mutex_;
  /// Never freed before the pool: a statement may watch the state of a reader that it had.
  std::deque<Reader> all_;
  std::vector<Reader*> closed_;  ///< of all_, without a transaction
};

}  // namespace geode::storage
