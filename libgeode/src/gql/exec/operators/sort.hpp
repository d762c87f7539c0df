#pragma once

#include <optional>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/spill/row_sorter.hpp"

namespace geode::gql::exec {

/// Orders all rows by keys in the total order of values; equal rows keep their order. With a limit
/// only the first offset + limit rows are held.
class SortOperator final : public Operator {
 public:
  SortOperator(OperatorPtr input, std::vector<Evaluator> keys,
               std::vector<SortDirection> directions, std::optional<Evaluator> offset,
               std::optional<Evaluator> limit, std::size_t columns);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  void read();

  std::vector<Evaluator> keys_;
  std::vector<SortDirection> directions_;
  std::optional<Evaluator> offset_, limit_;
  std::size_t columns_;
  RowSorter sorter_;  // of the columns, then the keys
  bool sorted_ = false;
  Batch out_;
};

}  // namespace geode::gql::exec
