#include "value/temporal.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <geode/error.hpp>
#include "value/calendar.hpp"
#include "value/temporal_internal.hpp"
#include "value/time_zone.hpp"

namespace geode::value {

namespace {

bool has_date(ValueType type) {
  return type == ValueType::kDate || type == ValueType::kLocalDateTime ||
         type == ValueType::kZonedDateTime;
}

bool has_time(ValueType type) { return is_temporal_instant(type) && type != ValueType::kDate; }

[[noreturn]] void throw_source(std::string_view wanted, const Value& value) {
  throw Error(status::kInvalidValueType, "expected a value with a " + std::string(wanted) +
                                             ", got " + std::string(type_name(value.type())))
      .category("TypeError", "InvalidArgumentType");
}

std::int64_t day_of(const Value& value) {
  switch (value.type()) {
    case ValueType::kDate:
      return value.as_date().days;
    case ValueType::kLocalDateTime:
      return split(value.as_local_datetime()).days;
    case ValueType::kZonedDateTime:
      return split(local_part(value.as_zoned_datetime())).days;
    default:
      throw_source("date", value);
  }
}

std::int64_t time_of(const Value& value) {
  switch (value.type()) {
    case ValueType::kLocalTime:
      return value.as_local_time().nanoseconds;
    case ValueType::kZonedTime:
      return value.as_zoned_time().nanoseconds;
    case ValueType::kLocalDateTime:
      return split(value.as_local_datetime()).nanoseconds;
    case ValueType::kZonedDateTime:
      return split(local_part(value.as_zoned_datetime())).nanoseconds;
    default:
      throw_source("time", value);
  }
}

std::optional<TimeZone> time_zone_of(const Value& value) {
  if (value.type() == ValueType::kZonedTime)
    return TimeZone{"", value.as_zoned_time().offset_seconds};
  if (value.type() == ValueType::kZonedDateTime) return zone_of(value.as_zoned_datetime());
  return std::nullopt;
}

TimeZone zone_argument(const Value& value) {
  if (value.type() != ValueType::kString) throw_source("name of a time zone", value);
  return parse_time_zone(value.as_string());
}

/// A zoned time has no date to look the displacement up with, so that of the statement's own day
/// counts.
std::int32_t offset_today(const TimeZone& zone, const Clock& clock) {
  return offset_at(zone, clock.seconds);
}

Value from_instant(ValueType kind, const ZonedDateTime& time) {
  const LocalDateTime local = local_part(time);
  const DayAndTime parts = split(local);
  switch (kind) {
    case ValueType::kDate:
      return Date{parts.days};
    case ValueType::kLocalTime:
      return LocalTime{parts.nanoseconds};
    case ValueType::kZonedTime:
      return ZonedTime{parts.nanoseconds, time.offset_seconds};
    case ValueType::kLocalDateTime:
      return local;
    case ValueType::kZonedDateTime:
      return time;
    default:
      throw Error(status::kInternal, "not a temporal type");
  }
}

Value from_text(ValueType kind, std::string_view text, const Clock& clock) {
  switch (kind) {
    case ValueType::kDate:
      return parse_date(text);
    case ValueType::kLocalTime:
      return parse_local_time(text);
    case ValueType::kZonedTime:
      return parse_zoned_time(text, clock.time_zone);
    case ValueType::kLocalDateTime:
      return parse_local_datetime(text);
    case ValueType::kZonedDateTime:
      return parse_zoned_datetime(text, clock.time_zone);
    default:
      throw Error(status::kInternal, "not a temporal type");
  }
}

/// Another temporal value as `kind`; a missing time of day is midnight, a missing zone the clock's.
Value from_temporal(ValueType kind, const Value& value, const Clock& clock) {
  if (value.type() == kind) return value;
  const std::int64_t days = has_date(kind) ? day_of(value) : 0;
  const std::int64_t nanoseconds = value.type() == ValueType::kDate && has_date(kind) ? 0
                                   : has_time(kind) ? time_of(value)
                                                    : 0;
  switch (kind) {
    case ValueType::kDate:
      return Date{days};
    case ValueType::kLocalTime:
      return LocalTime{nanoseconds};
    case ValueType::kLocalDateTime:
      return join({days, nanoseconds});
    case ValueType::kZonedTime: {
      if (value.type() == ValueType::kZonedDateTime) {
        return ZonedTime{nanoseconds, value.as_zoned_datetime().offset_seconds};
      }
      return ZonedTime{nanoseconds, offset_today(parse_time_zone(clock.time_zone), clock)};
    }
    case ValueType::kZonedDateTime:
      return at_zone(join({days, nanoseconds}), parse_time_zone(clock.time_zone));
    default:
      throw Error(status::kInternal, "not a temporal type");
  }
}

constexpr std::array<std::string_view, 10> kDateComponents = {
    "date", "datetime",  "year",       "month",   "day",
    "week", "dayOfWeek", "ordinalDay", "quarter", "dayOfQuarter"};
constexpr std::array<std::string_view, 8> kTimeComponents = {
    "time", "datetime", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond"};

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_names(ValueType kind, const Record& fields) {
  if (fields.empty()) {
    throw Error(status::kInvalidDatetime, "a temporal value needs at least one component")
        .category("ArgumentError", "InvalidArgumentValue");
  }
  for (const auto& field : fields) {
    const std::string& name = field.first;
    if (has_date(kind) && contains(kDateComponents, name)) continue;
    if (has_time(kind) && contains(kTimeComponents, name)) continue;
    if (name == "timezone") continue;
    if (kind == ValueType::kZonedDateTime && (name == "epochSeconds" || name == "epochMillis"))
      continue;
    throw Error(status::kInvalidDatetime, "a value of type " + std::string(type_name(kind)) +
                                              " has no component '" + name + "'")
        .category("ArgumentError", "InvalidArgumentValue");
  }
}

/// The source a record selects its date or time from: the field `own`, else `datetime`, else none.
const Value* find_source(const Record& fields, std::string_view own) {
  const Value* source = find_component(fields, own);
  return source != nullptr ? source : find_component(fields, "datetime");
}

ZonedDateTime from_epoch(const Record& fields, const Value* seconds, const Value* millis,
                         const TimeZone& zone) {
  ZonedDateTime time;
  if (seconds != nullptr) {
    time.seconds = integer_component("epochSeconds", *seconds);
  } else {
    const std::int64_t total = integer_component("epochMillis", *millis);
    time.seconds = floor_div(total, 1000);
    time.nanoseconds = static_cast<std::int32_t>(floor_mod(total, 1000) * 1'000'000);
  }
  const std::int64_t base = time.nanoseconds;
  time.nanoseconds = static_cast<std::int32_t>(resolve_time(fields, &base, true) % kNanosPerSecond);
  check_day(floor_div(time.seconds, kSecondsPerDay));
  return in_zone(time, zone);
}

Value from_record(ValueType kind, const Record& fields, const Clock& clock) {
  check_names(kind, fields);
  const Value* zone_field = find_component(fields, "timezone");
  if (zone_field != nullptr && fields.size() == 1)
    return current_temporal(kind, clock, *zone_field);
  const std::optional<TimeZone> zone =
      zone_field != nullptr ? std::optional(zone_argument(*zone_field)) : std::nullopt;
  const auto zone_or_default = [&] { return zone ? *zone : parse_time_zone(clock.time_zone); };

  const Value* epoch_seconds = find_component(fields, "epochSeconds");
  const Value* epoch_millis = find_component(fields, "epochMillis");
  if (epoch_seconds != nullptr || epoch_millis != nullptr) {
    return from_epoch(fields, epoch_seconds, epoch_millis, zone_or_default());
  }

  std::int64_t days = 0, nanoseconds = 0;
  if (has_date(kind)) {
    const Value* source = find_source(fields, "date");
    const std::int64_t base = source != nullptr ? day_of(*source) : 0;
    days = resolve_day(fields, source != nullptr ? &base : nullptr);
  }
  std::optional<TimeZone> source_zone;
  if (has_time(kind)) {
    const Value* source = find_source(fields, "time");
    const std::int64_t base = source != nullptr ? time_of(*source) : 0;
    nanoseconds = resolve_time(fields, source != nullptr ? &base : nullptr, false);
    if (source != nullptr) source_zone = time_zone_of(*source);
  }
  switch (kind) {
    case ValueType::kDate:
      return Date{days};
    case ValueType::kLocalTime:
      return LocalTime{nanoseconds};
    case ValueType::kLocalDateTime:
      return join({days, nanoseconds});
    case ValueType::kZonedTime: {
      if (!source_zone) return ZonedTime{nanoseconds, offset_today(zone_or_default(), clock)};
      const Value* source = find_source(fields, "time");
      const std::int32_t old_offset = source->type() == ValueType::kZonedDateTime
                                          ? source->as_zoned_datetime().offset_seconds
                                          : source_zone->offset_seconds;
      if (!zone) return ZonedTime{nanoseconds, old_offset};
      // A time that knows its zone is shown in the new one, not relabelled.
      const std::int32_t offset = offset_today(*zone, clock);
      return ZonedTime{
          floor_mod(nanoseconds + (offset - old_offset) * kNanosPerSecond, kNanosPerDay), offset};
    }
    case ValueType::kZonedDateTime: {
      const LocalDateTime local = join({days, nanoseconds});
      if (!source_zone) return at_zone(local, zone_or_default());
      const ZonedDateTime time = at_zone(local, *source_zone);
      return zone ? in_zone(time, *zone) : time;
    }
    default:
      throw Error(status::kInternal, "not a temporal type");
  }
}

}  // namespace

bool is_temporal_instant(ValueType type) {
  return type == ValueType::kDate || type == ValueType::kLocalTime ||
         type == ValueType::kZonedTime || type == ValueType::kLocalDateTime ||
         type == ValueType::kZonedDateTime;
}

Clock Clock::now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
  Clock clock;
  clock.seconds = floor_div(nanoseconds, kNanosPerSecond);
  clock.nanoseconds = static_cast<std::int32_t>(floor_mod(nanoseconds, kNanosPerSecond));
  return clock;
}

Value make_temporal(ValueType kind, const Value& argument, const Clock& clock) {
  switch (argument.type()) {
    case ValueType::kNull:
      return {};
    case ValueType::kString:
      return from_text(kind, argument.as_string(), clock);
    case ValueType::kRecord:
      return from_record(kind, argument.as_record(), clock);
    case ValueType::kDate:
    case ValueType::kLocalTime:
    case ValueType::kZonedTime:
    case ValueType::kLocalDateTime:
    case ValueType::kZonedDateTime:
      return from_temporal(kind, argument, clock);
    default:
      throw Error(status::kInvalidValueType, "a value of type " +
                                                 std::string(type_name(argument.type())) +
                                                 " does not make a " + std::string(type_name(kind)))
          .category("TypeError", "InvalidArgumentType");
  }
}

Value current_temporal(ValueType kind, const Clock& clock, const Value& time_zone) {
  const TimeZone zone =
      time_zone.is_null() ? parse_time_zone(clock.time_zone) : zone_argument(time_zone);
  return from_instant(kind, in_zone({clock.seconds, clock.nanoseconds, 0, {}}, zone));
}

Value datetime_from_epoch(const Value& seconds, const Value& nanoseconds) {
  if (seconds.is_null() || nanoseconds.is_null()) return {};
  const std::int64_t nanos = integer_component("nanoseconds", nanoseconds);
  std::int64_t total = 0;
  if (__builtin_add_overflow(integer_component("seconds", seconds),
                             floor_div(nanos, kNanosPerSecond), &total)) {
    throw Error(status::kDatetimeOverflow, "the datetime is out of range");
  }
  check_day(floor_div(total, kSecondsPerDay));
  return ZonedDateTime{total, static_cast<std::int32_t>(floor_mod(nanos, kNanosPerSecond)), 0, {}};
}

Value datetime_from_epoch_millis(const Value& milliseconds) {
  if (milliseconds.is_null()) return {};
  const std::int64_t total = integer_component("milliseconds", milliseconds);
  return ZonedDateTime{
      floor_div(total, 1000), static_cast<std::int32_t>(floor_mod(total, 1000) * 1'000'000), 0, {}};
}

bool is_in_range(const Value& value) {
  static const std::int64_t first_day = days_from_civil({kMinYear, 1, 1});
  static const std::int64_t last_day = days_from_civil({kMaxYear, 12, 31});
  constexpr std::int64_t kDay = 86'400;
  constexpr std::int64_t kBillion = 1'000'000'000;
  const auto is_day = [](std::int64_t day) { return day >= first_day && day <= last_day; };
  const auto is_second = [&](std::int64_t seconds) { return is_day(floor_div(seconds, kDay)); };
  const auto is_time = [](std::int64_t time) { return time >= 0 && time < kDay * kBillion; };
  const auto is_fraction = [](std::int64_t part) { return part >= 0 && part < kBillion; };
  const auto is_offset = [](std::int64_t offset) { return offset > -kDay && offset < kDay; };
  switch (value.type()) {
    case ValueType::kDate:
      return is_day(value.as_date().days);
    case ValueType::kLocalTime:
      return is_time(value.as_local_time().nanoseconds);
    case ValueType::kZonedTime:
      return is_time(value.as_zoned_time().nanoseconds) &&
             is_offset(value.as_zoned_time().offset_seconds);
    case ValueType::kLocalDateTime:
      return is_second(value.as_local_datetime().seconds) &&
             is_fraction(value.as_local_datetime().nanoseconds);
    case ValueType::kZonedDateTime: {
      const ZonedDateTime& time = value.as_zoned_datetime();
      return is_offset(time.offset_seconds) && is_fraction(time.nanoseconds) &&
             is_second(time.seconds);
    }
    case ValueType::kDuration:
      return is_fraction(value.as_duration().nanoseconds);
    default:
      return true;
  }
}

void require_in_range(const Value& value) {
  if (value.type() == ValueType::kList) {
    for (const Value& element : value.as_list()) require_in_range(element);
  } else if (value.type() == ValueType::kRecord) {
    for (const auto& field : value.as_record()) require_in_range(field.second);
  } else if (!is_in_range(value)) {
    throw Error(status::kDatetimeOverflow,
                "a value of type " + std::string(type_name(value.type())) + " is out of range");
  }
}

}  // namespace geode::value
