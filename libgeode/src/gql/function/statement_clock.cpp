#include "gql/function/statement_clock.hpp"

namespace geode::gql {

const StatementClock::Time& StatementClock::now() const {
  std::call_once(read_, [this] {
    const value::Clock clock = value::Clock::now();
    time_ = {clock.seconds, clock.nanoseconds};
  });
  return time_;
}

value::Clock clock_of(const FunctionContext& context) {
  value::Clock clock;
  if (context.clock != nullptr) {
    const StatementClock::Time& now = context.clock->now();
    clock.seconds = now.seconds;
    clock.nanoseconds = now.nanoseconds;
  }
  if (!context.time_zone.empty()) clock.time_zone = context.time_zone;
  return clock;
}

}  // namespace geode::gql
