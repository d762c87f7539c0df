#include "gql/exec/spill/spilled_join.hpp"

#include "gql/exec/spill/row_codec.hpp"

namespace geode::gql::exec {

using value::Physical;
using value::Vector;

namespace {

/// A batch of pairs ends when its rows are this large.
constexpr std::uint64_t kMostBatchBytes = std::uint64_t{1} << 20;

}  // namespace

void SpilledJoin::reset(ExecutionContext& context, std::size_t keys) {
  context_ = &context;
  keys_ = keys;
  for (Side* side : {&left_, &right_}) {
    side->begun = side->more = false;
    side->batch.columns.clear();
  }
  in_group_ = false;
  group_pointers_.clear();
}

void SpilledJoin::add_left(std::span<const Vector* const> keys,
                           std::span<const Vector* const> columns,
                           std::span<const std::uint32_t> rows) {
  add(left_, keys, columns, rows);
}

void SpilledJoin::add_right(std::span<const Vector* const> keys,
                            std::span<const Vector* const> columns,
                            std::span<const std::uint32_t> rows) {
  add(right_, keys, columns, rows);
}

void SpilledJoin::add(Side& side, std::span<const Vector* const> keys,
                      std::span<const Vector* const> columns, std::span<const std::uint32_t> rows) {
  if (!side.begun) {
    side.begun = true;
    side.columns = columns.size();
    std::vector<RowSorter::Key> order;
    for (std::size_t i = 0; i <= keys_; ++i) order.push_back({i, {}});
    side.sorter.reset(*context_, 1 + keys_ + columns.size(), std::move(order));
  }
  hashes_.reset(Physical::kInt64);
  auto* hashes = hashes_.mutable_data<std::int64_t>();
  for (const std::uint32_t row : rows)
    hashes[row] = static_cast<std::int64_t>(RowSet::hash(keys, row));
  std::vector<const Vector*> all{&hashes_};
  all.insert(all.end(), keys.begin(), keys.end());
  all.insert(all.end(), columns.begin(), columns.end());
  side.sorter.add(all, rows);
}

void SpilledJoin::finish() {
  for (Side* side : {&left_, &right_}) {
    if (!side->begun) continue;
    side->sorter.finish();
    side->batch.size = 0;
    side->row = 0;
    side->more = true;
    advance(*side);
  }
}

void SpilledJoin::advance(Side& side) {
  if (side.batch.size > 0 && ++side.row < side.batch.size) return;
  side.more = side.sorter.next(side.batch);
  side.row = 0;
  side.pointers.clear();
  for (const Vector& column : side.batch.columns) side.pointers.push_back(&column);
}

int SpilledJoin::compare_keys(const std::vector<const Vector*>& a, std::uint32_t row_a,
                              const std::vector<const Vector*>& b, std::uint32_t row_b) const {
  return left_.sorter.order(a, row_a, b, row_b);
}

bool SpilledJoin::find_group() {
  while (right_.more) {
    const int order = compare_keys(left_.pointers, left_.row, right_.pointers, right_.row);
    if (order < 0) return false;
    if (order == 0) break;
    context_->interrupt->check();
    advance(right_);
  }
  if (!right_.more) return false;
  group_key_.resize(keys_ + 1);
  group_pointers_.clear();
  for (std::size_t i = 0; i <= keys_; ++i) {
    group_key_[i].reset(right_.pointers[i]->physical());
    group_key_[i].copy_entry(0, *right_.pointers[i], right_.row, true);
    group_pointers_.push_back(&group_key_[i]);
  }
  group_.reset(*context_, right_.columns);
  while (right_.more && compare_keys(group_pointers_, 0, right_.pointers, right_.row) == 0) {
    context_->interrupt->check();
    group_.append_row({right_.pointers.data() + 1 + keys_, right_.columns}, right_.row);
    advance(right_);
  }
  return true;
}

bool SpilledJoin::next(std::vector<Vector>& left, std::vector<Vector>& right,
                       std::uint32_t& count) {
  count = 0;
  if (!left_.begun || !right_.begun) return false;
  left.resize(left_.columns);
  right.resize(right_.columns);
  std::uint64_t bytes = 0;
  while (left_.more && count < kBatchRows && bytes < kMostBatchBytes) {
    if (!in_group_) {
      // The left row may have the key of the last one.
      const bool same = !group_pointers_.empty() &&
                        compare_keys(left_.pointers, left_.row, group_pointers_, 0) == 0;
      if (!same && !find_group()) {
        if (!right_.more) return count > 0;
        context_->interrupt->check();
        advance(left_);
        continue;
      }
      in_group_ = true;
      chunk_ = 0;
      chunk_row_ = 0;
    }
    const std::vector<Vector>& chunk = group_.chunk(chunk_);
    const std::uint32_t rows = group_.chunk_rows(chunk_);
    for (; chunk_row_ < rows && count < kBatchRows && bytes < kMostBatchBytes; ++chunk_row_) {
      for (std::size_t c = 0; c < left_.columns; ++c) {
        const Vector& from = *left_.pointers[1 + keys_ + c];
        if (count == 0) left[c].reset(from.physical());
        left[c].copy_entry(count, from, left_.row, true);
      }
      for (std::size_t c = 0; c < right_.columns; ++c) {
        if (count == 0) right[c].reset(chunk[c].physical());
        right[c].copy_entry(count, chunk[c], chunk_row_, true);
      }
      bytes += row_bytes(left_.pointers, left_.row);
      ++count;
    }
    if (chunk_row_ < rows) break;
    chunk_row_ = 0;
    if (++chunk_ < group_.chunk_count()) continue;
    in_group_ = false;
    advance(left_);
  }
  return count > 0;
}

}  // namespace geode::gql::exec
