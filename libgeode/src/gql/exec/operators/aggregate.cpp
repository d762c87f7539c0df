#include "gql/exec/operators/aggregate.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace geode::gql::exec {

using value::Physical;
using value::Vector;

void AggregateStates::reset(const std::vector<AggregateCall>& calls) {
  clear();
  functions_.clear();
  offsets_.clear();
  stride_ = 0;
  for (const AggregateCall& call : calls) {
    functions_.push_back(call.function);
    offsets_.push_back(stride_);
    stride_ += (call.function->state_size + 15) / 16 * 16;
  }
}

void AggregateStates::clear() {
  for (std::size_t i = 0; i < functions_.size(); ++i) {
    if (!functions_[i]->destroy) continue;
    for (std::size_t group = 0; group < count_; ++group) functions_[i]->destroy(of(i, group));
  }
  bytes_.reset();
  count_ = capacity_ = 0;
}

void AggregateStates::swap(AggregateStates& other) noexcept {
  std::swap(functions_, other.functions_);
  std::swap(offsets_, other.offsets_);
  std::swap(stride_, other.stride_);
  std::swap(count_, other.count_);
  std::swap(capacity_, other.capacity_);
  std::swap(bytes_, other.bytes_);
}

void AggregateStates::grow(std::size_t count) {
  if (count <= count_) return;
  if (count > capacity_) {
    std::size_t capacity = std::max<std::size_t>({count, 2 * capacity_, 64});
    std::unique_ptr<std::byte[]> bytes(new std::byte[capacity * std::max<std::size_t>(stride_, 1)]);
    if (count_ > 0) std::memcpy(bytes.get(), bytes_.get(), count_ * stride_);
    for (std::size_t i = 0; i < functions_.size(); ++i) {
      if (!functions_[i]->relocate) continue;
      for (std::size_t group = 0; group < count_; ++group) {
        functions_[i]->relocate(bytes.get() + group * stride_ + offsets_[i], of(i, group));
      }
    }
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }
  for (; count_ < count; ++count_) {
    std::size_t made = 0;
    try {
      for (; made < functions_.size(); ++made) functions_[made]->begin(of(made, count_));
    } catch (...) {
      // The states of the group that is not whole are not among those that clear() ends.
      while (made-- > 0) {
        if (functions_[made]->destroy) functions_[made]->destroy(of(made, count_));
      }
      throw;
    }
  }
}

AggregateOperator::AggregateOperator(OperatorPtr input, std::vector<Evaluator> keys,
                                     std::vector<AggregateCall> calls,
                                     std::vector<int> multiplicities, int node_column,
                                     std::size_t input_columns)
    : keys_(std::move(keys)),
      calls_(std::move(calls)),
      multiplicities_(std::move(multiplicities)),
      node_column_(node_column),
      input_columns_(input_columns),
      by_node_(node_column >= 0) {
  add_input(std::move(input));
  for (const AggregateCall& call : calls_) {
    collects_ = collects_ || call.function->extra_bytes;
    grows_ = grows_ || collects_ || call.distinct;
    by_node_ = by_node_ && !call.distinct;
  }
}

void AggregateOperator::open(ExecutionContext& context) {
  Operator::open(context);
  for (Evaluator& key : keys_) key.open(context);
  for (AggregateCall& call : calls_) {
    for (Evaluator& argument : call.arguments) argument.open(context);
    if (call.filter) call.filter->open(context);
  }
  groups_.reset(keys_.size());
  states_.reset(calls_);
  node_states_.reset(calls_);
  group_of_node_.clear();
  nodes_.clear();
  group_morsels_.clear();
  node_morsels_.clear();
  batch_groups_.resize(kBatchRows);
  distinct_.clear();
  distinct_.resize(calls_.size());
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i].distinct) distinct_[i].reset(calls_[i].arguments.size() + 1);
  }
  charge_ = base::MemoryCharge(context.memory);
  collected_bytes_ = 0;
  done_ = false;
  position_ = 0;
  spilling_ = slicing_ = false;
}

