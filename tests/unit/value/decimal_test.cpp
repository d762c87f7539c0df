#include "value/decimal.hpp"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "value/arithmetic.hpp"
#include "value/compare.hpp"
#include "value/hash.hpp"

using namespace geode;

namespace {

Decimal decimal(std::string_view text) {
  const auto parsed = Decimal::parse(text);
  REQUIRE(parsed);
  return *parsed;
}

std::string text(const Decimal& a) { return a.to_string(); }

template <class Action>
std::string code_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.gqlstatus();
  }
  return "";
}

const std::string kLargest =
    "115792089237316195423570985008687907853269984665640564039457584007913129639935";

}  // namespace

TEST_CASE("texts of decimals keep their scale", "[value]") {
  for (const std::string& form :
       std::vector<std::string>{"0", "0.00", "1.50", "-12.345", "0.001", "-0.1", "1000"}) {
    CHECK(text(decimal(form)) == form);
  }
  CHECK(text(decimal(kLargest)) == kLargest);
  CHECK(text(decimal("-" + kLargest)) == "-" + kLargest);
  CHECK(text(decimal("1e3")) == "1000");
  CHECK(text(decimal("1.25e1")) == "12.5");
  CHECK(text(decimal("1.5e-3")) == "0.0015");
  CHECK(text(decimal("+007")) == "7");
  CHECK(text(decimal(".5")) == "0.5");
  CHECK(text(decimal("-0")) == "0");
  CHECK(decimal("0." + std::string(75, '0') + "1").scale == 76);
  for (const std::string& none : std::vector<std::string>{
           "", "-", ".", "1e", "1.2.3", "1 ", "0x1", "1e80", "0." + std::string(76, '0') + "1",
           "115792089237316195423570985008687907853269984665640564039457584007913129639936"}) {
    CAPTURE(none);
    CHECK_FALSE(Decimal::parse(none));
  }
}

TEST_CASE("sums, differences and products of decimals are exact", "[value]") {
  using namespace value;
  CHECK(text(add(decimal("0.1"), decimal("0.2"))) == "0.3");
  CHECK(text(add(decimal("1.50"), decimal("2"))) == "3.50");
  CHECK(text(subtract(decimal("1"), decimal("1.000"))) == "0.000");
  CHECK(text(multiply(decimal("-1.5"), decimal("0.20"))) == "-0.300");
  CHECK(text(add(decimal("9223372036854775807"), decimal("1"))) == "9223372036854775808");
  CHECK(code_of([] { add(decimal(kLargest), decimal("1")); }) == "22003");
  CHECK(code_of([] { multiply(decimal("1e40"), decimal("1e40")); }) == "22003");
  // What a fraction cannot hold is rounded; 10^-77 is nothing.
  CHECK(is_zero(multiply(decimal("1e-40"), decimal("1e-40"))));
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const auto number = [&] { return static_cast<std::int32_t>(random()); };
    const std::int64_t x = number(), y = number();
    const Decimal a(x, 3), b(y, 3);
    REQUIRE(text(add(a, b)) == text(Decimal(x + y, 3)));
    REQUIRE(text(subtract(a, b)) == text(Decimal(x - y, 3)));
    REQUIRE(text(multiply(a, b)) == text(Decimal(x * y, 6)));
    if (y != 0) REQUIRE(text(modulo(a, b)) == text(Decimal(x % y, 3)));
  }
}

TEST_CASE("quotients of decimals have twenty digits, without needless zeros", "[value]") {
  using namespace value;
  CHECK(text(divide(decimal("1"), decimal("3"))) == "0.33333333333333333333");
  CHECK(text(divide(decimal("2"), decimal("-3"))) == "-0.66666666666666666667");
  CHECK(text(divide(decimal("10"), decimal("4"))) == "2.5");
  CHECK(text(divide(decimal("1.00"), decimal("2"))) == "0.50");
  CHECK(text(modulo(decimal("-7.5"), decimal("2"))) == "-1.5");
  CHECK(code_of([] { divide(decimal("1"), decimal("0.00")); }) == "22012");
  CHECK(code_of([] { modulo(decimal("1"), decimal("0")); }) == "22012");
}

