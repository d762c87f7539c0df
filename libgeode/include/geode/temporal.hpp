#pragma once

#include <cstdint>
#include <string>

namespace geode {
inline namespace v1 {

/// A day of the proleptic Gregorian calendar, counted from 1970-01-01.
struct Date {
  std::int64_t days = 0;
  friend bool operator==(const Date&, const Date&) = default;
};

/// A time of day in nanoseconds since midnight.
struct LocalTime {
  std::int64_t nanoseconds = 0;
  friend bool operator==(const LocalTime&, const LocalTime&) = default;
};

/// A local time of day with its displacement from UTC in seconds.
struct ZonedTime {
  std::int64_t nanoseconds = 0;
  std::int32_t offset_seconds = 0;
  friend bool operator==(const ZonedTime&, const ZonedTime&) = default;
};

/// Seconds and nanoseconds since 1970-01-01T00:00 of the local calendar; 0 <= nanoseconds < 1e9.
struct LocalDateTime {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
  friend bool operator==(const LocalDateTime&, const LocalDateTime&) = default;
};

/// An instant (UTC seconds and nanoseconds), the displacement it is shown in, and, when it was
/// given by name, its IANA time zone ("" otherwise).
struct ZonedDateTime {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
  std::int32_t offset_seconds = 0;
  std::string zone;
  friend bool operator==(const ZonedDateTime&, const ZonedDateTime&) = default;
};

/// Months, days and seconds are kept apart, as their ratio is not constant. 0 <= nanoseconds < 1e9.
struct Duration {
  std::int64_t months = 0;
  std::int64_t days = 0;
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
  friend bool operator==(const Duration&, const Duration&) = default;
};

}  // namespace v1
}  // namespace geode
