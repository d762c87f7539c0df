#include <array>

#include <geode/error.hpp>
#include "value/calendar.hpp"
#include "value/temporal.hpp"
#include "value/temporal_internal.hpp"
#include "value/time_zone.hpp"

namespace geode::value {

namespace {

enum class Unit : std::uint8_t {
  kMillennium,
  kCentury,
  kDecade,
  kYear,
  kWeekYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
};

Unit parse_unit(std::string_view name) {
  static constexpr std::array<std::string_view, 14> kNames = {
      "millennium", "century", "decade", "year",   "weekyear", "quarter",     "month",
      "week",       "day",     "hour",   "minute", "second",   "millisecond", "microsecond"};
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == lower) return static_cast<Unit>(i);
  }
  throw Error(status::kInvalidArgument, "'" + std::string(name) + "' is not a unit to truncate to")
      .category("ArgumentError", "InvalidArgumentValue");
}

std::int64_t truncate_day(Unit unit, std::int64_t days) {
  const CivilDate date = civil_from_days(days);
  const auto first_of_years = [&](std::int64_t count) {
    return days_from_civil({floor_div(date.year, count) * count, 1, 1});
  };
  switch (unit) {
    case Unit::kMillennium:
      return first_of_years(1000);
    case Unit::kCentury:
      return first_of_years(100);
    case Unit::kDecade:
      return first_of_years(10);
    case Unit::kYear:
      return first_of_years(1);
    case Unit::kWeekYear:
      return days_from_week_date({week_date_from_days(days).year, 1, 1});
    case Unit::kQuarter:
      return days_from_quarter(date.year, quarter_of_month(date.month));
    case Unit::kMonth:
      return days_from_civil({date.year, date.month, 1});
    case Unit::kWeek:
      return days - day_of_week(days) + 1;
    case Unit::kDay:
    case Unit::kHour:
    case Unit::kMinute:
    case Unit::kSecond:
    case Unit::kMillisecond:
    case Unit::kMicrosecond:
      return days;
  }
  return days;
}

std::int64_t truncate_time(Unit unit, std::int64_t nanoseconds) {
  const auto cut = [&](std::int64_t step) { return nanoseconds - nanoseconds % step; };
  switch (unit) {
    case Unit::kHour:
      return cut(3600 * kNanosPerSecond);
    case Unit::kMinute:
      return cut(60 * kNanosPerSecond);
    case Unit::kSecond:
      return cut(kNanosPerSecond);
    case Unit::kMillisecond:
      return cut(1'000'000);
    case Unit::kMicrosecond:
      return cut(1'000);
    case Unit::kMillennium:
    case Unit::kCentury:
    case Unit::kDecade:
    case Unit::kYear:
    case Unit::kWeekYear:
    case Unit::kQuarter:
    case Unit::kMonth:
    case Unit::kWeek:
    case Unit::kDay:
      return 0;
  }
  return 0;
}

[[noreturn]] void throw_unit(ValueType kind, std::string_view unit, const Value& value) {
  throw Error(status::kInvalidArgument, "a " + std::string(type_name(value.type())) +
                                            " cannot be truncated to " + std::string(unit) +
                                            " as a " + std::string(type_name(kind)))
      .category("ArgumentError", "InvalidArgumentValue");
}

}  // namespace

Value truncate(ValueType kind, std::string_view unit_name, const Value& value, const Value& fields,
               const Clock& clock) {
  if (value.is_null()) return {};
  const Unit unit = parse_unit(unit_name);
  static const Record kNoFields;
  const Record& record = fields.is_null() ? kNoFields : fields.as_record();

  const bool date_wanted = kind != ValueType::kLocalTime && kind != ValueType::kZonedTime;
  const bool time_wanted = kind != ValueType::kDate;
  std::int64_t days = 0, nanoseconds = 0;
  std::optional<TimeZone> zone;
  std::int32_t shown_offset = 0;
  bool has_date = false, has_time = false;
  switch (value.type()) {
    case ValueType::kDate:
      days = value.as_date().days;
      has_date = true;
      break;
    case ValueType::kLocalTime:
      nanoseconds = value.as_local_time().nanoseconds;
      has_time = true;
      break;
    case ValueType::kZonedTime: {
      const ZonedTime time = value.as_zoned_time();
      nanoseconds = time.nanoseconds;
      zone = TimeZone{"", time.offset_seconds};
      shown_offset = time.offset_seconds;
      has_time = true;
      break;
    }
    case ValueType::kLocalDateTime: {
      const DayAndTime local = split(value.as_local_datetime());
      days = local.days;
      nanoseconds = local.nanoseconds;
      has_date = has_time = true;
      break;
    }
    case ValueType::kZonedDateTime: {
      const ZonedDateTime& time = value.as_zoned_datetime();
      const DayAndTime local = split(local_part(time));
      days = local.days;
      nanoseconds = local.nanoseconds;
      zone = zone_of(time);
      shown_offset = time.offset_seconds;
      has_date = has_time = true;
      break;
    }
    default:
      throw Error(
          status::kInvalidValueType,
          "a value of type " + std::string(type_name(value.type())) + " cannot be truncated")
          .category("TypeError", "InvalidArgumentType");
  }
  if ((date_wanted && !has_date) || (!date_wanted && (!has_time || unit < Unit::kDay)) ||
      (kind == ValueType::kDate && unit > Unit::kDay)) {
    throw_unit(kind, unit_name, value);
  }

  if (date_wanted) {
    days = truncate_day(unit, days);
    days = resolve_day(record, &days);
  }
  if (time_wanted) {
    nanoseconds = truncate_time(unit, nanoseconds);
    nanoseconds = resolve_time(record, &nanoseconds, true);
  }
  // A zone among the fields relabels what is left of the time; it does not move it.
  bool relabelled = false;
  if (const Value* name = find_component(record, "timezone")) {
    zone = parse_time_zone(name->as_string());
    relabelled = true;
  } else if (!zone) {
    zone = parse_time_zone(clock.time_zone);
    relabelled = true;
  }
  switch (kind) {
    case ValueType::kDate:
      return Date{days};
    case ValueType::kLocalTime:
      return LocalTime{nanoseconds};
    case ValueType::kLocalDateTime:
      return join({days, nanoseconds});
    case ValueType::kZonedTime:
      return ZonedTime{nanoseconds, relabelled ? offset_at(*zone, clock.seconds) : shown_offset};
    case ValueType::kZonedDateTime:
      return at_zone(join({days, nanoseconds}), *zone);
    default:
      throw Error(status::kInternal, "not a temporal type");
  }
}

}  // namespace geode::value
