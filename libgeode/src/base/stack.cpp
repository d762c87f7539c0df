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

namespace stack {

bool is_low_indeed() noexcept {
  if (lowest_good_address == UINTPTR_MAX) lowest_good_address = lowest_address() + kReserve;
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) < lowest_good_address;
}

void throw_low() {
  throw Error(status::kLimitExceeded,
              "the statement is nested too deeply for the stack of this thread")
      .hint("divide the statement, or run it in a thread with a larger stack");
}

}  // namespace stack

}  // namespace geode::base
