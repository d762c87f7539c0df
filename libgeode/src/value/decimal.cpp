#include "value/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

#include <geode/error.hpp>
#include "value/compare.hpp"
#include "value/hash.hpp"

namespace geode {

namespace value {

namespace {

namespace mp = boost::multiprecision;

/// Room for every step of the arithmetic below: two numbers of 256 bits, or one of them times
/// 10^154. No memory is asked for.
using Big = mp::number<mp::cpp_int_backend<1024, 1024, mp::signed_magnitude, mp::unchecked, void>,
                       mp::et_off>;

constexpr unsigned kWords = 4;
constexpr unsigned kBits = 256;
/// The largest power of ten that a step needs.
constexpr unsigned kMaxPower = 2 * (Decimal::kMaxScale + 1);

const Big& power_of_ten(unsigned exponent) {
  static const std::vector<Big> powers = [] {
    std::vector<Big> all{Big(1)};
    while (all.size() <= kMaxPower) all.push_back(all.back() * 10u);
    return all;
  }();
  return powers[exponent];
}

Big magnitude(const Decimal& a) {
  Big big = a.words[kWords - 1];
  for (unsigned i = kWords - 1; i > 0; --i) {
    big <<= 64;
    big |= a.words[i - 1];
  }
  return big;
}

Big whole(const Decimal& a) { return a.negative ? Big(-magnitude(a)) : magnitude(a); }

unsigned bits_of(const Big& magnitude) {
  return magnitude == 0 ? 0 : static_cast<unsigned>(mp::msb(magnitude)) + 1;
}

/// `magnitude` has at most 256 bits.
Decimal make(Big magnitude, bool negative, unsigned scale) {
  Decimal result;
  result.negative = negative && magnitude != 0;
  result.scale = static_cast<std::uint8_t>(scale);
  for (unsigned i = 0; i < kWords; ++i) {
    result.words[i] = static_cast<std::uint64_t>(magnitude & ~std::uint64_t{0});
    magnitude >>= 64;
  }
  return result;
}

/// Whether a magnitude that was cut grows by one: `rest` of `whole` was cut off.
bool rounds_away(const Big& rest, const Big& of, bool odd, bool negative, RoundingMode mode) {
  if (rest == 0) return false;
  const int half = Big(rest * 2u).compare(of);
  switch (mode) {
    case RoundingMode::kUp:
      return true;
    case RoundingMode::kDown:
      return false;
    case RoundingMode::kCeiling:
      return !negative;
    case RoundingMode::kFloor:
      return negative;
    case RoundingMode::kHalfUp:
      return half >= 0;
    case RoundingMode::kHalfDown:
      return half > 0;
    case RoundingMode::kHalfEven:
      return half > 0 || (half == 0 && odd);
  }
  return false;
}

Big divide_rounded(const Big& magnitude, const Big& divisor, bool negative, RoundingMode mode) {
  Big quotient;
  Big rest;
  mp::divide_qr(magnitude, divisor, quotient, rest);
  if (rounds_away(rest, divisor, mp::bit_test(quotient, 0), negative, mode)) ++quotient;
  return quotient;
}

[[noreturn]] void throw_overflow(std::string_view operation, const Decimal& a, const Decimal& b) {
  throw Error(status::kNumberOutOfRange, "the result of " + a.to_string() + ' ' +
                                             std::string(operation) + ' ' + b.to_string() +
                                             " does not fit into 256 bits")
      .category("ArithmeticError", "IntegerOverflow");
}

/// Rounds digits of the fraction away until the rest fits; nothing when the part before the point
/// does not.
std::optional<Decimal> fit(Big value, unsigned scale) {
  const bool negative = value < 0;
  if (negative) value = -value;
  while (scale > Decimal::kMaxScale || bits_of(value) > kBits) {
    // A digit is at most 3.33 bits: never too many are dropped.
    const unsigned bits = bits_of(value);
    unsigned drop = bits > kBits ? std::max(1u, (bits - kBits) * 3 / 10) : 1;
    if (scale > Decimal::kMaxScale) drop = std::max(drop, scale - Decimal::kMaxScale);
    if (drop > scale) return std::nullopt;
    value = divide_rounded(value, power_of_ten(drop), negative, RoundingMode::kHalfUp);
    scale -= drop;
  }
  return make(std::move(value), negative, scale);
}

/// Cuts zeros at the end of the fraction, down to `least` digits of it.
Decimal cut_zeros(const Decimal& a, unsigned least) {
  if (a.scale <= least) return a;
  Big rest = magnitude(a);
  unsigned scale = a.scale;
  while (scale > least) {
    Big quotient;
    Big digit;
    mp::divide_qr(rest, Big(10), quotient, digit);
    if (digit != 0) break;
    rest = std::move(quotient);
    --scale;
  }
  return scale == a.scale ? a : make(std::move(rest), a.negative, scale);
}

[[noreturn]] void throw_division_by_zero() {
  throw Error(status::kDivisionByZero, "division by zero")
      .category("ArithmeticError", "DivisionByZero");
}

int sign_of(const Decimal& a) { return a.negative ? -1 : is_zero(a) ? 0 : 1; }

/// Both whole numbers with the larger scale of the two.
std::pair<Big, Big> aligned(const Decimal& a, const Decimal& b) {
  Big x = whole(a), y = whole(b);
  if (a.scale < b.scale) x *= power_of_ten(static_cast<unsigned>(b.scale - a.scale));
  if (b.scale < a.scale) y *= power_of_ten(static_cast<unsigned>(a.scale - b.scale));
  return {std::move(x), std::move(y)};
}

}  // namespace

bool is_zero(const Decimal& a) {
  return std::all_of(a.words.begin(), a.words.end(), [](std::uint64_t word) { return word == 0; });
}

std::optional<std::int64_t> small_whole(const Decimal& a) {
  if ((a.words[1] | a.words[2] | a.words[3]) != 0) return std::nullopt;
  const std::uint64_t limit = (std::uint64_t{1} << 63) - (a.negative ? 0 : 1);
  if (a.words[0] > limit) return std::nullopt;
  return static_cast<std::int64_t>(a.negative ? ~a.words[0] + 1 : a.words[0]);
}

Decimal negate(Decimal a) {
  a.negative = !a.negative && !is_zero(a);
  return a;
}

Decimal add(const Decimal& a, const Decimal& b) {
  if (a.scale == b.scale) {
    const auto x = small_whole(a), y = small_whole(b);
    std::int64_t sum = 0;
    if (x && y && !__builtin_add_overflow(*x, *y, &sum)) return Decimal(sum, a.scale);
  }
  const auto [x, y] = aligned(a, b);
  const auto sum = fit(x + y, std::max(a.scale, b.scale));
  if (!sum) throw_overflow("+", a, b);
  return *sum;
}

Decimal subtract(const Decimal& a, const Decimal& b) {
  const auto [x, y] = aligned(a, b);
  const auto difference = fit(x - y, std::max(a.scale, b.scale));
  if (!difference) throw_overflow("-", a, b);
  return *difference;
}

Decimal multiply(const Decimal& a, const Decimal& b) {
  const auto product = fit(whole(a) * whole(b), static_cast<unsigned>(a.scale) + b.scale);
  if (!product) throw_overflow("*", a, b);
  return *product;
}

Decimal divide(const Decimal& a, const Decimal& b) {
  if (is_zero(b)) throw_division_by_zero();
  const unsigned preferred = std::max(a.scale, b.scale);
  const unsigned scale = std::max<unsigned>(preferred, kQuotientScale);
  const bool negative = a.negative != b.negative;
  Big quotient = divide_rounded(magnitude(a) * power_of_ten(scale + b.scale - a.scale),
                                magnitude(b), negative, RoundingMode::kHalfUp);
  if (negative) quotient = -quotient;
  const auto fitted = fit(std::move(quotient), scale);
  if (!fitted) throw_overflow("/", a, b);
  return cut_zeros(*fitted, preferred);
}

Decimal modulo(const Decimal& a, const Decimal& b) {
  if (is_zero(b)) throw_division_by_zero();
  const auto [x, y] = aligned(a, b);
  const auto rest = fit(x % y, std::max(a.scale, b.scale));
  if (!rest) throw_overflow("%", a, b);
  return *rest;
}

Decimal exact(const Value& value) {
  return value.type() == ValueType::kInt64 ? Decimal(value.unchecked_int64()) : value.as_decimal();
}

Decimal exact(__int128 value) {
  Decimal result;
  result.negative = value < 0;
  const auto bits = static_cast<unsigned __int128>(value);
  const unsigned __int128 magnitude = result.negative ? ~bits + 1 : bits;
  result.words[0] = static_cast<std::uint64_t>(magnitude);
  result.words[1] = static_cast<std::uint64_t>(magnitude >> 64);
  return result;
}

int order_decimals(const Decimal& a, const Decimal& b) {
  const int x = sign_of(a), y = sign_of(b);
  if (x != y) return x < y ? -1 : 1;
  if (a.scale != b.scale) {
    const auto [left, right] = aligned(a, b);
    return left.compare(right);
  }
  for (unsigned i = kWords; i > 0; --i) {
    if (a.words[i - 1] == b.words[i - 1]) continue;
    return (a.words[i - 1] < b.words[i - 1]) != a.negative ? -1 : 1;
  }
  return 0;
}

int order_decimal_and_float(const Decimal& a, double b) {
  // Beyond all decimals, and between zero and the smallest of them.
  constexpr double kHuge = 1.2e77, kTiny = 1e-77;
  if (std::abs(b) >= kHuge) return b > 0 ? -1 : 1;
  const int sign = sign_of(a);
  if (std::abs(b) < kTiny) return sign != 0 ? sign : b > 0 ? -1 : b < 0 ? 1 : 0;
  int exponent = 0;
  constexpr int kMantissaBits = 53;
  const auto mantissa =
      static_cast<std::int64_t>(std::ldexp(std::frexp(b, &exponent), kMantissaBits));
  exponent -= kMantissaBits;
  Big left = whole(a);
  Big right = Big(mantissa) * power_of_ten(a.scale);
  if (exponent < 0) {
    left *= Big(1) << static_cast<unsigned>(-exponent);
  } else {
    right *= Big(1) << static_cast<unsigned>(exponent);
  }
  return left.compare(right);
}

Decimal with_scale(const Decimal& a, std::uint8_t scale, RoundingMode mode) {
  if (scale >= a.scale) {
    Big larger = whole(a) * power_of_ten(static_cast<unsigned>(scale - a.scale));
    if (bits_of(mp::abs(larger)) <= kBits) return make(mp::abs(larger), a.negative, scale);
    throw Error(status::kNumberOutOfRange, a.to_string() + " with " + std::to_string(scale) +
                                               " fraction digits does not fit into 256 bits");
  }
  const Big& divisor = power_of_ten(static_cast<unsigned>(a.scale - scale));
  return make(divide_rounded(magnitude(a), divisor, a.negative, mode), a.negative, scale);
}

Decimal normalized(const Decimal& a) { return cut_zeros(a, 0); }

Decimal round_to(const Decimal& a, std::int64_t digits, RoundingMode mode) {
  if (digits >= a.scale) return a;
  if (digits >= 0) return with_scale(a, static_cast<std::uint8_t>(digits), mode);
  // Beyond its digits all that matters is the sign.
  const auto places =
      static_cast<unsigned>(std::min<std::int64_t>(-digits, Decimal::kMaxScale + 2));
  const Big quotient =
      divide_rounded(magnitude(a), power_of_ten(a.scale + places), a.negative, mode);
  const auto rounded = fit(
      a.negative ? Big(-quotient * power_of_ten(places)) : Big(quotient * power_of_ten(places)), 0);
  if (rounded) return *rounded;
  throw Error(status::kNumberOutOfRange, "the rounded number does not fit into 256 bits")
      .category("ArithmeticError", "NumberOutOfRange");
}

std::string whole_digits(const Decimal& a) { return magnitude(a).str(); }

bool has_whole_digits(const Decimal& a, unsigned digits) {
  return digits + a.scale > kMaxPower || magnitude(a) < power_of_ten(digits + a.scale);
}

bool fits_integer(const Decimal& a, unsigned bits, bool is_unsigned) {
  if (a.scale > 0) return false;
  if (is_unsigned) return !a.negative && bits_of(magnitude(a)) <= bits;
  // The least integer has no counterpart above zero.
  return bits_of(a.negative ? Big(magnitude(a) - 1) : magnitude(a)) < bits;
}

double to_float64(const Decimal& a) {
  static constexpr double kExactPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const auto small = small_whole(a);
  constexpr std::int64_t kExactWhole = std::int64_t{1} << 53;
  if (small && *small <= kExactWhole && *small >= -kExactWhole && a.scale <= 22) {
    return static_cast<double>(*small) / kExactPowers[a.scale];
  }
  const std::string text = a.to_string();
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

std::optional<Decimal> from_float64(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  char text[64];
  const auto written = std::to_chars(text, text + sizeof text, value);
  return Decimal::parse({text, static_cast<std::size_t>(written.ptr - text)});
}

std::optional<std::int64_t> to_int64(const Decimal& a) {
  return small_whole(a.scale == 0 ? a : with_scale(a, 0, RoundingMode::kDown));
}

std::uint64_t hash_decimal(const Decimal& a) {
  const Decimal plain = normalized(a);
  const auto small = small_whole(plain);
  if (small && plain.scale == 0) return hash_int64(*small);
  const double nearest = to_float64(plain);
  if (order_decimal_and_float(plain, nearest) == 0) return hash_float64(nearest);
  std::uint64_t result = mix(plain.scale);
  for (const std::uint64_t word : plain.words) result = combine_hash(result, word);
  return result;
}

}  // namespace value

inline namespace v1 {

Decimal::Decimal(std::int64_t whole, std::uint8_t scale_of_it)
    : scale(scale_of_it), negative(whole < 0) {
  words[0] = static_cast<std::uint64_t>(whole);
  if (negative) words[0] = ~words[0] + 1;
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  std::size_t at = 0;
  const auto is_digit = [&] { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  const bool minus = at < text.size() && text[at] == '-';
  if (minus || (at < text.size() && text[at] == '+')) ++at;
  std::string digits;
  std::int64_t scale_wanted = 0;
  bool any_digit = false;
  for (bool fraction = false;;) {
    if (!fraction && at < text.size() && text[at] == '.') {
      fraction = true;
    } else if (is_digit()) {
      any_digit = true;
      if (!digits.empty() || text[at] != '0') digits += text[at];
      if (fraction) ++scale_wanted;
    } else {
      break;
    }
    ++at;
  }
  if (!any_digit) return std::nullopt;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && text[at] == '+') ++at;
    std::int32_t exponent = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
    if (read.ec != std::errc()) return std::nullopt;
    at = static_cast<std::size_t>(read.ptr - text.data());
    scale_wanted -= exponent;
  }
  if (at != text.size()) return std::nullopt;
  while (scale_wanted > kMaxScale && (digits.empty() || digits.back() == '0')) {
    if (!digits.empty()) digits.pop_back();
    --scale_wanted;
    if (digits.empty()) scale_wanted = kMaxScale;
  }
  constexpr std::size_t kMostDigits = 78;
  const std::int64_t zeros = scale_wanted < 0 && !digits.empty() ? -scale_wanted : 0;
  if (scale_wanted > kMaxScale || digits.size() > kMostDigits ||
      zeros > static_cast<std::int64_t>(kMostDigits - digits.size())) {
    return std::nullopt;
  }
  value::Big big = digits.empty() ? value::Big(0) : value::Big(digits);
  big *= value::power_of_ten(static_cast<unsigned>(zeros));
  if (value::bits_of(big) > value::kBits) return std::nullopt;
  return value::make(std::move(big), minus,
                     static_cast<unsigned>(std::max<std::int64_t>(scale_wanted, 0)));
}

std::string Decimal::to_string() const {
  std::string text;
  if (const auto small = value::small_whole(*this); small && *small >= 0) {
    text = std::to_string(*small);
  } else {
    text = value::magnitude(*this).str();
  }
  if (scale > 0) {
    if (text.size() <= scale) text.insert(0, scale + 1 - text.size(), '0');
    text.insert(text.size() - scale, 1, '.');
  }
  if (negative) text.insert(0, 1, '-');
  return text;
}

}  // namespace v1
}  // namespace geode
