#include "gql/exec/operators/aggregate.hpp"

namespace geode::gql::exec {

bool AggregateOperator::read_part(const SpillSpace* spill) {
  done_ = true;
  if (keys_.empty()) states_.grow(1);
  while (Batch* batch = input().pull()) {
    context_->interrupt->check();
    if (wants_to_spill(spill)) return false;
    add(*batch);
    group_morsels_.resize(groups_.size(), context_->morsel);
    node_morsels_.resize(nodes_.size(), context_->morsel);
  }
  if (!nodes_.empty()) merge_nodes();
  return true;
}

void AggregateOperator::absorb(std::span<AggregateOperator* const> parts) {
  if (keys_.empty()) {
    for (AggregateOperator* part : parts.subspan(1)) {
      for (std::size_t i = 0; i < calls_.size(); ++i)
        calls_[i].function->combine(states_.of(i, 0), part->states_.of(i, 0));
      part->forget();
    }
    return;
  }
  RowSet groups;
  groups.reset(keys_.size());
  AggregateStates states;
  states.reset(calls_);
  std::vector<std::uint32_t> next(parts.size());
  std::vector<const value::Vector*> keys(keys_.size());
  while (true) {
    // Each worker has met its groups in ascending morsels, and no morsel was that of two workers.
    std::size_t first = parts.size();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (next[i] == parts[i]->groups_.size()) continue;
      if (first == parts.size() ||
          parts[i]->group_morsels_[next[i]] < parts[first]->group_morsels_[next[first]])
        first = i;
    }
    if (first == parts.size()) break;
    context_->interrupt->check();
    AggregateOperator& part = *parts[first];
    std::uint32_t& group = next[first];
    const std::uint64_t morsel = part.group_morsels_[group];
    for (; group < part.groups_.size() && part.group_morsels_[group] == morsel; ++group) {
      const std::vector<value::Vector>& columns = part.groups_.rows().chunk(group / kBatchRows);
      for (std::size_t c = 0; c < keys.size(); ++c) keys[c] = &columns[c];
      bool added = false;
      const std::uint32_t into = groups.insert(keys, group % kBatchRows, added);
      states.grow(groups.size());
      for (std::size_t i = 0; i < calls_.size(); ++i)
        calls_[i].function->combine(states.of(i, into), part.states_.of(i, group));
    }
    charge_.set(groups.bytes() + states.bytes() + groups_.bytes() + states_.bytes());
  }
  for (AggregateOperator* part : parts.subspan(1)) part->forget();
  groups_ = std::move(groups);
  states_.swap(states);
  account();
}

void AggregateOperator::forget() {
  groups_.reset(keys_.size());
  states_.clear();
  node_states_.clear();
  nodes_ = {};
  group_of_node_.clear();
  group_morsels_ = {};
  node_morsels_ = {};
  charge_.clear();
}

}  // namespace geode::gql::exec
