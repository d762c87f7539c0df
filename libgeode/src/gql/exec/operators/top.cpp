#include "gql/exec/operators/top.hpp"

#include <algorithm>

#include "gql/exec/operators/project.hpp"

namespace geode::gql::exec {

using value::Physical;
using value::Vector;

TopOperator::TopOperator(OperatorPtr input, std::vector<Evaluator> keys,
                         std::vector<SortDirection> directions, std::optional<Evaluator> offset,
                         Evaluator limit, std::size_t columns)
    : keys_(std::move(keys)),
      directions_(std::move(directions)),
      offset_(std::move(offset)),
      limit_(std::move(limit)),
      columns_(columns) {
  add_input(std::move(input));
}

void TopOperator::open(ExecutionContext& context) {
  Operator::open(context);
  for (Evaluator& key : keys_) key.open(context);
  rows_.reset(columns_);
  heap_.clear();
  position_ = 0;
  key_bytes_ = 0;
  number_ = 0;
  sorted_ = false;
  charge_ = base::MemoryCharge(context.memory);
}

bool TopOperator::before(const Row& a, const Row& b) const {
  const int order = compare_sort_keys(a.keys, b.keys, directions_);
  return order != 0 ? order < 0 : a.number < b.number;
}

namespace {

/// Appends the rows whose value is not behind `worst`.
template <class T>
void select_promising(const T* values, T worst, bool descending,
                      std::span<const std::uint32_t> rows, std::vector<std::uint32_t>& out) {
  out.resize(rows.size());
  std::size_t count = 0;
  for (const std::uint32_t row : rows) {
    out[count] = row;
    count += descending ? values[row] >= worst : values[row] <= worst;
  }
  out.resize(count);
}

}  // namespace

std::span<const std::uint32_t> TopOperator::promising(const Vector& key,
                                                      std::span<const std::uint32_t> rows) {
  const Value& worst = heap_.front().keys[0];
  if (key.physical() != Physical::kInt64 || !key.is_flat() || key.may_have_nulls() ||
      worst.type() != ValueType::kInt64) {
    return rows;
  }
  select_promising(key.data<std::int64_t>(), worst.unchecked_int64(), directions_[0].descending,
                   rows, promising_);
  return promising_;
}

void TopOperator::add(const Batch& batch, std::uint32_t row, std::uint64_t wanted) {
  candidate_.keys.clear();
  for (const Vector* key : key_vectors_) candidate_.keys.push_back(key->get(row));
  if (heap_.size() == wanted) {
    if (!before(candidate_, heap_.front())) return;
    std::pop_heap(heap_.begin(), heap_.end(),
                  [this](const Row& a, const Row& b) { return before(a, b); });
    key_bytes_ -= heap_.back().key_bytes;
    heap_.pop_back();
  }
  candidate_.stored = rows_.size();
  column_vectors_.clear();
  for (std::size_t c = 0; c < columns_; ++c) column_vectors_.push_back(&batch.columns[c]);
  rows_.append_row(column_vectors_, row);
  candidate_.key_bytes = candidate_.keys.size() * sizeof(Value);
  for (const Value& key : candidate_.keys) candidate_.key_bytes += key.heap_bytes();
  key_bytes_ += candidate_.key_bytes;
  heap_.push_back(candidate_);
  std::push_heap(heap_.begin(), heap_.end(),
                 [this](const Row& a, const Row& b) { return before(a, b); });
}

/// Rows that fell out of the heap still stand in the store: it is rewritten when most of it is such
/// rows.
void TopOperator::compact() {
  RowStore kept;
  kept.reset(columns_);
  std::vector<const Vector*> columns(columns_);
  for (Row& row : heap_) {
    for (std::size_t c = 0; c < columns_; ++c) columns[c] = &rows_.column(row.stored, c);
    const std::uint64_t at = kept.size();
    kept.append_row(columns, static_cast<std::uint32_t>(row.stored % kBatchRows));
    row.stored = at;
  }
  rows_ = std::move(kept);
}

void TopOperator::read_all(std::uint64_t wanted) {
  while (Batch* batch = input().pull()) {
    context_->interrupt->check();
    key_vectors_.clear();
    for (Evaluator& key : keys_) key_vectors_.push_back(&key.evaluate(*batch));
    std::span<const std::uint32_t> rows = batch->rows();
    const std::uint64_t first = number_;
    number_ += rows.size();
    if (heap_.size() == wanted) rows = promising(*key_vectors_[0], rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      // Numbers of arrival only have to grow.
      candidate_.number = first + i;
      add(*batch, rows[i], wanted);
    }
    if (rows_.size() / 4 > heap_.size() + kBatchRows) compact();
    charge_.set(rows_.bytes() + heap_.size() * sizeof(Row) + key_bytes_);
  }
  std::sort_heap(heap_.begin(), heap_.end(),
                 [this](const Row& a, const Row& b) { return before(a, b); });
}

Batch* TopOperator::next() {
  if (!sorted_) {
    sorted_ = true;
    std::uint64_t wanted = page_size(limit_, *context_, "LIMIT");
    if (offset_) wanted += page_size(*offset_, *context_, "OFFSET");
    if (wanted > 0) read_all(wanted);
    while (wanted == 0 && input().pull()) {
    }
  }
  if (position_ == heap_.size()) {
    charge_.clear();
    return nullptr;
  }
  const std::size_t count = std::min<std::size_t>(kBatchRows, heap_.size() - position_);
  picked_.clear();
  for (std::size_t i = 0; i < count; ++i) picked_.push_back(heap_[position_ + i].stored);
  position_ += count;
  rows_.gather(picked_, out_.columns);
  out_.size = static_cast<std::uint32_t>(count);
  out_.clear_selection();
  return &out_;
}

}  // namespace geode::gql::exec
