#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace geode::gql::exec {

/// Ranges of node ids that the workers of a pipeline share out among themselves: whoever is done
/// with one takes the next. Thread-safe but for reset().
class Morsels {
 public:
  struct Range {
    std::uint64_t number = 0, begin = 0, end = 0;
  };

  /// All ids from `begin` up to `end`, `size` at a time; the first range has the number `first`.
  void reset(std::uint64_t begin, std::uint64_t end, std::uint64_t size, std::uint64_t first = 0) {
    begin_ = begin;
    end_ = end;
    size_ = size;
    first_ = first;
    next_.store(0, std::memory_order_relaxed);
  }
  /// False when all have been taken.
  bool next(Range& range) {
    const std::uint64_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (index >= count()) return false;
    range.number = first_ + index;
    range.begin = begin_ + index * size_;
    range.end = std::min(range.begin + size_, end_);
    return true;
  }
  /// Whoever asks from now on gets none.
  void finish() { next_.store(count(), std::memory_order_relaxed); }
  /// Whether next() would give one.
  bool any() const { return next_.load(std::memory_order_relaxed) < count(); }
  std::uint64_t count() const { return begin_ < end_ ? (end_ - begin_ + size_ - 1) / size_ : 0; }

 private:
  std::uint64_t begin_ = 0, end_ = 0, size_ = 1, first_ = 0;
  std::atomic<std::uint64_t> next_{0};
};

}  // namespace geode::gql::exec
