#pragma once

#include <vector>

#include "gql/exec/operators/edge_sides.hpp"
#include "gql/exec/operators/row_expander.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// One step along edges from a bound node: one row per edge, in the order of labels, then
/// (neighbour, edge).
class ExpandOperator final : public Operator {
 public:
  /// edge_column < 0: the edge is not made. into_column >= 0: the other end is bound there, and
  /// to_column is unused.
  ExpandOperator(OperatorPtr input, ColumnSources sources, const plan::Expand& expand,
                 int from_column, int to_column, int edge_column, int into_column);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  /// Moves to the next list with edges that count. False: the batch is used up.
  bool next_list();
  void narrow_to_target();

  RowExpander out_;
  std::vector<catalog::EdgeLabelId> labels_;
  plan::ExpandDirection direction_;
  int from_column_, to_column_, edge_column_, into_column_;
  std::vector<EdgeSide> sides_;
  Batch* in_ = nullptr;
  std::size_t position_ = 0;
  std::size_t side_ = 0;
  NodeId source_{};
  graph::Neighbours list_;
  std::uint32_t list_position_ = 0;
};

}  // namespace geode::gql::exec
