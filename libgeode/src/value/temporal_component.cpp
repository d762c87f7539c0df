#include <algorithm>
#include <array>
#include <limits>

#include <geode/error.hpp>
#include "value/calendar.hpp"
#include "value/temporal.hpp"
#include "value/temporal_internal.hpp"
#include "value/time_zone.hpp"
#include "value/value_type.hpp"

namespace geode::value {

namespace {

enum class Component : std::uint8_t {
  kYear,
  kQuarter,
  kMonth,
  kWeek,
  kWeekYear,
  kDayOfQuarter,
  kOrdinalDay,
  kDayOfWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
  kNanosecond,
  kTimezone,
  kOffset,
  kOffsetMinutes,
  kOffsetSeconds,
  kEpochSeconds,
  kEpochMillis,
  kYears,
  kQuarters,
  kMonths,
  kWeeks,
  kDays,
  kHours,
  kMinutes,
  kSeconds,
  kMilliseconds,
  kMicroseconds,
  kNanoseconds,
  kQuartersOfYear,
  kMonthsOfQuarter,
  kMonthsOfYear,
  kDaysOfWeek,
  kMinutesOfHour,
  kSecondsOfMinute,
  kMillisecondsOfSecond,
  kMicrosecondsOfSecond,
  kNanosecondsOfSecond,
};

struct Entry {
  std::string_view name;
  Component component;
  std::uint32_t kinds;
};

constexpr std::uint32_t kDated = Type::bit(ValueType::kDate) |
                                 Type::bit(ValueType::kLocalDateTime) |
                                 Type::bit(ValueType::kZonedDateTime);
constexpr std::uint32_t kTimed = Type::kTemporalKinds & ~Type::bit(ValueType::kDate);
constexpr std::uint32_t kZoned =
    Type::bit(ValueType::kZonedTime) | Type::bit(ValueType::kZonedDateTime);
constexpr std::uint32_t kInstant = Type::bit(ValueType::kZonedDateTime);
constexpr std::uint32_t kLength = Type::bit(ValueType::kDuration);

constexpr std::array kEntries = {
    Entry{"year", Component::kYear, kDated},
    Entry{"quarter", Component::kQuarter, kDated},
    Entry{"month", Component::kMonth, kDated},
    Entry{"week", Component::kWeek, kDated},
    Entry{"weekYear", Component::kWeekYear, kDated},
    Entry{"dayOfQuarter", Component::kDayOfQuarter, kDated},
    Entry{"quarterDay", Component::kDayOfQuarter, kDated},
    Entry{"ordinalDay", Component::kOrdinalDay, kDated},
    Entry{"dayOfYear", Component::kOrdinalDay, kDated},
    Entry{"weekDay", Component::kDayOfWeek, kDated},
    Entry{"dayOfWeek", Component::kDayOfWeek, kDated},
    Entry{"day", Component::kDay, kDated},
    Entry{"hour", Component::kHour, kTimed},
    Entry{"minute", Component::kMinute, kTimed},
    Entry{"second", Component::kSecond, kTimed},
    Entry{"millisecond", Component::kMillisecond, kTimed},
    Entry{"microsecond", Component::kMicrosecond, kTimed},
    Entry{"nanosecond", Component::kNanosecond, kTimed},
    Entry{"timezone", Component::kTimezone, kZoned},
    Entry{"offset", Component::kOffset, kZoned},
    Entry{"offsetMinutes", Component::kOffsetMinutes, kZoned},
    Entry{"offsetSeconds", Component::kOffsetSeconds, kZoned},
    Entry{"epochSeconds", Component::kEpochSeconds, kInstant},
    Entry{"epochMillis", Component::kEpochMillis, kInstant},
    Entry{"years", Component::kYears, kLength},
    Entry{"quarters", Component::kQuarters, kLength},
    Entry{"months", Component::kMonths, kLength},
    Entry{"weeks", Component::kWeeks, kLength},
    Entry{"days", Component::kDays, kLength},
    Entry{"hours", Component::kHours, kLength},
    Entry{"minutes", Component::kMinutes, kLength},
    Entry{"seconds", Component::kSeconds, kLength},
    Entry{"milliseconds", Component::kMilliseconds, kLength},
    Entry{"microseconds", Component::kMicroseconds, kLength},
    Entry{"nanoseconds", Component::kNanoseconds, kLength},
    Entry{"quartersOfYear", Component::kQuartersOfYear, kLength},
    Entry{"monthsOfQuarter", Component::kMonthsOfQuarter, kLength},
    Entry{"monthsOfYear", Component::kMonthsOfYear, kLength},
    Entry{"daysOfWeek", Component::kDaysOfWeek, kLength},
    Entry{"minutesOfHour", Component::kMinutesOfHour, kLength},
    Entry{"secondsOfMinute", Component::kSecondsOfMinute, kLength},
    Entry{"millisecondsOfSecond", Component::kMillisecondsOfSecond, kLength},
    Entry{"microsecondsOfSecond", Component::kMicrosecondsOfSecond, kLength},
    Entry{"nanosecondsOfSecond", Component::kNanosecondsOfSecond, kLength},
};

const Entry* find_entry(ValueType type, std::string_view name) {
  const auto found = std::find_if(kEntries.begin(), kEntries.end(), [&](const Entry& entry) {
    return (entry.kinds & Type::bit(type)) != 0 && entry.name == name;
  });
  return found == kEntries.end() ? nullptr : &*found;
}

/// A temporal value as clocks and calendars show it; parts that the value lacks are never asked
/// for.
struct Shown {
  DayAndTime local;
  std::int32_t offset_seconds = 0;
  std::string_view zone;
};

Shown shown(const Value& value) {
  switch (value.type()) {
    case ValueType::kDate:
      return {{value.as_date().days, 0}, 0, {}};
    case ValueType::kLocalTime:
      return {{0, value.as_local_time().nanoseconds}, 0, {}};
    case ValueType::kZonedTime: {
      const ZonedTime time = value.as_zoned_time();
      return {{0, time.nanoseconds}, time.offset_seconds, {}};
    }
    case ValueType::kLocalDateTime:
      return {split(value.as_local_datetime()), 0, {}};
    default: {
      const ZonedDateTime& time = value.as_zoned_datetime();
      return {split(local_part(time)), time.offset_seconds, time.zone};
    }
  }
}

/// Seconds and nanoseconds in units of 1 / `per_second` of a second.
std::int64_t scaled_seconds(std::int64_t seconds, std::int32_t nanoseconds,
                            std::int64_t per_second) {
  const __int128 total =
      static_cast<__int128>(seconds) * per_second + nanoseconds / (kNanosPerSecond / per_second);
  if (total < std::numeric_limits<std::int64_t>::min() ||
      total > std::numeric_limits<std::int64_t>::max()) {
    throw Error(status::kNumberOutOfRange, "the component does not fit into INT64");
  }
  return static_cast<std::int64_t>(total);
}

Value instant_component(Component component, const Value& value) {
  const Shown parts = shown(value);
  const std::int64_t days = parts.local.days;
  const std::int64_t seconds = parts.local.nanoseconds / kNanosPerSecond;
  const std::int64_t fraction = parts.local.nanoseconds % kNanosPerSecond;
  switch (component) {
    case Component::kYear:
      return civil_from_days(days).year;
    case Component::kQuarter:
      return quarter_of_month(civil_from_days(days).month);
    case Component::kMonth:
      return civil_from_days(days).month;
    case Component::kWeek:
      return week_date_from_days(days).week;
    case Component::kWeekYear:
      return week_date_from_days(days).year;
    case Component::kDayOfQuarter: {
      const CivilDate date = civil_from_days(days);
      return days - days_from_quarter(date.year, quarter_of_month(date.month)) + 1;
    }
    case Component::kOrdinalDay:
      return day_of_year(days);
    case Component::kDayOfWeek:
      return day_of_week(days);
    case Component::kDay:
      return civil_from_days(days).day;
    case Component::kHour:
      return seconds / 3600;
    case Component::kMinute:
      return seconds / 60 % 60;
    case Component::kSecond:
      return seconds % 60;
    case Component::kMillisecond:
      return fraction / 1'000'000;
    case Component::kMicrosecond:
      return fraction / 1'000;
    case Component::kNanosecond:
      return fraction;
    case Component::kTimezone:
      return parts.zone.empty() ? Value(format_offset(parts.offset_seconds)) : Value(parts.zone);
    case Component::kOffset:
      return format_offset(parts.offset_seconds);
    case Component::kOffsetMinutes:
      return parts.offset_seconds / 60;
    case Component::kOffsetSeconds:
      return parts.offset_seconds;
    case Component::kEpochSeconds:
      return value.as_zoned_datetime().seconds;
    case Component::kEpochMillis: {
      const ZonedDateTime& time = value.as_zoned_datetime();
      return scaled_seconds(time.seconds, time.nanoseconds, 1'000);
    }
    default:
      return {};
  }
}

Value duration_component(Component component, const Duration& duration) {
  const auto time_part = [&](std::int64_t per_second) {
    return scaled_seconds(duration.seconds, duration.nanoseconds, per_second);
  };
  switch (component) {
    case Component::kYears:
      return duration.months / 12;
    case Component::kQuarters:
      return duration.months / 3;
    case Component::kMonths:
      return duration.months;
    case Component::kWeeks:
      return duration.days / 7;
    case Component::kDays:
      return duration.days;
    case Component::kHours:
      return duration.seconds / 3600;
    case Component::kMinutes:
      return duration.seconds / 60;
    case Component::kSeconds:
      return duration.seconds;
    case Component::kMilliseconds:
      return time_part(1'000);
    case Component::kMicroseconds:
      return time_part(1'000'000);
    case Component::kNanoseconds:
      return time_part(kNanosPerSecond);
    case Component::kQuartersOfYear:
      return duration.months % 12 / 3;
    case Component::kMonthsOfQuarter:
      return duration.months % 3;
    case Component::kMonthsOfYear:
      return duration.months % 12;
    case Component::kDaysOfWeek:
      return duration.days % 7;
    case Component::kMinutesOfHour:
      return duration.seconds / 60 % 60;
    case Component::kSecondsOfMinute:
      return duration.seconds % 60;
    case Component::kMillisecondsOfSecond:
      return duration.nanoseconds / 1'000'000;
    case Component::kMicrosecondsOfSecond:
      return duration.nanoseconds / 1'000;
    case Component::kNanosecondsOfSecond:
      return duration.nanoseconds;
    default:
      return {};
  }
}

}  // namespace

std::optional<Value> component(const Value& value, std::string_view name) {
  const Entry* entry = find_entry(value.type(), name);
  if (entry == nullptr) return std::nullopt;
  if (value.type() == ValueType::kDuration) {
    return duration_component(entry->component, value.as_duration());
  }
  return instant_component(entry->component, value);
}

bool has_component(ValueType type, std::string_view name) {
  return find_entry(type, name) != nullptr;
}

}  // namespace geode::value
