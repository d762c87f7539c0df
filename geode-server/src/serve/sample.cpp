#include "serve/sample.hpp"

#include <algorithm>
#include <cmath>

namespace geode::server {

namespace {

constexpr double kStepsOfDoubling = 4;

std::size_t place_of(std::uint64_t nanoseconds) {
  const double microseconds = static_cast<double>(nanoseconds) / 1e3;
  if (microseconds < 1) return 0;
  const auto place = static_cast<std::size_t>(std::log2(microseconds) * kStepsOfDoubling);
  return std::min(place, Sample::kDurations - 1);
}

/// In milliseconds.
double least_of(std::size_t place) {
  return place == 0 ? 0 : std::exp2(static_cast<double>(place) / kStepsOfDoubling) / 1e3;
}

}  // namespace

void Sample::note(std::chrono::nanoseconds duration, bool succeeded) {
  const auto nanoseconds =
      static_cast<std::uint64_t>(std::max<std::chrono::nanoseconds::rep>(duration.count(), 0));
  ++statements;
  if (!succeeded) ++errors;
  busy_ns += nanoseconds;
  longest_ns = std::max(longest_ns, nanoseconds);
  ++durations[place_of(nanoseconds)];
}

void Sample::add(const Sample& later) {
  covered_ms += later.covered_ms;
  statements += later.statements;
  errors += later.errors;
  busy_ns += later.busy_ns;
  longest_ns = std::max(longest_ns, later.longest_ns);
  data_bytes = later.data_bytes;
  nodes = later.nodes;
  edges = later.edges;
  connections = std::max(connections, later.connections);
  for (std::size_t i = 0; i < kDurations; ++i) durations[i] += later.durations[i];
}

double Sample::rate(std::uint64_t count) const {
  return covered_ms == 0 ? 0 : static_cast<double>(count) * 1e3 / static_cast<double>(covered_ms);
}

double Sample::average_ms() const {
  return statements == 0 ? 0 : static_cast<double>(busy_ns) / 1e6 / static_cast<double>(statements);
}

double Sample::percentile_ms(double share) const {
  const double wanted = share * static_cast<double>(statements);
  double before = 0;
  for (std::size_t place = 0; place < kDurations; ++place) {
    const double here = durations[place];
    if (here > 0 && before + here >= wanted) {
      const double least = least_of(place);
      const double within = (wanted - before) / here * (least_of(place + 1) - least);
      return std::min(least + within, longest_ms());
    }
    before += here;
  }
  return longest_ms();
}

}  // namespace geode::server
