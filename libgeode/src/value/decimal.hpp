#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <geode/decimal.hpp>
#include <geode/value.hpp>

namespace geode::value {

// Arithmetic of exact numbers. A result is exact while 256 bits and Decimal::kMaxScale fraction
// digits hold it; digits of the fraction beyond are rounded half away from zero. Error 22003 is
// thrown where the part before the point does not fit.

/// The larger scale of both.
Decimal add(const Decimal& a, const Decimal& b);
Decimal subtract(const Decimal& a, const Decimal& b);
/// The sum of both scales.
Decimal multiply(const Decimal& a, const Decimal& b);
/// To kQuotientScale fraction digits, or the larger scale of both when that is more, rounded half
/// away from zero; zeros at the end are cut down to the larger scale of both. Throws 22012.
Decimal divide(const Decimal& a, const Decimal& b);
inline constexpr std::uint8_t kQuotientScale = 20;
/// The remainder of the division that cuts toward zero: it has the sign of `a`. Throws 22012.
Decimal modulo(const Decimal& a, const Decimal& b);
Decimal negate(Decimal a);

/// An INT64 or DECIMAL.
Decimal exact(const Value& value);
/// A sum of integers.
Decimal exact(__int128 value);

/// Negative, 0 or positive; the scales do not count.
int order_decimals(const Decimal& a, const Decimal& b);
/// Exact: the float, which is not NaN, is not rounded.
int order_decimal_and_float(const Decimal& a, double b);
bool is_zero(const Decimal& a);

/// How a number between two candidates is rounded. kUp and kDown go away from and toward zero;
/// kHalfUp takes the nearer candidate and, of two equally near ones, the one away from zero.
enum class RoundingMode : std::uint8_t {
  kUp,
  kDown,
  kCeiling,
  kFloor,
  kHalfUp,
  kHalfDown,
  kHalfEven,
};
/// The same number with `scale` fraction digits, rounded.
Decimal with_scale(const Decimal& a, std::uint8_t scale, RoundingMode mode = RoundingMode::kHalfUp);
/// Rounds to `digits` digits after the point (before it, when negative).
Decimal round_to(const Decimal& a, std::int64_t digits, RoundingMode mode);
/// Without zeros at the end of the fraction: equal numbers become equal in every field.
Decimal normalized(const Decimal& a);
/// Whether the part before the point is below 10^digits.
bool has_whole_digits(const Decimal& a, unsigned digits);
/// Whether it is a whole number of `bits` bits.
bool fits_integer(const Decimal& a, unsigned bits, bool is_unsigned);

/// The nearest float.
double to_float64(const Decimal& a);
/// What the shortest text of the float says; nothing for NaN, infinities and what does not fit.
std::optional<Decimal> from_float64(double value);
/// Cut toward zero; nothing when it does not fit.
std::optional<std::int64_t> to_int64(const Decimal& a);
/// The whole number as a signed word, when it fits.
std::optional<std::int64_t> small_whole(const Decimal& a);

/// The digits of the whole number, without a sign.
std::string whole_digits(const Decimal& a);

/// Equal numbers have one hash, and integers and floats that are equal to them the same.
std::uint64_t hash_decimal(const Decimal& a);

}  // namespace geode::value
