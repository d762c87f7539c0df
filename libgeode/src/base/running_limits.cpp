#include "base/running_limits.hpp"

namespace geode::base {

namespace {

struct Limits {
  const Interrupt* interrupt = nullptr;
  MemoryBudget* memory = nullptr;
  MemoryCharge* written = nullptr;
};

Limits& limits() noexcept {
  thread_local Limits of_thread;
  return of_thread;
}

}  // namespace

RunningLimits::RunningLimits(const Interrupt* interrupt, MemoryBudget* memory,
                             MemoryCharge* written) noexcept
    : outer_interrupt_(limits().interrupt),
      outer_memory_(limits().memory),
      outer_written_(limits().written) {
  limits() = {interrupt, memory, written};
}

RunningLimits::~RunningLimits() { limits() = {outer_interrupt_, outer_memory_, outer_written_}; }

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
