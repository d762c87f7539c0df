#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

#include "calls.hpp"

using geode::Duration;
using geode::Error;
using geode::List;
using geode::Value;
using geode::ValueType;
using geode::test::aggregate;
using geode::test::aggregate_columns;
using geode::test::aggregate_groups;

namespace {

constexpr std::int64_t kGreatest = std::numeric_limits<std::int64_t>::max();

bool identical(const Value& a, const Value& b) { return a.type() == b.type() && a == b; }

std::string status_of(std::string_view function, const std::vector<List>& columns) {
  try {
    aggregate_columns(function, columns);
  } catch (const Error& error) {
    return error.gqlstatus();
  }
  return "";
}

}  // namespace

TEST_CASE("count counts rows, or values that are not null", "[function]") {
  CHECK(aggregate("count", {1, nullptr, "x"}) == Value(2));
  CHECK(aggregate("count", {1, 2}) == Value(2));
  CHECK(aggregate_columns("count", {}, {3, 4, 5}) == Value(12));
  CHECK(aggregate_columns("count", {{1, nullptr, 2}}, {3, 4, 5}) == Value(8));
  CHECK(aggregate_groups("count", {1, nullptr, 2}, {0, 0, 1}, 3) == List{1, 1, 0});
}

TEST_CASE("sums are exact and of the type of what is added", "[function]") {
  CHECK(identical(aggregate("sum", {}), 0));
  CHECK(aggregate("sum", {nullptr, nullptr}).is_null());
  CHECK(identical(aggregate("sum", {33, nullptr, 42}), 75));
  CHECK(identical(aggregate("sum", {1, 2.5}), 3.5));
  CHECK(identical(aggregate("sum", {0.1, 0.2, 0.3}), 0.6));
  CHECK(identical(aggregate("sum", {kGreatest, 1, -1}), kGreatest));
  CHECK(identical(aggregate("sum", {-kGreatest - 1, kGreatest, -5}), -6));
  CHECK(status_of("sum", {{kGreatest, 1}}) == "22003");
  CHECK(
      std::isinf(aggregate("sum", {1.7976931348623157e308, 1.7976931348623157e308}).as_float64()));
  CHECK(aggregate("sum", {Duration{1, 2, 3, 0}, Duration{0, 1, 0, 5}}) ==
        Value(Duration{1, 3, 3, 5}));
  CHECK(status_of("sum", {{"a"}}) == "22G03");
  CHECK(status_of("sum", {{1, Duration{1, 0, 0, 0}}}) == "22G03");
  CHECK(identical(aggregate_columns("sum", {{1, 2, nullptr}}, {10, 100, 1000}), 210));
  CHECK(identical(aggregate_columns("sum", {{0.5, 2.0}}, {4, 2}), 6.0));
  CHECK(aggregate_groups("sum", {1, 2, 3, 4}, {0, 1, 0, 1}, 3) == List{4, 6, 0});
  CHECK(aggregate_groups("sum", {1.5, 2.0, 3.0}, {0, 1, 0}, 2) == List{4.5, 2.0});
}

TEST_CASE("averages are floats, also of integers", "[function]") {
  CHECK(identical(aggregate("avg", {10, 20}), 15.0));
  CHECK(aggregate("avg", {}).is_null());
  CHECK(aggregate("avg", {nullptr}).is_null());
  CHECK(identical(aggregate("avg", {kGreatest, kGreatest}), static_cast<double>(kGreatest)));
  CHECK(aggregate("avg", {Duration{0, 2, 0, 0}, Duration{0, 4, 0, 0}}) ==
        Value(Duration{0, 3, 0, 0}));
  CHECK(identical(aggregate_columns("avg", {{1, 2}}, {3, 1}), 1.25));
}

TEST_CASE("min and max follow the order of ORDER BY and skip nulls", "[function]") {
  CHECK(identical(aggregate("max", {1.0, 2.0, 0.5, nullptr}), 2.0));
  CHECK(identical(aggregate("min", {1, 2.0, 5, nullptr, 3.2, 0.1}), 0.1));
  CHECK(identical(aggregate("max", {1, 2, 5}), 5));
  CHECK(aggregate("max", {"a", "b", "B", nullptr, "abc"}) == Value("b"));
  CHECK(aggregate("min", {"a", "b", "B", nullptr, "abc"}) == Value("B"));
  CHECK(aggregate("min", {1, "a", nullptr, List{1, 2}, 0.2, "b"}) == Value(List{1, 2}));
  CHECK(aggregate("max", {List{1}, List{2}, List{2, 1}}) == Value(List{2, 1}));
  CHECK(aggregate("min", {true, false}) == Value(false));
  CHECK(aggregate("min", {}).is_null());
  CHECK(std::isnan(aggregate("max", {1.0, std::nan(""), 2.0}).as_float64()));
  CHECK(aggregate("min", {std::nan(""), 1.0, 2.0}) == Value(1.0));
  CHECK(aggregate_columns("max", {{3, 9, 4, 1, 7}}) == Value(9));
  CHECK(aggregate_columns("min", {{"c", "a", "b"}}) == Value("a"));
  CHECK(aggregate_groups("max", {3, 9, 4}, {0, 1, 0}, 3) == List{4, 9, nullptr});
}

