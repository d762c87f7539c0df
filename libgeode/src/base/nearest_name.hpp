#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace geode::base {

/// How many letters must be put in, left out, replaced or swapped with their neighbour to make `b`
/// of `a`, whatever the case of Latin letters.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `name`, ignoring case; "" when none is near enough to be a slip of the
/// pen.
std::string_view nearest_name(std::string_view name,
                              const std::vector<std::string_view>& candidates);

}  // namespace geode::base
