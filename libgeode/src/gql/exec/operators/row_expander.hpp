#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
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
  void add(std::uint32_t input_row) { add(input_row, 1); }
  void add(std::uint32_t input_row, std::uint32_t times) {
    const std::uint32_t before = size_;
    size_ += times;
    if (!repeats_) return;
    if (rows_.size() < size_) rows_.resize(std::max(size_, kBatchRows));
    for (std::uint32_t i = before; i < size_; ++i) rows_[i] = input_row;
  }
  value::Vector& column(int index) { return batch_.columns[index]; }

  Batch* finish(const Batch& input) {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i] < 0) continue;
      batch_.columns[i].set_dictionary(input.columns[sources_[i]], std::span(rows_).first(size_));
    }
    batch_.size = size();
    return batch_.size ? &batch_ : nullptr;
  }

 private:
  ColumnSources sources_;
  Batch batch_;
  bool repeats_ = false;  // some column of the input
  std::uint32_t size_ = 0;
  std::vector<std::uint32_t> rows_;  // the first size_: the input row of each, if any repeats_
};

}  // namespace geode::gql::exec
