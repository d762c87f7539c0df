#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace geode::gql {

bool is_ascii(std::string_view text);
/// The number of characters (code points), as the language counts them.
std::int64_t count_characters(std::string_view text);
/// Bytes of the first `count` characters, and of the last ones; all bytes when there are fewer.
std::size_t bytes_of_first_characters(std::string_view text, std::int64_t count);
std::size_t bytes_of_last_characters(std::string_view text, std::int64_t count);

/// Unicode's simple case mapping, character by character.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
/// The same for ASCII alone: `out` has room for text.size() bytes.
void lower_ascii(std::string_view text, char* out);
void upper_ascii(std::string_view text, char* out);

/// The property White_Space.
bool is_white_space(char32_t character);

}  // namespace geode::gql
