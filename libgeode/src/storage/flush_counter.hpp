#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include <geode/storage_figures.hpp>

namespace geode::storage {

/// Counts flushes of a file by how long they took. Thread-safe.
class FlushCounter {
 public:
  using Clock = std::chrono::steady_clock;

  /// A flush that began then has ended.
  void note(Clock::time_point begin) {
    const std::chrono::nanoseconds duration = Clock::now() - begin;
    const auto& bounds = FlushFigures::kBounds;
    const auto place = static_cast<std::size_t>(
        std::lower_bound(bounds.begin(), bounds.end(), duration) - bounds.begin());
    counts_[place].fetch_add(1, std::memory_order_relaxed);
    nanoseconds_.fetch_add(duration.count(), std::memory_order_relaxed);
  }

  FlushFigures figures() const {
    FlushFigures figures;
    for (std::size_t i = 0; i < counts_.size(); ++i)
      figures.counts[i] = counts_[i].load(std::memory_order_relaxed);
    figures.time = std::chrono::nanoseconds(nanoseconds_.load(std::memory_order_relaxed));
    return figures;
  }

 private:
  std::array<std::atomic<std::uint64_t>, FlushFigures::kBounds.size() + 1> counts_{};
  std::atomic<std::chrono::nanoseconds::rep> nanoseconds_{0};
};

class Environment;

/// Of the file of an environment, since this process opened it.
FlushFigures flush_figures(Environment& environment);

}  // namespace geode::storage
