#include <cmath>
#include <limits>
#include <new>
#include <string>
#include <type_traits>

#include <geode/error.hpp>
#include "gql/function/aggregate_rows.hpp"
#include "gql/function/arguments.hpp"
#include "value/decimal.hpp"
#include "value/temporal.hpp"

namespace geode::gql {

namespace {

using Columns = std::span<const value::Vector* const>;
using Rows = std::span<const std::uint32_t>;
using value::Physical;
using value::Type;
using value::Vector;

// ---- count

struct Count {
  std::uint64_t rows = 0;
};

void update_count(Columns arguments, Rows rows, const std::uint32_t* groups,
                  const std::uint64_t* multiplicity, std::byte* states, std::size_t stride) {
  const AggregateInput input{arguments, rows, groups, multiplicity, states, stride};
  const bool all = arguments.empty() ||
                   (!arguments[0]->may_have_nulls() && arguments[0]->physical() != Physical::kAny);
  if (!all) {
    add_rows<Count>(input,
                    [](Count& count, std::uint32_t, std::uint64_t times) { count.rows += times; });
    return;
  }
  if (groups == nullptr && multiplicity == nullptr) {
    input.state<Count>(0).rows += rows.size();
    return;
  }
  if (const std::uint32_t few = bound_of_few_groups(input)) {
    std::uint64_t counts[kFewGroups] = {};
    count_rows(input, few, counts);
    for (std::uint32_t group = 0; group < few; ++group) {
      if (counts[group] != 0) input.state<Count>(group).rows += counts[group];
    }
    return;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    input.state<Count>(input.group(i)).rows += input.times(i);
  }
}

// ---- sum and average

/// The sum of integers is exact in 128 bits and leaves 64 only when it is read, so the order of
/// rows, and of the parts of a parallel sum, does not decide about an overflow.
class WideSum {
 public:
  void add(std::int64_t value) {
    const auto unsigned_value = static_cast<std::uint64_t>(value);
    low_ += unsigned_value;
    high_ += (value >> 63) + (low_ < unsigned_value ? 1 : 0);
  }
  void add(std::int64_t value, std::uint64_t times) {
    set(get() + static_cast<__int128>(value) * static_cast<__int128>(times));
  }
  void add(__int128 value) { set(get() + value); }
  __int128 get() const {
    return static_cast<__int128>(
        (static_cast<unsigned __int128>(static_cast<std::uint64_t>(high_)) << 64) | low_);
  }

 private:
  void set(__int128 sum) {
    low_ = static_cast<std::uint64_t>(sum);
    high_ = static_cast<std::int64_t>(sum >> 64);
  }
  // Two words, as states are aligned to 8 bytes only.
  std::uint64_t low_ = 0;
  std::int64_t high_ = 0;
};

/// A float sum with the rounding errors of its steps (Neumaier): 0.1 + 0.2 + 0.3 is 0.6 in every
/// order. The errors form a chain of their own, so the loop is as fast as plain addition.
class FloatSum {
 public:
  void add(double value) {
    const double sum = sum_ + value;
    const double shifted = sum - sum_;
    error_ += (sum_ - (sum - shifted)) + (value - shifted);
    sum_ = sum;
  }
  void add(const FloatSum& other) {
    add(other.sum_);
    error_ += other.error_;
  }
  double get() const {
    // Infinities leave a NaN in the error term.
    return std::isfinite(error_) ? sum_ + error_ : sum_;
  }

 private:
  double sum_ = 0;
  double error_ = 0;
};

struct Sum {
  WideSum integers;
  FloatSum floats;
  std::uint64_t integer_count = 0;
  std::uint64_t float_count = 0;
  std::uint64_t duration_count = 0;
  std::uint64_t decimal_count = 0;
  /// Durations and numbers are never added up, so one place serves both.
  union {
    Duration durations;
    Decimal decimals;
  };
  bool seen_null = false;

