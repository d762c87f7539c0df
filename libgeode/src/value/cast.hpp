#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <geode/value.hpp>
#include "value/declared_type.hpp"
#include "value/temporal.hpp"

namespace geode::value {

// toInteger(), toFloat(), toBoolean() and toString() of openCypher, and toDecimal() beside them:
// null for null and for a text that is none, Error 22G03 (category TypeError, InvalidArgumentValue)
// for a value of a type that is never converted.

/// From a number (cut toward zero; null outside of 64 bits), a boolean or a text.
Value to_integer(const Value& value);
/// From a number or a text.
Value to_float(const Value& value);
/// From a boolean, an integer or a text.
Value to_boolean(const Value& value);
/// From a number or a text.
Value to_decimal(const Value& value);
/// From a string, number, boolean, temporal value or duration.
Value to_string(const Value& value);

/// The same, null where they throw: toIntegerOrNull() and its siblings.
Value to_integer_or_null(const Value& value);
Value to_float_or_null(const Value& value);
Value to_boolean_or_null(const Value& value);
Value to_decimal_or_null(const Value& value);
Value to_string_or_null(const Value& value);

/// CAST(value AS type). Throws 22018 for a text that is none, 22003 for a number out of range,
/// 22007 for a malformed temporal text, 22G03 for two types without a conversion.
Value cast(const Value& value, ValueType type, const Clock& clock);

/// CAST to a declared type, also of what lists and records hold: what comes out belongs to it.
/// A number is rounded to the precision of its type, a text padded with spaces to a fixed length.
/// Beside the above throws 22001 and 22G0B for texts and lists that are too long, 22004 for null
/// where NOT NULL is declared.
Value cast(const Value& value, const DeclaredType& type, const Clock& clock);

/// The text of a value as concatenation and toString() see it: a string without quotes; anything
/// else as its literal.
std::string text_of(const Value& value);

/// A whole text as a number; spaces around it are ignored. Nothing when it is none or out of range.
std::optional<std::int64_t> parse_int64(std::string_view text);
std::optional<double> parse_float64(std::string_view text);

}  // namespace geode::value
