#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "value/vector.hpp"

namespace geode::gql {

using value::kBatchRows;

/// 0, 1, 2, ... : the rows of a batch without a selection.
std::span<const std::uint32_t> identity_rows(std::uint32_t count);

/// Up to kBatchRows rows of a binding table, column by column.
///
/// When `selected`, only the rows listed in `selection` (ascending) are there; the others hold
/// stale or unset entries; flat columns of nodes are set in every row.
struct Batch {
  std::vector<value::Vector> columns;
  std::uint32_t size = 0;
  bool selected = false;
  std::vector<std::uint32_t> selection;

  std::span<const std::uint32_t> rows() const {
    return selected ? std::span<const std::uint32_t>(selection) : identity_rows(size);
  }
  std::uint32_t row_count() const {
    return selected ? static_cast<std::uint32_t>(selection.size()) : size;
  }
  void clear_selection() { selected = false; }
  /// Makes the rows that are there in `other` be there.
  void set_rows_of(const Batch& other) {
    size = other.size;
    selected = other.selected;
    if (selected) selection = other.selection;
  }
  /// Keeps these rows of the rows that are there.
  void select(std::span<const std::uint32_t> rows) {
    selection.assign(rows.begin(), rows.end());
    selected = true;
  }
};

}  // namespace geode::gql
