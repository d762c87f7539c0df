#include "value/arithmetic.hpp"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "value/temporal.hpp"

using namespace geode;
using namespace geode::value;

namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

template <class Operation>
std::string status_of(Operation operation) {
  try {
    operation();
  } catch (const Error& error) {
    return error.gqlstatus();
  }
  return "";
}

}  // namespace

TEST_CASE("integers that leave 64 bits are an error in every operator", "[value]") {
  CHECK(status_of([] { value::add(Value(kMax), 1); }) == status::kNumberOutOfRange);
  CHECK(status_of([] { value::subtract(Value(kMin), 1); }) == status::kNumberOutOfRange);
  CHECK(status_of([] { value::multiply(Value(kMax), 2); }) == status::kNumberOutOfRange);
  CHECK(status_of([] { value::divide(Value(kMin), -1); }) == status::kNumberOutOfRange);
  CHECK(status_of([] { value::negate(Value(kMin)); }) == status::kNumberOutOfRange);
  CHECK(value::modulo(Value(kMin), -1).as_int64() == 0);
}

TEST_CASE("division truncates integers and follows IEEE 754 for floats", "[value]") {
  CHECK(value::divide(7, -2).as_int64() == -3);
  CHECK(value::modulo(-7, 3).as_int64() == -1);
  CHECK(status_of([] { value::divide(1, 0); }) == status::kDivisionByZero);
  CHECK(status_of([] { value::modulo(1, 0); }) == status::kDivisionByZero);
  CHECK(std::isinf(value::divide(1, 0.0).as_float64()));
  CHECK(std::isnan(value::divide(0.0, 0).as_float64()));
  CHECK(value::divide(7, 2.0).as_float64() == 3.5);
  CHECK(value::power(4, 3).as_float64() == 64.0);
}

TEST_CASE("a null operand gives null whatever the other one is", "[value]") {
  CHECK(value::add(nullptr, List{1}).is_null());
  CHECK(value::subtract(1, nullptr).is_null());
  CHECK(value::multiply(nullptr, true).is_null());
  CHECK(value::negate(nullptr).is_null());
  CHECK(value::concatenate("a", nullptr).is_null());
}

TEST_CASE("plus joins strings and lists", "[value]") {
  CHECK(value::add("a", "b").as_string() == "ab");
  CHECK(value::add("a", 1).as_string() == "a1");
  CHECK(value::add(1.0, "a").as_string() == "1.0a");
  CHECK(value::add(List{1}, List{2, 3}).to_string() == "[1, 2, 3]");
  CHECK(value::add(List{1}, "x").to_string() == "[1, 'x']");
  CHECK(value::add(0, List{1}).to_string() == "[0, 1]");
}

TEST_CASE("operands of types that do not fit are a type error", "[value]") {
  CHECK(status_of([] { value::add(true, 1); }) == status::kInvalidValueType);
  CHECK(status_of([] { value::subtract("a", "b"); }) == status::kInvalidValueType);
  CHECK(status_of([] { value::multiply(List{}, 2); }) == status::kInvalidValueType);
  CHECK(status_of([] { value::subtract(Date{}, Date{}); }) == status::kInvalidValueType);
  CHECK(status_of([] { value::concatenate("a", 1); }) == status::kInvalidValueType);
  try {
    value::add(true, 1);
  } catch (const Error& error) {
    CHECK(error.type() == "TypeError");
    CHECK(error.message() == "'+' does not take BOOL and INT64");
  }
}

TEST_CASE("temporal values move by durations", "[value]") {
  const Value day = parse_date("1984-10-11");
  const Value length = parse_duration("P12Y5M14DT16H12M70S");
  CHECK(value::add(day, length).to_string() == "1997-03-25");
  CHECK(value::add(length, day).to_string() == "1997-03-25");
  CHECK(value::subtract(day, length).to_string() == "1972-04-27");
  CHECK(value::add(Value(parse_date("2024-01-31")), parse_duration("P1M")).to_string() ==
        "2024-02-29");
  CHECK(value::add(Value(parse_local_time("23:30")), parse_duration("PT1H")).to_string() ==
        "00:30");
  CHECK(value::subtract(Value(parse_local_time("00:30")), parse_duration("PT1H")).to_string() ==
        "23:30");
  CHECK(status_of([] {
          value::add(Value(parse_date("+999999999-12-31")), parse_duration("P1D"));
        }) == status::kDatetimeOverflow);
}

TEST_CASE("durations add up, scale and carry fractions down", "[value]") {
  const Value length = parse_duration("P12Y5M14DT16H12M70.000000001S");
  CHECK(value::multiply(length, 2).to_string() == "P24Y10M28DT32H26M20.000000002S");
  CHECK(value::multiply(0.5, length).to_string() == "P6Y2M22DT13H21M8S");
  CHECK(value::divide(length, 2).to_string() == "P6Y2M22DT13H21M8S");
  CHECK(value::add(length, value::negate(length)).to_string() == "PT0S");
  CHECK(value::divide(Value(parse_duration("P9D")), 3).to_string() == "P3D");
  CHECK(status_of([] { value::divide(Value(Duration{}), 0); }) == status::kDivisionByZero);
}