void AggregateOperator::group_by_node(const Batch& batch, std::vector<std::uint32_t>& groups) {
  const Vector& column = batch.columns[node_column_];
  const NodeId* nodes = column.data<NodeId>();
  const auto find = [&](NodeId node) {
    std::uint32_t group = group_of_node_[node];
    if (group == 0) {
      nodes_.push_back(node);
      group = static_cast<std::uint32_t>(nodes_.size());
      group_of_node_.set(node, group);
    }
    return group - 1;
  };
  std::uint32_t* to = groups.data();
  if (column.is_flat() || column.is_constant()) {
    for (std::uint32_t row : batch.rows()) *to++ = find(nodes[column.entry(row)]);
  } else {
    // What a step repeats for each end of it comes in runs.
    const std::uint32_t* codes = column.codes();
    std::uint32_t last = std::numeric_limits<std::uint32_t>::max(), group = 0;
    for (std::uint32_t row : batch.rows()) {
      if (codes[row] != last) {
        last = codes[row];
        group = find(nodes[last]);
      }
      *to++ = group;
    }
  }
  node_states_.grow(nodes_.size());
}

void AggregateOperator::group_by_keys(const Batch& batch, std::span<const std::uint32_t> rows,
                                      std::vector<std::uint32_t>& groups) {
  std::vector<const Vector*> keys;
  for (Evaluator& key : keys_) keys.push_back(&key.evaluate(batch, rows));
  bool added = false;
  if (keys.size() == 1 && keys[0]->coded_entries() > 0) {
    // Rows with the same entry are of one group.
    const std::uint32_t* entry_of = keys[0]->codes();
    std::uint32_t unseen = keys[0]->coded_entries();
    group_of_entry_.assign(unseen, RowSet::kNotFound);
    std::size_t k = 0;
    for (; k < rows.size() && unseen > 0; ++k) {
      std::uint32_t& group = group_of_entry_[entry_of[rows[k]]];
      if (group == RowSet::kNotFound) {
        group = groups_.insert(keys, rows[k], added);
        --unseen;
      }
      groups[k] = group;
    }
    // Once all are known the loop calls nothing, and keeps what it needs in registers.
    const std::uint32_t* group_of_entry = group_of_entry_.data();
    std::uint32_t* to = groups.data();
    for (; k < rows.size(); ++k) to[k] = group_of_entry[entry_of[rows[k]]];
  } else {
    for (std::size_t k = 0; k < rows.size(); ++k) groups[k] = groups_.insert(keys, rows[k], added);
  }
  states_.grow(groups_.size());
}

/// One warning a call and run is enough.
void AggregateOperator::report_nulls(AggregateCall& call, std::span<const Vector* const> arguments,
                                     std::span<const std::uint32_t> rows) {
  if (!context_->warnings) return;
  for (const Vector* argument : arguments) {
    const bool any = argument->physical() == Physical::kAny;
    if (!any && !argument->may_have_nulls()) continue;
    for (std::uint32_t row : rows) {
      if (!argument->is_null(row) && !(any && argument->at<Value>(row).is_null())) continue;
      std::string message = "rows where the argument of `" + call.function->name + "` is null";
      const bound::Warning warning{std::string(status::kNullEliminated), message + " were left out",
                                   call.position};
      const auto same = [&](const bound::Warning& known) {
        return known.message == warning.message && known.position.offset == warning.position.offset;
      };
      auto& warnings = *context_->warnings;
      if (std::none_of(warnings.begin(), warnings.end(), same)) warnings.push_back(warning);
      return;
    }
  }
}

void AggregateOperator::update(const Batch& batch, const std::vector<std::uint32_t>* groups,
                               AggregateStates& states) {
  std::span<const std::uint32_t> rows = batch.rows();
  touched_.clear();
  if (collects_) {
    if (groups != nullptr) {
      touched_.assign(groups->begin(), groups->begin() + static_cast<std::ptrdiff_t>(rows.size()));
      std::sort(touched_.begin(), touched_.end());
      touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    } else {
      touched_.push_back(0);
    }
  }
  const std::uint64_t before = collected_bytes(states);
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (!calls_[i].filter) {
      update_call(i, batch, rows, groups ? groups->data() : nullptr, states);
      continue;
    }
    kept_rows_.clear();
    kept_groups_.clear();
    calls_[i].filter->filter(batch, rows, kept_rows_);
    // What is kept is in the order of all rows.
    for (std::size_t k = 0, at = 0; groups != nullptr && k < kept_rows_.size(); ++at) {
      if (rows[at] != kept_rows_[k]) continue;
      kept_groups_.push_back((*groups)[at]);
      ++k;
    }
    update_call(i, batch, kept_rows_, groups ? kept_groups_.data() : nullptr, states);
  }
  collected_bytes_ += collected_bytes(states) - before;
}

