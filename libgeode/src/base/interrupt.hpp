#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace geode::base {

/// The state of a snapshot, as those who read it see it: odd once they should give it up.
using SnapshotState = std::atomic<std::uint64_t>;

/// Throws Error 40X02: a snapshot was ended, as it kept the file from being used again.
[[noreturn]] void throw_snapshot_too_old();

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
  void clear_deadline() noexcept { bits_.fetch_and(~kDeadline, std::memory_order_relaxed); }
  /// Ready for the next statement: not cancelled, no deadline.
  void reset() noexcept {
    bits_.store(0, std::memory_order_relaxed);
    begun_.store(0, std::memory_order_relaxed);
  }

  bool cancelled() const noexcept {
    return (bits_.load(std::memory_order_relaxed) & kCancelled) != 0;
  }
  /// True when check() would throw.
  bool raised() const noexcept;
  /// For its lifetime, the statement also ends when this snapshot is to be given up. Of the thread
  /// that runs the statement; the state outlives all that ask check() meanwhile.
  class Watch {
   public:
    Watch(const Interrupt& interrupt, const SnapshotState* snapshot) noexcept
        : interrupt_(interrupt), outer_(interrupt.snapshot_.load(std::memory_order_relaxed)) {
      interrupt_.snapshot_.store(snapshot, std::memory_order_release);
    }
    ~Watch() { interrupt_.snapshot_.store(outer_, std::memory_order_release); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    const Interrupt& interrupt_;
    const SnapshotState* outer_;
  };

  /// Throws Error 57X01 when cancelled, 57X02 when the deadline has passed. Where neither is set it
  /// looks at the clock, and at the snapshot (40X02), once in many calls of the thread.
  ///
  /// A thread that works for a statement which runs for long is asked to let others go first: see
  /// note_long_run().
  void check() const {
    if (bits_.load(std::memory_order_relaxed) != 0 || ++checks_of_thread_ % kChecksBetween == 0)
        [[unlikely]]
      check_slowly();
  }

 private:
  static constexpr std::uint32_t kCancelled = 1, kDeadline = 2;
  static constexpr std::uint32_t kChecksBetween = 256;
  static inline constinit thread_local std::uint32_t checks_of_thread_ = 0;
  void check_slowly() const;
  bool late(Clock::time_point now) const noexcept;

  std::atomic<std::uint32_t> bits_{0};
  std::atomic<Clock::rep> deadline_{0};
  mutable std::atomic<const SnapshotState*> snapshot_{nullptr};
  mutable std::atomic<Clock::rep> begun_{0};  ///< when the clock was first looked at; 0: not yet
};

}  // namespace geode::base
