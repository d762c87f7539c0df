#include "base/interrupt.hpp"

#include <geode/error.hpp>
#include "base/running_limits.hpp"

namespace geode::base {

namespace {
/// About what a thread may keep a processor for while others wait.
constexpr std::chrono::milliseconds kLongRun{4};
}  // namespace

void throw_snapshot_too_old() {
  throw Error(status::kSnapshotTooOld,
              "the snapshot was ended: it kept too much of the file from being used again")
      .hint(
          "run the transaction again, read results to their end, or raise max_snapshot_lag_bytes "
          "or max_snapshot_age");
}

void Interrupt::set_deadline(Clock::time_point deadline) noexcept {
  deadline_.store(deadline.time_since_epoch().count(), std::memory_order_relaxed);
  bits_.fetch_or(kDeadline, std::memory_order_release);
}

bool Interrupt::late(Clock::time_point now) const noexcept {
  return (bits_.load(std::memory_order_acquire) & kDeadline) != 0 &&
         now.time_since_epoch().count() >= deadline_.load(std::memory_order_relaxed);
}

bool Interrupt::raised() const noexcept { return cancelled() || late(Clock::now()); }

void Interrupt::check_slowly() const {
  if (cancelled()) throw Error(status::kCancelled, "the statement was cancelled");
  const Clock::time_point now = Clock::now();
  if (late(now)) {
    throw Error(status::kTimeout, "the statement ran longer than its time limit")
        .hint("raise the time limit, or narrow the query");
  }
  const SnapshotState* const snapshot = snapshot_.load();
  if (snapshot != nullptr && (snapshot->load(std::memory_order_relaxed) & 1) != 0)
    throw_snapshot_too_old();
  const Clock::time_point begun{Clock::duration(begun_.load(std::memory_order_relaxed))};
  if (begun == Clock::time_point()) {
    begun_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  } else if (now - begun > kLongRun) {
    note_long_run();
  }
}

}  // namespace geode::base
