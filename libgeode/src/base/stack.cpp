#include "base/stack.hpp"

#include <cstdint>
#include <pthread.h>

#include <geode/error.hpp>

namespace geode::base {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kFrameFactor = 4;
#else
constexpr std::size_t kFrameFactor = 1;
#endif

/// What code that does not check may need: libraries, the unwinder, one operator's own frames.
constexpr std::size_t kReserve = std::size_t{48} * 1024 * kFrameFactor;

/// The lowest address of the calling thread's stack; 0 when the system does not tell.
std::uintptr_t lowest_address() noexcept {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* address = nullptr;
  std::size_t size = 0;
  std::size_t guard = 0;
  const bool known = pthread_attr_getstack(&attributes, &address, &size) == 0 &&
                     pthread_attr_getguardsize(&attributes, &guard) == 0;
  pthread_attr_destroy(&attributes);
  return known ? reinterpret_cast<std::uintptr_t>(address) + guard : 0;
}

}  // namespace

std::size_t stack_left() noexcept {
  thread_local const std::uintptr_t lowest = lowest_address();
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return here > lowest ? here - lowest : 0;
}

bool stack_is_low() noexcept { return stack_left() < kReserve; }

void check_stack() {
  if (!stack_is_low()) return;
  throw Error(status::kLimitExceeded,
              "the statement is nested too deeply for the stack of this thread")
      .hint("divide the statement, or run it in a thread with a larger stack");
}

}  // namespace geode::base
