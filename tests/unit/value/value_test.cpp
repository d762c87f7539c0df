#include <bit>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include <geode/value.hpp>
#include "value/cast.hpp"
#include "value/value_type.hpp"

using namespace geode;
using namespace geode::value;

TEST_CASE("a value of another type is refused by name", "[value]") {
  try {
    Value("x").as_int64();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.gqlstatus() == status::kInvalidValueType);
    CHECK(error.message() == "expected a value of type INT64, got STRING");
  }
}

TEST_CASE("copies share their content and moved values are null", "[value]") {
  Value a = List{1, "two"};
  const Value b = a;
  CHECK(&a.as_list() == &b.as_list());
  const Value c = std::move(a);
  CHECK(a.is_null());  // NOLINT(bugprone-use-after-move): the state after a move is what is tested
  CHECK(c == b);
}

TEST_CASE("values are written as literals", "[value]") {
  const Value node = Node{NodeId{1}, {"A", "B"}, {{"x", 1}}};
  const Edge edge{EdgeId{1}, NodeId{1}, NodeId{2}, "T", {{"w", 1.0}}};
  const Value end = Node{NodeId{2}, {}, {}};
  CHECK(Value().to_string() == "null");
  CHECK(Value("it's\n\\").to_string() == R"('it\'s\n\\')");
  CHECK(Value(Bytes{std::string("\x0a\xff", 2)}).to_string() == "X'0aff'");
  CHECK(Value(List{1, 2.0, "a", nullptr}).to_string() == "[1, 2.0, 'a', null]");
  CHECK(Value(Record{{"a", 1}, {"b c", true}}).to_string() == "{a: 1, `b c`: true}");
  CHECK(node.to_string() == "(:A:B {x: 1})");
  CHECK(Value(edge).to_string() == "[:T {w: 1.0}]");
  CHECK(Value(Path{{node, end}, {edge}}).to_string() == "<(:A:B {x: 1})-[:T {w: 1.0}]->()>");
  CHECK(Value(Path{{end, node}, {edge}}).to_string() == "<()<-[:T {w: 1.0}]-(:A:B {x: 1})>");
}

TEST_CASE("floats are written so that they read back as the same number", "[value]") {
  CHECK(Value(1.0).to_string() == "1.0");
  CHECK(Value(0.1).to_string() == "0.1");
  CHECK(Value(-0.0).to_string() == "-0.0");
  CHECK(Value(1e21).to_string() == "1.0E21");
  CHECK(Value(1.5e-9).to_string() == "1.5E-9");
  CHECK(Value(std::numeric_limits<double>::infinity()).to_string() == "Infinity");
  const std::uint32_t seed = 11;
  INFO("seed " << seed);
  std::mt19937_64 engine(seed);
  for (int i = 0; i < 5'000; ++i) {
    const double number = std::bit_cast<double>(engine());
    if (number != number) continue;
    REQUIRE(parse_float64(Value(number).to_string()) == number);
  }
}

TEST_CASE("conversions give null for texts that are none and an error for types that never fit",
          "[value]") {
  CHECK(to_integer("82.9").as_int64() == 82);
  CHECK(to_integer(-2.9).as_int64() == -2);
  CHECK(to_integer("foo").is_null());
  CHECK(to_integer("").is_null());
  CHECK(to_integer(1e300).is_null());
  CHECK(to_integer(nullptr).is_null());
  CHECK(to_float("5").as_float64() == 5.0);
  CHECK(to_float("x").is_null());
  CHECK(to_boolean("TRUE").as_bool());
  CHECK(to_boolean(" tru ").is_null());
  CHECK(to_string(true).as_string() == "true");
  CHECK(to_string(2.3).as_string() == "2.3");
  for (const Value& bad : {Value(List{}), Value(Record{})}) {
    CHECK_THROWS_AS(to_integer(bad), Error);
    CHECK_THROWS_AS(to_float(bad), Error);
    CHECK_THROWS_AS(to_boolean(bad), Error);
    CHECK_THROWS_AS(to_string(bad), Error);
    CHECK(to_integer_or_null(bad).is_null());
  }
  CHECK_THROWS_AS(to_boolean(1.0), Error);
}

TEST_CASE("casts are strict", "[value]") {
  const Clock clock;
  const auto status = [&](const Value& value, ValueType type) -> std::string {
    try {
      cast(value, type, clock);
    } catch (const Error& error) {
      return error.gqlstatus();
    }
    return "";
  };
  CHECK(cast(" 12 ", ValueType::kInt64, clock).as_int64() == 12);
  CHECK(cast(12, ValueType::kString, clock).as_string() == "12");
  CHECK(cast("2024-02-29", ValueType::kDate, clock).to_string() == "2024-02-29");
  CHECK(cast(Value(Date{0}), ValueType::kLocalDateTime, clock).to_string() == "1970-01-01T00:00");
  CHECK(cast(nullptr, ValueType::kInt64, clock).is_null());
  CHECK(status("abc", ValueType::kInt64) == status::kInvalidCharacterForCast);
  CHECK(status("maybe", ValueType::kBool) == status::kInvalidCharacterForCast);
  CHECK(status(1e300, ValueType::kInt64) == status::kNumberOutOfRange);
  CHECK(status("2024-02-30", ValueType::kDate) == status::kInvalidDatetime);
  CHECK(status(List{}, ValueType::kInt64) == status::kInvalidValueType);
  CHECK(status(Value(Date{0}), ValueType::kLocalTime) == status::kInvalidValueType);
}

TEST_CASE("types of the type pass unite, overlap and name themselves", "[value]") {
  const Type text = Type::of(ValueType::kString);
  const Type number = Type::number();
  CHECK(text.unite(number).name() == "INT64, FLOAT64, DECIMAL or STRING");
  CHECK(number.name() == "INT64, FLOAT64 or DECIMAL");
  CHECK(Type::any().name() == "any value");
  CHECK(Type::null().name() == "NULL");
  CHECK(Type::list_of(text).name() == "LIST<STRING>");
  CHECK_FALSE(text.intersects(number));
  CHECK_FALSE(Type::nullable(ValueType::kString).intersects(number.with_null()));
  CHECK(Type::nullable(ValueType::kString).only(ValueType::kString));
  CHECK(Type::list_of(text).unite(Type::list_of(number)).element_type() == text.unite(number));
  CHECK(Type::list_of(Type::none()).unite(Type::list_of(text)).element_type() == text);
  CHECK(Type::of_value(List{1, "a"}).element_type() ==
        Type::of(ValueType::kInt64, ValueType::kString));
  CHECK(Type::any().unite(text).is_any());
}
