#include "value/arithmetic.hpp"

#include <cmath>
#include <limits>

#include <geode/error.hpp>
#include "base/running_limits.hpp"
#include "value/cast.hpp"
#include "value/decimal.hpp"
#include "value/temporal.hpp"

namespace geode::value {

namespace {

[[noreturn]] void throw_operands(std::string_view operation, const Value& a, const Value& b) {
  throw Error(status::kInvalidValueType, "'" + std::string(operation) + "' does not take " +
                                             std::string(type_name(a.type())) + " and " +
                                             std::string(type_name(b.type())))
      .category("TypeError", "InvalidArgumentType");
}

[[noreturn]] void throw_overflow(std::string_view operation, std::int64_t a, std::int64_t b) {
  throw Error(status::kNumberOutOfRange, "the result of " + std::to_string(a) + ' ' +
                                             std::string(operation) + ' ' + std::to_string(b) +
                                             " does not fit into INT64")
      .category("ArithmeticError", "IntegerOverflow");
}

[[noreturn]] void throw_division_by_zero() {
  throw Error(status::kDivisionByZero, "division by zero")
      .category("ArithmeticError", "DivisionByZero");
}

bool both_int64(const Value& a, const Value& b) {
  return a.type() == ValueType::kInt64 && b.type() == ValueType::kInt64;
}

bool both_numbers(const Value& a, const Value& b) { return a.is_number() && b.is_number(); }

bool either_float(const Value& a, const Value& b) {
  return a.type() == ValueType::kFloat64 || b.type() == ValueType::kFloat64;
}

bool is(const Value& value, ValueType type) { return value.type() == type; }

/// What a string absorbs with `+`.
bool has_scalar_text(const Value& value) {
  return value.is_number() || is(value, ValueType::kString) || is(value, ValueType::kBool) ||
         is(value, ValueType::kDuration) || is_temporal_instant(value.type());
}

/// What is joined may be as long as the statement's limit allows.
void check_room(std::size_t bytes) {
  constexpr std::size_t kSmallBytes = std::size_t{64} << 10;
  if (bytes > kSmallBytes) base::check_room(bytes);
}

std::string join(std::string_view a, std::string_view b) {
  // Twice: a value takes the text from here.
  check_room(2 * (a.size() + b.size()));
  std::string text;
  text.reserve(a.size() + b.size());
  return text.append(a).append(b);
}

List join(const List& a, const List& b) {
  check_room((a.size() + b.size()) * sizeof(Value));
  List result;
  result.reserve(a.size() + b.size());
  result.insert(result.end(), a.begin(), a.end());
  result.insert(result.end(), b.begin(), b.end());
  return result;
}

List append_element(const List& list, const Value& element) {
  check_room(list.size() * sizeof(Value));
  List result;
  result.reserve(list.size() + 1);
  result.insert(result.end(), list.begin(), list.end());
  result.push_back(element);
  return result;
}

List prepend_element(const Value& element, const List& list) {
  check_room(list.size() * sizeof(Value));
  List result;
  result.reserve(list.size() + 1);
  result.push_back(element);
  result.insert(result.end(), list.begin(), list.end());
  return result;
}

Path join(const Path& a, const Path& b) {
  if (b.nodes.empty()) return a;
  if (a.nodes.empty()) return b;
  if (a.nodes.back().node_id() != b.nodes.front().node_id()) {
    throw Error(status::kDataException, "the second path does not begin where the first one ends");
  }
  Path result = a;
  result.nodes.insert(result.nodes.end(), b.nodes.begin() + 1, b.nodes.end());
  result.edges.insert(result.edges.end(), b.edges.begin(), b.edges.end());
  return result;
}

}  // namespace

Value add(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return {};
  if (both_int64(a, b)) {
    std::int64_t result;
    if (__builtin_add_overflow(a.unchecked_int64(), b.unchecked_int64(), &result)) {
      throw_overflow("+", a.unchecked_int64(), b.unchecked_int64());
    }
    return result;
  }
  if (both_numbers(a, b)) {
    if (either_float(a, b)) return a.as_number() + b.as_number();
    return add(exact(a), exact(b));
  }
  const bool a_list = is(a, ValueType::kList), b_list = is(b, ValueType::kList);
  if (a_list && b_list) return join(a.as_list(), b.as_list());
  if (a_list) return append_element(a.as_list(), b);
  if (b_list) return prepend_element(a, b.as_list());
  if ((is(a, ValueType::kString) && has_scalar_text(b)) ||
      (is(b, ValueType::kString) && has_scalar_text(a))) {
    return text_of(a) + text_of(b);
  }
  if (is(a, ValueType::kDuration) && is(b, ValueType::kDuration)) {
    return add(a.as_duration(), b.as_duration());
  }
  if (is_temporal_instant(a.type()) && is(b, ValueType::kDuration)) {
    return add_duration(a, b.as_duration(), 1);
  }
  if (is(a, ValueType::kDuration) && is_temporal_instant(b.type())) {
    return add_duration(b, a.as_duration(), 1);
  }
  throw_operands("+", a, b);
}

Value subtract(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return {};
  if (both_int64(a, b)) {
    std::int64_t result;
    if (__builtin_sub_overflow(a.unchecked_int64(), b.unchecked_int64(), &result)) {
      throw_overflow("-", a.unchecked_int64(), b.unchecked_int64());
    }
    return result;
  }
  if (both_numbers(a, b)) {
    if (either_float(a, b)) return a.as_number() - b.as_number();
    return subtract(exact(a), exact(b));
  }
  if (is(b, ValueType::kDuration)) {
    if (is(a, ValueType::kDuration)) return subtract(a.as_duration(), b.as_duration());
    if (is_temporal_instant(a.type())) return add_duration(a, b.as_duration(), -1);
  }
  throw_operands("-", a, b);
}

Value multiply(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return {};
  if (both_int64(a, b)) {
    std::int64_t result;
    if (__builtin_mul_overflow(a.unchecked_int64(), b.unchecked_int64(), &result)) {
      throw_overflow("*", a.unchecked_int64(), b.unchecked_int64());
    }
    return result;
  }
  if (both_numbers(a, b)) {
    if (either_float(a, b)) return a.as_number() * b.as_number();
    return multiply(exact(a), exact(b));
  }
  if (is(a, ValueType::kDuration) && b.is_number()) return multiply(a.as_duration(), b.as_number());
  if (a.is_number() && is(b, ValueType::kDuration)) return multiply(b.as_duration(), a.as_number());
  throw_operands("*", a, b);
}

Value divide(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return {};
  if (both_int64(a, b)) {
    const std::int64_t x = a.unchecked_int64(), y = b.unchecked_int64();
    if (y == 0) throw_division_by_zero();
    if (y == -1 && x == std::numeric_limits<std::int64_t>::min()) throw_overflow("/", x, y);
    return x / y;
  }
  if (both_numbers(a, b)) {
    if (either_float(a, b)) return a.as_number() / b.as_number();
    return divide(exact(a), exact(b));
  }
  if (is(a, ValueType::kDuration) && b.is_number()) {
    if (b.as_number() == 0) throw_division_by_zero();
    return divide(a.as_duration(), b.as_number());
  }
  throw_operands("/", a, b);
}

Value modulo(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return {};
  if (both_int64(a, b)) {
    const std::int64_t x = a.unchecked_int64(), y = b.unchecked_int64();
    if (y == 0) throw_division_by_zero();
    // The smallest integer has no positive counterpart, so the machine's division traps on it.
    return y == -1 ? std::int64_t{0} : x % y;
  }
  if (both_numbers(a, b)) {
    if (either_float(a, b)) return std::fmod(a.as_number(), b.as_number());
    return modulo(exact(a), exact(b));
  }
  throw_operands("%", a, b);
}

Value power(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return {};
  if (both_numbers(a, b)) return std::pow(a.as_number(), b.as_number());
  throw_operands("^", a, b);
}

Value negate(const Value& a) {
  switch (a.type()) {
    case ValueType::kNull:
      return {};
    case ValueType::kInt64:
      if (a.unchecked_int64() == std::numeric_limits<std::int64_t>::min()) {
        throw_overflow("-", 0, a.unchecked_int64());
      }
      return -a.unchecked_int64();
    case ValueType::kFloat64:
      return -a.unchecked_float64();
    case ValueType::kDecimal:
      return negate(a.as_decimal());
    case ValueType::kDuration:
      return negate(a.as_duration());
    default:
      throw Error(status::kInvalidValueType,
                  "'-' does not take " + std::string(type_name(a.type())))
          .category("TypeError", "InvalidArgumentType");
  }
}

Value concatenate(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return {};
  if (a.type() == b.type()) {
    if (is(a, ValueType::kString)) return join(a.as_string(), b.as_string());
    if (is(a, ValueType::kList)) return join(a.as_list(), b.as_list());
    if (is(a, ValueType::kPath)) return join(a.as_path(), b.as_path());
    if (is(a, ValueType::kBytes)) return Bytes{join(a.as_bytes(), b.as_bytes())};
  }
  throw_operands("||", a, b);
}

}  // namespace geode::value
