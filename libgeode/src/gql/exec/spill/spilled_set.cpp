#include "gql/exec/spill/spilled_set.hpp"

#include "value/hash.hpp"

namespace geode::gql::exec {

using ast::SetOperator;
using value::Physical;
using value::Vector;

void SpilledSet::reset(ExecutionContext& context, std::size_t columns, std::size_t key_columns,
                       SetOperator op) {
  context_ = &context;
  columns_ = columns;
  op_ = op;
  arrived_ = 0;
  any_ = false;
  // Right rows have a count and come first.
  std::vector<RowSorter::Key> keys{{0, {}}};
  for (std::size_t i = 1; i <= key_columns; ++i) keys.push_back({i, {}});
  keys.push_back({columns + 1, {true, false}});
  by_key_.reset(context, columns + 3, std::move(keys));
  by_arrival_.reset(context, columns + 1, {{columns, {}}});
  last_.assign(key_columns + 1, {});
  last_columns_.clear();
  for (const Vector& column : last_) last_columns_.push_back(&column);
}

void SpilledSet::add_left(std::span<const Vector* const> columns,
                          std::span<const std::uint32_t> rows) {
  add(columns, rows, {});
}

void SpilledSet::add_right(std::span<const Vector* const> columns,
                           std::span<const std::uint32_t> rows,
                           std::span<const std::uint64_t> counts) {
  add(columns, rows, counts);
}

void SpilledSet::add(std::span<const Vector* const> columns, std::span<const std::uint32_t> rows,
                     std::span<const std::uint64_t> counts) {
  const std::span<const Vector* const> key = columns.first(last_.size() - 1);
  for (Vector* column : {&hashes_, &counts_, &numbers_}) column->reset(Physical::kInt64);
  auto* hashes = hashes_.mutable_data<std::int64_t>();
  auto* count = counts_.mutable_data<std::int64_t>();
  auto* numbers = numbers_.mutable_data<std::int64_t>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint32_t row = rows[i];
    hashes[row] = static_cast<std::int64_t>(RowSet::hash(key, row));
    count[row] = counts.empty() ? 0 : static_cast<std::int64_t>(counts[i]);
    numbers[row] = static_cast<std::int64_t>(arrived_++);
  }
  std::vector<const Vector*> all{&hashes_};
  all.insert(all.end(), columns.begin(), columns.end());
  all.push_back(&counts_);
  all.push_back(&numbers_);
  by_key_.add(all, rows);
}

/// Whether a left row is kept; rows come key by key, the right ones of a key first.
bool SpilledSet::keeps(std::span<const Vector* const> columns, std::uint32_t row) {
  // The count is not a part of the key.
  bool same = any_ && columns[0]->at<std::int64_t>(row) == last_[0].at<std::int64_t>(0);
  for (std::size_t i = 1; same && i < last_.size(); ++i) {
    same = value::same_rows(*columns[i], row, last_[i], 0);
  }
  if (!same) {
    any_ = true;
    left_ = right_ = 0;
    for (std::size_t i = 0; i < last_.size(); ++i) {
      last_[i].reset(columns[i]->physical());
      last_[i].copy_entry(0, *columns[i], row, true);
    }
  }
  if (const std::int64_t count = columns[columns_ + 1]->at<std::int64_t>(row); count > 0) {
    right_ += static_cast<std::uint64_t>(count);
    return false;
  }
  ++left_;
  switch (op_) {
    case SetOperator::kUnionAll:
    case SetOperator::kOtherwise:
      return true;
    case SetOperator::kUnion:
      return left_ == 1;
    case SetOperator::kExcept:
      return left_ == 1 && right_ == 0;
    case SetOperator::kIntersect:
      return left_ == 1 && right_ > 0;
    case SetOperator::kExceptAll:
      return left_ > right_;
    case SetOperator::kIntersectAll:
      return left_ <= right_;
  }
  return false;
}

void SpilledSet::finish() {
  by_key_.finish();
  Batch batch;
  std::vector<const Vector*> columns, kept_columns;
  std::vector<std::uint32_t> kept;
  while (by_key_.next(batch)) {
    context_->interrupt->check();
    columns.clear();
    for (const Vector& column : batch.columns) columns.push_back(&column);
    kept.clear();
    for (const std::uint32_t row : batch.rows()) {
      if (keeps(columns, row)) kept.push_back(row);
    }
    kept_columns.assign(columns.begin() + 1,
                        columns.begin() + static_cast<std::ptrdiff_t>(columns_) + 1);
    kept_columns.push_back(columns.back());
    by_arrival_.add(kept_columns, kept);
  }
  by_arrival_.finish();
}

bool SpilledSet::next(Batch& out) {
  if (!by_arrival_.next(out)) return false;
  out.columns.pop_back();
  return true;
}

}  // namespace geode::gql::exec
