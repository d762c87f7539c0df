#include <algorithm>
#include <cmath>
#include <new>
#include <string>
#include <vector>

#include <geode/error.hpp>
#include "gql/function/aggregate_rows.hpp"
#include "gql/function/arguments.hpp"
#include "value/compare.hpp"

namespace geode::gql {

namespace {

using Columns = std::span<const value::Vector* const>;
using Rows = std::span<const std::uint32_t>;
using value::Type;

/// A percentile cannot be told before all values are known, so they are kept.
struct Sample {
  std::vector<Value> values;
  double fraction = 0.5;
};

/// The second argument, the same for all rows of a group, from 0 to 1.
double fraction_of(const Value& value) {
  if (!value.is_number()) {
    throw Error(status::kInvalidValueType,
                "a percentile is a number from 0 to 1, got " + std::string(type_name(value.type())))
        .category("TypeError", "InvalidArgumentType");
  }
  const double fraction = value.as_number();
  if (!(fraction >= 0 && fraction <= 1)) {
    throw Error(status::kInvalidArgument,
                "a percentile is a number from 0 to 1, got " + value.to_string())
        .category("ArgumentError", "NumberOutOfRange");
  }
  return fraction;
}

void update_sample(Columns arguments, Rows rows, const std::uint32_t* groups,
                   const std::uint64_t* multiplicity, std::byte* states, std::size_t stride) {
  const AggregateInput input{arguments, rows, groups, multiplicity, states, stride};
  add_rows<Sample>(input, [&](Sample& sample, std::uint32_t row, std::uint64_t times) {
    if (arguments.size() > 1) sample.fraction = fraction_of(arguments[1]->get(row));
    const Value value = arguments[0]->get(row);
    if (!value.is_number()) {
      throw Error(status::kInvalidValueType,
                  "a percentile needs numbers, got " + std::string(type_name(value.type())))
          .category("TypeError", "InvalidArgumentType");
    }
    sample.values.insert(sample.values.end(), times, value);
  });
}

void combine_samples(std::byte* into, const std::byte* from) {
  const Sample& other = as_state<Sample>(from);
  if (other.values.empty()) return;
  Sample& sample = as_state<Sample>(into);
  sample.fraction = other.fraction;
  sample.values.insert(sample.values.end(), other.values.begin(), other.values.end());
}

/// The value at `index` of the sorted sample.
Value nth(std::vector<Value>& values, std::size_t index) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(values.begin(), at, values.end(),
                   [](const Value& a, const Value& b) { return value::order(a, b) < 0; });
  return *at;
}

/// The first value whose share of values up to it is at least the fraction.
Value finish_discrete(const std::byte* state) {
  const Sample& sample = as_state<Sample>(state);
  if (sample.values.empty()) return {};
  std::vector<Value> values = sample.values;
  const double share = std::ceil(sample.fraction * static_cast<double>(values.size()));
  return nth(values, share < 1 ? 0 : static_cast<std::size_t>(share) - 1);
}

/// Between the two values nearest to the fraction, in proportion.
Value finish_continuous(const std::byte* state) {
  const Sample& sample = as_state<Sample>(state);
  if (sample.values.empty()) return {};
  std::vector<Value> values = sample.values;
  const double place = sample.fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double low = nth(values, below).as_number();
  const double part = place - std::floor(place);
  if (part == 0) return low;
  const double high = nth(values, below + 1).as_number();
  return low + part * (high - low);
}

Type discrete_type(std::span<const Type> arguments) {
  return Type::of_kinds((arguments[0].kinds & Type::kNumberKinds) | Type::kNullKind);
}

AggregateFunction percentile(std::uint32_t arguments, const Type& result,
                             Value (*finish)(const std::byte*), ResultTyper typer,
                             std::string_view signature, std::string_view description) {
  return {.name = {},
          .minimum_arguments = arguments,
          .maximum_arguments = arguments,
          .argument = Type::number(),
          .result = result,
          .state_size = sizeof(Sample),
          .init = init_state<Sample>,
          .destroy = destroy_state<Sample>,
          .relocate = relocator<Sample>(),
          .update = update_sample,
          .combine = combine_samples,
          .finish = finish,
          .typer = typer,
          .signature = std::string(signature),
          .description = std::string(description),
          .extra_bytes = [](const std::byte* state) {
            return as_state<Sample>(state).values.capacity() * sizeof(Value);
          }};
}

}  // namespace

void register_percentile_aggregates(FunctionRegistry& registry) {
  const Type real = Type::nullable(ValueType::kFloat64);
  add_aggregate(
      registry, {"percentileCont", "percentile_cont"},
      percentile(2, real, finish_continuous, nullptr, "(value NUMBER, fraction FLOAT) :: FLOAT",
                 "The value below which a fraction of all lies, interpolated."));
  add_aggregate(registry, {"percentileDisc", "percentile_disc"},
                percentile(2, Type::number().with_null(), finish_discrete, discrete_type,
                           "(value NUMBER, fraction FLOAT) :: NUMBER",
                           "The first of the values that has a fraction of all up to it."));
  add_aggregate(registry, {"median"},
                percentile(1, real, finish_continuous, nullptr, "(value NUMBER) :: FLOAT",
                           "The value in the middle, or the mean of the two there."));
}

}  // namespace geode::gql
