#include <string>

#include "gql/function/aggregate_rows.hpp"
#include "gql/function/arguments.hpp"
#include "value/compare.hpp"

namespace geode::gql {

namespace {

using Columns = std::span<const value::Vector* const>;
using Rows = std::span<const std::uint32_t>;
using value::Physical;
using value::Type;
using value::Vector;

// ---- minimum and maximum

/// The best value so far. Numbers are kept unboxed while all values were of that one type.
struct Best {
  enum class Kind : std::uint64_t { kNone, kInt64, kFloat64, kValue } kind = Kind::kNone;
  union {
    std::int64_t integer = 0;
    double real;
  };
  Value value;

  Value get() const {
    switch (kind) {
      case Kind::kNone:
        return {};
      case Kind::kInt64:
        return integer;
      case Kind::kFloat64:
        return real;
      case Kind::kValue:
        return value;
    }
    return {};
  }
};

/// Whether a float is better than another: NaN is above all numbers, as in ORDER BY.
template <bool kMaximum>
bool is_better(double a, double b) {
  if (kMaximum) return a > b || (a != a && b == b);
  return a < b || (b != b && a == a);
}

template <bool kMaximum>
void offer(Best& best, const Value& value) {
  if (best.kind == Best::Kind::kNone) {
    if (value.type() == ValueType::kInt64) {
      best.kind = Best::Kind::kInt64;
      best.integer = value.unchecked_int64();
    } else if (value.type() == ValueType::kFloat64) {
      best.kind = Best::Kind::kFloat64;
      best.real = value.unchecked_float64();
    } else {
      best.kind = Best::Kind::kValue;
      best.value = value;
    }
    return;
  }
  const int order = value::order(value, best.kind == Best::Kind::kValue ? best.value : best.get());
  if (kMaximum ? order <= 0 : order >= 0) return;
  best.kind = Best::Kind::kValue;
  best.value = value;
}

template <bool kMaximum>
void offer_int64(Best& best, std::int64_t value) {
  if (best.kind == Best::Kind::kInt64) {
    if (kMaximum ? value > best.integer : value < best.integer) best.integer = value;
  } else {
    offer<kMaximum>(best, value);
  }
}

template <bool kMaximum>
void offer_float64(Best& best, double value) {
  if (best.kind == Best::Kind::kFloat64) {
    if (is_better<kMaximum>(value, best.real)) best.real = value;
  } else {
    offer<kMaximum>(best, value);
  }
}

/// A string becomes a Value of its own only when it is better.
template <bool kMaximum>
void offer_string(Best& best, std::string_view text) {
  if (best.kind == Best::Kind::kValue && best.value.type() == ValueType::kString) {
    const int order = text.compare(best.value.as_string());
    if (kMaximum ? order <= 0 : order >= 0) return;
  }
  offer<kMaximum>(best, Value(text));
}

template <bool kMaximum>
void update_best(Columns arguments, Rows rows, const std::uint32_t* groups, const std::uint64_t*,
                 std::byte* states, std::size_t stride) {
  // However often a row counts, its value is the same.
  const AggregateInput input{arguments, rows, groups, nullptr, states, stride};
  const Vector& in = *arguments[0];
  const auto add = [&](Best& best, std::uint32_t row, std::uint64_t) {
    switch (in.physical()) {
      case Physical::kInt64:
        offer_int64<kMaximum>(best, in.at<std::int64_t>(row));
        return;
      case Physical::kFloat64:
        offer_float64<kMaximum>(best, in.at<double>(row));
        return;
      case Physical::kString:
        offer_string<kMaximum>(best, in.at<std::string_view>(row));
        return;
      case Physical::kAny:
        offer<kMaximum>(best, in.at<Value>(row));
        return;
      case Physical::kBool:
      case Physical::kNode:
      case Physical::kEdge:
        offer<kMaximum>(best, in.get(row));
        return;
    }
  };
  if (!is_plain(input) || rows.empty()) {
    add_rows<Best>(input, add);
  } else if (in.physical() == Physical::kInt64) {
    const auto* values = in.data<std::int64_t>();
    const auto better = [](std::int64_t a, std::int64_t b) { return kMaximum ? a > b : a < b; };
    if (groups == nullptr) {
      offer_int64<kMaximum>(input.state<Best>(0), find_best(rows, values, better));
    } else {
      add_plain_rows<Best>(input, values, [](Best& best, std::int64_t value) {
        offer_int64<kMaximum>(best, value);
      });
    }
  } else if (in.physical() == Physical::kFloat64) {
    const auto* values = in.data<double>();
    if (groups == nullptr) {
      const auto better = [](double a, double b) { return is_better<kMaximum>(a, b); };
      offer_float64<kMaximum>(input.state<Best>(0), find_best(rows, values, better));
    } else {
      add_plain_rows<Best>(input, values,
                           [](Best& best, double value) { offer_float64<kMaximum>(best, value); });
    }
  } else {
    add_rows<Best>(input, add);
  }
}

template <bool kMaximum>
void combine_best(std::byte* into, const std::byte* from) {
  const Best& other = as_state<Best>(from);
  if (other.kind != Best::Kind::kNone) offer<kMaximum>(as_state<Best>(into), other.get());
}

Type nullable_first(std::span<const Type> arguments) { return arguments[0].with_null(); }

// ---- any value

void update_any(Columns arguments, Rows rows, const std::uint32_t* groups, const std::uint64_t*,
                std::byte* states, std::size_t stride) {
  const AggregateInput input{arguments, rows, groups, nullptr, states, stride};
  add_rows<Value>(input, [&](Value& value, std::uint32_t row, std::uint64_t) {
    if (value.is_null()) value = arguments[0]->get(row);
  });
}

template <bool kMaximum>
void add_best(FunctionRegistry& registry, std::string_view name, std::string_view description) {
  add_aggregate(
      registry, {name},
      {.name = {},
       .minimum_arguments = 1,
       .maximum_arguments = 1,
       .result = Type::any(),
       .state_size = sizeof(Best),
       .init = init_state<Best>,
       .destroy = destroyer<Best>(),
       .relocate = relocator<Best>(),
       .update = update_best<kMaximum>,
       .combine = combine_best<kMaximum>,
       .finish = [](const std::byte* state) { return as_state<Best>(state).get(); },
       .typer = nullable_first,
       .signature = "(value ANY) :: ANY",
       .description = std::string(description),
       .extra_bytes =
           [](const std::byte* state) { return as_state<Best>(state).value.heap_bytes(); }});
}

}  // namespace

void register_extreme_aggregates(FunctionRegistry& registry) {
  add_best<false>(registry, "min", "The least of the values in the order of ORDER BY.");
  add_best<true>(registry, "max", "The greatest of the values in the order of ORDER BY.");
  add_aggregate(
      registry, {"any_value"},
      {.name = {},
       .minimum_arguments = 1,
       .maximum_arguments = 1,
       .result = Type::any(),
       .state_size = sizeof(Value),
       .init = init_state<Value>,
       .destroy = destroyer<Value>(),
       .relocate = relocator<Value>(),
       .update = update_any,
       .combine =
           [](std::byte* into, const std::byte* from) {
             Value& value = as_state<Value>(into);
             if (value.is_null()) value = as_state<Value>(from);
           },
       .finish = [](const std::byte* state) { return as_state<Value>(state); },
       .typer = nullable_first,
       .signature = "(value ANY) :: ANY",
       .description = "One of the values that are not null.",
       .extra_bytes = [](const std::byte* state) { return as_state<Value>(state).heap_bytes(); }});
}

}  // namespace geode::gql
