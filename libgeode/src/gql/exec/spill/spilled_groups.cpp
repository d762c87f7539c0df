#include "gql/exec/spill/spilled_groups.hpp"

#include <numeric>

#include "value/hash.hpp"

namespace geode::gql::exec {

using value::Physical;
using value::Vector;

void SpilledGroups::reset(ExecutionContext& context, std::size_t keys, std::size_t columns) {
  context_ = &context;
  keys_ = keys;
  columns_ = columns;
  arrived_ = 0;
  position_ = 0;
  read_.size = 0;
  any_ = false;
  results_begun_ = false;
  std::vector<RowSorter::Key> order;
  for (std::size_t i = 0; i <= keys; ++i) order.push_back({i, {}});
  by_key_.reset(context, 2 + keys + columns, std::move(order));
  last_.assign(keys + 1, Vector());
}

void SpilledGroups::add_rows(std::span<const Vector* const> keys, const Batch& batch,
                             std::span<const std::uint32_t> rows) {
  hashes_.reset(Physical::kInt64);
  numbers_.reset(Physical::kInt64);
  auto* hashes = hashes_.mutable_data<std::int64_t>();
  auto* numbers = numbers_.mutable_data<std::int64_t>();
  for (const std::uint32_t row : rows) {
    hashes[row] = static_cast<std::int64_t>(RowSet::hash(keys, row));
    numbers[row] = arrived_++;
  }
  std::vector<const Vector*> all{&hashes_};
  all.insert(all.end(), keys.begin(), keys.end());
  for (const Vector& column : batch.columns) all.push_back(&column);
  all.push_back(&numbers_);
  by_key_.add(all, rows);
}

void SpilledGroups::finish_rows() { by_key_.finish(); }

bool SpilledGroups::read() {
  if (position_ < read_.size) return true;
  // The buffers of the last batch are free for the next one.
  rows_.columns.clear();
  position_ = 0;
  read_.size = 0;
  key_columns_.clear();
  if (!by_key_.next(read_)) return false;
  for (std::size_t i = 0; i < keys_; ++i) key_columns_.push_back(&read_.columns[1 + i]);
  for (std::size_t i = 0; i < columns_; ++i) rows_.columns.push_back(read_.columns[1 + keys_ + i]);
  rows_.size = read_.size;
  return true;
}

bool SpilledGroups::is_of_last_group(std::uint32_t row) const {
  if (!any_) return false;
  for (std::size_t i = 0; i <= keys_; ++i) {
    if (!value::same_rows(read_.columns[i], row, last_[i], 0)) return false;
  }
  return true;
}

Batch* SpilledGroups::next_rows(bool of_last_group) {
  context_->interrupt->check();
  if (!read()) return nullptr;
  std::uint32_t end = read_.size;
  if (of_last_group) {
    for (end = position_; end < read_.size && is_of_last_group(end);) ++end;
    if (end == position_) return nullptr;
  }
  selected_.resize(end - position_);
  std::iota(selected_.begin(), selected_.end(), position_);
  rows_.select(selected_);
  for (std::size_t i = 0; i <= keys_; ++i) {
    last_[i].reset(read_.columns[i].physical());
    last_[i].copy_entry(0, read_.columns[i], end - 1, true);
  }
  any_ = true;
  position_ = end;
  return &rows_;
}

void SpilledGroups::add_results(const Batch& results, std::span<const std::int64_t> numbers) {
  if (!results_begun_) {
    results_begun_ = true;
    by_number_.reset(*context_, results.columns.size() + 1, {{results.columns.size(), {}}});
  }
  numbers_.reset(Physical::kInt64);
  std::copy(numbers.begin(), numbers.end(), numbers_.mutable_data<std::int64_t>());
  std::vector<const Vector*> columns;
  for (const Vector& column : results.columns) columns.push_back(&column);
  columns.push_back(&numbers_);
  by_number_.add(columns, results.rows());
}

bool SpilledGroups::next_results(Batch& out) {
  if (!results_begun_ || !by_number_.next(out)) return false;
  out.columns.pop_back();
  return true;
}

}  // namespace geode::gql::exec
