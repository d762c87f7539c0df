#pragma once

#include <algorithm>
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
    repeats_ =
        std::any_of(sources_.begin(), sources_.end(), [](int source) { return source >= 0; });
  }

  void begin() {
    rows_.clear();
    size_ = 0;
    batch_.clear_selection();
  }
  /// Lets go of the input's buffers, so that it can use them again. Call before the input is
  /// pulled.
  void release() {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i] >= 0) batch_.columns[i] = value::Vector();
    }
  }
  std::uint32_t size() const { return size_; }
  bool full() const { return size_ >= kBatchRows; }
  std::uint32_t room() const { return kBatchRows - size_; }
  void add(std::uint32_t input_row) {
    ++size_;
    if (repeats_) rows_.push_back(input_row);
  }
  void add(std::uint32_t input_row, std::uint32_t times) {
    size_ += times;
    if (repeats_) rows_.insert(rows_.end(), times, input_row);
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
  bool repeats_ = false;  // some column of the input
  std::uint32_t size_ = 0;
  std::vector<std::uint32_t> rows_;  // the input row of each row, when some column is repeated
};

}  // namespace geode::gql::exec
