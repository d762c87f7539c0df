#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace geode::base {

/// Asks a running statement to stop. Set by any thread; the statement looks at it between batches.
class Interrupt {
 public:
  using Clock = std::chrono::steady_clock;

  Interrupt() = default;
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  void cancel() noexcept { bits_.fetch_or(kCancelled, std::memory_order_relaxed); }
  void set_deadline(Clock::time_point deadline) noexcept;
  void set_timeout(std::chrono::nanoseconds timeout) noexcept {
    set_deadline(Clock::now() + timeout);
  }
  /// Ready for the next statement: not cancelled, no deadline.
  void reset() noexcept { bits_.store(0, std::memory_order_relaxed); }

  bool cancelled() const noexcept {
    return (bits_.load(std::memory_order_relaxed) & kCancelled) != 0;
  }
  /// True when check() would throw.
  bool raised() const noexcept;
  /// Throws Error 57X01 when cancelled, 57X02 when the deadline has passed. One load when neither
  /// is set.
  void check() const {
    if (bits_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      check_slowly();
  }

 private:
  static constexpr std::uint32_t kCancelled = 1, kDeadline = 2;
  void check_slowly() const;
  bool late() const noexcept;

  std::atomic<std::uint32_t> bits_{0};
  std::atomic<Clock::rep> deadline_{0};
};

}  // namespace geode::base
