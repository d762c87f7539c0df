#pragma once

#include <algorithm>
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

/// Groups that are this few are summed up in tables on the stack first, when rows are many: in
/// several by turns, so that a row need not wait for what the one before it has written.
constexpr std::uint32_t kFewGroups = 64;
constexpr std::size_t kTables = 4;

/// All groups are below this, not each of which has rows; 0 when the tables are not worth filling.
inline std::uint32_t bound_of_few_groups(const AggregateInput& input) {
  constexpr std::size_t kLeastRows = 512;
  const std::size_t rows = input.rows.size();
  const std::uint32_t* groups = input.groups;
  if (groups == nullptr || input.multiplicity != nullptr || rows < kLeastRows) return 0;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < rows; ++i) bits |= groups[i];
  return bits < kFewGroups ? bits + 1 : 0;
}

/// Calls add(table, i) for all rows i, of which those that follow each other have other tables.
template <class Add>
void add_by_turns(std::size_t count, Add add) {
  std::size_t i = 0;
  for (; i + kTables <= count; i += kTables) {
    for (std::size_t table = 0; table < kTables; ++table) add(table, i + table);
  }
  for (; i < count; ++i) add(0, i);
}

/// Adds to counts[group] how many rows are of each group below `few`.
inline void count_rows(const AggregateInput& input, std::uint32_t few, std::uint64_t* counts) {
  // So few are compared with one after another, many rows at a time.
  constexpr std::uint32_t kCompared = 4;
  const std::size_t rows = input.rows.size();
  const std::uint32_t* groups = input.groups;
  if (few <= kCompared) {
    std::uint32_t others = 0;
    for (std::uint32_t group = 1; group < few; ++group) {
      std::uint32_t count = 0;
      for (std::size_t i = 0; i < rows; ++i) count += groups[i] == group ? 1 : 0;
      counts[group] += count;
      others += count;
    }
    counts[0] += rows - others;
    return;
  }
  std::uint32_t tables[kTables][kFewGroups] = {};
  add_by_turns(rows, [&](std::size_t table, std::size_t i) { ++tables[table][groups[i]]; });
  for (const auto& table : tables) {
    for (std::uint32_t group = 0; group < few; ++group) counts[group] += table[group];
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
