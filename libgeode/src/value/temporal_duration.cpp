#include <cmath>
#include <limits>

#include <geode/error.hpp>
#include "value/calendar.hpp"
#include "value/temporal.hpp"
#include "value/temporal_internal.hpp"
#include "value/time_zone.hpp"

namespace geode::value {

namespace {

using Wide = __int128;
constexpr Wide kBillion = 1'000'000'000;
// 30.436875 days, the mean of 400 Gregorian years.
constexpr std::int64_t kSecondsPerMonth = 2'629'746;

[[noreturn]] void throw_out_of_range() {
  throw Error(status::kDatetimeOverflow, "the duration does not fit into 64 bits");
}

std::int64_t narrow(Wide value) {
  if (value < std::numeric_limits<std::int64_t>::min() ||
      value > std::numeric_limits<std::int64_t>::max()) {
    throw_out_of_range();
  }
  return static_cast<std::int64_t>(value);
}

Wide total_nanoseconds(const Duration& duration) {
  return static_cast<Wide>(duration.seconds) * kNanosPerSecond + duration.nanoseconds;
}

Duration from_parts(Wide months, Wide days, Wide nanoseconds) {
  Wide seconds = nanoseconds / kNanosPerSecond;
  Wide rest = nanoseconds % kNanosPerSecond;
  if (rest < 0) {
    rest += kNanosPerSecond;
    --seconds;
  }
  return {narrow(months), narrow(days), narrow(seconds), static_cast<std::int32_t>(rest)};
}

/// `value * 10^9`, rounded; a fraction of a double keeps about nine digits that mean anything.
Wide to_billionths(double value) {
  if (!std::isfinite(value) || std::fabs(value) > 9.3e18) throw_out_of_range();
  const double whole = std::trunc(value);
  return static_cast<Wide>(whole) * kBillion + std::llround((value - whole) * 1e9);
}

/// Amount times factor in billionths. Long double has the digits of a 64-bit integer.
Wide scale(Wide amount, long double factor) {
  const long double scaled = static_cast<long double>(amount) * factor;
  if (!std::isfinite(scaled) || std::fabs(scaled) > 9.2e18L) throw_out_of_range();
  const long double whole = std::trunc(scaled);
  return static_cast<Wide>(whole) * kBillion + std::llround((scaled - whole) * 1e9L);
}

Duration scale_all(const Duration& duration, long double factor) {
  // The part of a nanosecond that is left is cut off, after billionths have absorbed what the
  // factor cannot express.
  const Wide nanoseconds =
      scale(duration.seconds, factor) + scale(duration.nanoseconds, factor) / kBillion;
  return duration_from_billionths(scale(duration.months, factor), scale(duration.days, factor),
                                  nanoseconds);
}

/// A number as billionths; what `name` is when it is none.
Wide amount_of(std::string_view name, const Value& value) {
  if (value.type() == ValueType::kInt64) return static_cast<Wide>(value.as_int64()) * kBillion;
  if (value.is_number()) return to_billionths(value.as_number());
  throw Error(status::kInvalidValueType, "component '" + std::string(name) +
                                             "' of a duration must be a number, not " +
                                             std::string(type_name(value.type())))
      .category("TypeError", "InvalidArgumentType");
}

Duration duration_from_record(const Record& fields) {
  Wide months = 0, days = 0, nanoseconds = 0;
  if (fields.empty()) {
    throw Error(status::kInvalidDatetime, "a duration needs at least one component");
  }
  for (const auto& [name, value] : fields) {
    if (value.is_null()) continue;
    const Wide amount = amount_of(name, value);
    if (name == "years") {
      months += amount * 12;
    } else if (name == "quarters") {
      months += amount * 3;
    } else if (name == "months") {
      months += amount;
    } else if (name == "weeks") {
      days += amount * 7;
    } else if (name == "days") {
      days += amount;
    } else if (name == "hours") {
      nanoseconds += amount * 3600;
    } else if (name == "minutes") {
      nanoseconds += amount * 60;
    } else if (name == "seconds") {
      nanoseconds += amount;
    } else if (name == "milliseconds") {
      nanoseconds += amount / 1'000;
    } else if (name == "microseconds") {
      nanoseconds += amount / 1'000'000;
    } else if (name == "nanoseconds") {
      nanoseconds += amount / kBillion;
    } else {
      throw Error(status::kInvalidDatetime, "a duration has no component '" + name + "'")
          .category("ArgumentError", "InvalidArgumentValue");
    }
  }
  return duration_from_billionths(months, days, nanoseconds);
}

// Between two points of time.

/// A temporal value taken apart; a missing part is unknown until the other side supplies it.
struct Parts {
  std::optional<std::int64_t> days;
  std::optional<std::int64_t> nanoseconds;  // of the day
  std::optional<TimeZone> zone;
};

Parts parts_of(const Value& value) {
  switch (value.type()) {
    case ValueType::kDate:
      return {value.as_date().days, {}, {}};
    case ValueType::kLocalTime:
      return {{}, value.as_local_time().nanoseconds, {}};
    case ValueType::kZonedTime: {
      const ZonedTime time = value.as_zoned_time();
      return {{}, time.nanoseconds, TimeZone{"", time.offset_seconds}};
    }
    case ValueType::kLocalDateTime: {
      const DayAndTime local = split(value.as_local_datetime());
      return {local.days, local.nanoseconds, {}};
    }
    case ValueType::kZonedDateTime: {
      const ZonedDateTime& time = value.as_zoned_datetime();
      const DayAndTime local = split(local_part(time));
      return {local.days, local.nanoseconds, zone_of(time)};
    }
    default:
      throw Error(status::kInvalidValueType,
                  "a duration lies between two temporal values, not at a value of type " +
                      std::string(type_name(value.type())))
          .category("TypeError", "InvalidArgumentType");
  }
}

/// A local time on the time line of its zone (or of UTC when neither side has one).
struct Moment {
  DayAndTime local;
  Wide instant = 0;  // nanoseconds since 1970-01-01T00:00Z
};

Moment moment_at(const DayAndTime& local, const TimeZone& zone) {
  const ZonedDateTime time = at_zone(join(local), zone);
  return {split(local_part(time)),
          static_cast<Wide>(time.seconds) * kNanosPerSecond + time.nanoseconds};
}

/// Complete local times: what one side lacks it takes from the other; a date begins at midnight.
Moment complete(const Parts& parts, const Parts& other, const Value& value, const TimeZone& zone) {
  const std::int64_t days = parts.days ? *parts.days : other.days.value_or(0);
  const DayAndTime local{days, parts.nanoseconds.value_or(0)};
  if (value.type() != ValueType::kZonedDateTime)
    return moment_at(local, parts.zone ? *parts.zone : zone);
  const ZonedDateTime shown = in_zone(value.as_zoned_datetime(), zone);
  return {split(local_part(shown)),
          static_cast<Wide>(shown.seconds) * kNanosPerSecond + shown.nanoseconds};
}

/// Whole days from one local time to another, cut toward zero.
std::int64_t whole_days(const DayAndTime& from, const DayAndTime& to) {
  std::int64_t days = to.days - from.days;
  if (days > 0 && to.nanoseconds < from.nanoseconds) --days;
  if (days < 0 && to.nanoseconds > from.nanoseconds) ++days;
  return days;
}

/// Whole months from one local time to another, cut toward zero.
std::int64_t whole_months(const DayAndTime& from, const DayAndTime& to) {
  const CivilDate a = civil_from_days(from.days);
  const CivilDate b = civil_from_days(from.days + whole_days(from, to));
  // A month is counted as 32 days here, so that the difference is whole exactly when the days allow
  // it.
  const std::int64_t x = (a.year * 12 + a.month) * 32 + a.day;
  const std::int64_t y = (b.year * 12 + b.month) * 32 + b.day;
  return (y - x) / 32;
}

}  // namespace

Duration duration_from_billionths(Wide months, Wide days, Wide nanoseconds) {
  // Nanoseconds of the days, with the fraction of a month turned into days.
  const Wide day_nanoseconds = days * kSecondsPerDay + months % kBillion * kSecondsPerMonth;
  const Wide whole = day_nanoseconds / kNanosPerDay;
  return from_parts(months / kBillion, whole, nanoseconds + day_nanoseconds % kNanosPerDay);
}

Value make_duration(const Value& argument) {
  switch (argument.type()) {
    case ValueType::kNull:
      return {};
    case ValueType::kDuration:
      return argument;
    case ValueType::kString:
      return parse_duration(argument.as_string());
    case ValueType::kRecord:
      return duration_from_record(argument.as_record());
    default:
      throw Error(status::kInvalidValueType, "duration() takes a string or a record, not " +
                                                 std::string(type_name(argument.type())))
          .category("TypeError", "InvalidArgumentType");
  }
}

Value duration_between(DurationKind kind, const Value& from, const Value& to) {
  if (from.is_null() || to.is_null()) return {};
  const Parts a = parts_of(from), b = parts_of(to);
  const bool have_days = a.days && b.days;
  const TimeZone zone = a.zone ? *a.zone : b.zone ? *b.zone : TimeZone{};
  const Moment start = complete(a, b, from, zone);
  const Moment end = complete(b, a, to, zone);
  switch (kind) {
    case DurationKind::kInMonths:
      return have_days ? Duration{whole_months(start.local, end.local), 0, 0, 0} : Duration{};
    case DurationKind::kInDays:
      return have_days ? Duration{0, whole_days(start.local, end.local), 0, 0} : Duration{};
    case DurationKind::kInSeconds:
      return from_parts(0, 0, end.instant - start.instant);
    case DurationKind::kBetween:
      break;
  }
  if (!have_days) return from_parts(0, 0, end.instant - start.instant);
  const std::int64_t months = whole_months(start.local, end.local);
  DayAndTime moved =
      moment_at({add_months(start.local.days, months), start.local.nanoseconds}, zone).local;
  const std::int64_t days = whole_days(moved, end.local);
  moved.days += days;
  // A start that no month or day has moved keeps its instant, be it the second one of a repeated
  // hour.
  const Wide moved_instant =
      months == 0 && days == 0 ? start.instant : moment_at(moved, zone).instant;
  return from_parts(months, days, end.instant - moved_instant);
}

Duration add(const Duration& a, const Duration& b) {
  return from_parts(static_cast<Wide>(a.months) + b.months, static_cast<Wide>(a.days) + b.days,
                    total_nanoseconds(a) + total_nanoseconds(b));
}

Duration subtract(const Duration& a, const Duration& b) {
  return from_parts(static_cast<Wide>(a.months) - b.months, static_cast<Wide>(a.days) - b.days,
                    total_nanoseconds(a) - total_nanoseconds(b));
}

Duration multiply(const Duration& a, double factor) { return scale_all(a, factor); }

Duration divide(const Duration& a, double divisor) {
  if (divisor == 0) {
    throw Error(status::kDivisionByZero, "division by zero")
        .category("ArithmeticError", "DivisionByZero");
  }
  return scale_all(a, 1.0L / divisor);
}

Duration negate(const Duration& a) { return subtract(Duration{}, a); }

AverageLength average_length(const Duration& duration) {
  const Wide seconds = static_cast<Wide>(duration.months) * kSecondsPerMonth +
                       static_cast<Wide>(duration.days) * kSecondsPerDay + duration.seconds;
  constexpr Wide kLow = std::numeric_limits<std::int64_t>::min();
  constexpr Wide kHigh = std::numeric_limits<std::int64_t>::max();
  if (seconds < kLow) return {static_cast<std::int64_t>(kLow), 0};
  if (seconds > kHigh) return {static_cast<std::int64_t>(kHigh), 0};
  return {static_cast<std::int64_t>(seconds), duration.nanoseconds};
}

Value add_duration(const Value& instant, const Duration& duration, int sign) {
  const Duration move = sign < 0 ? negate(duration) : duration;
  const auto moved_day = [&](std::int64_t days) {
    return check_day(narrow(static_cast<Wide>(add_months(days, move.months)) + move.days));
  };
  const auto moved_time = [&](std::int64_t nanoseconds) {
    const Wide rest = (nanoseconds + total_nanoseconds(move)) % kNanosPerDay;
    return static_cast<std::int64_t>(rest < 0 ? rest + kNanosPerDay : rest);
  };
  // Seconds and nanoseconds of a time moved by the time part of the duration.
  const auto moved_seconds = [&](std::int64_t seconds, std::int32_t nanoseconds) {
    const Duration sum = from_parts(
        0, 0, static_cast<Wide>(seconds) * kNanosPerSecond + nanoseconds + total_nanoseconds(move));
    check_day(floor_div(sum.seconds, kSecondsPerDay));
    return sum;
  };
  switch (instant.type()) {
    case ValueType::kDate: {
      // A date moves by the whole days that are in the hours.
      const auto days_in_time = static_cast<std::int64_t>(total_nanoseconds(move) / kNanosPerDay);
      return Date{check_day(moved_day(instant.as_date().days) + days_in_time)};
    }
    case ValueType::kLocalTime:
      return LocalTime{moved_time(instant.as_local_time().nanoseconds)};
    case ValueType::kZonedTime: {
      const ZonedTime time = instant.as_zoned_time();
      return ZonedTime{moved_time(time.nanoseconds), time.offset_seconds};
    }
    case ValueType::kLocalDateTime: {
      DayAndTime local = split(instant.as_local_datetime());
      local.days = moved_day(local.days);
      const LocalDateTime day_moved = join(local);
      const Duration sum = moved_seconds(day_moved.seconds, day_moved.nanoseconds);
      return LocalDateTime{sum.seconds, sum.nanoseconds};
    }
    case ValueType::kZonedDateTime: {
      // Months and days move what the clocks show, hours the instant.
      const ZonedDateTime& time = instant.as_zoned_datetime();
      DayAndTime local = split(local_part(time));
      const std::int64_t days = moved_day(local.days);
      ZonedDateTime day_moved = time;
      if (days != local.days) {
        local.days = days;
        day_moved = at_zone(join(local), zone_of(time));
      }
      const Duration sum = moved_seconds(day_moved.seconds, day_moved.nanoseconds);
      return in_zone({sum.seconds, sum.nanoseconds, 0, {}}, zone_of(time));
    }
    default:
      throw Error(status::kInvalidValueType, "a duration cannot be added to a value of type " +
                                                 std::string(type_name(instant.type())))
          .category("TypeError", "InvalidArgumentType");
  }
}

}  // namespace geode::value
