#include "value/compare.hpp"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "random_values.hpp"
#include "value/hash.hpp"

using namespace geode;
using namespace geode::value;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

List list(std::initializer_list<Value> items) { return List(items); }

int sign(int x) { return x < 0 ? -1 : x > 0 ? 1 : 0; }

}  // namespace

TEST_CASE("the order of values is total, and its zero is sameness with one hash", "[value]") {
  const auto seed = GENERATE(range(1u, 6u));
  INFO("seed " << seed);
  test::RandomValues random(seed);
  std::vector<Value> values;
  for (int i = 0; i < 70; ++i) values.push_back(random.next());
  for (const Value& a : values) {
    REQUIRE(order(a, a) == 0);
    for (const Value& b : values) {
      CAPTURE(a.to_string(), b.to_string());
      const int ab = order(a, b);
      REQUIRE(sign(ab) == -sign(order(b, a)));
      REQUIRE((ab == 0) == same(a, b));
      if (ab == 0) REQUIRE(hash(a) == hash(b));
      // What the language calls equal is the same, but not the other way round: NaN and null.
      if (equals(a, b) == true) REQUIRE(ab == 0);
      if (const auto partial = compare(a, b)) {
        if (*partial < 0) REQUIRE(ab < 0);
        if (*partial > 0) REQUIRE(ab > 0);
      }
      for (const Value& c : values) {
        if (ab <= 0 && order(b, c) <= 0) {
          CAPTURE(c.to_string());
          REQUIRE(order(a, c) <= 0);
        }
      }
    }
  }
}

TEST_CASE("values of different types stand in the order of their types", "[value]") {
  const Edge edge{EdgeId{1}, NodeId{1}, NodeId{2}, "T", {}};
  const Value node = Value::node_reference(NodeId{1});
  const List ascending = {
      Record{{"a", 1}}, node,   edge,        list({1}),   Path{{node}, {}}, ZonedDateTime{},
      LocalDateTime{},  Date{}, ZonedTime{}, LocalTime{}, Duration{},       "text",
      Bytes{"x"},       false,  1.5,         kNan,        nullptr,
  };
  for (std::size_t i = 0; i + 1 < ascending.size(); ++i) {
    CAPTURE(ascending[i].to_string());
    CHECK(order(ascending[i], ascending[i + 1]) < 0);
  }
}

TEST_CASE("equality knows true, false and unknown", "[value]") {
  CHECK(equals(1, 1.0) == true);
  CHECK(equals(0.0, -0.0) == true);
  CHECK(equals(1, "1") == false);
  CHECK(equals(1, nullptr) == std::nullopt);
  CHECK(equals(nullptr, nullptr) == std::nullopt);
  CHECK(equals(kNan, kNan) == false);
  CHECK(equals(list({1, 2}), list({nullptr, 2})) == std::nullopt);
  CHECK(equals(list({1, 2}), list({nullptr, 3})) == false);
  CHECK(equals(list({1}), list({1, nullptr})) == false);
  CHECK(equals(Record{{"k", 1}, {"l", 2}}, Record{{"l", 2}, {"k", 1}}) == true);
  CHECK(equals(Record{{"k", nullptr}}, Record{}) == false);
  CHECK(equals(Record{{"k", nullptr}}, Record{{"k", nullptr}}) == std::nullopt);
  CHECK(equals(Record{{"k", nullptr}}, Record{{"l", nullptr}}) == false);
}

TEST_CASE("integers and floats are compared without rounding", "[value]") {
  const std::int64_t odd = 9007199254740993;  // no double is equal to it
  CHECK(equals(odd, 9007199254740992.0) == false);
  CHECK(order(odd, 9007199254740992.0) > 0);
  CHECK(order(odd, 9007199254740994.0) < 0);
  CHECK(order(std::numeric_limits<std::int64_t>::max(), 9223372036854775808.0) < 0);
  CHECK(order(std::numeric_limits<std::int64_t>::min(), -9223372036854775808.0) == 0);
  CHECK(order(-1, -0.5) < 0);
}

TEST_CASE("inequalities are unknown between types and false beside NaN", "[value]") {
  CHECK(compare("1", 1) == std::nullopt);
  CHECK(compare(1, kNan) == std::partial_ordering::unordered);
  CHECK(compare("a", kNan) == std::nullopt);
  CHECK(compare(false, true) == std::partial_ordering::less);
  CHECK(compare(list({1, 0}), list({1})) == std::partial_ordering::greater);
  CHECK(compare(list({1, 2}), list({1, nullptr})) == std::nullopt);
  CHECK(compare(list({1, 2}), list({3, nullptr})) == std::partial_ordering::less);
  CHECK(compare(Duration{0, 1, 0, 0}, Duration{0, 2, 0, 0}) == std::partial_ordering::less);
  CHECK(compare(Duration{2, 0, 0, 0}, Duration{1, 0, 0, 0}) == std::partial_ordering::greater);
  CHECK(compare(Duration{0, 1, 0, 0}, Duration{0, 0, 86400, 0}) == std::partial_ordering::unordered);
  CHECK(compare(Duration{1, 0, 0, 0}, Duration{0, 60, 0, 0}) == std::nullopt);
  CHECK(compare(Record{}, Record{}) == std::nullopt);
}

TEST_CASE("one instant in two zones is one value", "[value]") {
  const Value here = ZonedDateTime{3600, 0, 7200, {}};
  const Value there = ZonedDateTime{3600, 0, 0, {}};
  CHECK(equals(here, there) == true);
  CHECK(hash(here) == hash(there));
}
