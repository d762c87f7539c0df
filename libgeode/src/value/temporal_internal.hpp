#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <geode/value.hpp>
#include "value/time_zone.hpp"

// Parts of the temporal functions that more than one of their sources needs.
namespace geode::value {

/// "Z", "+01:00", "+00:53:28".
std::string format_offset(std::int32_t offset_seconds);

/// Reads a component as a whole number, or throws 22G03.
std::int64_t integer_component(std::string_view name, const Value& value);
/// Throws 22007 unless low <= value <= high.
void check_component(std::string_view name, std::int64_t value, std::int64_t low,
                     std::int64_t high);
/// Throws 22008 for a day outside of the years kMinYear .. kMaxYear.
std::int64_t check_day(std::int64_t days);

/// Days and nanoseconds of the day of a local datetime, and back.
struct DayAndTime {
  std::int64_t days = 0;
  std::int64_t nanoseconds = 0;
};
DayAndTime split(const LocalDateTime& time);
LocalDateTime join(const DayAndTime& parts);

/// A calendar day moved by months; the day of the month is cut to the length of the month it falls
/// into.
std::int64_t add_months(std::int64_t days, std::int64_t months);

/// The day that the date components of `fields` select. `base` (a day, or null) gives what they
/// leave open.
std::int64_t resolve_day(const Record& fields, const std::int64_t* base);
/// The time of day that the time components of `fields` select. With `keep_fraction`, the parts of
/// a second in `fields` are added to those of `base` instead of replacing them.
std::int64_t resolve_time(const Record& fields, const std::int64_t* base, bool keep_fraction);
/// The value of a field, or null when the record has none or a null there.
const Value* find_component(const Record& fields, std::string_view name);

/// A duration from billionths of months and days and from nanoseconds, fractions carried down: a
/// month has 30.436875 days on average.
Duration duration_from_billionths(__int128 months, __int128 days, __int128 nanoseconds);

}  // namespace geode::value
