#include "gql/exec/operators/distinct.hpp"

#include <algorithm>

namespace geode::gql::exec {

using value::Vector;

DistinctOperator::DistinctOperator(OperatorPtr input, std::vector<int> columns)
    : columns_(std::move(columns)) {
  add_input(std::move(input));
}

void DistinctOperator::open(ExecutionContext& context) {
  Operator::open(context);
  seen_.reset(columns_.size());
  charge_ = base::MemoryCharge(context.memory);
  spilling_ = spilled_ = false;
}

Batch* DistinctOperator::next() {
  if (!spilling_) {
    if (Batch* batch = next_in_memory()) return batch;
    if (!spilling_) return nullptr;
  }
  if (!spilled_) {
    spilled_ = true;
    spill_rest();
  }
  return next_spilled();
}

Batch* DistinctOperator::next_in_memory() {
  while (true) {
    spilling_ = context_->spill != nullptr && context_->spill->wants(seen_.bytes());
    if (spilling_) return nullptr;
    Batch* batch = input().pull();
    if (!batch) {
      charge_.clear();
      return nullptr;
    }
    context_->interrupt->check();
    std::vector<const Vector*> columns;
    for (int column : columns_) columns.push_back(&batch->columns[column]);
    rows_.clear();
    for (std::uint32_t row : batch->rows()) {
      bool added = false;
      seen_.insert(columns, row, added);
      if (added) rows_.push_back(row);
    }
    charge_.set(seen_.bytes());
    if (rows_.empty()) continue;
    if (rows_.size() < batch->row_count()) batch->select(rows_);
    return batch;
  }
}

void DistinctOperator::spill_rest() {
  bool begun = false;
  std::vector<const Vector*> key, columns;
  while (Batch* batch = input().pull()) {
    context_->interrupt->check();
    if (!begun) {
      begun = true;
      order_ = columns_;
      for (int i = 0; i < static_cast<int>(batch->columns.size()); ++i) {
        if (std::find(columns_.begin(), columns_.end(), i) == columns_.end()) order_.push_back(i);
      }
      set_.reset(*context_, order_.size(), columns_.size(), ast::SetOperator::kUnion);
    }
    key.clear();
    columns.clear();
    for (int column : columns_) key.push_back(&batch->columns[column]);
    for (int column : order_) columns.push_back(&batch->columns[column]);
    rows_.clear();
    for (std::uint32_t row : batch->rows()) {
      if (seen_.find(key, row) == RowSet::kNotFound) rows_.push_back(row);
    }
    set_.add_left(columns, rows_);
  }
  seen_.reset(columns_.size());
  charge_.clear();
  if (begun) {
    set_.finish();
  } else {
    order_.clear();
  }
}

Batch* DistinctOperator::next_spilled() {
  if (order_.empty() || !set_.next(read_)) return nullptr;
  out_.columns.resize(order_.size());
  for (std::size_t i = 0; i < order_.size(); ++i)
    out_.columns[static_cast<std::size_t>(order_[i])] = read_.columns[i];
  out_.set_rows_of(read_);
  return &out_;
}

}  // namespace geode::gql::exec
