#include <algorithm>

#include <geode/error.hpp>
#include "value/calendar.hpp"
#include "value/temporal.hpp"
#include "value/temporal_internal.hpp"

// Components of records to days and times of day, with the checks of their ranges.
namespace geode::value {

namespace {

[[noreturn]] void throw_needs(std::string_view component, std::string_view needed) {
  throw Error(status::kInvalidDatetime, "component '" + std::string(component) + "' needs '" +
                                            std::string(needed) + "' beside it")
      .category("ArgumentError", "InvalidArgumentValue");
}

std::optional<std::int64_t> find_integer(const Record& fields, std::string_view name) {
  const Value* value = find_component(fields, name);
  if (value == nullptr) return std::nullopt;
  return integer_component(name, *value);
}

/// A component within its range, or what to take when the record has none.
int component_or(std::string_view name, const std::optional<std::int64_t>& value, std::int64_t high,
                 std::int64_t otherwise) {
  if (!value) return static_cast<int>(otherwise);
  check_component(name, *value, 1, high);
  return static_cast<int>(*value);
}

std::int64_t year_or(const Record& fields, const std::int64_t* base_year) {
  const auto year = find_integer(fields, "year");
  if (!year && base_year == nullptr) {
    throw Error(status::kInvalidDatetime, "a date needs a 'year'")
        .category("ArgumentError", "InvalidArgumentValue");
  }
  if (year) check_component("year", *year, kMinYear, kMaxYear);
  return year ? *year : *base_year;
}

std::int64_t resolve_week(const Record& fields, const std::int64_t* base) {
  const WeekDate from = base != nullptr ? week_date_from_days(*base) : WeekDate{1970, 1, 1};
  const auto week = find_integer(fields, "week");
  const auto day = find_integer(fields, "dayOfWeek");
  if (!week && base == nullptr) throw_needs("dayOfWeek", "week");
  WeekDate date;
  date.year = year_or(fields, base != nullptr ? &from.year : nullptr);
  date.week = component_or("week", week, weeks_in_year(date.year), from.week);
  date.day = component_or("dayOfWeek", day, 7, from.day);
  return days_from_week_date(date);
}

std::int64_t resolve_quarter(const Record& fields, const std::int64_t* base) {
  const CivilDate from = base != nullptr ? civil_from_days(*base) : CivilDate{};
  const auto quarter = find_integer(fields, "quarter");
  const auto day = find_integer(fields, "dayOfQuarter");
  if (!quarter && base == nullptr) throw_needs("dayOfQuarter", "quarter");
  const std::int64_t year = year_or(fields, base != nullptr ? &from.year : nullptr);
  const int chosen = component_or("quarter", quarter, 4, quarter_of_month(from.month));
  if (!day && base != nullptr) {
    // The place of the month within its quarter is kept.
    const int month = (chosen - 1) * 3 + (from.month - 1) % 3 + 1;
    return days_from_civil({year, month, std::min(from.day, days_in_month(year, month))});
  }
  return days_from_quarter(year, chosen) +
         component_or("dayOfQuarter", day, days_in_quarter(year, chosen), 1) - 1;
}

std::int64_t resolve_ordinal(const Record& fields, const std::int64_t* base) {
  const std::int64_t base_year = base != nullptr ? civil_from_days(*base).year : 0;
  const std::int64_t year = year_or(fields, base != nullptr ? &base_year : nullptr);
  return days_from_civil({year, 1, 1}) +
         component_or("ordinalDay", find_integer(fields, "ordinalDay"), days_in_year(year), 1) - 1;
}

std::int64_t resolve_calendar(const Record& fields, const std::int64_t* base) {
  const CivilDate from = base != nullptr ? civil_from_days(*base) : CivilDate{1970, 1, 1};
  const auto month = find_integer(fields, "month");
  const auto day = find_integer(fields, "day");
  if (day && !month && base == nullptr) throw_needs("day", "month");
  CivilDate date;
  date.year = year_or(fields, base != nullptr ? &from.year : nullptr);
  date.month = component_or("month", month, 12, from.month);
  const int length = days_in_month(date.year, date.month);
  // A day that was not asked for gives way to a shorter month; one that was is a mistake.
  date.day = component_or("day", day, length, std::min(from.day, length));
  return days_from_civil(date);
}

}  // namespace

std::int64_t integer_component(std::string_view name, const Value& value) {
  if (value.type() == ValueType::kInt64) return value.as_int64();
  throw Error(status::kInvalidValueType, "component '" + std::string(name) +
                                             "' must be an integer, not " +
                                             std::string(type_name(value.type())))
      .category("TypeError", "InvalidArgumentType");
}

void check_component(std::string_view name, std::int64_t value, std::int64_t low,
                     std::int64_t high) {
  if (value >= low && value <= high) return;
  throw Error(status::kInvalidDatetime, "component '" + std::string(name) + "' must lie between " +
                                            std::to_string(low) + " and " + std::to_string(high) +
                                            ", not " + std::to_string(value))
      .category("ArgumentError", "NumberOutOfRange");
}

std::int64_t check_day(std::int64_t days) {
  static const std::int64_t first = days_from_civil({kMinYear, 1, 1});
  static const std::int64_t last = days_from_civil({kMaxYear, 12, 31});
  if (days < first || days > last) {
    throw Error(status::kDatetimeOverflow, "the date leaves the years -999999999 to 999999999");
  }
  return days;
}

DayAndTime split(const LocalDateTime& time) {
  const std::int64_t days = floor_div(time.seconds, kSecondsPerDay);
  return {days, (time.seconds - days * kSecondsPerDay) * kNanosPerSecond + time.nanoseconds};
}

LocalDateTime join(const DayAndTime& parts) {
  return {parts.days * kSecondsPerDay + parts.nanoseconds / kNanosPerSecond,
          static_cast<std::int32_t>(parts.nanoseconds % kNanosPerSecond)};
}

std::int64_t add_months(std::int64_t days, std::int64_t months) {
  if (months == 0) return days;
  const CivilDate date = civil_from_days(days);
  std::int64_t total = 0;
  if (__builtin_add_overflow(date.year * 12 + date.month - 1, months, &total)) {
    throw Error(status::kDatetimeOverflow, "the date is out of range");
  }
  const std::int64_t year = floor_div(total, 12);
  if (year < kMinYear || year > kMaxYear) {
    throw Error(status::kDatetimeOverflow, "the date leaves the years -999999999 to 999999999");
  }
  const int month = static_cast<int>(floor_mod(total, 12)) + 1;
  return days_from_civil({year, month, std::min(date.day, days_in_month(year, month))});
}

const Value* find_component(const Record& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value.is_null() ? nullptr : &value;
  }
  return nullptr;
}

