#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace geode::server {

/// What a server did in a span of time, and how large its database was at the end of it.
struct Sample {
  /// Bounds between the durations that are counted apart: 1 us and its multiples by the fourth root
  /// of 2, up to more than an hour. So percentiles are right to a fifth, and mostly to a tenth.
  static constexpr std::size_t kDurations = 128;

  std::int64_t time = 0;  ///< when it begins, in seconds of UTC
  std::uint64_t covered_ms = 0;
  std::uint64_t statements = 0, errors = 0;  ///< that ended; those of them that failed
  std::uint64_t busy_ns = 0, longest_ns = 0;
  std::uint64_t data_bytes = 0, nodes = 0, edges = 0;
  std::uint32_t connections = 0;
  std::array<std::uint32_t, kDurations> durations{};

  /// A statement has ended.
  void note(std::chrono::nanoseconds duration, bool succeeded);
  /// Takes in what came later.
  void add(const Sample& later);

  /// Of one second; 0 when no time is covered.
  double rate(std::uint64_t count) const;
  double average_ms() const;
  double longest_ms() const { return static_cast<double>(longest_ns) / 1e6; }
  /// So long took at most this share (0.95) of the statements.
  double percentile_ms(double share) const;
};

}  // namespace geode::server
