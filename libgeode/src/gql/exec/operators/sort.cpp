#include "gql/exec/operators/sort.hpp"

#include <algorithm>

#include "gql/exec/operators/project.hpp"
#include "value/compare.hpp"

namespace geode::gql::exec {

SortOperator::SortOperator(OperatorPtr input, std::vector<Evaluator> keys,
                           std::vector<SortDirection> directions, std::optional<Evaluator> offset,
                           std::optional<Evaluator> limit, std::size_t columns)
    : keys_(std::move(keys)),
      directions_(std::move(directions)),
      offset_(std::move(offset)),
      limit_(std::move(limit)),
      columns_(columns) {
  add_input(std::move(input));
}

void SortOperator::open(ExecutionContext& context) {
  Operator::open(context);
  for (Evaluator& key : keys_) key.open(context);
  rows_.reset(columns_);
  order_.clear();
  position_ = 0;
  key_bytes_ = 0;
  sorted_ = false;
  charge_ = base::MemoryCharge(context.memory);
}

bool SortOperator::before(const Row& a, const Row& b) const {
  for (std::size_t i = 0; i < directions_.size(); ++i) {
    const Value& x = a.keys[i];
    const Value& y = b.keys[i];
    if (x.is_null() || y.is_null()) {
      if (x.is_null() == y.is_null()) continue;
      return x.is_null() == directions_[i].nulls_first;
    }
    int order = value::order(x, y);
    if (order != 0) return (order < 0) != directions_[i].descending;
  }
  return a.number < b.number;
}

void SortOperator::read_all() {
  std::uint64_t number = 0;
  while (Batch* batch = input().pull()) {
    context_->interrupt->check();
    std::vector<const value::Vector*> keys;
    for (Evaluator& key : keys_) keys.push_back(&key.evaluate(*batch));
    for (std::uint32_t row : batch->rows()) {
      Row& added = order_.emplace_back();
      for (const value::Vector* key : keys) added.keys.push_back(key->get(row));
      added.account();
      key_bytes_ += added.key_bytes;
      added.number = added.stored = number++;
    }
    rows_.append(*batch);
    charge_.set(rows_.bytes() + order_.size() * sizeof(Row) + key_bytes_);
  }
  std::sort(order_.begin(), order_.end(),
            [this](const Row& a, const Row& b) { return before(a, b); });
}

/// Rows that fell out of the heap still stand in the store: it is rewritten when most of it is such
/// rows.
void SortOperator::compact(std::vector<Row>& heap) {
  RowStore kept;
  kept.reset(columns_);
  std::vector<const value::Vector*> columns(columns_);
  for (Row& row : heap) {
    for (std::size_t c = 0; c < columns_; ++c) columns[c] = &rows_.column(row.stored, c);
    std::uint64_t at = kept.size();
    kept.append_row(columns, static_cast<std::uint32_t>(row.stored % kBatchRows));
    row.stored = at;
  }
  rows_ = std::move(kept);
}

void SortOperator::read_top(std::uint64_t wanted) {
  auto worse_last = [this](const Row& a, const Row& b) { return before(a, b); };
  std::uint64_t number = 0;
  Row candidate;
  std::vector<const value::Vector*> columns(columns_);
  while (Batch* batch = input().pull()) {
    context_->interrupt->check();
    std::vector<const value::Vector*> keys;
    for (Evaluator& key : keys_) keys.push_back(&key.evaluate(*batch));
    for (std::size_t c = 0; c < columns_; ++c) columns[c] = &batch->columns[c];
    for (std::uint32_t row : batch->rows()) {
      candidate.keys.clear();
      for (const value::Vector* key : keys) candidate.keys.push_back(key->get(row));
      candidate.number = number++;
      if (order_.size() == wanted) {
        if (!before(candidate, order_.front())) continue;
        std::pop_heap(order_.begin(), order_.end(), worse_last);
        key_bytes_ -= order_.back().key_bytes;
        order_.pop_back();
      }
      candidate.stored = rows_.size();
      rows_.append_row(columns, row);
      candidate.account();
      key_bytes_ += candidate.key_bytes;
      order_.push_back(candidate);
      std::push_heap(order_.begin(), order_.end(), worse_last);
    }
    if (rows_.size() / 4 > order_.size() + kBatchRows) compact(order_);
    charge_.set(rows_.bytes() + order_.size() * sizeof(Row) + key_bytes_);
  }
  std::sort_heap(order_.begin(), order_.end(), worse_last);
}

Batch* SortOperator::next() {
  if (!sorted_) {
    sorted_ = true;
    if (limit_) {
      std::uint64_t wanted = page_size(*limit_, *context_, "LIMIT");
      if (offset_) wanted += page_size(*offset_, *context_, "OFFSET");
      if (wanted > 0) read_top(wanted);
      while (wanted == 0 && input().pull()) {
      }
    } else {
      read_all();
    }
  }
  if (position_ == order_.size()) {
    charge_.clear();
    return nullptr;
  }
  std::size_t count = std::min<std::size_t>(kBatchRows, order_.size() - position_);
  picked_.clear();
  for (std::size_t i = 0; i < count; ++i) picked_.push_back(order_[position_ + i].stored);
  position_ += count;
  rows_.gather(picked_, out_.columns);
  out_.size = static_cast<std::uint32_t>(count);
  out_.clear_selection();
  return &out_;
}

}  // namespace geode::gql::exec
