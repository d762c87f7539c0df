#pragma once

#include <vector>

#include "gql/exec/operators/row_store.hpp"

namespace geode::gql::exec {

/// Each row of the given columns once, the first one.
class DistinctOperator final : public Operator {
 public:
  DistinctOperator(OperatorPtr input, std::vector<int> columns);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  std::vector<int> columns_;
  RowSet seen_;
  base::MemoryCharge charge_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace geode::gql::exec
