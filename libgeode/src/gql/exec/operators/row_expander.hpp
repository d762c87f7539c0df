#pragma once

#include <cstdint>
#include <vector>

#include "gql/exec/operator.hpp"

namespace geode::gql::exec {

/// Which column of the input an output column repeats; -1: the operator makes it.
using ColumnSources = std::vector<int>;

/// Builds output batches of operators that make several rows from one: output columns that come
/// from the input are dictionaries over its columns, so nothing is copied.
class RowExpander {
 public:
  explicit RowExpander(ColumnSources sources) : sources_(std::move(sources)) {
    batch_.columns.resize(sources_.size());
  }

  void begin() {
    rows_.clear();
    batch_.clear_selection();
  }
  /// Lets go of the input's buffers, so that it can use them again. Call before the input is
  /// pulled.
  void release() {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i] >= 0) batch_.columns[i] = value::Vector();
    }
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(rows_.size()); }
  bool full() const { return rows_.size() >= kBatchRows; }
  std::uint32_t room() const { return kBatchRows - size(); }
  void add(std::uint32_t input_row) { rows_.push_back(input_row); }
  void add(std::uint32_t input_row, std::uint32_t times) {
    rows_.insert(rows_.end(), times, input_row);
  }
  value::Vector& column(int index) { return batch_.columns[index]; }

  Batch* finish(const Batch& input) {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i] >= 0) batch_.columns[i].set_dictionary(input.columns[sources_[i]], rows_);
    }
    batch_.size = size();
    return batch_.size ? &batch_ : nullptr;
  }

 private:
  ColumnSources sources_;
  Batch batch_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace geode::gql::exec
