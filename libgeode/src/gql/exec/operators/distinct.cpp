#include "gql/exec/operators/distinct.hpp"

#include <algorithm>

namespace geode::gql::exec {

using value::Vector;

bool NodeSet::insert(NodeId node) {
  const std::uint64_t block = raw(node) / kBlockNodes;
  if (block >= blocks_.size()) blocks_.resize(block + 1);
  if (!blocks_[block]) {
    blocks_[block] = std::make_unique<Block>();
    bytes_ += sizeof(Block);
  }
  std::uint64_t& bits = (*blocks_[block])[word(node)];
  const bool added = (bits & bit(node)) == 0;
  bits |= bit(node);
  return added;
}

DistinctOperator::DistinctOperator(OperatorPtr input, std::vector<int> columns)
    : columns_(std::move(columns)) {
  add_input(std::move(input));
}

void DistinctOperator::open(ExecutionContext& context) {
  Operator::open(context);
  seen_.reset(columns_.size());
  nodes_.clear();
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
    spilling_ = context_->spill != nullptr && context_->spill->wants(seen_bytes());
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
      NodeId node{};
      if (columns.size() == 1 && node_at(*columns[0], row, node)) {
        added = nodes_.insert(node);
      } else {
        seen_.insert(columns, row, added);
      }
      if (added) rows_.push_back(row);
    }
    charge_.set(seen_bytes());
    if (rows_.empty()) continue;
    if (rows_.size() < batch->row_count()) batch->select(rows_);
    return batch;
  }
}

bool DistinctOperator::was_seen(const std::vector<const Vector*>& columns,
                                std::uint32_t row) const {
  NodeId node{};
  if (columns.size() == 1 && node_at(*columns[0], row, node)) return nodes_.contains(node);
  return seen_.find(columns, row) != RowSet::kNotFound;
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
      if (!was_seen(key, row)) rows_.push_back(row);
    }
    set_.add_left(columns, rows_);
  }
  seen_.reset(columns_.size());
  nodes_.clear();
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
