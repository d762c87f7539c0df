#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "repair/element_values.hpp"
#include "value/vector.hpp"

namespace geode::repair {

/// Rows of property values on their way to a bulk load, column by column.
class Rows {
 public:
  Rows(ElementValues& values, std::span<const graph::PropertyKeyId> keys)
      : values_(values), keys_(keys), columns_(keys.size()), vectors_(keys.size()) {}

  /// The row of the element that `values` is about.
  void add() {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      columns_[i].push_back(values_.get(keys_[i]));
      if (!columns_[i].back().is_null()) ++value_count_;
    }
    ++size_;
  }
  std::uint32_t size() const { return size_; }
  bool full() const { return size_ == value::kBatchRows; }
  std::uint64_t value_count() const { return value_count_; }
  graph::Properties properties(std::uint32_t row) const {
    graph::Properties out;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (!columns_[i][row].is_null()) out.emplace_back(keys_[i], columns_[i][row]);
    }
    return out;
  }
  std::span<const value::Vector> vectors() {
    for (std::size_t i = 0; i < columns_.size(); ++i) vectors_[i].assign(columns_[i]);
    return vectors_;
  }
  void clear() {
    for (auto& column : columns_) column.clear();
    size_ = 0;
  }

 private:
  ElementValues& values_;
  std::span<const graph::PropertyKeyId> keys_;
  std::vector<std::vector<Value>> columns_;
  std::vector<value::Vector> vectors_;
  std::uint32_t size_ = 0;
  std::uint64_t value_count_ = 0;
};

}  // namespace geode::repair
