#pragma once

#include <cstdint>
#include <cstring>
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
/// The same for at most eight digits, at once; nothing for any other text.
inline std::optional<std::uint32_t> parse_short_integer(std::string_view text) {
  const std::size_t size = text.size();
  if (size - 1 >= 8) return std::nullopt;
  const char* const at = text.data();
  // The bytes as a number whose lowest byte is the first one; parts may overlap.
  std::uint64_t digits = 0;
  if (size >= 4) {
    std::uint32_t first, last;
    std::memcpy(&first, at, 4);
    std::memcpy(&last, at + size - 4, 4);
    digits = first | std::uint64_t{last} << (8 * (size - 4));
  } else {
    const auto byte = [&](std::size_t i) {
      return std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
    };
    digits = byte(0) | byte(size / 2) | byte(size - 1);
  }
  if (size > 1 && (digits & 0xff) == '0') return std::nullopt;
  // Zeros in front.
  constexpr std::uint64_t kZeros = 0x3030303030303030;
  if (size < 8) digits = digits << (8 * (8 - size)) | kZeros >> (8 * size);
  constexpr std::uint64_t kHigh = 0xf0f0f0f0f0f0f0f0;
  if ((digits & kHigh) != kZeros || ((digits + 0x0606060606060606) & kHigh) != kZeros) {
    return std::nullopt;
  }
  digits = (digits & 0x0f0f0f0f0f0f0f0f) * 2561 >> 8;      // pairs
  digits = (digits & 0x00ff00ff00ff00ff) * 6553601 >> 16;  // fours
  return static_cast<std::uint32_t>((digits & 0x0000ffff0000ffff) * 42949672960001 >> 32);
}

/// Finds the narrowest type that all texts of a column have. A text that could not be written back
/// the same way, such as 007 or an integer beyond 64 bits, is a STRING, and so is the column.
class TypeGuess {
 public:
  void observe(std::string_view text) {
    if (possible_ != 0) narrow(text);
    seen_ = true;
  }
  /// What `other` has seen is seen here, too.
  void merge(const TypeGuess& other) {
    possible_ &= other.possible_;
    seen_ = seen_ || other.seen_;
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