std::int64_t resolve_day(const Record& fields, const std::int64_t* base) {
  const auto has = [&](std::string_view name) { return find_component(fields, name) != nullptr; };
  const bool by_week = has("week") || has("dayOfWeek");
  const bool by_ordinal = has("ordinalDay");
  const bool by_quarter = has("quarter") || has("dayOfQuarter");
  const bool by_calendar = has("month") || has("day");
  if (by_week + by_ordinal + by_quarter + by_calendar > 1) {
    throw Error(
        status::kInvalidDatetime,
        "a date is chosen by month and day, week and dayOfWeek, quarter and dayOfQuarter, or "
        "ordinalDay, not by two of them")
        .category("ArgumentError", "InvalidArgumentValue");
  }
  if (by_week) return resolve_week(fields, base);
  if (by_ordinal) return resolve_ordinal(fields, base);
  if (by_quarter) return resolve_quarter(fields, base);
  return resolve_calendar(fields, base);
}

std::int64_t resolve_time(const Record& fields, const std::int64_t* base, bool keep_fraction) {
  const auto hour = find_integer(fields, "hour");
  const auto minute = find_integer(fields, "minute");
  const auto second = find_integer(fields, "second");
  const auto millisecond = find_integer(fields, "millisecond");
  const auto microsecond = find_integer(fields, "microsecond");
  const auto nanosecond = find_integer(fields, "nanosecond");
  const bool fraction = millisecond || microsecond || nanosecond;
  if (base == nullptr) {
    if (minute && !hour) throw_needs("minute", "hour");
    if (second && !minute) throw_needs("second", "minute");
    if (fraction && !second) throw_needs("a part of a second", "second");
  }
  const std::int64_t from = base != nullptr ? *base : 0;
  const auto pick = [](std::string_view name, const std::optional<std::int64_t>& value,
                       std::int64_t high, std::int64_t otherwise) {
    if (!value) return otherwise;
    check_component(name, *value, 0, high);
    return *value;
  };
  const std::int64_t seconds_before = from / kNanosPerSecond;
  const std::int64_t seconds = pick("hour", hour, 23, seconds_before / 3600) * 3600 +
                               pick("minute", minute, 59, seconds_before / 60 % 60) * 60 +
                               pick("second", second, 59, seconds_before % 60);
  std::int64_t nanoseconds = from % kNanosPerSecond;
  if (fraction) {
    // Each part counts within the next larger one that is given.
    const std::int64_t parts =
        pick("millisecond", millisecond, 999, 0) * 1'000'000 +
        pick("microsecond", microsecond, millisecond ? 999 : 999'999, 0) * 1'000 +
        pick("nanosecond", nanosecond,
             microsecond   ? 999
             : millisecond ? 999'999
                           : 999'999'999,
             0);
    nanoseconds = keep_fraction ? nanoseconds + parts : parts;
    check_component("nanosecond", nanoseconds, 0, kNanosPerSecond - 1);
  }
  return seconds * kNanosPerSecond + nanoseconds;
}

}  // namespace geode::value
