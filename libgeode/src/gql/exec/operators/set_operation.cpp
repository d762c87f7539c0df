#include "gql/exec/operators/set_operation.hpp"

#include <utility>

namespace geode::gql::exec {

using ast::SetOperator;
using value::Vector;

SetOperationOperator::SetOperationOperator(std::vector<OperatorPtr> inputs, SetOperator op,
                                           std::vector<std::vector<int>> columns, bool left_first)
    : op_(op), columns_(std::move(columns)), left_first_(left_first) {
  for (OperatorPtr& input : inputs) add_input(std::move(input));
  out_.columns.resize(columns_[0].size());
}

void SetOperationOperator::open(ExecutionContext& context) {
  Operator::open(context);
  at_ = 0;
  any_ = counted_ = false;
  seen_.reset(columns_[0].size());
  right_.reset(columns_[0].size());
  counts_.clear();
  charge_ = base::MemoryCharge(context.memory);
}

Batch* SetOperationOperator::pass(Batch& batch, std::size_t input) {
  for (std::size_t i = 0; i < out_.columns.size(); ++i)
    out_.columns[i] = batch.columns[columns_[input][i]];
  out_.set_rows_of(batch);
  return &out_;
}

void SetOperationOperator::count_right() {
  counted_ = true;
  while (Batch* batch = input(1).pull()) {
    context_->interrupt->check();
    pass(*batch, 1);
    std::vector<const Vector*> columns;
    for (const Vector& column : out_.columns) columns.push_back(&column);
    for (std::uint32_t row : out_.rows()) {
      bool added = false;
      std::uint32_t number = right_.insert(columns, row, added);
      if (added) counts_.push_back(0);
      ++counts_[number];
    }
    charge_.set(right_.bytes() + counts_.size() * 8);
  }
}

bool SetOperationOperator::keep(std::span<const Vector* const> columns, std::uint32_t row) {
  bool added = true;
  switch (op_) {
    case SetOperator::kUnionAll:
    case SetOperator::kOtherwise:
      return true;
    case SetOperator::kUnion:
      seen_.insert(columns, row, added);
      return added;
    case SetOperator::kExcept:
    case SetOperator::kIntersect: {
      bool there = right_.find(columns, row) != RowSet::kNotFound;
      if (there != (op_ == SetOperator::kIntersect)) return false;
      seen_.insert(columns, row, added);
      return added;
    }
    case SetOperator::kExceptAll:
    case SetOperator::kIntersectAll: {
      std::uint32_t number = right_.find(columns, row);
      bool there = number != RowSet::kNotFound && counts_[number] > 0;
      if (there) --counts_[number];
      return there == (op_ == SetOperator::kIntersectAll);
    }
  }
  return false;
}

Batch* SetOperationOperator::next() {
  bool needs_right_first = op_ == SetOperator::kExcept || op_ == SetOperator::kExceptAll ||
                           op_ == SetOperator::kIntersect || op_ == SetOperator::kIntersectAll;
  Batch* first = nullptr;
  if (needs_right_first && !counted_) {
    // Operands run in the order they are written in; the left one is read whole when that matters.
    if (left_first_) first = input(0).pull();
    count_right();
    if (left_first_ && !first) return nullptr;
  }
  while (true) {
    context_->interrupt->check();
    for (Vector& column : out_.columns) column = Vector();
    Batch* batch = first ? std::exchange(first, nullptr) : input(at_).pull();
    if (!batch) {
      const bool goes_on = op_ == SetOperator::kUnion || op_ == SetOperator::kUnionAll ||
                           (op_ == SetOperator::kOtherwise && !any_);
      if (at_ + 1 == columns_.size() || !goes_on) return nullptr;
      ++at_;
      continue;
    }
    any_ = true;
    pass(*batch, at_);
    std::vector<const Vector*> columns;
    for (const Vector& column : out_.columns) columns.push_back(&column);
    rows_.clear();
    for (std::uint32_t row : out_.rows()) {
      if (keep(columns, row)) rows_.push_back(row);
    }
    charge_.set(seen_.bytes() + right_.bytes() + counts_.size() * 8);
    if (rows_.empty()) continue;
    if (rows_.size() < out_.row_count()) out_.select(rows_);
    return &out_;
  }
}

}  // namespace geode::gql::exec
