#pragma once

#include <cstdint>
#include <mutex>

#include "gql/function/registry.hpp"
#include "value/temporal.hpp"

namespace geode::gql {

/// When a statement runs, in UTC: read when it is first asked for, and the same from then on.
/// Thread-safe.
class StatementClock {
 public:
  struct Time {
    std::int64_t seconds = 0;  ///< since 1970-01-01T00:00Z
    std::int32_t nanoseconds = 0;
  };
  StatementClock() = default;
  /// Stands still.
  explicit StatementClock(const Time& time) {
    std::call_once(read_, [&] { time_ = time; });
  }
  const Time& now() const;

 private:
  mutable std::once_flag read_;
  mutable Time time_;
};

/// The time of the statement in the time zone of its session.
value::Clock clock_of(const FunctionContext& context);

}  // namespace geode::gql
