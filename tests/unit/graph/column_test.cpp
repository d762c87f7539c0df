#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "graph/chunk/column_encoder.hpp"
#include "value/compare.hpp"

namespace geode::graph {
namespace {

using Kind = ValueTest::Kind;
using Random = std::mt19937;

/// The same by the comparison of values that expressions use.
bool passes(const ValueTest& test, const Value& value) {
  if (value.is_null()) return false;
  if (test.kind == Kind::kAmong) {
    for (const Value& constant : test.constants) {
      if (value::equals(value, constant) == true) return true;
    }
    return false;
  }
  const Value& constant = test.constants[0];
  if (test.kind == Kind::kEqual) return value::equals(value, constant) == true;
  if (test.kind == Kind::kNotEqual) return value::equals(value, constant) == false;
  const auto order = value::compare(value, constant);
  if (!order) return false;
  switch (test.kind) {
    case Kind::kLess:
      return *order < 0;
    case Kind::kLessOrEqual:
      return *order <= 0;
    case Kind::kGreater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

struct Source {
  const char* name;
  std::function<Value(Random&)> make;
};

std::int64_t below(Random& random, std::int64_t bound) {
  return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound));
}

const std::vector<Source>& sources() {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  static const std::vector<Source> all = {
      {"one byte", [](Random& r) { return Value(below(r, 200) - 100); }},
      {"two bytes", [](Random& r) { return Value(below(r, 60000) - 5); }},
      {"four bytes", [](Random& r) { return Value(below(r, 4000000000) + 7); }},
      {"eight bytes",
       [](Random& r) {
         return Value(below(r, 5) == 0   ? kLeast + below(r, 3)
                      : below(r, 5) == 0 ? std::numeric_limits<std::int64_t>::max() - below(r, 3)
                                         : below(r, 1000) - 500);
       }},
      {"least numbers", [](Random& r) { return Value(kLeast + below(r, 4)); }},
      {"one number", [](Random&) { return Value(std::int64_t{42}); }},
      {"days", [](Random& r) { return Value(Date{below(r, 100)}); }},
      {"truth", [](Random& r) { return Value(below(r, 2) == 0); }},
      {"one truth", [](Random&) { return Value(true); }},
      {"doubles",
       [](Random& r) {
         return below(r, 9) == 0 ? Value(std::numeric_limits<double>::quiet_NaN())
                                 : Value(static_cast<double>(below(r, 40)) / 4 - 5);
       }},
      {"one double", [](Random&) { return Value(2.5); }},
      {"few texts", [](Random& r) { return Value("text" + std::to_string(below(r, 12))); }},
      {"many texts",
       [](Random& r) { return Value("a long text, " + std::to_string(below(r, 900))); }},
      {"own texts", [](Random& r) { return Value(std::to_string(below(r, 1000000))); }},
      {"one text", [](Random&) { return Value(std::string("always")); }},
  };
  return all;
}

}  // namespace

TEST_CASE("a test of an encoded column passes the rows whose values compare so", "[graph]") {
  Random random(20261123);
  std::set<ColumnEncoding> seen;
  for (const Source& column : sources()) {
    for (const int nulls : {0, 8}) {
      ColumnEncoder encoder;
      constexpr std::uint32_t kRows = 3000;
      std::vector<Value> values(kRows);
      for (std::uint32_t row = 0; row < kRows; ++row) {
        if (nulls == 0 || below(random, nulls) != 0) values[row] = column.make(random);
        encoder.set(row, values[row]);
      }
      std::vector<std::byte> bytes;
      REQUIRE(encoder.encode(1, bytes));
      std::vector<std::uint64_t> aligned((bytes.size() + 7) / 8);
      std::memcpy(aligned.data(), bytes.data(), bytes.size());
      const ColumnView view({reinterpret_cast<const std::byte*>(aligned.data()), bytes.size()});
      seen.insert(view.encoding());
      for (int round = 0; round < 60; ++round) {
        ValueTest test{static_cast<Kind>(round % 7), {}};
        const std::int64_t constants = test.kind == Kind::kAmong ? below(random, 5) : 1;
        while (static_cast<std::int64_t>(test.constants.size()) < constants)
          test.constants.push_back(column.make(random));
        if (!view.can_test(test)) {
          // Truth values have an order that few ask for.
          CHECK(view.tag() == ValueType::kBool);
          continue;
        }
        const auto first = static_cast<std::uint32_t>(below(random, 100));
        const auto count = std::min(view.header().rows - first, 2048u);
        std::vector<std::uint8_t> mask(count, 1);
        mask[7] = 0;
        view.test(first, count, test, mask.data());
        bool same = mask[7] == 0;
        for (std::uint32_t i = 0; i < count; ++i) {
          if (i != 7) same = same && (mask[i] == 1) == passes(test, values[first + i]);
        }
        INFO(column.name << ", nulls " << nulls << ", comparison " << round % 7);
        CHECK(same);
      }
    }
  }
  for (const ColumnEncoding encoding :
       {ColumnEncoding::kConstant, ColumnEncoding::kFor8, ColumnEncoding::kFor16,
        ColumnEncoding::kFor32, ColumnEncoding::kInt64, ColumnEncoding::kFloat64,
        ColumnEncoding::kBool, ColumnEncoding::kDictionary8, ColumnEncoding::kDictionary16,
        ColumnEncoding::kString}) {
    INFO("encoding " << static_cast<int>(encoding));
    CHECK(seen.count(encoding) == 1);
  }
}

TEST_CASE("a test whose constant has another type than the column is not answered", "[graph]") {
  ColumnEncoder encoder;
  for (std::uint32_t row = 0; row < 100; ++row) encoder.set(row, Value(std::int64_t{row}));
  std::vector<std::byte> bytes;
  REQUIRE(encoder.encode(1, bytes));
  std::vector<std::uint64_t> aligned((bytes.size() + 7) / 8);
  std::memcpy(aligned.data(), bytes.data(), bytes.size());
  const ColumnView view({reinterpret_cast<const std::byte*>(aligned.data()), bytes.size()});
  CHECK(view.can_test({Kind::kLess, {Value(std::int64_t{5})}}));
  CHECK_FALSE(view.can_test({Kind::kLess, {Value(5.5)}}));
  CHECK_FALSE(view.can_test({Kind::kAmong, {Value(std::int64_t{5}), Value(std::string("5"))}}));
  CHECK_FALSE(view.can_test({Kind::kEqual, {Value(Date{5})}}));
}

}  // namespace geode::graph
