#include "gql/bind/type_inference.hpp"

#include <utility>

namespace geode::gql {

namespace {

using ast::BinaryOperator;
using value::Type;

constexpr std::uint32_t kNodeOrEdge = Type::bit(ValueType::kNode) | Type::bit(ValueType::kEdge);

bool is_numeric(ValueType type) { return (Type::kNumberKinds & Type::bit(type)) != 0; }

bool is_point_in_time(ValueType type) { return (Type::kTemporalKinds & Type::bit(type)) != 0; }

/// `a op b` for two types that are not NULL. Lists are joined by the caller, which knows their
/// elements.
std::optional<ValueType> scalar_result(BinaryOperator op, ValueType a, ValueType b) {
  const bool numbers = is_numeric(a) && is_numeric(b);
  const auto either = [&](ValueType type) { return a == type || b == type; };
  const ValueType number = either(ValueType::kFloat64)   ? ValueType::kFloat64
                           : either(ValueType::kDecimal) ? ValueType::kDecimal
                                                         : ValueType::kInt64;
  const bool duration_a = a == ValueType::kDuration;
  const bool duration_b = b == ValueType::kDuration;
  switch (op) {
    case BinaryOperator::kAdd:
      if (numbers) return number;
      if (a == ValueType::kString && (b == ValueType::kString || is_numeric(b))) return a;
      if (b == ValueType::kString && is_numeric(a)) return b;
      if (a == ValueType::kBytes && b == ValueType::kBytes) return a;
      if (duration_b && (duration_a || is_point_in_time(a))) return a;
      if (duration_a && is_point_in_time(b)) return b;
      return std::nullopt;
    case BinaryOperator::kSubtract:
      if (numbers) return number;
      if (duration_b && (duration_a || is_point_in_time(a))) return a;
      if (a == b && is_point_in_time(a)) return ValueType::kDuration;
      return std::nullopt;
    case BinaryOperator::kMultiply:
      if (numbers) return number;
      if (duration_a && is_numeric(b)) return a;
      if (duration_b && is_numeric(a)) return b;
      return std::nullopt;
    case BinaryOperator::kDivide:
      if (numbers) return number;
      if (duration_a && is_numeric(b)) return a;
      return std::nullopt;
    case BinaryOperator::kModulo:
      return numbers ? std::optional(number) : std::nullopt;
    case BinaryOperator::kPower:
      return numbers ? std::optional(ValueType::kFloat64) : std::nullopt;
    case BinaryOperator::kConcatenate:
      if (a == b && (a == ValueType::kString || a == ValueType::kBytes || a == ValueType::kPath)) {
        return a;
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

/// `+` joins two lists, or adds a value at one end; `||` joins two lists.
std::optional<Type> list_result(BinaryOperator op, const Type& left, const Type& right) {
  const bool list_left = left.may_be(ValueType::kList);
  const bool list_right = right.may_be(ValueType::kList);
  if (op == BinaryOperator::kConcatenate) {
    if (!list_left || !list_right) return std::nullopt;
    return Type::list_of(left.element_type().unite(right.element_type()));
  }
  if (op != BinaryOperator::kAdd || (!list_left && !list_right)) return std::nullopt;
  const Type element_left = list_left ? left.element_type() : left;
  const Type element_right = list_right ? right.element_type() : right;
  return Type::list_of(element_left.unite(element_right));
}

/// Always of one type, which is not that of texts.
bool is_never_text(const Type& type) {
  const bool one_kind = (type.kinds & (type.kinds - 1)) == 0;
  return one_kind && !type.is_none() && !type.may_be_null() && !type.may_be(ValueType::kString) &&
         !type.may_be(ValueType::kBytes);
}

std::optional<Type> arithmetic_type(BinaryOperator op, const Type& left, const Type& right) {
  if (left.is_any() && right.is_any()) return Type::any();
  const bool may_be_null = left.may_be_null() || right.may_be_null();
  // A null (or nothing at all) on one side fits every partner.
  if (left.without_null().is_none() || right.without_null().is_none()) return Type::null();
  Type result = Type::none();
  for (unsigned a = 1; a <= static_cast<unsigned>(value::kLastValueType); ++a) {
    if (!left.may_be(static_cast<ValueType>(a))) continue;
    for (unsigned b = 1; b <= static_cast<unsigned>(value::kLastValueType); ++b) {
      if (!right.may_be(static_cast<ValueType>(b))) continue;
      if (const auto pair =
              scalar_result(op, static_cast<ValueType>(a), static_cast<ValueType>(b))) {
        result.kinds |= Type::bit(*pair);
      }
    }
  }
  if (const auto list = list_result(op, left, right)) result = result.unite(*list);
  if (result.is_none()) return std::nullopt;
  return may_be_null ? result.with_null() : result;
}

}  // namespace

bool fits(const Type& actual, const Type& allowed) {
  return actual.is_none() || actual.is_always_null() || actual.intersects(allowed);
}

bool fits(const Type& actual, ValueType allowed) { return fits(actual, Type::of(allowed)); }

std::optional<Type> binary_type(BinaryOperator op, const Type& left, const Type& right) {
  const Type truth = left.may_be_null() || right.may_be_null() ? Type::nullable(ValueType::kBool)
                                                               : Type::of(ValueType::kBool);
  switch (op) {
    case BinaryOperator::kOr:
    case BinaryOperator::kXor:
    case BinaryOperator::kAnd:
      if (!fits(left, ValueType::kBool) || !fits(right, ValueType::kBool)) return std::nullopt;
      return truth;
    // Values of types that do not fit compare as unknown, and so may values with nulls within.
    case BinaryOperator::kEqual:
    case BinaryOperator::kNotEqual:
    case BinaryOperator::kLess:
    case BinaryOperator::kLessOrEqual:
    case BinaryOperator::kGreater:
    case BinaryOperator::kGreaterOrEqual:
      return Type::nullable(ValueType::kBool);
    // So do texts with what is none, but a value that is none in every row is a mistake.
    case BinaryOperator::kStartsWith:
    case BinaryOperator::kEndsWith:
    case BinaryOperator::kContains:
    case BinaryOperator::kMatchesRegex:
      if (is_never_text(left) || is_never_text(right)) return std::nullopt;
      return Type::nullable(ValueType::kBool);
    case BinaryOperator::kIn:
      if (!fits(right, ValueType::kList)) return std::nullopt;
      return Type::nullable(ValueType::kBool);
    case BinaryOperator::kAdd:
    case BinaryOperator::kSubtract:
    case BinaryOperator::kMultiply:
    case BinaryOperator::kDivide:
    case BinaryOperator::kModulo:
    case BinaryOperator::kPower:
    case BinaryOperator::kConcatenate:
      return arithmetic_type(op, left, right);
  }
  return Type::any();
}

std::optional<Type> unary_type(ast::UnaryOperator op, const Type& operand) {
  if (op == ast::UnaryOperator::kNot) {
    if (!fits(operand, ValueType::kBool)) return std::nullopt;
    return operand.may_be_null() ? Type::nullable(ValueType::kBool) : Type::of(ValueType::kBool);
  }
  const Type allowed = Type::of_kinds(Type::kNumberKinds | Type::bit(ValueType::kDuration));
  if (!fits(operand, allowed)) return std::nullopt;
  return Type::of_kinds(operand.kinds & (allowed.kinds | Type::kNullKind));
}

std::optional<Type> property_type(const Type& base) {
  const Type allowed = Type::of_kinds(kNodeOrEdge | Type::bit(ValueType::kRecord) |
                                      Type::kTemporalKinds | Type::bit(ValueType::kDuration));
  if (!fits(base, allowed)) return std::nullopt;
  return base.is_always_null() ? Type::null() : Type::any();
}

std::optional<Type> index_type(const Type& base) {
  const Type allowed =
      Type::of_kinds(kNodeOrEdge | Type::bit(ValueType::kRecord) | Type::bit(ValueType::kList));
  if (!fits(base, allowed)) return std::nullopt;
  // Beyond the end of a list is null.
  if (base.only(ValueType::kList)) return base.element_type().with_null();
  return Type::any();
}

}  // namespace geode::gql
