#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace geode::cli {

/// Microseconds since 1970 as RFC 3339 in UTC: `2026-11-21T15:30:00.000001Z`.
std::string time_text(std::int64_t microseconds);

/// The other way, with any displacement (`Z`, `+02:00`) and up to nine digits of a second, of which
/// six count; nothing when it is no such time.
std::optional<std::int64_t> time_of(std::string_view text);

}  // namespace geode::cli