TEST_CASE("values are collected and joined", "[function]") {
  CHECK(aggregate("collect", {1, nullptr, "a"}) == Value(List{1, "a"}));
  CHECK(aggregate("collect_list", {}) == Value(List{}));
  CHECK(aggregate_columns("collect", {{1, 2, 3}}, {2, 1, 0}) == Value(List{1, 1, 2}));
  CHECK(aggregate_columns("collect", {{1, 2, 3, 4, 5}}) == Value(List{1, 2, 3, 4, 5}));
  CHECK(aggregate("group_concat", {"a", nullptr, "b", 1}) == Value("a,b,1"));
  CHECK(aggregate_columns("string_agg", {{"a", "b", "c"}, {"; ", "; ", "; "}}) == Value("a; b; c"));
  CHECK(aggregate("listagg", {nullptr}).is_null());
  CHECK(aggregate("any_value", {nullptr, 7}) == Value(7));
  CHECK(aggregate("bool_and", {true, nullptr, false}) == Value(false));
  CHECK(aggregate("bool_or", {true, nullptr, false}) == Value(true));
  CHECK(aggregate("bool_or", {}).is_null());
}

TEST_CASE("percentiles interpolate or pick", "[function]") {
  const List values{30.0, 10.0, 20.0};
  const auto at = [&](const char* function, double p) {
    return aggregate_columns(function, {values, {p, p, p}});
  };
  CHECK(at("percentileDisc", 0.0) == Value(10.0));
  CHECK(at("percentileDisc", 0.5) == Value(20.0));
  CHECK(at("percentileDisc", 1.0) == Value(30.0));
  CHECK(at("percentileCont", 0.25) == Value(15.0));
  CHECK(at("percentile_cont", 1.0) == Value(30.0));
  CHECK(identical(aggregate_columns("percentileDisc", {{1, 2, 3}, {0.5, 0.5, 0.5}}), 2));
  CHECK(aggregate("median", {1, 2, 3, 4}) == Value(2.5));
  CHECK(aggregate("median", {}).is_null());
  for (const double wrong : {1000.0, -1.0, 1.1}) {
    try {
      at("percentileCont", wrong);
      FAIL("a percentile of " << wrong);
    } catch (const Error& error) {
      CHECK(error.type() == "ArgumentError");
      CHECK(error.detail() == "NumberOutOfRange");
    }
  }
}

TEST_CASE("deviations and variances agree with their definitions", "[function]") {
  std::mt19937 random(7);
  std::normal_distribution<double> distribution(1e6, 3);
  List values;
  double sum = 0;
  for (int i = 0; i < 500; ++i) {
    values.emplace_back(distribution(random));
    sum += values.back().as_float64();
  }
  const double mean = sum / 500;
  double squares = 0;
  for (const Value& value : values)
    squares += (value.as_float64() - mean) * (value.as_float64() - mean);
  CHECK(aggregate("var_samp", values).as_float64() == Approx(squares / 499));
  CHECK(aggregate_columns("var_pop", {values}).as_float64() == Approx(squares / 500));
  CHECK(aggregate_columns("stdev", {values}).as_float64() == Approx(std::sqrt(squares / 499)));
  CHECK(aggregate("stddev_pop", values).as_float64() == Approx(std::sqrt(squares / 500)));
  CHECK(aggregate("stddev_samp", {1}).is_null());
  CHECK(aggregate("stdev", {1}) == Value(0.0));
  CHECK(aggregate_columns("var_pop", {{1, 4}}, {3, 1}) == Value(1.6875));
}

TEST_CASE("regression fits a line through pairs without nulls", "[function]") {
  const List x{1, 2, 3, 4, nullptr, 5};
  const List y{2, 4, 6, 8, 1, 10};
  const auto of = [&](const char* function) { return aggregate_columns(function, {y, x}); };
  CHECK(of("regr_slope").as_float64() == Approx(2));
  CHECK(of("regr_intercept").as_float64() == Approx(0).margin(1e-12));
  CHECK(of("regr_r2").as_float64() == Approx(1));
  CHECK(of("corr").as_float64() == Approx(1));
  CHECK(of("regr_sxx").as_float64() == Approx(10));
  CHECK(of("regr_syy").as_float64() == Approx(40));
  CHECK(of("regr_sxy").as_float64() == Approx(20));
  CHECK(of("regr_avgx").as_float64() == Approx(3));
  CHECK(of("regr_avgy").as_float64() == Approx(6));
  CHECK(of("covar_samp").as_float64() == Approx(5));
  CHECK(of("covar_pop").as_float64() == Approx(4));
  CHECK(identical(of("regr_count"), 5));
  const auto of_none = [](const char* function) { return aggregate_columns(function, {{}, {}}); };
  CHECK(of_none("regr_slope").is_null());
  CHECK(of_none("regr_sxx").is_null());
  CHECK(identical(of_none("regr_count"), 0));
}
