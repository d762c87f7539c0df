#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <geode/temporal.hpp>

namespace geode::value {

/// A displacement from UTC, or an IANA time zone whose displacement depends on the moment.
struct TimeZone {
  std::string name;  // "" for a plain displacement
  std::int32_t offset_seconds = 0;
};

/// "Z", "+01", "-0130", "+01:00", "+01:12:12", or nothing when the text is no displacement (of at
/// most 18 hours).
std::optional<std::int32_t> parse_offset(std::string_view text);

/// A displacement or the name of a zone in the system's time zone database, in any case of letters.
/// Throws 22007 when it is neither.
TimeZone parse_time_zone(std::string_view text);

/// Displacement of `zone` at an instant.
std::int32_t offset_at(const TimeZone& zone, std::int64_t utc_seconds);

/// Displacement of `zone` at a local time. A time that clocks show twice means the first of the
/// two; one that they skip is moved forward by what they skip (the displacement before the change).
std::int32_t offset_at_local(const TimeZone& zone, std::int64_t local_seconds);

/// The point of time at which clocks in `zone` show `local`.
ZonedDateTime at_zone(const LocalDateTime& local, const TimeZone& zone);
/// The same instant, shown in `zone`.
ZonedDateTime in_zone(const ZonedDateTime& instant, const TimeZone& zone);
/// What clocks show.
LocalDateTime local_part(const ZonedDateTime& time);
TimeZone zone_of(const ZonedDateTime& time);

}  // namespace geode::value
