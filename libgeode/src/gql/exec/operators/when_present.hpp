#pragma once

#include <vector>

#include "gql/exec/operator.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// Whether the snapshot shows what the first of two plans needs.
bool is_present(const graph::GraphTransaction& graph, const plan::WhenPresent& needed);

/// The rows of one of two plans: which one is chosen by what the snapshot of the run shows.
class WhenPresentOperator final : public Operator {
 public:
  WhenPresentOperator(OperatorPtr when, OperatorPtr otherwise, plan::WhenPresent needed);
  /// Opens the chosen plan alone.
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override { return input(chosen_).pull(); }

 private:
  const plan::WhenPresent needed_;
  std::size_t chosen_ = 0;
};

}  // namespace geode::gql::exec
