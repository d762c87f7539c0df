#pragma once

#include <utility>
#include <vector>

#include "gql/exec/row_filter.hpp"

namespace geode::gql::exec {

/// Narrows the selection of its input's batches.
class FilterOperator final : public Operator {
 public:
  FilterOperator(OperatorPtr input, std::vector<Evaluator> conditions);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  std::vector<Evaluator> conditions_;
  RowFilter filter_;
};

/// Leaves out rows in which one edge stands in both columns of a pair.
class DifferentEdgesOperator final : public Operator {
 public:
  DifferentEdgesOperator(OperatorPtr input, std::vector<std::pair<int, int>> pairs);

 protected:
  Batch* next() override;

 private:
  bool different(const Batch& batch, std::uint32_t row) const;
  std::vector<std::pair<int, int>> pairs_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace geode::gql::exec
