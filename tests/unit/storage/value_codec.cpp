#include "storage/value_codec.hpp"

#include <cmath>
#include <limits>
#include <random>

#include "storage_test.hpp"

using namespace geode;
using namespace geode::storage;

namespace {

std::string stored(const Value& value) {
  std::string out;
  encode_value(value, out);
  return out;
}

/// Same type and content; offsets and zones count, which operator== does not look at.
void require_same(const Value& a, const Value& b) {
  REQUIRE(a.type() == b.type());
  if (a.type() == ValueType::kZonedTime) {
    REQUIRE(a.as_zoned_time() == b.as_zoned_time());
  } else if (a.type() == ValueType::kZonedDateTime) {
    REQUIRE(a.as_zoned_datetime() == b.as_zoned_datetime());
  } else if (a.type() == ValueType::kDecimal) {
    REQUIRE(a.to_string() == b.to_string());
  } else if (a.type() == ValueType::kList) {
    REQUIRE(a.as_list().size() == b.as_list().size());
    for (std::size_t i = 0; i < a.as_list().size(); ++i)
      require_same(a.as_list()[i], b.as_list()[i]);
  } else if (a.type() == ValueType::kRecord) {
    REQUIRE(a.as_record().size() == b.as_record().size());
    for (std::size_t i = 0; i < a.as_record().size(); ++i) {
      REQUIRE(a.as_record()[i].first == b.as_record()[i].first);
      require_same(a.as_record()[i].second, b.as_record()[i].second);
    }
  } else {
    REQUIRE(a == b);
  }
}

Value any_value(std::mt19937_64& random, int depth) {
  const auto number = [&] {
    return static_cast<std::int64_t>(random() >> random() % 64) * (random() % 2 ? 1 : -1);
  };
  const auto text = [&] {
    std::string out(random() % 20, ' ');
    for (char& c : out) c = static_cast<char>('a' + random() % 26);
    return out;
  };
  const auto nanos = [&] { return static_cast<std::int32_t>(random() % 1'000'000'000); };
  const auto seconds = [&] { return number() % (365'000'000'000 * 86'400); };
  switch (random() % (depth > 0 ? 15 : 13)) {
    case 0:
      return {};
    case 1:
      return random() % 2 == 0;
    case 2:
      return number();
    case 3:
      return std::ldexp(static_cast<double>(number()), static_cast<int>(random() % 100) - 50);
    case 4:
      return Date{number() % 365'000'000'000};
    case 5:
      return LocalTime{static_cast<std::int64_t>(random() % 86'400'000'000'000)};
    case 6:
      return ZonedTime{static_cast<std::int64_t>(random() % 86'400'000'000'000),
                       static_cast<std::int32_t>(random() % 100'000) - 50'000};
    case 7:
      return LocalDateTime{seconds(), nanos()};
    case 8:
      return ZonedDateTime{seconds(), nanos(), 3600, random() % 2 ? "Europe/Paris" : ""};
    case 9:
      return Duration{number(), number(), number(), nanos()};
    case 10:
      return text();
    case 11:
      return Bytes{text()};
    case 12: {
      Decimal decimal(number(), static_cast<std::uint8_t>(random() % 77));
      for (std::size_t i = 1; i < decimal.words.size() && random() % 2 == 0; ++i) {
        decimal.words[i] = random();
      }
      return decimal;
    }
    case 13: {
      List list;
      for (auto n = random() % 5; n > 0; --n) list.push_back(any_value(random, depth - 1));
      return list;
    }
    default: {
      Record record;
      for (auto n = random() % 5; n > 0; --n)
        record.emplace_back("f" + std::to_string(n), any_value(random, depth - 1));
      return record;
    }
  }
}

}  // namespace

TEST_CASE("stored values come back as they were", "[storage]") {
  const std::vector<Value> values = {Value(),
                                     true,
                                     false,
                                     0,
                                     -1,
                                     63,
                                     64,
                                     -64,
                                     -65,
                                     std::numeric_limits<std::int64_t>::max(),
                                     std::numeric_limits<std::int64_t>::min(),
                                     0.0,
                                     -0.0,
                                     1.5,
                                     std::numeric_limits<double>::infinity(),
                                     std::nan(""),
                                     "",
                                     "text",
                                     std::string(100'000, 'x'),
                                     Bytes{std::string("\0\xff", 2)},
                                     List{},
                                     Record{},
                                     List{1, "a", List{Value()}},
                                     Record{{"a", 1}, {"", List{}}},
                                     ZonedDateTime{1, 2, -3600, "America/New_York"},
                                     Duration{-1, -2, -3, 4},
                                     *Decimal::parse("-12.50"),
                                     *Decimal::parse("0.00"),
                                     *Decimal::parse("1e77")};
  for (const Value& value : values) {
    CAPTURE(value.to_string());
    require_same(decode_value(as_bytes(stored(value))), value);
  }
  CHECK(std::signbit(decode_value(as_bytes(stored(-0.0))).as_float64()));
  CHECK(stored(5).size() == 2);
  CHECK(stored("abc").size() == 5);
}

TEST_CASE("the stored form does not change", "[storage]") {
  CHECK(stored(Record{{"a", List{1, -1, true}}, {"b", 1.0}}) ==
        std::string("\x0e\x02\x01"
                    "a\x0d\x03\x03\x02\x03\x01\x02\x01"
                    "b\x04\0\0\0\0\0\0\xf0\x3f",
                    22));
  CHECK(stored(Date{-1}) == "\x05\x01");
  CHECK(stored(*Decimal::parse("-2.58")) == "\x0f\x82\x02\x02\x01");
  CHECK(stored(ZonedDateTime{1, 2, -1, "Z"}) == "\x09\x02\x04\x01\x01Z");
}

TEST_CASE("random values come back, one behind the other", "[storage]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::vector<Value> values;
    std::string bytes;
    for (auto n = random() % 6; n > 0; --n) {
      values.push_back(any_value(random, 3));
      encode_value(values.back(), bytes);
    }
    ByteView left = as_bytes(bytes);
    for (const Value& value : values) require_same(take_value(left), value);
    REQUIRE(left.empty());
  }
}

TEST_CASE("every cut of a stored value is damage, and damaged bytes never do worse", "[storage]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::string bytes = stored(any_value(random, 2));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      REQUIRE(code_of([&] { decode_value(as_bytes(std::string_view(bytes).substr(0, size))); }) ==
              status::kCorrupt);
    }
    REQUIRE(code_of([&] { decode_value(as_bytes(bytes + "x")); }) == status::kCorrupt);
    for (int flips = 0; flips < 20; ++flips) {
      std::string damaged = bytes;
      damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
      const std::string code = code_of([&] { decode_value(as_bytes(damaged)); });
      REQUIRE((code.empty() || code == status::kCorrupt));
    }
  }
  const std::string huge("\x0d\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
  CHECK(code_of([&] { decode_value(as_bytes(huge)); }) == status::kCorrupt);
  CHECK(code_of([&] { decode_value(as_bytes(std::string(100'000, '\x0d'))); }) == status::kCorrupt);
}

TEST_CASE("graph elements and bottomless lists are not stored", "[storage]") {
  CHECK(code_of([&] { stored(Value::node_reference(NodeId{1})); }) == status::kInvalidValueType);
  Value deep = 1;
  for (int i = 0; i < kMaxStoredNesting; ++i) deep = Value(List{deep});
  require_same(decode_value(as_bytes(stored(deep))), deep);
  deep = Value(List{deep});
  CHECK(code_of([&] { stored(deep); }) == status::kLimitExceeded);
}
