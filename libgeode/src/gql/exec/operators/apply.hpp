#pragma once

#include <memory>
#include <vector>

#include "gql/exec/operators/row_expander.hpp"
#include "gql/exec/subplan.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// Runs a subplan for the rows of its input: OPTIONAL MATCH (rows without a match go on with
/// nulls), CALL { }.
class ApplyOperator final : public Operator {
 public:
  /// inner_sources: output column i is that column of the subplan's result, or -1.
  ApplyOperator(OperatorPtr input, std::unique_ptr<Subplan> subplan, plan::ApplyKind kind,
                bool passes_rows, std::vector<int> outer_sources, std::vector<int> inner_sources);
  void open(ExecutionContext& context) override;
  const Subplan& subplan() const { return *subplan_; }

 protected:
  Batch* next() override;

 private:
  Batch* unmatched();
  std::unique_ptr<Subplan> subplan_;
  plan::ApplyKind kind_;
  bool passes_rows_;
  std::vector<int> outer_sources_, inner_sources_;
  Batch* in_ = nullptr;
  std::vector<std::uint32_t> in_rows_, rows_, inner_rows_;
  std::vector<std::uint8_t> matched_;
  Batch out_;
};

}  // namespace geode::gql::exec
