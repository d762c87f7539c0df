#include "storage/key_codec.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "storage_test.hpp"
#include "value/compare.hpp"
#include "value/decimal.hpp"

using namespace geode;
using namespace geode::storage;

namespace {

std::string key(const Value& value) {
  std::string out;
  append_key(value, out);
  return out;
}

int sign(int n) { return n < 0 ? -1 : n > 0 ? 1 : 0; }

template <class T>
int three_way(T a, T b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

/// Exact order of numbers by the widest type there is: 64 bits of mantissa hold every int64 and
/// double.
int order_of_numbers(const Value& a, const Value& b) {
  const auto wide = [](const Value& v) -> long double {
    return v.type() == ValueType::kInt64 ? static_cast<long double>(v.as_int64())
                                         : static_cast<long double>(v.as_float64());
  };
  return three_way(wide(a), wide(b));
}

void require_order(const Value& a, const Value& b, int expected) {
  CAPTURE(a.to_string(), b.to_string());
  REQUIRE(sign(key(a).compare(key(b))) == expected);
  REQUIRE(sign(key(b).compare(key(a))) == -expected);
}

/// Numbers around the places where integers stop fitting doubles, and all over.
Value any_number(std::mt19937_64& random) {
  static const std::vector<Value> kCorners = {0,
                                              1,
                                              -1,
                                              0.0,
                                              -0.0,
                                              0.5,
                                              -0.5,
                                              1e300,
                                              -1e300,
                                              std::numeric_limits<double>::infinity(),
                                              -std::numeric_limits<double>::infinity(),
                                              std::numeric_limits<double>::denorm_min(),
                                              std::numeric_limits<std::int64_t>::max(),
                                              std::numeric_limits<std::int64_t>::min(),
                                              9223372036854775808.0,
                                              -9223372036854775808.0,
                                              9007199254740992.0,
                                              9007199254740994.0};
  const auto near = [&](int power) {
    const std::int64_t n =
        power == 63
            ? std::numeric_limits<std::int64_t>::max() - static_cast<std::int64_t>(random() % 3000)
            : (std::int64_t{1} << power) + static_cast<std::int64_t>(random() % 5000) - 2500;
    return random() % 2 == 0 ? n : -n;
  };
  switch (random() % 6) {
    case 0:
      return kCorners[random() % kCorners.size()];
    case 1:
      return near(53 + static_cast<int>(random() % 11));
    case 2:
      return static_cast<double>(near(53 + static_cast<int>(random() % 11)));
    case 3:
      return static_cast<std::int64_t>(random() % 20) - 10;
    case 4:
      return (static_cast<double>(random() % 40) - 20) / 2;
    default:
      return static_cast<std::int64_t>(random());
  }
}

std::string any_text(std::mt19937_64& random) {
  std::string out(random() % 6, 'x');
  for (char& c : out) c = "\x00\x01\x02\xff"[random() % 4];
  return out;
}

}  // namespace

TEST_CASE("keys of numbers are in the order of the numbers, whatever their types", "[storage]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200'000; ++i) {
    const Value a = any_number(random), b = any_number(random);
    const int expected = order_of_numbers(a, b);
    if (sign(key(a).compare(key(b))) != expected) require_order(a, b, expected);
  }
  CHECK(key(1) == key(1.0));
  CHECK(key(0.0) == key(-0.0));
  CHECK(key(std::int64_t{1} << 60) == key(std::ldexp(1.0, 60)));
  require_order((std::int64_t{1} << 53) + 1, 9007199254740992.0, 1);
  require_order(std::numeric_limits<std::int64_t>::max(), 9223372036854775808.0, -1);
  require_order(std::numeric_limits<double>::infinity(), std::nan(""), -1);
  CHECK(key(std::nan("")) == key(-std::nan("")));
}

TEST_CASE("keys of decimals are among those of the other numbers", "[storage]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto decimal = [&](const Value& near) -> Value {
    // Close to another number, so that only the digits behind its float tell them apart.
    const auto exact = value::from_float64(near.as_number());
    if (!exact || random() % 4 == 0) {
      return Decimal(static_cast<std::int64_t>(random() >> random() % 64),
                     static_cast<std::uint8_t>(random() % 60));
    }
    const auto small = Decimal(static_cast<std::int64_t>(random() % 200) - 100,
                               static_cast<std::uint8_t>(random() % 30));
    return value::add(*exact, small);
  };
  for (int i = 0; i < 50'000; ++i) {
    const Value number = any_number(random);
    if (std::abs(number.as_number()) > 1e60) continue;
    const Value a = decimal(number), b = decimal(number);
    require_order(a, number, sign(value::order(a, number)));
    require_order(a, b, sign(value::order(a, b)));
    require_order(List{a, 1}, List{b, 0}, a == b ? 1 : sign(value::order(a, b)));
  }
  CHECK(key(*Decimal::parse("1.00")) == key(1));
  CHECK(key(*Decimal::parse("0.10")) == key(*Decimal::parse("0.1")));
  require_order(*Decimal::parse("0.1"), 0.1, -1);
  require_order(*Decimal::parse("-0.1"), -0.1, 1);
}

