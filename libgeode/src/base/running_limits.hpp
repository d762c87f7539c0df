#pragma once

#include <cstdint>

#include "base/interrupt.hpp"
#include "base/memory_budget.hpp"

namespace geode::base {

/// For its lifetime, makes these the limits of the statement that the calling thread runs: code far
/// below a statement (functions, values, path searches) asks them without their being handed down.
class RunningLimits {
 public:
  /// `written` is charged with what the statement writes to the database and the transaction holds
  /// until it is over.
  RunningLimits(const Interrupt* interrupt, MemoryBudget* memory,
                MemoryCharge* written = nullptr) noexcept;
  ~RunningLimits();
  RunningLimits(const RunningLimits&) = delete;
  RunningLimits& operator=(const RunningLimits&) = delete;

 private:
  const Interrupt* outer_interrupt_;
  MemoryBudget* outer_memory_;
  MemoryCharge* outer_written_;
};

/// The statement that the calling thread works for has been running for long: until the outermost
/// RunningLimits of the thread ends, its time slices are long ones (`LongSlices`).
void note_long_run() noexcept;

/// The budget of the statement that runs on this thread; null when there is none.
MemoryBudget* running_budget() noexcept;

/// Throws 57X01 or 57X02 when the statement that runs on this thread is to stop.
void poll_interrupt();

/// The same, once in a thousand calls of the thread: for what is called for each of many values.
void poll_interrupt_seldom();

/// Throws 53X01 when `bytes` more would exceed the limit of the statement that runs on this thread.
/// Charges nothing: for what is about to be made, before its keeper accounts for it.
void check_room(std::uint64_t bytes);

/// Charges the statement that runs on this thread for `bytes` that its transaction holds.
void charge_written(std::uint64_t bytes);

/// Asks poll_interrupt() once in a while: for long loops of short steps.
class Poll {
 public:
  void step() {
    if (++steps_ % kStepsBetween == 0) [[unlikely]]
      poll_interrupt();
  }

 private:
  static constexpr std::uint32_t kStepsBetween = 4096;
  std::uint32_t steps_ = 0;
};

}  // namespace geode::base
