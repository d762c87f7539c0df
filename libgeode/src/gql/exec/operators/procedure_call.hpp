#pragma once

#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/operators/row_expander.hpp"
#include "gql/procedure/registry.hpp"

namespace geode::gql::exec {

/// Calls a procedure for each row of its input and adds the columns of what it gives.
class ProcedureCallOperator final : public Operator {
 public:
  /// columns: where each result column of the procedure goes, or -1.
  ProcedureCallOperator(OperatorPtr input, ColumnSources sources, const Procedure& procedure,
                        catalog::GraphId graph, std::vector<Evaluator> arguments,
                        std::vector<int> columns);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  void call(std::uint32_t row);

  RowExpander out_;
  const Procedure& procedure_;
  const catalog::GraphId graph_;
  std::vector<Evaluator> arguments_;
  std::vector<int> columns_;
  Batch* in_ = nullptr;
  std::size_t position_ = 0;  ///< the input row to call for next
  ProcedureRows rows_;        ///< of the call for the row before it
  std::size_t row_ = 0;
  base::MemoryCharge charge_;
  std::vector<std::vector<Value>> made_;
};

}  // namespace geode::gql::exec
