#pragma once

#include <string>
#include <string_view>

namespace geode::value {

/// Appends 'text' in single quotes, with the escapes the lexer reads back.
void append_quoted(std::string& out, std::string_view text);

/// Appends the shortest decimal form that reads back as the same number, always with a point or an
/// exponent: 1.0, 0.1, 1.5E21. Not-a-number and the infinities are NaN, Infinity and -Infinity.
void append_float(std::string& out, double value);

/// Appends a name, in backquotes when it is not made of letters, digits and underscores alone.
void append_identifier(std::string& out, std::string_view name);

}  // namespace geode::value
