#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <geode/value.hpp>

namespace geode::value {

inline constexpr ValueType kLastValueType = ValueType::kGraph;

/// What the type pass knows of an expression before a statement runs: the set of types its value
/// can have.
///
/// A set, not a single type: the properties of a graph without a graph type can be anything, and
/// CASE joins its branches. The empty set is the type of an expression that never has a value (an
/// element of []).
struct Type {
  /// Bit 1 << ValueType of each possible type; kNull among them when the value can be null.
  std::uint32_t kinds = kAllKinds;
  /// Of the elements, when the value is a list and they are known; null means "anything".
  std::shared_ptr<const Type> element;

  static constexpr std::uint32_t bit(ValueType type) {
    return std::uint32_t{1} << static_cast<unsigned>(type);
  }
  static constexpr std::uint32_t kAllKinds =
      (std::uint32_t{1} << (static_cast<unsigned>(kLastValueType) + 1)) - 1;
  static constexpr std::uint32_t kNullKind = std::uint32_t{1}
                                             << static_cast<unsigned>(ValueType::kNull);
  static constexpr std::uint32_t kNumberKinds =
      (std::uint32_t{1} << static_cast<unsigned>(ValueType::kInt64)) |
      (std::uint32_t{1} << static_cast<unsigned>(ValueType::kFloat64)) |
      (std::uint32_t{1} << static_cast<unsigned>(ValueType::kDecimal));
  static constexpr std::uint32_t kTemporalKinds =
      (std::uint32_t{1} << static_cast<unsigned>(ValueType::kDate)) |
      (std::uint32_t{1} << static_cast<unsigned>(ValueType::kLocalTime)) |
      (std::uint32_t{1} << static_cast<unsigned>(ValueType::kZonedTime)) |
      (std::uint32_t{1} << static_cast<unsigned>(ValueType::kLocalDateTime)) |
      (std::uint32_t{1} << static_cast<unsigned>(ValueType::kZonedDateTime));

  /// What stands for something in the graph or the catalog: no property is such a value.
  static constexpr std::uint32_t kReferenceKinds =
      (std::uint32_t{1} << static_cast<unsigned>(ValueType::kNode)) |
      (std::uint32_t{1} << static_cast<unsigned>(ValueType::kEdge)) |
      (std::uint32_t{1} << static_cast<unsigned>(ValueType::kPath)) |
      (std::uint32_t{1} << static_cast<unsigned>(ValueType::kGraph));

  /// Anything, null included.
  static Type any() { return Type{}; }
  /// No value at all; the neutral element of unite().
  static Type none() { return Type{0, nullptr}; }
  static Type null() { return Type{kNullKind, nullptr}; }
  /// Exactly this type, never null.
  static Type of(ValueType type) { return Type{bit(type), nullptr}; }
  static Type of(ValueType a, ValueType b) { return Type{bit(a) | bit(b), nullptr}; }
  /// This type or null.
  static Type nullable(ValueType type) { return Type{bit(type) | kNullKind, nullptr}; }
  /// INT64, FLOAT64 or DECIMAL, never null.
  static Type number() { return Type{kNumberKinds, nullptr}; }
  static Type temporal() { return Type{kTemporalKinds, nullptr}; }
  /// Any set of types as bits.
  static Type of_kinds(std::uint32_t kinds) { return Type{kinds, nullptr}; }
  static Type list_of(const Type& element);
  /// The type of one given value; a list knows its elements.
  static Type of_value(const Value& value);

  bool may_be(ValueType type) const { return (kinds & bit(type)) != 0; }
  bool may_be_null() const { return (kinds & kNullKind) != 0; }
  /// Always of this type when it is not null; false for a value that is always null.
  bool only(ValueType type) const { return (kinds & ~kNullKind) == bit(type); }
  /// One of the types of `allowed` (bits) whenever it is not null.
  bool only_kinds(std::uint32_t allowed) const { return (kinds & ~kNullKind & ~allowed) == 0; }
  bool is_any() const { return kinds == kAllKinds; }
  bool is_none() const { return kinds == 0; }
  bool is_always_null() const { return kinds == kNullKind; }
  /// Null or a number, and sometimes a number.
  bool is_number() const { return (kinds & kNumberKinds) != 0 && only_kinds(kNumberKinds); }

  /// What a value of either type can be.
  Type unite(const Type& other) const;
  /// Some value that is not null belongs to both: false means that the two can never fit.
  bool intersects(const Type& other) const { return (kinds & other.kinds & ~kNullKind) != 0; }
  bool intersects(std::uint32_t other_kinds) const {
    return (kinds & other_kinds & ~kNullKind) != 0;
  }
  /// An argument of this type can satisfy a parameter of the types `allowed`: it may be one of
  /// them, or null.
  bool can_be(std::uint32_t allowed) const {
    return (kinds & (allowed | kNullKind)) != 0 || is_none();
  }
  Type with_null() const { return Type{kinds | kNullKind, element}; }
  Type without_null() const { return Type{kinds & ~kNullKind, element}; }
  /// The type of an element of this list, and anything (or null) when that is not known.
  Type element_type() const { return element ? *element : any(); }

  /// For messages: "INT64 or FLOAT64", "LIST<STRING>", "any value".
  std::string name() const;

  friend bool operator==(const Type& a, const Type& b);
};

}  // namespace geode::value