namespace {

bool has_long_runs(std::span<const std::uint32_t> groups) {
  constexpr std::uint32_t kLongRun = 16, kFirst = 128;
  const std::uint32_t* group = groups.data();
  const auto rows = static_cast<std::uint32_t>(groups.size());
  std::uint32_t changes = 1;
  const auto count = [&](std::uint32_t begin, std::uint32_t end) {
    for (std::uint32_t k = begin; k < end; ++k) changes += group[k] != group[k - 1] ? 1 : 0;
  };
  // The first rows tell when it is not so, in all but odd cases.
  const std::uint32_t first = std::min(kFirst, rows);
  count(1, first);
  if (changes * kLongRun <= rows) count(first, rows);
  return changes * kLongRun <= rows;
}

}  // namespace

void AggregateOperator::update_call(std::size_t i, const Batch& batch,
                                    std::span<const std::uint32_t> rows,
                                    const std::uint32_t* groups, AggregateStates& states) {
  if (rows.empty()) return;
  AggregateCall& call = calls_[i];
  std::vector<const Vector*> arguments;
  for (Evaluator& argument : call.arguments) arguments.push_back(&argument.evaluate(batch, rows));
  std::vector<Vector> resolved;
  if (call.function->maker) {
    // A program sees nodes and edges whole.
    resolved.resize(arguments.size());
    for (std::size_t k = 0; k < arguments.size(); ++k) {
      resolved[k].reset(Physical::kAny);
      for (std::uint32_t row : rows) {
        Value value = resolve(arguments[k]->get(row), *context_->graph);
        if (value.is_null()) resolved[k].set_null(row);
        resolved[k].mutable_data<Value>()[row] = std::move(value);
      }
      arguments[k] = &resolved[k];
    }
  }
  if (call.reports_nulls) report_nulls(call, arguments, rows);
  if (!call.distinct) {
    const std::uint64_t* multiplicity = multiplicity_of(batch, rows);
    if (groups == nullptr || !has_long_runs({groups, rows.size()})) {
      call.function->update(arguments, rows, groups, multiplicity, states.of(i), states.stride());
      return;
    }
    // Rows of one group after another: the state stays in registers meanwhile.
    for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
      while (end < rows.size() && groups[end] == groups[begin]) ++end;
      call.function->update(arguments, rows.subspan(begin, end - begin), nullptr,
                            multiplicity ? multiplicity + begin : nullptr,
                            states.of(i, groups[begin]), states.stride());
    }
    return;
  }
  Vector group_column;
  group_column.reset(Physical::kInt64);
  for (std::size_t k = 0; k < rows.size(); ++k) {
    group_column.mutable_data<std::int64_t>()[rows[k]] = groups ? groups[k] : 0;
  }
  std::vector<const Vector*> columns{&group_column};
  columns.insert(columns.end(), arguments.begin(), arguments.end());
  std::vector<std::uint32_t> fresh_rows, fresh_groups;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    bool added = false;
    if (slicing_) {
      if (held_has(i, arguments, rows[k], groups[k])) continue;
      slice_distinct_[i].insert(columns, rows[k], added);
    } else {
      distinct_[i].insert(columns, rows[k], added);
    }
    if (!added) continue;
    fresh_rows.push_back(rows[k]);
    fresh_groups.push_back(groups ? groups[k] : 0);
  }
  call.function->update(arguments, fresh_rows, groups ? fresh_groups.data() : nullptr, nullptr,
                        states.of(i), states.stride());
}

const std::uint64_t* AggregateOperator::multiplicity_of(const Batch& batch,
                                                        std::span<const std::uint32_t> rows) {
  if (multiplicities_.empty()) return nullptr;
  multiplicity_.assign(rows.size(), 1);
  for (int column : multiplicities_) {
    const Vector& counts = batch.columns[column];
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const auto count = static_cast<std::uint64_t>(counts.at<std::int64_t>(rows[k]));
      if (__builtin_mul_overflow(multiplicity_[k], count, &multiplicity_[k])) {
        throw Error(status::kNumberOutOfRange, "the number of paths does not fit into 64 bits");
      }
    }
  }
  return multiplicity_.data();
}

