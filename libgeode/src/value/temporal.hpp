#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <geode/value.hpp>

namespace geode::value {

/// The instant a statement sees as "now", and the time zone used when a value does not bring its
/// own. One Clock a statement, so that every call in it reads the same time.
struct Clock {
  std::int64_t seconds = 0;  // UTC, since 1970-01-01T00:00Z
  std::int32_t nanoseconds = 0;
  std::string time_zone = "Z";  // an offset ("Z", "+01:00") or an IANA name

  static Clock now();
};

// Every function below that takes a `kind` wants one of kDate, kLocalTime, kZonedTime,
// kLocalDateTime, kZonedDateTime. Null arguments give null. Texts that are no temporal value throw
// 22007, components out of range 22007 or 22008, arguments of a wrong type 22G03.

// Construction.

/// date(x), localtime(x), time(x), localdatetime(x), datetime(x): from a text, another temporal
/// value, or a record of components ({year: 1984, week: 10}, {date: other, hour: 12, timezone:
/// '+01:00'}). A record with nothing but a timezone gives the current time there.
Value make_temporal(ValueType kind, const Value& argument, const Clock& clock);
inline Value make_date(const Value& argument, const Clock& clock) {
  return make_temporal(ValueType::kDate, argument, clock);
}
inline Value make_local_time(const Value& argument, const Clock& clock) {
  return make_temporal(ValueType::kLocalTime, argument, clock);
}
inline Value make_time(const Value& argument, const Clock& clock) {
  return make_temporal(ValueType::kZonedTime, argument, clock);
}
inline Value make_local_datetime(const Value& argument, const Clock& clock) {
  return make_temporal(ValueType::kLocalDateTime, argument, clock);
}
inline Value make_datetime(const Value& argument, const Clock& clock) {
  return make_temporal(ValueType::kZonedDateTime, argument, clock);
}

/// duration(x): from a text or a record {years, quarters, months, weeks, days, hours, minutes,
/// seconds, milliseconds, microseconds, nanoseconds}, each of which may have a fraction.
Value make_duration(const Value& argument);

/// date(), time.transaction('Europe/Stockholm'), ...: the clock's time, in `time_zone` when that is
/// not null.
Value current_temporal(ValueType kind, const Clock& clock, const Value& time_zone = {});

/// datetime.fromepoch(seconds, nanoseconds) and datetime.fromepochmillis(milliseconds).
Value datetime_from_epoch(const Value& seconds, const Value& nanoseconds);
Value datetime_from_epoch_millis(const Value& milliseconds);

// Reading.

/// date.truncate(unit, value, fields) and its siblings: `kind` is the type of the result; `fields`
/// is a record of components set after the cut, or null for none. unit: 'millennium' ..
/// 'microsecond'.
Value truncate(ValueType kind, std::string_view unit, const Value& value, const Value& fields,
               const Clock& clock);

/// Which of duration.between, .inMonths, .inDays, .inSeconds.
enum class DurationKind : std::uint8_t { kBetween, kInMonths, kInDays, kInSeconds };
Value duration_between(DurationKind kind, const Value& from, const Value& to);

/// A component of a temporal value or duration: component(d, "dayOfWeek"); nothing when values of
/// that type have no component of that name. Names are case-sensitive, in openCypher's spelling.
std::optional<Value> component(const Value& value, std::string_view name);
/// Whether component() can give something for values of `type`, for the type pass.
bool has_component(ValueType type, std::string_view name);

/// A date, local time, zoned time, local datetime or zoned datetime.
bool is_temporal_instant(ValueType type);

// Text.

Date parse_date(std::string_view text);
LocalTime parse_local_time(std::string_view text);
/// `default_zone` is used when the text names no zone or offset.
ZonedTime parse_zoned_time(std::string_view text, std::string_view default_zone = "Z");
LocalDateTime parse_local_datetime(std::string_view text);
ZonedDateTime parse_zoned_datetime(std::string_view text, std::string_view default_zone = "Z");
Duration parse_duration(std::string_view text);

std::string format(const Date& value);
std::string format(const LocalTime& value);
std::string format(const ZonedTime& value);
std::string format(const LocalDateTime& value);
std::string format(const ZonedDateTime& value);
std::string format(const Duration& value);

// Arithmetic.

/// A temporal instant plus `sign` (1 or -1) times a duration. Throws 22008 outside of the calendar.
Value add_duration(const Value& instant, const Duration& duration, int sign);
Duration add(const Duration& a, const Duration& b);
Duration subtract(const Duration& a, const Duration& b);
Duration multiply(const Duration& a, double factor);
Duration divide(const Duration& a, double divisor);
Duration negate(const Duration& a);

/// Seconds and nanoseconds of a duration when months count 30.436875 days and days 24 hours: the
/// order of durations, which have none of their own.
struct AverageLength {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
};
AverageLength average_length(const Duration& duration);

/// Years that dates can have.
inline constexpr std::int64_t kMinYear = -999'999'999;
inline constexpr std::int64_t kMaxYear = 999'999'999;

/// Whether a temporal value is one that the language can make: a day of those years, a time of one
/// day, a fraction of one second, a displacement of less than a day. What comes from a program or a
/// file may be another; the functions above may be given such values only. True for other types.
bool is_in_range(const Value& value);
/// Throws 22008 for a value that is not, also inside of lists and records.
void require_in_range(const Value& value);

}  // namespace geode::value
