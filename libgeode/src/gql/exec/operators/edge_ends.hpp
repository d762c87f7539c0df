#pragma once

#include <vector>

#include "gql/exec/operators/row_expander.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// From bound edges to their ends.
class EdgeEndsOperator final : public Operator {
 public:
  EdgeEndsOperator(OperatorPtr input, ColumnSources sources, const plan::EdgeEnds& ends,
                   int edge_column, int left_column, int right_column, int left_output,
                   int right_output);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  RowExpander out_;
  std::vector<catalog::EdgeLabelId> labels_;
  bound::EdgeOrientation orientation_;
  int edge_column_, left_column_, right_column_, left_output_, right_output_;
  Batch* in_ = nullptr;
  std::size_t position_ = 0;
};

}  // namespace geode::gql::exec
