#include "base/long_slices.hpp"

#include <cstdint>
#include <sched.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "base/interrupt.hpp"
#include "base/running_limits.hpp"

namespace {

using geode::base::Interrupt;
using geode::base::LongSlices;
using geode::base::RunningLimits;

/// The slice of the calling thread in nanoseconds; 0 where the kernel does not know of any.
std::uint64_t slice() {
  struct {
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime, deadline, period;
  } attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return 0;
  return attributes.policy == SCHED_OTHER ? attributes.runtime : 0;
}

/// A statement that has been running for so long that threads which work for it are told.
void let_run_long(const Interrupt& interrupt) {
  interrupt.check();
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  interrupt.check();
}

}  // namespace

TEST_CASE("long time slices end where they are asked for", "[base]") {
  const std::uint64_t before = slice();
  {
    const LongSlices slices;
    CHECK(slice() >= before);
    if (before > 0) CHECK(slice() == 100'000'000);
    const LongSlices within;
    CHECK(slice() >= before);
  }
  CHECK(slice() == before);
}

TEST_CASE("a thread has long time slices while it works for a statement that runs for long",
          "[base]") {
  const std::uint64_t before = slice();
  Interrupt interrupt;
  interrupt.set_timeout(std::chrono::hours(1));
  {
    const RunningLimits limits(&interrupt, nullptr);
    interrupt.check();
    CHECK(slice() == before);
    {
      const RunningLimits inner(&interrupt, nullptr);
      let_run_long(interrupt);
    }
    if (before > 0) CHECK(slice() > before);
  }
  CHECK(slice() == before);
  // What is no statement's thread is left alone.
  let_run_long(interrupt);
  CHECK(slice() == before);
  interrupt.reset();
  interrupt.set_timeout(std::chrono::hours(1));
  const RunningLimits next(&interrupt, nullptr);
  interrupt.check();
  CHECK(slice() == before);
}
