#include "value/time_zone.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <date/tz.h>

#include <geode/error.hpp>
#include "value/calendar.hpp"

namespace geode::value {

namespace {

constexpr std::int32_t kMaxOffsetSeconds = 18 * 3600;
// The compiled time zone files list every change up to 2037; from then on the rules repeat.
constexpr std::int64_t kFirstRepeatedYear = 2037;

const date::time_zone* find_zone(std::string_view name) {
  try {
    return date::locate_zone(name);
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

const date::time_zone& zone_named(const std::string& name) {
  const date::time_zone* zone = find_zone(name);
  if (zone == nullptr) {
    throw Error(status::kInvalidDatetime, "unknown time zone '" + name + "'");
  }
  return *zone;
}

/// The same day of the year and time of day in a year of 2009 .. 2036 that has the same calendar
/// (first weekday and length), as rules of daylight saving time go by weekdays.
std::int64_t seconds_in_known_year(std::int64_t seconds) {
  const std::int64_t days = floor_div(seconds, kSecondsPerDay);
  const std::int64_t year = civil_from_days(days).year;
  if (year < kFirstRepeatedYear) return seconds;
  const std::int64_t first_day = days_from_civil({year, 1, 1});
  for (std::int64_t known = kFirstRepeatedYear - 28; known < kFirstRepeatedYear; ++known) {
    const std::int64_t known_first_day = days_from_civil({known, 1, 1});
    if (is_leap_year(known) == is_leap_year(year) &&
        day_of_week(known_first_day) == day_of_week(first_day)) {
      return seconds + (known_first_day - first_day) * kSecondsPerDay;
    }
  }
  return seconds;
}

/// date's arithmetic is kept to years it can represent; before them no zone has had a rule.
std::int64_t clamp_to_known(std::int64_t seconds) {
  static const std::int64_t first = days_from_civil({-32'000, 1, 1}) * kSecondsPerDay;
  return seconds_in_known_year(std::max(seconds, first));
}

/// Digits only, of the given count.
std::optional<std::int32_t> parse_digits(std::string_view text) {
  std::int32_t result = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    result = result * 10 + (c - '0');
  }
  return result;
}

}  // namespace

std::optional<std::int32_t> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const std::int32_t sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const bool colons = text.size() > 2 && text[2] == ':';
  std::int32_t parts[3] = {0, 0, 0};
  std::size_t count = 0;
  while (!text.empty()) {
    if (count == 3) return std::nullopt;
    if (count > 0 && colons) {
      if (text.front() != ':') return std::nullopt;
      text.remove_prefix(1);
    }
    if (text.size() < 2) return std::nullopt;
    const auto part = parse_digits(text.substr(0, 2));
    if (!part || (count > 0 && *part > 59)) return std::nullopt;
    parts[count++] = *part;
    text.remove_prefix(2);
  }
  const std::int32_t offset = parts[0] * 3600 + parts[1] * 60 + parts[2];
  if (offset > kMaxOffsetSeconds) return std::nullopt;
  return sign * offset;
}

TimeZone parse_time_zone(std::string_view text) {
  if (const auto offset = parse_offset(text)) return {"", *offset};
  if (const date::time_zone* zone = find_zone(text)) return {zone->name(), 0};
  // The list of all names is read once, and only when a name was not found as it is written.
  try {
    for (const date::time_zone& zone : date::get_tzdb().zones) {
      if (equal_ignoring_case(zone.name(), text)) return {zone.name(), 0};
    }
  } catch (const std::runtime_error& error) {
    throw Error(status::kInvalidDatetime,
                std::string("cannot read the time zone database: ") + error.what());
  }
  throw Error(status::kInvalidDatetime, "unknown time zone '" + std::string(text) + "'");
}

std::int32_t offset_at(const TimeZone& zone, std::int64_t utc_seconds) {
  if (zone.name.empty()) return zone.offset_seconds;
  const date::sys_seconds at{std::chrono::seconds{clamp_to_known(utc_seconds)}};
  return static_cast<std::int32_t>(zone_named(zone.name).get_info(at).offset.count());
}

std::int32_t offset_at_local(const TimeZone& zone, std::int64_t local_seconds) {
  if (zone.name.empty()) return zone.offset_seconds;
  const date::local_seconds at{std::chrono::seconds{clamp_to_known(local_seconds)}};
  const date::local_info info = zone_named(zone.name).get_info(at);
  // `first` is the only one, the earlier of two, or what was valid before a gap.
  return static_cast<std::int32_t>(info.first.offset.count());
}

ZonedDateTime at_zone(const LocalDateTime& local, const TimeZone& zone) {
  const std::int64_t utc = local.seconds - offset_at_local(zone, local.seconds);
  // In a gap the clocks show another displacement at the instant that was found.
  return {utc, local.nanoseconds, offset_at(zone, utc), zone.name};
}

ZonedDateTime in_zone(const ZonedDateTime& instant, const TimeZone& zone) {
  return {instant.seconds, instant.nanoseconds, offset_at(zone, instant.seconds), zone.name};
}

LocalDateTime local_part(const ZonedDateTime& time) {
  return {time.seconds + time.offset_seconds, time.nanoseconds};
}

TimeZone zone_of(const ZonedDateTime& time) { return {time.zone, time.offset_seconds}; }

}  // namespace geode::value