  Sum() : durations() {}
  bool has_numbers() const { return integer_count + float_count + decimal_count != 0; }
  void add(const Decimal& sum, std::uint64_t count) {
    decimals = decimal_count == 0 ? sum : value::add(decimals, sum);
    decimal_count += count;
  }
};
static_assert(std::is_trivially_destructible_v<Sum>);

[[noreturn]] void refuse_mixture() {
  throw Error(status::kInvalidValueType, "numbers and durations cannot be added up")
      .category("TypeError", "InvalidArgumentType");
}

void add_to_sum(Sum& sum, const Value& value, std::uint64_t times) {
  switch (value.type()) {
    case ValueType::kInt64:
      sum.integers.add(value.unchecked_int64(), times);
      sum.integer_count += times;
      break;
    case ValueType::kFloat64:
      sum.floats.add(times == 1 ? value.unchecked_float64()
                                : value.unchecked_float64() * static_cast<double>(times));
      sum.float_count += times;
      break;
    case ValueType::kDecimal:
      if (sum.duration_count != 0) refuse_mixture();
      sum.add(times == 1
                  ? value.as_decimal()
                  : value::multiply(value.as_decimal(), value::exact(static_cast<__int128>(times))),
              times);
      break;
    case ValueType::kDuration:
      if (sum.has_numbers()) refuse_mixture();
      sum.durations =
          value::add(sum.durations,
                     times == 1 ? value.as_duration()
                                : value::multiply(value.as_duration(), static_cast<double>(times)));
      sum.duration_count += times;
      break;
    default:
      throw Error(status::kInvalidValueType, "a sum or average needs numbers or durations, got " +
                                                 std::string(type_name(value.type())))
          .category("TypeError", "InvalidArgumentType");
  }
  if (sum.duration_count != 0 && sum.has_numbers()) refuse_mixture();
}

/// False, and nothing done, when groups are many, or numbers so large that their sums would have to
/// be wider.
bool add_integers_of_few_groups(const AggregateInput& input, const std::int64_t* values) {
  // A vector has no more than 2^11 rows, so that 52 bits each are not too many.
  constexpr std::uint64_t kMiddle = std::uint64_t{1} << 51;
  const std::uint32_t few = bound_of_few_groups(input);
  if (few == 0 || input.rows.size() > 2048) return false;
  std::int64_t sums[kTables][kFewGroups] = {};
  std::uint64_t beyond = 0;
  const std::uint32_t* groups = input.groups;
  const std::uint32_t* rows = input.rows.data();
  add_by_turns(input.rows.size(), [&](std::size_t table, std::size_t i) {
    const std::int64_t value = values[rows[i]];
    const std::uint64_t above = static_cast<std::uint64_t>(value) + kMiddle;
    beyond |= above;
    // What is too large wraps round, and is not used.
    sums[table][groups[i]] = static_cast<std::int64_t>(
        static_cast<std::uint64_t>(sums[table][groups[i]]) + static_cast<std::uint64_t>(value));
  });
  if (beyond >> 52 != 0) return false;
  std::uint64_t counts[kFewGroups] = {};
  count_rows(input, few, counts);
  for (std::uint32_t group = 0; group < few; ++group) {
    if (counts[group] == 0) continue;
    Sum& sum = input.state<Sum>(group);
    for (const auto& table : sums) sum.integers.add(table[group]);
    sum.integer_count += counts[group];
  }
  return true;
}

void update_sum(Columns arguments, Rows rows, const std::uint32_t* groups,
                const std::uint64_t* multiplicity, std::byte* states, std::size_t stride) {
  const AggregateInput input{arguments, rows, groups, multiplicity, states, stride};
  const Vector& in = *arguments[0];
  const bool one_group = groups == nullptr;
  if (is_plain(input) && in.physical() == Physical::kInt64) {
    const auto* values = in.data<std::int64_t>();
    if (one_group) {
      // A batch of 64-bit numbers cannot leave 128 bits.
      __int128 total = 0;
      for (const std::uint32_t row : rows) total += values[row];
      input.state<Sum>(0).integers.add(total);
      input.state<Sum>(0).integer_count += rows.size();
      return;
    }
    if (add_integers_of_few_groups(input, values)) return;
    add_plain_rows<Sum>(input, values, [](Sum& sum, std::int64_t value) {
      sum.integers.add(value);
      ++sum.integer_count;
    });
  } else if (is_plain(input) && in.physical() == Physical::kFloat64) {
    const auto* values = in.data<double>();
    if (one_group) {
      FloatSum total = input.state<Sum>(0).floats;
      for (const std::uint32_t row : rows) total.add(values[row]);
      input.state<Sum>(0).floats = total;
      input.state<Sum>(0).float_count += rows.size();
      return;
    }
    add_plain_rows<Sum>(input, values, [](Sum& sum, double value) {
      sum.floats.add(value);
      ++sum.float_count;
    });
  } else {
    const auto skip = [](Sum& sum) { sum.seen_null = true; };
    const auto add = [&](Sum& sum, std::uint32_t row, std::uint64_t times) {
      if (in.physical() == Physical::kInt64) {
        sum.integers.add(in.at<std::int64_t>(row), times);
        sum.integer_count += times;
      } else if (in.physical() == Physical::kFloat64) {
        sum.floats.add(in.at<double>(row) * static_cast<double>(times));
        sum.float_count += times;
      } else {
        add_to_sum(sum, in.get(row), times);
      }
    };
    add_rows<Sum>(input, add, skip);
  }
}

void combine_sums(std::byte* into, const std::byte* from) {
  Sum& sum = as_state<Sum>(into);
  const Sum& other = as_state<Sum>(from);
  sum.integers.add(other.integers.get());
  sum.floats.add(other.floats);
  sum.integer_count += other.integer_count;
  sum.float_count += other.float_count;
  sum.duration_count += other.duration_count;
  if (sum.duration_count != 0 && sum.has_numbers()) refuse_mixture();
  if (other.duration_count != 0) sum.durations = value::add(sum.durations, other.durations);
  if (other.decimal_count != 0) sum.add(other.decimals, other.decimal_count);
  sum.seen_null = sum.seen_null || other.seen_null;
}

/// Of a sum with decimals, and without floats.
Decimal exact_total(const Sum& sum) {
  return value::add(sum.decimals, value::exact(sum.integers.get()));
}

double float_total(const Sum& sum) {
  const double whole = sum.floats.get() + static_cast<double>(sum.integers.get());
  return sum.decimal_count == 0 ? whole : whole + value::to_float64(sum.decimals);
}

Value finish_sum(const std::byte* state) {
  const Sum& sum = as_state<Sum>(state);
  if (sum.duration_count != 0) return sum.durations;
  if (sum.float_count != 0) return float_total(sum);
  if (sum.decimal_count != 0) return exact_total(sum);
  const __int128 integers = sum.integers.get();
  if (sum.integer_count == 0 && sum.seen_null) return {};
  if (integers > std::numeric_limits<std::int64_t>::max() ||
      integers < std::numeric_limits<std::int64_t>::min()) {
    throw Error(status::kNumberOutOfRange, "sum() leaves the range of INT64")
        .category("ArithmeticError", "NumberOutOfRange");
  }
  return static_cast<std::int64_t>(integers);
}

Value finish_average(const std::byte* state) {
  const Sum& sum = as_state<Sum>(state);
  if (sum.duration_count != 0) {
    return value::divide(sum.durations, static_cast<double>(sum.duration_count));
  }
  const std::uint64_t count = sum.integer_count + sum.float_count + sum.decimal_count;
  if (count == 0) return {};
  if (sum.float_count == 0 && sum.decimal_count != 0) {
    return value::divide(exact_total(sum), value::exact(static_cast<__int128>(count)));
  }
  const double total =
      sum.float_count == 0 ? static_cast<double>(sum.integers.get()) : float_total(sum);
  return total / static_cast<double>(count);
}

Type sum_type(std::span<const Type> arguments) {
  constexpr std::uint32_t kSummable = Type::kNumberKinds | Type::bit(ValueType::kDuration);
  // No rows give the integer 0, whatever their type would have been.
  return Type::of_kinds((arguments[0].kinds & (kSummable | Type::kNullKind)) |
                        Type::bit(ValueType::kInt64));
}

Type average_type(std::span<const Type> arguments) {
  std::uint32_t kinds = Type::kNullKind;
  if (arguments[0].intersects(Type::kNumberKinds)) kinds |= Type::bit(ValueType::kFloat64);
  if (arguments[0].may_be(ValueType::kDecimal)) kinds |= Type::bit(ValueType::kDecimal);
  if (arguments[0].may_be(ValueType::kDuration)) kinds |= Type::bit(ValueType::kDuration);
  return Type::of_kinds(kinds);
}

// ---- booleans

struct Truth {
  std::uint32_t trues = 0;
  std::uint32_t falses = 0;
};

void update_truth(Columns arguments, Rows rows, const std::uint32_t* groups, const std::uint64_t*,
                  std::byte* states, std::size_t stride) {
  const AggregateInput input{arguments, rows, groups, nullptr, states, stride};
  add_rows<Truth>(input, [&](Truth& truth, std::uint32_t row, std::uint64_t) {
    const Value value = arguments[0]->get(row);
    if (value.type() != ValueType::kBool) {
      throw Error(status::kInvalidValueType, "bool_and() and bool_or() need booleans, got " +
                                                 std::string(type_name(value.type())))
          .category("TypeError", "InvalidArgumentType");
    }
    (value.as_bool() ? truth.trues : truth.falses) = 1;
  });
}

// ---- registration

void add_sums(FunctionRegistry& registry) {
  const Type summable = Type::of_kinds(Type::kNumberKinds | Type::bit(ValueType::kDuration));
  add_aggregate(registry, {"sum"},
                {.name = {},
                 .minimum_arguments = 1,
                 .maximum_arguments = 1,
                 .argument = summable,
                 .result = summable.with_null(),
                 .state_size = sizeof(Sum),
                 .init = init_state<Sum>,
                 .destroy = destroyer<Sum>(),
                 .relocate = relocator<Sum>(),
                 .update = update_sum,
                 .combine = combine_sums,
                 .finish = finish_sum,
                 .typer = sum_type,
                 .signature = "(value NUMBER | DURATION) :: NUMBER | DURATION",
                 .description = "The sum of the values; 0 of no rows, null of nothing but nulls."});
  add_aggregate(
      registry, {"avg"},
      {.name = {},
       .minimum_arguments = 1,
       .maximum_arguments = 1,
       .argument = summable,
       .result = Type::of_kinds(Type::bit(ValueType::kFloat64) | Type::bit(ValueType::kDecimal) |
                                Type::bit(ValueType::kDuration) | Type::kNullKind),
       .state_size = sizeof(Sum),
       .init = init_state<Sum>,
       .destroy = destroyer<Sum>(),
       .relocate = relocator<Sum>(),
       .update = update_sum,
       .combine = combine_sums,
       .finish = finish_average,
       .typer = average_type,
       .signature = "(value NUMBER | DURATION) :: FLOAT | DECIMAL | DURATION",
       .description = "The arithmetic mean of the values."});
}

void add_truths(FunctionRegistry& registry) {
  const auto add = [&](std::initializer_list<std::string_view> names, auto finish,
                       std::string_view description) {
    add_aggregate(registry, names,
                  {.name = {},
                   .minimum_arguments = 1,
                   .maximum_arguments = 1,
                   .argument = boolean_type(),
                   .result = Type::nullable(ValueType::kBool),
                   .state_size = sizeof(Truth),
                   .init = init_state<Truth>,
                   .destroy = destroyer<Truth>(),
                   .relocate = relocator<Truth>(),
                   .update = update_truth,
                   .combine =
                       [](std::byte* into, const std::byte* from) {
                         as_state<Truth>(into).trues |= as_state<Truth>(from).trues;
                         as_state<Truth>(into).falses |= as_state<Truth>(from).falses;
                       },
                   .finish = finish,
                   .signature = "(value BOOL) :: BOOL",
                   .description = std::string(description)});
  };
  add(
      {"bool_and"},
      [](const std::byte* state) -> Value {
        const Truth& truth = as_state<Truth>(state);
        if (truth.trues + truth.falses == 0) return {};
        return truth.falses == 0;
      },
      "Whether all of the values are true.");
  add(
      {"bool_or"},
      [](const std::byte* state) -> Value {
        const Truth& truth = as_state<Truth>(state);
        if (truth.trues + truth.falses == 0) return {};
        return truth.trues != 0;
      },
      "Whether one of the values is true.");
}

}  // namespace

bool is_empty_sum(const AggregateFunction& function, const std::byte* state) {
  if (function.finish != finish_sum) return false;
  const Sum& sum = as_state<Sum>(state);
  return sum.integer_count + sum.float_count + sum.duration_count == 0;
}

void register_aggregates(FunctionRegistry& registry) {
  add_aggregate(registry, {"count"},
                {.name = {},
                 .minimum_arguments = 0,
                 .maximum_arguments = 1,
                 .result = integer_type(),
                 .state_size = sizeof(Count),
                 .init = init_state<Count>,
                 .destroy = destroyer<Count>(),
                 .relocate = relocator<Count>(),
                 .update = update_count,
                 .combine =
                     [](std::byte* into, const std::byte* from) {
                       as_state<Count>(into).rows += as_state<Count>(from).rows;
                     },
                 .finish = [](const std::byte* state) -> Value {
                   return static_cast<std::int64_t>(as_state<Count>(state).rows);
                 },
                 .signature = "(* | value ANY) :: INT",
                 .description = "The number of rows, or of values that are not null."});
  add_sums(registry);
  add_truths(registry);
  register_extreme_aggregates(registry);
  register_collecting_aggregates(registry);
  register_statistic_aggregates(registry);
  register_percentile_aggregates(registry);
}

}  // namespace geode::gql
