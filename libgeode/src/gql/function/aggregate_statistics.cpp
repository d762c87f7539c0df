#include <cmath>
#include <new>
#include <optional>
#include <string>

#include <geode/error.hpp>
#include "gql/function/aggregate_rows.hpp"
#include "gql/function/arguments.hpp"

namespace geode::gql {

namespace {

using Columns = std::span<const value::Vector* const>;
using Rows = std::span<const std::uint32_t>;
using value::Physical;
using value::Type;
using value::Vector;

/// The number in a row that is not null.
double number_at(const Vector& in, std::uint32_t row, std::string_view what) {
  if (in.physical() == Physical::kFloat64) return in.at<double>(row);
  if (in.physical() == Physical::kInt64) return static_cast<double>(in.at<std::int64_t>(row));
  const Value value = in.get(row);
  if (!value.is_number()) {
    throw Error(status::kInvalidValueType,
                std::string(what) + " needs numbers, got " + std::string(type_name(value.type())))
        .category("TypeError", "InvalidArgumentType");
  }
  return value.as_number();
}

// ---- one variable

/// Count, mean and sum of squared distances from the mean, kept by the method of Welford and Chan:
/// it does not subtract two large sums from each other, and parts of a parallel aggregation can be
/// joined.
struct Moments {
  double count = 0;
  double mean = 0;
  double squares = 0;

  void add(double value) {
    count += 1;
    const double before = value - mean;
    mean += before / count;
    squares += before * (value - mean);
  }
  void add(const Moments& other) {
    if (other.count == 0) return;
    const double total = count + other.count;
    const double distance = other.mean - mean;
    squares += other.squares + distance * distance * count * other.count / total;
    mean += distance * other.count / total;
    count = total;
  }
};

void update_moments(Columns arguments, Rows rows, const std::uint32_t* groups,
                    const std::uint64_t* multiplicity, std::byte* states, std::size_t stride) {
  const AggregateInput input{arguments, rows, groups, multiplicity, states, stride};
  const Vector& in = *arguments[0];
  if (is_plain(input) && in.physical() == Physical::kFloat64) {
    add_plain_rows<Moments>(input, in.data<double>(),
                            [](Moments& moments, double value) { moments.add(value); });
    return;
  }
  add_rows<Moments>(input, [&](Moments& moments, std::uint32_t row, std::uint64_t times) {
    moments.add(Moments{static_cast<double>(times),
                        number_at(in, row, "a standard deviation or variance"), 0});
  });
}

std::optional<double> sample_variance(const Moments& moments) {
  if (moments.count < 2) return std::nullopt;
  return moments.squares / (moments.count - 1);
}

std::optional<double> population_variance(const Moments& moments) {
  if (moments.count < 1) return std::nullopt;
  return moments.squares / moments.count;
}

template <std::optional<double> (*kVariance)(const Moments&)>
Value finish_variance(const std::byte* state) {
  const auto variance = kVariance(as_state<Moments>(state));
  return variance ? Value(*variance) : Value();
}

template <std::optional<double> (*kVariance)(const Moments&)>
Value finish_deviation(const std::byte* state) {
  const auto variance = kVariance(as_state<Moments>(state));
  return variance ? Value(std::sqrt(*variance)) : Value();
}

/// openCypher's stDev() and stDevP() give 0 where the standard's functions give null.
template <std::optional<double> (*kVariance)(const Moments&)>
Value finish_cypher_deviation(const std::byte* state) {
  return std::sqrt(kVariance(as_state<Moments>(state)).value_or(0.0));
}

void add_variance(FunctionRegistry& registry, std::initializer_list<std::string_view> names,
                  Value (*finish)(const std::byte*), std::string_view description) {
  add_aggregate(registry, names,
                {.name = {},
                 .minimum_arguments = 1,
                 .maximum_arguments = 1,
                 .argument = Type::number(),
                 .result = Type::nullable(ValueType::kFloat64),
                 .state_size = sizeof(Moments),
                 .init = init_state<Moments>,
                 .destroy = nullptr,
                 .update = update_moments,
                 .combine =
                     [](std::byte* into, const std::byte* from) {
                       as_state<Moments>(into).add(as_state<Moments>(from));
                     },
                 .finish = finish,
                 .signature = "(value NUMBER) :: FLOAT",
                 .description = std::string(description)});
}

// ---- two variables

/// The same for pairs (y, x): regression functions take the dependent variable first.
struct PairMoments {
  double count = 0;
  double mean_x = 0;
  double mean_y = 0;
  double squares_x = 0;
  double squares_y = 0;
  double products = 0;

