#include "base/interrupt.hpp"

#include <geode/error.hpp>

namespace geode::base {

void Interrupt::set_deadline(Clock::time_point deadline) noexcept {
  deadline_.store(deadline.time_since_epoch().count(), std::memory_order_relaxed);
  bits_.fetch_or(kDeadline, std::memory_order_release);
}

bool Interrupt::late() const noexcept {
  return (bits_.load(std::memory_order_acquire) & kDeadline) != 0 &&
         Clock::now().time_since_epoch().count() >= deadline_.load(std::memory_order_relaxed);
}

bool Interrupt::raised() const noexcept { return cancelled() || late(); }

void Interrupt::check_slowly() const {
  if (cancelled()) throw Error(status::kCancelled, "the statement was cancelled");
  if (late()) {
    throw Error(status::kTimeout, "the statement ran longer than its time limit")
        .hint("raise the time limit, or narrow the query");
  }
}

}  // namespace geode::base
