#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gql/exec/spill/row_sorter.hpp"
#include "gql/syntax/ast/statement.hpp"

namespace geode::gql::exec {

/// DISTINCT and set operations of rows that do not fit into memory: the rows are sorted by the hash
/// of their key columns, so that the same ones come together, and what is kept is put back into the
/// order it came in.
class SpilledSet {
 public:
  /// The key is made of the first `key_columns` columns. kUnion keeps the first of the same rows;
  /// the others compare left rows with right ones. kUnionAll and kOtherwise need no set.
  void reset(ExecutionContext& context, std::size_t columns, std::size_t key_columns,
             ast::SetOperator op);
  void add_left(std::span<const value::Vector* const> columns, std::span<const std::uint32_t> rows);
  /// counts[i]: how often row rows[i] is there.
  void add_right(std::span<const value::Vector* const> columns, std::span<const std::uint32_t> rows,
                 std::span<const std::uint64_t> counts);
  void finish();
  /// Makes `out` the next rows that are kept, up to kBatchRows of them; false at the end.
  bool next(Batch& out);

 private:
  void add(std::span<const value::Vector* const> columns, std::span<const std::uint32_t> rows,
           std::span<const std::uint64_t> counts);
  bool keeps(std::span<const value::Vector* const> columns, std::uint32_t row);

  ExecutionContext* context_ = nullptr;
  std::size_t columns_ = 0;
  ast::SetOperator op_ = ast::SetOperator::kUnion;
  // Columns: hash, the row's own, count of a right row (0 for a left one), number of a left one.
  RowSorter by_key_, by_arrival_;
  std::uint64_t arrived_ = 0;
  value::Vector hashes_, counts_, numbers_;
  /// The key of the last row read from by_key_, whether there is one, and how many left and right
  /// rows had it.
  std::vector<value::Vector> last_;
  std::vector<const value::Vector*> last_columns_;
  bool any_ = false;
  std::uint64_t left_ = 0, right_ = 0;
};

}  // namespace geode::gql::exec
