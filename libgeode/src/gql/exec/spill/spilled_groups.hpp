#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gql/exec/spill/row_sorter.hpp"

namespace geode::gql::exec {

/// The rows of an aggregation that has no room for their groups, given back group by group, and the
/// results of groups, put into the order that the groups came in.
class SpilledGroups {
 public:
  /// `columns`: of the rows, beside the keys.
  void reset(ExecutionContext& context, std::size_t keys, std::size_t columns);
  void add_rows(std::span<const value::Vector* const> keys, const Batch& batch,
                std::span<const std::uint32_t> rows);
  void finish_rows();
  /// The next rows, those of a group beside one another and in the order they came.
  /// `of_last_group`: only more of the group that the last row given belongs to; null when there
  /// are none.
  Batch* next_rows(bool of_last_group);
  /// The keys of the batch given last, and when a row of it came.
  std::span<const value::Vector* const> keys() const { return key_columns_; }
  std::int64_t number(std::uint32_t row) const {
    return read_.columns.back().at<std::int64_t>(row);
  }

  /// numbers[i]: the place of the group in row i among all groups.
  void add_results(const Batch& results, std::span<const std::int64_t> numbers);
  void finish_results() { by_number_.finish(); }
  bool next_results(Batch& out);

 private:
  bool read();
  bool is_of_last_group(std::uint32_t row) const;

  ExecutionContext* context_ = nullptr;
  std::size_t keys_ = 0, columns_ = 0;
  RowSorter by_key_;  // hash, keys, columns, number
  std::int64_t arrived_ = 0;
  value::Vector hashes_, numbers_;
  Batch read_, rows_;
  std::uint32_t position_ = 0;
  std::vector<const value::Vector*> key_columns_;
  std::vector<std::uint32_t> selected_;
  std::vector<value::Vector> last_;  // hash and keys of the last row given
  bool any_ = false;

  RowSorter by_number_;  // results, number
  bool results_begun_ = false;
};

}  // namespace geode::gql::exec