  void add(const PairMoments& other) {
    if (other.count == 0) return;
    const double total = count + other.count;
    const double x = other.mean_x - mean_x;
    const double y = other.mean_y - mean_y;
    const double weight = count * other.count / total;
    squares_x += other.squares_x + x * x * weight;
    squares_y += other.squares_y + y * y * weight;
    products += other.products + x * y * weight;
    mean_x += x * other.count / total;
    mean_y += y * other.count / total;
    count = total;
  }
};

void update_pairs(Columns arguments, Rows rows, const std::uint32_t* groups,
                  const std::uint64_t* multiplicity, std::byte* states, std::size_t stride) {
  const AggregateInput input{arguments, rows, groups, multiplicity, states, stride};
  add_rows<PairMoments>(input, [&](PairMoments& moments, std::uint32_t row, std::uint64_t times) {
    // A pair counts only when both of its values are there.
    if (arguments[1]->is_null(row) || arguments[1]->get(row).is_null()) return;
    PairMoments pair;
    pair.count = static_cast<double>(times);
    pair.mean_y = number_at(*arguments[0], row, "a function of two variables");
    pair.mean_x = number_at(*arguments[1], row, "a function of two variables");
    moments.add(pair);
  });
}

using PairResult = std::optional<double> (*)(const PairMoments&);

template <PairResult kResult>
Value finish_pairs(const std::byte* state) {
  const PairMoments& moments = as_state<PairMoments>(state);
  if (moments.count == 0) return {};
  const auto result = kResult(moments);
  return result ? Value(*result) : Value();
}

std::optional<double> covariance_of_sample(const PairMoments& m) {
  if (m.count < 2) return std::nullopt;
  return m.products / (m.count - 1);
}
std::optional<double> covariance_of_population(const PairMoments& m) {
  return m.products / m.count;
}
std::optional<double> correlation(const PairMoments& m) {
  if (m.squares_x == 0 || m.squares_y == 0) return std::nullopt;
  return m.products / std::sqrt(m.squares_x * m.squares_y);
}
std::optional<double> slope(const PairMoments& m) {
  if (m.squares_x == 0) return std::nullopt;
  return m.products / m.squares_x;
}
std::optional<double> intercept(const PairMoments& m) {
  if (m.squares_x == 0) return std::nullopt;
  return m.mean_y - m.products / m.squares_x * m.mean_x;
}
std::optional<double> determination(const PairMoments& m) {
  if (m.squares_x == 0) return std::nullopt;
  // A constant is predicted without a mistake.
  if (m.squares_y == 0) return 1.0;
  return m.products * m.products / (m.squares_x * m.squares_y);
}
std::optional<double> average_x(const PairMoments& m) { return m.mean_x; }
std::optional<double> average_y(const PairMoments& m) { return m.mean_y; }
std::optional<double> sum_of_squares_x(const PairMoments& m) { return m.squares_x; }
std::optional<double> sum_of_squares_y(const PairMoments& m) { return m.squares_y; }
std::optional<double> sum_of_products(const PairMoments& m) { return m.products; }

void add_pair_function(FunctionRegistry& registry, std::string_view name, const Type& result,
                       Value (*finish)(const std::byte*), std::string_view description) {
  add_aggregate(registry, {name},
                {.name = {},
                 .minimum_arguments = 2,
                 .maximum_arguments = 2,
                 .argument = Type::number(),
                 .result = result,
                 .state_size = sizeof(PairMoments),
                 .init = init_state<PairMoments>,
                 .destroy = nullptr,
                 .update = update_pairs,
                 .combine =
                     [](std::byte* into, const std::byte* from) {
                       as_state<PairMoments>(into).add(as_state<PairMoments>(from));
                     },
                 .finish = finish,
                 .signature = "(y NUMBER, x NUMBER) :: " +
                              std::string(result.only(ValueType::kInt64) ? "INT" : "FLOAT"),
                 .description = std::string(description)});
}

template <PairResult kResult>
void add_pair_function(FunctionRegistry& registry, std::string_view name,
                       std::string_view description) {
  add_pair_function(registry, name, Type::nullable(ValueType::kFloat64), finish_pairs<kResult>,
                    description);
}

void add_regressions(FunctionRegistry& registry) {
  add_pair_function<slope>(registry, "regr_slope", "The slope of the line that fits best.");
  add_pair_function<intercept>(registry, "regr_intercept",
                               "Where the line that fits best crosses the y axis.");
  add_pair_function<determination>(registry, "regr_r2", "The square of the correlation.");
  add_pair_function<average_x>(registry, "regr_avgx", "The mean of x over complete pairs.");
  add_pair_function<average_y>(registry, "regr_avgy", "The mean of y over complete pairs.");
  add_pair_function<sum_of_squares_x>(registry, "regr_sxx",
                                      "The sum of squared distances of x from its mean.");
  add_pair_function<sum_of_squares_y>(registry, "regr_syy",
                                      "The sum of squared distances of y from its mean.");
  add_pair_function<sum_of_products>(registry, "regr_sxy",
                                     "The sum of products of the distances from both means.");
  add_pair_function(
      registry, "regr_count", integer_type(),
      [](const std::byte* state) -> Value {
        return static_cast<std::int64_t>(as_state<PairMoments>(state).count);
      },
      "The number of pairs without a null.");
}

}  // namespace

void register_statistic_aggregates(FunctionRegistry& registry) {
  add_variance(registry, {"stdev"}, finish_cypher_deviation<sample_variance>,
               "The standard deviation of a sample; 0 of less than two values.");
  add_variance(registry, {"stdevp"}, finish_cypher_deviation<population_variance>,
               "The standard deviation of a population; 0 of no values.");
  add_variance(registry, {"stddev_samp", "stddev"}, finish_deviation<sample_variance>,
               "The standard deviation of a sample.");
  add_variance(registry, {"stddev_pop"}, finish_deviation<population_variance>,
               "The standard deviation of a population.");
  add_variance(registry, {"var_samp", "variance"}, finish_variance<sample_variance>,
               "The variance of a sample.");
  add_variance(registry, {"var_pop"}, finish_variance<population_variance>,
               "The variance of a population.");
  add_pair_function<covariance_of_sample>(registry, "covar_samp", "The covariance of a sample.");
  add_pair_function<covariance_of_population>(registry, "covar_pop",
                                              "The covariance of a population.");
  add_pair_function<correlation>(registry, "corr", "The correlation of two variables.");
  add_regressions(registry);
}

}  // namespace geode::gql
