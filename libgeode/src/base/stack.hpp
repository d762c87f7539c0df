#pragma once

#include <cstdint>

namespace geode::base {

namespace stack {
/// Below this address the calling thread's stack is low. At first everything is: then the bounds of
/// the stack are asked for.
inline thread_local std::uintptr_t lowest_good_address = UINTPTR_MAX;
bool is_low_indeed() noexcept;
[[noreturn]] void throw_low();
}  // namespace stack

/// Whether too little of the calling thread's stack is left to call further, by the size the thread
/// was made with. Recursive code asks this before each level.
inline bool stack_is_low() noexcept {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return here < stack::lowest_good_address && stack::is_low_indeed();
}

/// Throws Error 54X01 when the stack is low.
inline void check_stack() {
  if (stack_is_low()) [[unlikely]]
    stack::throw_low();
}

}  // namespace geode::base
