#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <geode/value.hpp>
#include "value/vector.hpp"

namespace geode::transfer {

/// The type of a column of a file.
enum class FieldType : std::uint8_t {
  kInteger,
  kFloat,
  kBoolean,
  kDate,
  kLocalTime,
  kZonedTime,
  kLocalDateTime,
  kZonedDateTime,
  kDuration,
  kDecimal,
  kString,
  kAny,  ///< values that bring their types (JSON) and have several
};

/// GQL's name of the type, as messages show it.
std::string_view field_type_name(FieldType type);
/// From a name of GQL (INTEGER, FLOAT64, LOCAL DATETIME, ...), in any case. Throws Error 22023 for
/// an unknown one.
FieldType field_type_from_name(std::string_view name);
/// How a batch of such values is stored.
value::Physical physical_of(FieldType type);

/// A number as it is usually written: no spaces, no plus sign, no leading zeros. Nothing when it
/// does not fit.
std::optional<std::int64_t> parse_plain_integer(std::string_view text);

/// Finds the narrowest type that all texts of a column have. A text that could not be written back
/// the same way, such as 007 or an integer beyond 64 bits, is a STRING, and so is the column.
class TypeGuess {
 public:
  void observe(std::string_view text) {
    if (possible_ != 0) narrow(text);
    seen_ = true;
  }
  /// STRING when no text was seen.
  FieldType type() const;

 private:
  void narrow(std::string_view text);
  std::uint8_t possible_ = 0xff;
  bool seen_ = false;
};

/// The value of a text as `type`; nothing when it is none. Not for kAny.
std::optional<Value> convert_text(FieldType type, std::string_view text);
/// The same, as entry `row` of a vector made by reset(physical_of(type)). False: it is none.
bool store_text(FieldType type, std::string_view text, value::Vector& out, std::uint32_t row);
/// A null as entry `row`.
void store_null(value::Vector& out, std::uint32_t row);
/// Converts a value that has a type to `type` and stores it. False: it cannot be.
bool store_value(FieldType type, const Value& value, value::Vector& out, std::uint32_t row);

}  // namespace geode::transfer
