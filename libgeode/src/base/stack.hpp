#pragma once

#include <cstddef>

namespace geode::base {

/// Bytes of the calling thread's stack that are not in use, by the size the thread was made with.
std::size_t stack_left() noexcept;

/// Whether too little is left to call further. Recursive code asks this before each level.
bool stack_is_low() noexcept;

/// Throws Error 54X01 when the stack is low.
void check_stack();

}  // namespace geode::base
