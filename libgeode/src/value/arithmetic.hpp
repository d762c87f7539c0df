#pragma once

#include <geode/value.hpp>

namespace geode::value {

// The operators of the language on values. A null operand gives null. Integers that leave 64 bits
// throw 22003, integer division by zero 22012, operands of types an operator does not take 22G03
// (category TypeError, InvalidArgumentType). Floats follow IEEE 754. An integer or decimal beside a
// float becomes one, an integer beside a decimal becomes that (see value/decimal.hpp).

/// Numbers; strings, and a string beside a number, boolean or temporal value, are joined; lists are
/// joined, and a value beside a list becomes its first or last element; a duration moves a temporal
/// value; durations add up.
Value add(const Value& a, const Value& b);
/// Numbers; a temporal value minus a duration; durations.
Value subtract(const Value& a, const Value& b);
/// Numbers; a duration times a number, in either order.
Value multiply(const Value& a, const Value& b);
/// Numbers (integers truncate toward zero); a duration divided by a number.
Value divide(const Value& a, const Value& b);
/// The remainder has the sign of `a`.
Value modulo(const Value& a, const Value& b);
/// Always a float.
Value power(const Value& a, const Value& b);
Value negate(const Value& a);
/// `||`: two strings, byte strings, lists or paths; the second path begins where the first one
/// ends.
Value concatenate(const Value& a, const Value& b);

}  // namespace geode::value
