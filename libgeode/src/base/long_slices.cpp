#include "base/long_slices.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace geode::base {

namespace {

/// The most that the kernel takes.
constexpr std::uint64_t kLongSliceNs = 100'000'000;

/// struct sched_attr of the kernel in its first version; the C library has none.
struct Attributes {
  std::uint32_t size = sizeof(Attributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
};
static_assert(sizeof(Attributes) == 48);

/// The one flag that is a property of the thread and not of the call.
constexpr std::uint64_t kResetOnFork = 1;

bool get(Attributes& attributes) {
  return syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0 &&
         (attributes.policy == SCHED_OTHER || attributes.policy == SCHED_BATCH);
}

bool set_slice(Attributes attributes, std::uint64_t nanoseconds) {
  attributes.size = sizeof attributes;
  attributes.flags &= kResetOnFork;
  attributes.runtime = nanoseconds;
  return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0;
}

}  // namespace

LongSlices::LongSlices() noexcept {
  Attributes attributes;
  // A kernel that does not know lengths of slices says 0.
  if (!get(attributes) || attributes.runtime == 0 || attributes.runtime >= kLongSliceNs) return;
  if (set_slice(attributes, kLongSliceNs)) slice_before_ns_ = attributes.runtime;
}

LongSlices::~LongSlices() {
  if (slice_before_ns_ == 0) return;
  // What else the program changed meanwhile stays.
  Attributes attributes;
  if (get(attributes)) set_slice(attributes, slice_before_ns_);
}

}  // namespace geode::base
