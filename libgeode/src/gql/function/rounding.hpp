#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "value/decimal.hpp"

namespace geode::gql {

using value::RoundingMode;

/// "HALF_EVEN" and its siblings, in any case.
std::optional<RoundingMode> find_rounding_mode(std::string_view name);

/// Rounds to `digits` decimal digits after the point (before it, when negative).
///
/// It is the shortest decimal form of the float that is rounded, not its binary value: 1.005 to two
/// digits is 1.01, as who wrote 1.005 expects.
double round_decimal(double value, std::int64_t digits, RoundingMode mode);
/// Nothing when the result leaves 64 bits.
std::optional<std::int64_t> round_decimal(std::int64_t value, std::int64_t digits,
                                          RoundingMode mode);

}  // namespace geode::gql