TEST_CASE("decimals are rounded in every mode", "[value]") {
  using namespace value;
  const auto rounded = [](std::string_view number, std::int64_t digits, RoundingMode mode) {
    return text(round_to(decimal(number), digits, mode));
  };
  CHECK(rounded("2.5", 0, RoundingMode::kHalfUp) == "3");
  CHECK(rounded("-2.5", 0, RoundingMode::kHalfUp) == "-3");
  CHECK(rounded("2.5", 0, RoundingMode::kHalfEven) == "2");
  CHECK(rounded("3.5", 0, RoundingMode::kHalfEven) == "4");
  CHECK(rounded("2.5", 0, RoundingMode::kHalfDown) == "2");
  CHECK(rounded("2.1", 0, RoundingMode::kUp) == "3");
  CHECK(rounded("-2.9", 0, RoundingMode::kDown) == "-2");
  CHECK(rounded("-2.1", 0, RoundingMode::kFloor) == "-3");
  CHECK(rounded("-2.9", 0, RoundingMode::kCeiling) == "-2");
  CHECK(rounded("1.235", 2, RoundingMode::kHalfUp) == "1.24");
  CHECK(rounded("1.2", 5, RoundingMode::kHalfUp) == "1.2");
  CHECK(rounded("1549.9", -2, RoundingMode::kHalfUp) == "1500");
  CHECK(rounded("1550", -2, RoundingMode::kHalfUp) == "1600");
  CHECK(rounded("49", -2, RoundingMode::kHalfUp) == "0");
  CHECK(rounded("7", -200, RoundingMode::kHalfUp) == "0");
}

TEST_CASE("decimals are compared with integers and floats exactly", "[value]") {
  const auto order = [](std::string_view a, const Value& b) { return value::order(decimal(a), b); };
  CHECK(order("1.0", 1) == 0);
  CHECK(order("0.5", 0.5) == 0);
  // The float 0.1 is a little more than a tenth.
  CHECK(order("0.1", 0.1) < 0);
  CHECK(order("-0.1", -0.1) > 0);
  CHECK(order("9007199254740993", 9007199254740992.0) > 0);
  CHECK(order("0", 5e-324) < 0);
  CHECK(order("1e-76", 5e-324) > 0);
  CHECK(order(kLargest, 1e77) > 0);
  CHECK(order(kLargest, 1e300) < 0);
  CHECK(order("1e-76", -1e-300) > 0);
  CHECK(value::hash(decimal("2.00")) == value::hash(2));
  CHECK(value::hash(decimal("0.250")) == value::hash(0.25));
  CHECK(value::hash(decimal("0.10")) == value::hash(decimal("0.1")));
  CHECK(value::equals(decimal("1.10"), decimal("1.1")) == true);
}

TEST_CASE("decimals mix with integers as decimals and with floats as floats", "[value]") {
  const Value sum = value::add(decimal("1.5"), 1);
  CHECK(sum.type() == ValueType::kDecimal);
  CHECK(sum.to_string() == "2.5M");
  CHECK(value::multiply(2, decimal("0.10")).to_string() == "0.20M");
  CHECK(value::add(decimal("0.5"), 0.25).to_string() == "0.75");
  CHECK(value::negate(Value(decimal("0.5"))).to_string() == "-0.5M");
  CHECK(value::divide(1, decimal("8")).to_string() == "0.125M");
}

TEST_CASE("floats and decimals become one another by their shortest texts", "[value]") {
  CHECK(text(*value::from_float64(1.1)) == "1.1");
  CHECK(text(*value::from_float64(1e20)) == "100000000000000000000");
  CHECK_FALSE(value::from_float64(1e80));
  CHECK(value::to_float64(decimal("1.1")) == 1.1);
  CHECK(value::to_float64(decimal("123456789012345678901234567890.5")) == 1.2345678901234568e29);
  CHECK(value::to_int64(decimal("-2.9")) == -2);
  CHECK_FALSE(value::to_int64(decimal("9223372036854775808")));
  std::mt19937_64 random(3);
  for (int i = 0; i < 10'000; ++i) {
    const double number =
        std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 200) - 150);
    const auto exact = value::from_float64(number);
    if (exact) REQUIRE(value::to_float64(*exact) == number);
  }
}
