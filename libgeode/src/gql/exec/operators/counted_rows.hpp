#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gql/exec/operators/row_expander.hpp"

namespace geode::gql::exec {

/// Builds output batches of operators that put a count beside each row: columns of the input are
/// handed on as they are, rows with a count of zero are left out.
class CountedRows {
 public:
  CountedRows(ColumnSources sources, int count_column)
      : sources_(std::move(sources)), count_column_(count_column) {
    batch_.columns.resize(sources_.size());
  }

  /// Lets go of the input's buffers. Call before the input is pulled.
  void release() {
    for (value::Vector& column : batch_.columns) column = value::Vector();
  }
  /// counts[i] belongs to rows[i]; other rows of the input are left out. Null when no row is left.
  Batch* finish(const Batch& input, std::span<const std::uint32_t> rows,
                std::span<const std::uint64_t> counts) {
    counts_.reset(value::Physical::kInt64);
    auto* to = counts_.mutable_data<std::int64_t>();
    kept_.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      to[rows[i]] = static_cast<std::int64_t>(counts[i]);
      if (counts[i] > 0) kept_.push_back(rows[i]);
    }
    if (kept_.empty()) return nullptr;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i] >= 0) batch_.columns[i] = input.columns[sources_[i]];
    }
    if (count_column_ >= 0) batch_.columns[count_column_] = counts_;
    batch_.set_rows_of(input);
    if (kept_.size() < input.row_count()) batch_.select(kept_);
    return &batch_;
  }

 private:
  ColumnSources sources_;
  int count_column_;
  value::Vector counts_;
  std::vector<std::uint32_t> kept_;
  Batch batch_;
};

}  // namespace geode::gql::exec
