#pragma once

namespace geode::gql {

/// What the parts of the lexer share.
inline constexpr char32_t kInvalidCodePoint = 0xFFFFFFFF;

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// -1 for what is no hexadecimal digit.
inline int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace geode::gql
