#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gql/exec/operator.hpp"

namespace geode::gql::exec {

/// Rows kept in memory, column by column, in chunks of kBatchRows; strings are the store's own.
class RowStore {
 public:
  void reset(std::size_t columns);
  void append(const Batch& batch);
  void append_row(std::span<const value::Vector* const> columns, std::uint32_t row);

  std::uint64_t size() const { return size_; }
  std::size_t chunk_count() const { return chunks_.size(); }
  const std::vector<value::Vector>& chunk(std::size_t i) const { return chunks_[i]; }
  std::uint32_t chunk_rows(std::size_t i) const {
    return i + 1 < chunks_.size() ? kBatchRows : static_cast<std::uint32_t>(size_ - i * kBatchRows);
  }
  const value::Vector& column(std::uint64_t row, std::size_t column) const {
    return chunks_[row / kBatchRows][column];
  }
  Value get(std::uint64_t row, std::size_t column) const {
    return chunks_[row / kBatchRows][column].get(static_cast<std::uint32_t>(row % kBatchRows));
  }
  /// Makes `out` the rows listed (at most kBatchRows).
  void gather(std::span<const std::uint64_t> rows, std::vector<value::Vector>& out) const;
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::vector<std::vector<value::Vector>> chunks_;
  std::size_t columns_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t bytes_ = 0;
};

/// A set of rows by value::same, numbered in the order they came.
class RowSet {
 public:
  static constexpr std::uint32_t kNotFound = 0xffffffff;
  void reset(std::size_t columns);
  static std::uint64_t hash(std::span<const value::Vector* const> columns, std::uint32_t row);
  /// The number of the row, which is added when it is new.
  std::uint32_t insert(std::span<const value::Vector* const> columns, std::uint32_t row,
                       bool& added);
  std::uint32_t find(std::span<const value::Vector* const> columns, std::uint32_t row) const;
  const RowStore& rows() const { return rows_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(rows_.size()); }
  std::uint64_t bytes() const {
    return rows_.bytes() + hashes_.capacity() * 8 + slots_.capacity() * 4;
  }

 private:
  bool equal(std::span<const value::Vector* const> columns, std::uint32_t row,
             std::uint32_t stored) const;
  void grow();
  RowStore rows_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint32_t> slots_;  // number + 1; 0: free
};

}  // namespace geode::gql::exec
