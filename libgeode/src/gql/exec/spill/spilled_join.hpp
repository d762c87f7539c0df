#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gql/exec/spill/row_sorter.hpp"

namespace geode::gql::exec {

/// An equality join of two sides that do not fit into memory: both are sorted by the hash of their
/// keys and by the keys, and read side by side. Rows come key by key.
class SpilledJoin {
 public:
  void reset(ExecutionContext& context, std::size_t keys);
  /// Rows whose keys are not null. All columns of a side come in the same order each time.
  void add_left(std::span<const value::Vector* const> keys,
                std::span<const value::Vector* const> columns, std::span<const std::uint32_t> rows);
  void add_right(std::span<const value::Vector* const> keys,
                 std::span<const value::Vector* const> columns,
                 std::span<const std::uint32_t> rows);
  void finish();
  /// The next rows of both sides, up to kBatchRows pairs; false at the end. Rows of one side
  /// repeat.
  bool next(std::vector<value::Vector>& left, std::vector<value::Vector>& right,
            std::uint32_t& count);

 private:
  /// One side, read row by row.
  struct Side {
    RowSorter sorter;
    std::size_t columns = 0;
    bool begun = false, more = false;
    Batch batch;
    std::vector<const value::Vector*> pointers;
    std::uint32_t row = 0;
  };
  void add(Side& side, std::span<const value::Vector* const> keys,
           std::span<const value::Vector* const> columns, std::span<const std::uint32_t> rows);
  void advance(Side& side);
  /// Reads the right rows of the key that the left row has; false when there are none.
  bool find_group();
  int compare_keys(const std::vector<const value::Vector*>& a, std::uint32_t row_a,
                   const std::vector<const value::Vector*>& b, std::uint32_t row_b) const;

  ExecutionContext* context_ = nullptr;
  std::size_t keys_ = 0;
  Side left_, right_;
  value::Vector hashes_;
  /// The right rows of one key, and that key.
  RowBuffer group_;
  std::vector<value::Vector> group_key_;
  std::vector<const value::Vector*> group_pointers_;
  bool in_group_ = false;
  std::size_t chunk_ = 0;
  std::uint32_t chunk_row_ = 0;
};

}  // namespace geode::gql::exec