TEST_CASE("keys of texts are in the order of their bytes, zeros and all", "[storage]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const std::string a = any_text(random), b = any_text(random);
    require_order(a, b, sign(a.compare(b)));
    require_order(Bytes{a}, Bytes{b}, sign(a.compare(b)));
  }
}

TEST_CASE("keys of composites are ordered by the first part that differs", "[storage]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const std::string a = any_text(random), b = any_text(random);
    const Value x = any_number(random), y = any_number(random);
    const int expected = a == b ? order_of_numbers(x, y) : sign(a.compare(b));
    require_order(List{a, x}, List{b, y}, expected);
    require_order(Record{{"a", a}, {"b", x}}, Record{{"b", y}, {"a", b}}, expected);
    std::string one, two;
    REQUIRE(append_composite_index_key(std::vector<Value>{a, x}, one));
    REQUIRE(append_composite_index_key(std::vector<Value>{b, y}, two));
    REQUIRE(sign(one.compare(two)) == expected);
  }
  require_order(List{}, List{Value()}, -1);
  require_order(List{1}, List{1, 1}, -1);
  require_order(List{List{}, 1}, List{List{1}}, -1);
  require_order(Record{{"a", 1}}, Record{{"a", 1}, {"b", 0}}, -1);
}

TEST_CASE("keys of times are in the order of the instants", "[storage]") {
  require_order(Date{-1}, Date{0}, -1);
  require_order(Date{-365'000'000'000}, Date{365'000'000'000}, -1);
  require_order(LocalTime{5}, LocalTime{4}, 1);
  require_order(ZonedTime{3600'000'000'000, 3600}, ZonedTime{0, 0}, 0);
  require_order(ZonedTime{3600'000'000'000, 3600}, ZonedTime{1, 0}, -1);
  require_order(LocalDateTime{-1, 999'999'999}, LocalDateTime{0, 0}, -1);
  require_order(LocalDateTime{7, 1}, LocalDateTime{7, 2}, -1);
  require_order(ZonedDateTime{7, 1, 3600, "Europe/Paris"}, ZonedDateTime{7, 1, 0, ""}, 0);
  require_order(Duration{1, 0, 0, 0}, Duration{0, 31, 0, 0}, -1);
  require_order(Duration{1, 0, 0, 0}, Duration{0, 30, 0, 0}, 1);
  require_order(Duration{0, 1, 0, 0}, Duration{0, 0, 86400, 0}, 1);
  require_order(Duration{0, -1, 0, 0}, Duration{0, 0, 0, 0}, -1);
}

TEST_CASE("keys of different types are in the order of types", "[storage]") {
  const std::vector<Value> ascending = {
      Record{},   List{},       ZonedDateTime{}, LocalDateTime{}, Date{}, ZonedTime{}, LocalTime{},
      Duration{}, "",           Bytes{},         false,           true,   -1e308,      0,
      1e308,      std::nan(""), Value()};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      require_order(ascending[i], ascending[j], three_way(i, j));
    }
  }
}

TEST_CASE("no key is the beginning of another key", "[storage]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const Value a = random() % 2 ? any_number(random) : Value(any_text(random));
    const Value b = random() % 2 ? any_number(random) : Value(any_text(random));
    const std::string x = key(a), y = key(b);
    if (x != y) REQUIRE(y.compare(0, x.size(), x) != 0);
  }
}

TEST_CASE("long values are cut to a prefix and a hash, and say so", "[storage]") {
  std::string fits = "\x01\x02", cut = "\x01\x02", other = "\x01\x02";
  CHECK(append_index_key(std::string(478, 'a'), fits));
  CHECK(fits.size() == 2 + kLongestIndexKey);
  CHECK_FALSE(append_index_key(std::string(479, 'a'), cut));
  CHECK_FALSE(append_index_key(std::string(478, 'a') + "b", other));
  CHECK(cut.size() == 2 + kLongestIndexKey);
  CHECK(cut.substr(0, 2 + kCutIndexKey) == other.substr(0, 2 + kCutIndexKey));
  CHECK(cut != other);
  std::string again = "\x01\x02";
  CHECK_FALSE(append_index_key(std::string(479, 'a'), again));
  CHECK(again == cut);
  // Values that differ before the cut keep their order.
  std::string less, more;
  CHECK_FALSE(append_index_key("a" + std::string(1000, 'z'), less));
  CHECK_FALSE(append_index_key("b" + std::string(1000, 'a'), more));
  CHECK(less < more);
  CHECK_FALSE(append_composite_index_key(
      std::vector<Value>{std::string(300, 'a'), std::string(300, 'a')}, less));
}

TEST_CASE("texts with a prefix are a range of keys", "[storage]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = any_text(random), prefix = any_text(random);
    std::string from;
    append_key_of_prefix(ValueType::kString, prefix, from);
    const auto to = key_after_prefix(from);
    REQUIRE(to);
    const std::string k = key(text);
    const bool starts = text.compare(0, prefix.size(), prefix) == 0;
    CAPTURE(text, prefix);
    REQUIRE((k >= from && k < *to) == starts);
  }
  CHECK_FALSE(key_after_prefix("\xff\xff"));
  CHECK(key_after_prefix("a\xff") == std::string("b"));
}
