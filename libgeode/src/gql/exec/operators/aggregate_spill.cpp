#include <algorithm>

#include "gql/exec/operators/aggregate.hpp"

namespace geode::gql::exec {

using value::Vector;

namespace {

/// Results are handed on when they take this much.
constexpr std::uint64_t kMostResultBytes = std::uint64_t{1} << 20;

}  // namespace

void AggregateOperator::begin_spilling(const Batch& batch) {
  if (!nodes_.empty()) merge_nodes();
  nodes_ = {};
  group_of_node_.clear();
  account();
  spilling_ = true;
  rest_.reset(*context_, keys_.size(), batch.columns.size());
}

void AggregateOperator::add_spilling(Batch& batch) {
  std::vector<const Vector*> keys;
  for (Evaluator& key : keys_) keys.push_back(&key.evaluate(batch, batch.rows()));
  if (grows_) {
    rest_.add_rows(keys, batch, batch.rows());
    return;
  }
  std::vector<std::uint32_t> rest, known, groups;
  for (const std::uint32_t row : batch.rows()) {
    const std::uint32_t group = groups_.find(keys, row);
    if (group == RowSet::kNotFound) {
      rest.push_back(row);
    } else {
      known.push_back(row);
      groups.push_back(group);
    }
  }
  if (!rest.empty()) rest_.add_rows(keys, batch, rest);
  if (known.empty()) return;
  batch.select(known);
  update(batch, &groups, states_);
}

void AggregateOperator::aggregate_rest() {
  rest_.finish_rows();
  given_.assign(groups_.size(), 0);
  result_columns_.assign(keys_.size() + calls_.size(), {});
  result_numbers_.clear();
  result_bytes_ = 0;
  slicing_ = true;
  while (read_slice()) give_slice();
  slicing_ = false;
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    if (given_[group] == 0) give_group(group, RowSet::kNotFound);
  }
  give_results();
  rest_.finish_results();
  groups_.reset(keys_.size());
  states_.clear();
  node_states_.clear();
  for (RowSet& set : distinct_) set.reset(0);
  slice_distinct_.clear();
  charge_.clear();
}

/// Aggregates as many groups of the rest as there is room for; false when there are none.
bool AggregateOperator::read_slice() {
  slice_.reset(keys_.size());
  node_states_.clear();
  slice_distinct_.clear();
  slice_distinct_.resize(calls_.size());
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i].distinct) slice_distinct_[i].reset(calls_[i].arguments.size() + 1);
  }
  held_of_.clear();
  numbers_.clear();
  const std::uint64_t held_collected = collected_bytes_;
  const std::uint64_t held_bytes = charge_.bytes();
  std::vector<std::uint32_t> groups;
  bool any = false, full = false;
  while (Batch* batch = rest_.next_rows(full)) {
    any = true;
    groups.clear();
    const std::span<const Vector* const> keys = rest_.keys();
    for (const std::uint32_t row : batch->rows()) {
      bool added = false;
      groups.push_back(slice_.insert(keys, row, added));
      if (!added) continue;
      held_of_.push_back(groups_.find(keys, row));
      numbers_.push_back(held_of_.back() == RowSet::kNotFound
                             ? static_cast<std::int64_t>(groups_.size()) + rest_.number(row)
                             : static_cast<std::int64_t>(held_of_.back()));
    }
    node_states_.grow(slice_.size());
    update(*batch, &groups, node_states_);
    std::uint64_t bytes = slice_.bytes() + node_states_.bytes() + numbers_.size() * 16 +
                          collected_bytes_ - held_collected;
    for (const RowSet& set : slice_distinct_) bytes += set.bytes();
    charge_.set(held_bytes + bytes);
    full = context_->spill->wants(bytes);
  }
  collected_bytes_ = held_collected;
  charge_.set(held_bytes);
  return any;
}

void AggregateOperator::give_slice() {
  for (std::uint32_t group = 0; group < slice_.size(); ++group) {
    const std::uint32_t held = held_of_[group];
    if (held != RowSet::kNotFound) {
      given_[held] = 1;
      for (std::size_t i = 0; i < calls_.size(); ++i)
        calls_[i].function->combine(states_.of(i, held), node_states_.of(i, group));
    }
    give_group(held, group);
  }
  give_results();
}

/// Hands on the results of a held group, or, when `held` is not one, of a group of the slice.
void AggregateOperator::give_group(std::uint32_t held, std::uint32_t slice) {
  const bool is_held = held != RowSet::kNotFound;
  const RowStore& keys = is_held ? groups_.rows() : slice_.rows();
  const std::uint32_t group = is_held ? held : slice;
  const auto add = [&](std::size_t column, Value value) {
    result_bytes_ += sizeof(Value) + value.heap_bytes();
    result_columns_[column].push_back(std::move(value));
  };
  for (std::size_t i = 0; i < keys_.size(); ++i) add(i, keys.get(group, i));
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    const AggregateFunction& function = *calls_[i].function;
    AggregateStates& states = is_held ? states_ : node_states_;
    add(keys_.size() + i, result_of(function, states.of(i, group)));
    // What it holds is in the result, and not asked for again.
    if (!function.destroy) continue;
    function.destroy(states.of(i, group));
    function.begin(states.of(i, group));
  }
  result_numbers_.push_back(is_held ? static_cast<std::int64_t>(held) : numbers_[slice]);
  if (result_numbers_.size() == kBatchRows || result_bytes_ > kMostResultBytes) give_results();
}

void AggregateOperator::give_results() {
  if (result_numbers_.empty()) return;
  context_->interrupt->check();
  Batch batch;
  batch.columns.resize(result_columns_.size());
  for (std::size_t i = 0; i < result_columns_.size(); ++i) {
    batch.columns[i].assign(result_columns_[i]);
    result_columns_[i].clear();
  }
  batch.size = static_cast<std::uint32_t>(result_numbers_.size());
  rest_.add_results(batch, result_numbers_);
  result_numbers_.clear();
  result_bytes_ = 0;
}

/// Whether the held group of the same key has had these arguments of a call with DISTINCT.
bool AggregateOperator::held_has(std::size_t call, std::span<const Vector* const> arguments,
                                 std::uint32_t row, std::uint32_t slice_group) {
  const std::uint32_t held = held_of_[slice_group];
  if (held == RowSet::kNotFound) return false;
  Vector group;
  group.set_constant(static_cast<std::int64_t>(held));
  std::vector<const Vector*> columns{&group};
  columns.insert(columns.end(), arguments.begin(), arguments.end());
  return distinct_[call].find(columns, row) != RowSet::kNotFound;
}

}  // namespace geode::gql::exec
