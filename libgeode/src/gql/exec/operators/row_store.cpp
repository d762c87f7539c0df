#include "gql/exec/operators/row_store.hpp"

#include "value/hash.hpp"

namespace geode::gql::exec {

using value::Physical;
using value::Vector;

void RowStore::reset(std::size_t columns) {
  chunks_.clear();
  columns_ = columns;
  size_ = 0;
  bytes_ = 0;
}

void RowStore::append_row(std::span<const Vector* const> columns, std::uint32_t row) {
  std::uint32_t entry = static_cast<std::uint32_t>(size_ % kBatchRows);
  if (entry == 0) {
    chunks_.emplace_back(columns_);
    for (std::size_t i = 0; i < columns_; ++i) chunks_.back()[i].reset(columns[i]->physical());
  }
  for (std::size_t i = 0; i < columns_; ++i) {
    chunks_.back()[i].copy_entry(entry, *columns[i], row, true);
    bytes_ += value::entry_size(columns[i]->physical());
    if (columns[i]->physical() == Physical::kString && !columns[i]->is_null(row)) {
      bytes_ += columns[i]->at<std::string_view>(row).size();
    } else if (columns[i]->physical() == Physical::kAny) {
      bytes_ += columns[i]->at<Value>(row).heap_bytes();
    }
  }
  ++size_;
}

void RowStore::append(const Batch& batch) {
  std::vector<const Vector*> columns;
  for (const Vector& column : batch.columns) columns.push_back(&column);
  for (std::uint32_t row : batch.rows()) append_row(columns, row);
}

void RowStore::gather(std::span<const std::uint64_t> rows, std::vector<Vector>& out) const {
  out.resize(columns_);
  for (std::size_t c = 0; c < columns_; ++c) {
    if (rows.empty()) continue;
    out[c].reset(column(rows[0], c).physical());
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
      out[c].copy_entry(i, column(rows[i], c), static_cast<std::uint32_t>(rows[i] % kBatchRows),
                        false);
    }
  }
}

void RowSet::reset(std::size_t columns) {
  rows_.reset(columns);
  hashes_.clear();
  slots_.assign(1024, 0);
}

std::uint64_t RowSet::hash(std::span<const Vector* const> columns, std::uint32_t row) {
  std::uint64_t hash = 0;
  for (const Vector* column : columns)
    hash = value::combine_hash(hash, value::hash_row(*column, row));
  return hash;
}

bool RowSet::equal(std::span<const Vector* const> columns, std::uint32_t row,
                   std::uint32_t stored) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!value::same_rows(*columns[i], row, rows_.column(stored, i), stored % kBatchRows))
      return false;
  }
  return true;
}

std::uint32_t RowSet::find(std::span<const Vector* const> columns, std::uint32_t row) const {
  std::uint64_t h = hash(columns, row);
  std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = h & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    std::uint32_t number = slots_[slot] - 1;
    if (hashes_[number] == h && equal(columns, row, number)) return number;
  }
  return kNotFound;
}

std::uint32_t RowSet::insert(std::span<const Vector* const> columns, std::uint32_t row,
                             bool& added) {
  std::uint64_t h = hash(columns, row);
  std::size_t mask = slots_.size() - 1;
  std::size_t slot = h & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    std::uint32_t number = slots_[slot] - 1;
    if (hashes_[number] == h && equal(columns, row, number)) {
      added = false;
      return number;
    }
  }
  std::uint32_t number = size();
  rows_.append_row(columns, row);
  hashes_.push_back(h);
  slots_[slot] = number + 1;
  added = true;
  if (hashes_.size() * 2 > slots_.size()) grow();
  return number;
}

void RowSet::grow() {
  std::size_t mask = slots_.size() * 4 - 1;
  slots_.assign(mask + 1, 0);
  for (std::uint32_t number = 0; number < hashes_.size(); ++number) {
    std::size_t slot = hashes_[number] & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = number + 1;
  }
}

}  // namespace geode::gql::exec