std::uint64_t AggregateOperator::collected_bytes(const AggregateStates& states) const {
  std::uint64_t bytes = 0;
  if (!collects_) return bytes;
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (!calls_[i].function->extra_bytes) continue;
    for (const std::uint32_t group : touched_) {
      bytes += calls_[i].function->extra_bytes(states.of(i, group));
    }
  }
  return bytes;
}

void AggregateOperator::account() {
  std::uint64_t bytes = groups_.bytes() + states_.bytes() + node_states_.bytes() +
                        group_of_node_.bytes() + nodes_.size() * 8 + collected_bytes_;
  for (const RowSet& set : distinct_) bytes += set.bytes();
  charge_.set(bytes);
}

bool AggregateOperator::wants_to_spill(const SpillSpace* spill) const {
  return !keys_.empty() && spill != nullptr &&
         spill->wants(std::max(charge_.bytes(), groups_.bytes()));
}

void AggregateOperator::add(const Batch& batch) {
  if (keys_.empty()) {
    update(batch, nullptr, states_);
  } else if (by_node_ && batch.columns[node_column_].physical() == Physical::kNode &&
             !batch.columns[node_column_].may_have_nulls()) {
    if (group_of_node_.empty()) group_of_node_.reset(context_->graph->node_id_limit());
    group_by_node(batch, batch_groups_);
    update(batch, &batch_groups_, node_states_);
  } else {
    group_by_keys(batch, batch.rows(), batch_groups_);
    update(batch, &batch_groups_, states_);
  }
  account();
}

void AggregateOperator::read_all() {
  if (keys_.empty()) states_.grow(1);
  while (Batch* batch = input().pull()) {
    context_->interrupt->check();
    if (!spilling_ && wants_to_spill(context_->spill)) begin_spilling(*batch);
    if (spilling_) {
      add_spilling(*batch);
    } else {
      add(*batch);
    }
  }
  if (!nodes_.empty()) merge_nodes();
}

/// The groups by node become groups by key: the keys are read once a node.
void AggregateOperator::merge_nodes() {
  Batch batch;
  batch.columns.resize(input_columns_);
  std::vector<std::uint32_t> groups(kBatchRows);
  for (std::size_t begin = 0; begin < nodes_.size(); begin += kBatchRows) {
    std::uint32_t count =
        static_cast<std::uint32_t>(std::min<std::size_t>(kBatchRows, nodes_.size() - begin));
    Vector& column = batch.columns[node_column_];
    column.reset(Physical::kNode);
    std::copy_n(nodes_.begin() + begin, count, column.mutable_data<NodeId>());
    batch.size = count;
    group_by_keys(batch, identity_rows(count), groups);
    for (std::uint32_t k = 0; k < count && !node_morsels_.empty(); ++k) {
      if (groups[k] >= group_morsels_.size()) group_morsels_.push_back(node_morsels_[begin + k]);
    }
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      for (std::uint32_t k = 0; k < count; ++k) {
        calls_[i].function->combine(states_.of(i, groups[k]), node_states_.of(i, begin + k));
      }
    }
  }
  node_states_.clear();
  account();
}

Value AggregateOperator::result_of(const AggregateFunction& function,
                                   const std::byte* state) const {
  if (context_->functions.null_sums && is_empty_sum(function, state)) return {};
  return function.finish(state);
}

Batch* AggregateOperator::next() {
  if (!done_) {
    done_ = true;
    read_all();
    if (spilling_) aggregate_rest();
  }
  if (spilling_) return rest_.next_results(out_) ? &out_ : nullptr;
  std::uint64_t total = states_.count();
  if (calls_.empty()) total = groups_.size();
  if (position_ >= total) {
    charge_.clear();
    return nullptr;
  }
  std::uint32_t count =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(kBatchRows, total - position_));
  out_.columns.resize(keys_.size() + calls_.size());
  for (std::size_t i = 0; i < keys_.size(); ++i)
    out_.columns[i] = groups_.rows().chunk(position_ / kBatchRows)[i];
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    values_.clear();
    for (std::uint32_t k = 0; k < count; ++k)
      values_.push_back(result_of(*calls_[i].function, states_.of(i, position_ + k)));
    out_.columns[keys_.size() + i].assign(values_);
  }
  position_ += count;
  out_.size = count;
  out_.clear_selection();
  return &out_;
}

}  // namespace geode::gql::exec
