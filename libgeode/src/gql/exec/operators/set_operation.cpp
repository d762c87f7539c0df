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
  first_ = nullptr;
  right_spilled_ = spilling_ = spilled_ = false;
}

bool SetOperationOperator::needs_right_first() const {
  return op_ == SetOperator::kExcept || op_ == SetOperator::kExceptAll ||
         op_ == SetOperator::kIntersect || op_ == SetOperator::kIntersectAll;
}

bool SetOperationOperator::needs_set() const {
  return op_ == SetOperator::kUnion || op_ == SetOperator::kExcept ||
         op_ == SetOperator::kIntersect;
}

Batch* SetOperationOperator::pass(Batch& batch, std::size_t input) {
  for (std::size_t i = 0; i < out_.columns.size(); ++i)
    out_.columns[i] = batch.columns[columns_[input][i]];
  out_.set_rows_of(batch);
  return &out_;
}

void SetOperationOperator::count_right() {
  counted_ = true;
  std::vector<const Vector*> columns;
  while (Batch* batch = input(1).pull()) {
    context_->interrupt->check();
    pass(*batch, 1);
    columns.clear();
    for (const Vector& column : out_.columns) columns.push_back(&column);
    if (right_spilled_) {
      const std::vector<std::uint64_t> once(out_.row_count(), 1);
      set_.add_right(columns, out_.rows(), once);
      continue;
    }
    for (std::uint32_t row : out_.rows()) {
      bool added = false;
      std::uint32_t number = right_.insert(columns, row, added);
      if (added) counts_.push_back(0);
      ++counts_[number];
    }
    const std::uint64_t bytes = right_.bytes() + counts_.size() * 8;
    if (context_->spill != nullptr && context_->spill->wants(bytes)) spill_right();
    charge_.set(right_spilled_ ? 0 : bytes);
  }
}

void SetOperationOperator::spill_right() {
  right_spilled_ = spilling_ = true;
  set_.reset(*context_, columns_[0].size(), columns_[0].size(), op_);
  const RowStore& rows = right_.rows();
  std::vector<const Vector*> columns;
  for (std::size_t i = 0; i < rows.chunk_count(); ++i) {
    columns.clear();
    for (const Vector& column : rows.chunk(i)) columns.push_back(&column);
    const std::span<const std::uint64_t> counts(counts_);
    set_.add_right(columns, identity_rows(rows.chunk_rows(i)),
                   counts.subspan(i * kBatchRows, rows.chunk_rows(i)));
  }
  right_.reset(columns_[0].size());
  counts_ = {};
}

bool SetOperationOperator::matches_right(std::span<const Vector* const> columns,
                                         std::uint32_t row) const {
  if (op_ == SetOperator::kUnion) return true;
  const bool there = right_.find(columns, row) != RowSet::kNotFound;
  return there == (op_ == SetOperator::kIntersect);
}

bool SetOperationOperator::keep(std::span<const Vector* const> columns, std::uint32_t row) {
  bool added = true;
  switch (op_) {
    case SetOperator::kUnionAll:
    case SetOperator::kOtherwise:
      return true;
    case SetOperator::kUnion:
    case SetOperator::kExcept:
    case SetOperator::kIntersect:
      if (!matches_right(columns, row)) return false;
      seen_.insert(columns, row, added);
      return added;
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

Batch* SetOperationOperator::read() {
  while (true) {
    context_->interrupt->check();
    for (Vector& column : out_.columns) column = Vector();
    Batch* batch = first_ ? std::exchange(first_, nullptr) : input(at_).pull();
    if (batch) {
      any_ = true;
      return pass(*batch, at_);
    }
    const bool goes_on = op_ == SetOperator::kUnion || op_ == SetOperator::kUnionAll ||
                         (op_ == SetOperator::kOtherwise && !any_);
    if (at_ + 1 == columns_.size() || !goes_on) return nullptr;
    ++at_;
  }
}

Batch* SetOperationOperator::next_in_memory() {
  std::vector<const Vector*> columns;
  while (true) {
    // Rows that were handed out are held, but for a union of all.
    spilling_ = needs_set() && context_->spill != nullptr && context_->spill->wants(seen_.bytes());
    if (spilling_ || read() == nullptr) return nullptr;
    columns.clear();
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

/// Rows of the left side, or of all sides of a union, that were not handed out yet.
void SetOperationOperator::spill_rest() {
  if (!right_spilled_)
    set_.reset(*context_, columns_[0].size(), columns_[0].size(), SetOperator::kUnion);
  std::vector<const Vector*> columns;
  while (read() != nullptr) {
    columns.clear();
    for (const Vector& column : out_.columns) columns.push_back(&column);
    rows_.clear();
    for (std::uint32_t row : out_.rows()) {
      if (right_spilled_ ||
          (matches_right(columns, row) && seen_.find(columns, row) == RowSet::kNotFound))
        rows_.push_back(row);
    }
    set_.add_left(columns, rows_);
  }
  seen_.reset(columns_[0].size());
  right_.reset(columns_[0].size());
  charge_.clear();
  set_.finish();
}

Batch* SetOperationOperator::next() {
  if (needs_right_first() && !counted_) {
    // Operands run in the order they are written in; the left one is read whole when that matters.
    if (left_first_) first_ = input(0).pull();
    count_right();
    if (left_first_ && !first_) return nullptr;
  }
  if (!spilling_) {
    if (Batch* batch = next_in_memory()) return batch;
    if (!spilling_) return nullptr;
  }
  if (!spilled_) {
    spilled_ = true;
    spill_rest();
  }
  return set_.next(out_) ? &out_ : nullptr;
}

}  // namespace geode::gql::exec
