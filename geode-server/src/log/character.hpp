#pragma once

#include <cstddef>
#include <string_view>

namespace geode::server {

/// Length of the UTF-8 character at the beginning of `text`, which is not empty; 0 when there is
/// none.
std::size_t character_length(std::string_view text);

}  // namespace geode::server
