#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <geode/value.hpp>
#include "value/value_type.hpp"

namespace geode::value {

/// A value type of GQL as a statement or a graph type declares it (ISO/IEC 39075:2024, 18.9):
/// INT16, STRING(1, 10), LIST<INT NOT NULL>[3], RECORD {a INT}, ANY<INT | STRING>, ...
///
/// Values carry their ValueType only; a declared type says which values belong. Exact numbers are
/// one family: an integer belongs to every integer type that has it in its range, and to DECIMAL,
/// whatever type it was cast to before.
struct DeclaredType {
  enum class Kind : std::uint8_t {
    kAny,            ///< ANY VALUE
    kPropertyValue,  ///< ANY PROPERTY VALUE: what a property can hold
    kNull,
    kNothing,  ///< no value at all
    kUnion,    ///< parts: the alternatives
    kBool,
    kInteger,   ///< bits, precision
    kUnsigned,  ///< bits, precision
    kDecimal,   ///< precision, scale
    kFloat,     ///< bits
    kString,    ///< minimum, maximum: characters
    kBytes,     ///< minimum, maximum
    kDate,
    kLocalTime,
    kZonedTime,
    kLocalDateTime,
    kZonedDateTime,
    kDuration,  ///< of either kind
    kYearMonthDuration,
    kDayTimeDuration,
    kList,    ///< parts: the type of its elements, or nothing; maximum: elements
    kRecord,  ///< field_names and parts, open
    kNode,    ///< labels; properties like the fields of a record
    kEdge,    ///< the same
    kPath,
    kGraph,  ///< a reference to a graph
    kTable,  ///< a table as a list of records: field_names and parts, open
  };
  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
  /// Decimal digits that an exact number can be declared with.
  static constexpr std::uint32_t kMaxPrecision = 76;

  Kind kind = Kind::kAny;
  bool not_null = false;
  /// Written without its width: the name is then INT, UINT or FLOAT. The type is the same.
  bool bare = false;
  /// Fields that are not named are allowed.
  bool open = true;
  /// Of an integer 8 to 256, of a floating point number 16, 32 or 64.
  std::uint16_t bits = 64;
  /// Decimal digits; 0 when none are declared. A DECIMAL without digits holds any exact number.
  std::uint32_t precision = 0;
  std::uint32_t scale = 0;
  std::uint64_t minimum = 0;
  std::uint64_t maximum = kUnlimited;
  std::vector<std::string> field_names;
  std::vector<DeclaredType> parts;
  /// Of nodes and edges: those that they have, among others.
  std::vector<std::string> labels;

  static DeclaredType of(Kind kind);

  /// Integers of up to 64 bits, or 18 digits, are INT64 where they fit; exact numbers beyond are
  /// DECIMAL.
  static constexpr std::uint32_t kInt64Digits = 18;
  bool may_hold_int64() const;
  bool may_hold_decimal() const;
  /// True for CHAR(n) and BINARY(n), and for what is as long at least as at most.
  bool is_fixed_length() const { return minimum == maximum; }
  /// As GQL writes it: "INT16", "STRING(10)", "LIST<INT64 NOT NULL>[3]", "ANY<INT64 | STRING>".
  std::string name() const;
  /// Whether belongs() reads labels or properties of elements: they must then be resolved.
  bool reads_elements() const;
  /// What the type pass can know of its values: never null when NOT NULL is declared.
  Type value_type() const;

  friend bool operator==(const DeclaredType& a, const DeclaredType& b);
};

/// The type that a name of one word stands for, whatever its case: INT, VARCHAR, REAL, MAP, ...
std::optional<DeclaredType> find_type(std::string_view name);
/// The names that find_type() knows, for "did you mean".
std::vector<std::string_view> type_names();

/// `value IS TYPED type`. Null belongs to every type but NOTHING and those that are NOT NULL.
bool belongs(const Value& value, const DeclaredType& type);

/// The number of a floating point type of 16, 32 or 64 bits that is nearest to `value`; an infinity
/// beyond its range.
double round_to_width(double value, unsigned bits);
/// Whether an exact number lies in the range of a type of exact numbers, its fraction aside.
bool is_in_range_of(const Decimal& number, const DeclaredType& type);

}  // namespace geode::value
