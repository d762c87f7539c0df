#include "base/running_limits.hpp"

#include <optional>
#include <utility>

#include "base/long_slices.hpp"

namespace geode::base {

namespace {

struct Limits {
  const Interrupt* interrupt = nullptr;
  MemoryBudget* memory = nullptr;
  MemoryCharge* written = nullptr;
  unsigned depth = 0;  ///< how many RunningLimits there are, one in the other
  std::optional<LongSlices> slices;
};

Limits& limits() noexcept {
  thread_local Limits of_thread;
  return of_thread;
}

}  // namespace

RunningLimits::RunningLimits(const Interrupt* interrupt, MemoryBudget* memory,
                             MemoryCharge* written) noexcept {
  Limits& current = limits();
  outer_interrupt_ = std::exchange(current.interrupt, interrupt);
  outer_memory_ = std::exchange(current.memory, memory);
  outer_written_ = std::exchange(current.written, written);
  ++current.depth;
}

RunningLimits::~RunningLimits() {
  Limits& current = limits();
  current.interrupt = outer_interrupt_;
  current.memory = outer_memory_;
  current.written = outer_written_;
  if (--current.depth == 0 && current.slices) current.slices.reset();
}

void note_long_run() noexcept {
  Limits& current = limits();
  if (current.depth > 0 && !current.slices) current.slices.emplace();
}

MemoryBudget* running_budget() noexcept { return limits().memory; }

void poll_interrupt() {
  if (const Interrupt* interrupt = limits().interrupt) interrupt->check();
}

void poll_interrupt_seldom() {
  constexpr std::uint32_t kCallsBetween = 1024;
  thread_local std::uint32_t calls = 0;
  if (++calls % kCallsBetween == 0) poll_interrupt();
}

void check_room(std::uint64_t bytes) {
  MemoryBudget* memory = limits().memory;
  if (memory == nullptr) return;
  memory->charge(bytes);
  memory->release(bytes);
}

void charge_written(std::uint64_t bytes) {
  if (MemoryCharge* written = limits().written) written->add(bytes);
}

}  // namespace geode::base
