#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "value/vector.hpp"

namespace geode::gql {

/// What AggregateFunction::update is given, in one piece.
struct AggregateInput {
  std::span<const value::Vector* const> arguments;
  std::span<const std::uint32_t> rows;
  const std::uint32_t* groups;        // null: all rows belong to group 0
  const std::uint64_t* multiplicity;  // null: every row counts once
  std::byte* states;
  std::size_t stride;

  template <class State>
  State& state(std::size_t group) const {
    return *reinterpret_cast<State*>(states + group * stride);
  }
  std::size_t group(std::size_t i) const { return groups == nullptr ? 0 : groups[i]; }
  std::uint64_t times(std::size_t i) const { return multiplicity == nullptr ? 1 : multiplicity[i]; }
};

/// Calls add(state, value) for the rows of a flat column of `T` without nulls, each counting once.
/// This is the loop that most aggregation is made of.
template <class State, class T, class Add>
void add_plain_rows(const AggregateInput& input, const T* values, Add add) {
  const std::uint32_t* rows = input.rows.data();
  const std::size_t count = input.rows.size();
  if (input.groups == nullptr) {
    // A state of its own for the loop can live in registers; the one in memory might be what
    // `values` points to.
    State state = input.state<State>(0);
    for (std::size_t i = 0; i < count; ++i) add(state, values[rows[i]]);
    input.state<State>(0) = state;
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    add(input.state<State>(input.groups[i]), values[rows[i]]);
  }
}

/// The value of the rows that `is_better(value, best)` prefers to all before it. There is at least
/// one row.
template <class T, class IsBetter>
T find_best(std::span<const std::uint32_t> rows, const T* values, IsBetter is_better) {
  T best = values[rows[0]];
  for (const std::uint32_t row : rows) best = is_better(values[row], best) ? values[row] : best;
  return best;
}

/// Whether add_plain_rows() may be used for the first argument.
inline bool is_plain(const AggregateInput& input) {
  return input.multiplicity == nullptr && input.arguments[0]->is_flat() &&
         !input.arguments[0]->may_have_nulls();
}

/// Calls add(state, row, times) for the rows whose first argument is not null, and skip(state) for
/// the others.
template <class State, class Add, class Skip>
void add_rows(const AggregateInput& input, Add add, Skip skip) {
  const value::Vector& in = *input.arguments[0];
  const bool any = in.physical() == value::Physical::kAny;
  for (std::size_t i = 0; i < input.rows.size(); ++i) {
    const std::uint32_t row = input.rows[i];
    State& state = input.state<State>(input.group(i));
    if (in.is_null(row) || (any && in.at<Value>(row).is_null())) {
      skip(state);
    } else {
      add(state, row, input.times(i));
    }
  }
}

template <class State, class Add>
void add_rows(const AggregateInput& input, Add add) {
  add_rows<State>(input, add, [](State&) {});
}

/// The parts of an AggregateFunction that are the same for every state type.
template <class State>
void init_state(std::byte* state) {
  new (state) State();
}
template <class State>
void destroy_state(std::byte* state) {
  reinterpret_cast<State*>(state)->~State();
}
/// A state that dies without a trace needs no destructor call.
template <class State>
void (*destroyer())(std::byte*) {
  static_assert(sizeof(State) % 8 == 0);
  return std::is_trivially_destructible_v<State> ? nullptr : destroy_state<State>;
}
template <class State>
void relocate_state(std::byte* to, std::byte* from) {
  State& state = *reinterpret_cast<State*>(from);
  new (to) State(std::move(state));
  state.~State();
}
template <class State>
void (*relocator())(std::byte*, std::byte*) {
  return std::is_trivially_destructible_v<State> ? nullptr : relocate_state<State>;
}
template <class State>
State& as_state(std::byte* state) {
  return *reinterpret_cast<State*>(state);
}
template <class State>
const State& as_state(const std::byte* state) {
  return *reinterpret_cast<const State*>(state);
}

}  // namespace geode::gql
