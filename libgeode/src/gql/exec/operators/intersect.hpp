#pragma once

#include <vector>

#include "gql/exec/operators/edge_sides.hpp"
#include "gql/exec/operators/row_expander.hpp"
#include "gql/exec/path_search.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// Closes a triangle: for two bound nodes, each node that is reached from both, one row per pair of
/// edges. The neighbours of the first node are marked once for all rows in a run that share it;
/// those of the second are looked up.
class IntersectOperator final : public Operator {
 public:
  IntersectOperator(OperatorPtr input, ColumnSources sources, const plan::Intersect& intersect,
                    int first_column, int second_column, int to_column, int first_edge_column,
                    int second_edge_column);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  struct Leg {
    std::vector<catalog::EdgeLabelId> labels;
    plan::ExpandDirection direction;
    std::vector<EdgeSide> sides;
  };
  struct Marked {
    value::EdgeRef edge;
    std::uint32_t next;  ///< another edge to the same node, + 1
  };
  void mark(NodeId node);
  void match(NodeId node);
  static value::EdgeRef edge_of(const EdgeSide& side, NodeId from, NodeId to, std::uint32_t number);

  RowExpander out_;
  Leg first_, second_;
  const bool once_;  ///< of several edges from the first node to another one will do
  int first_column_, second_column_, to_column_, first_edge_column_, second_edge_column_;
  NodeMarks marks_;
  std::vector<Marked> marked_;
  bool any_marked_ = false;
  NodeId marked_for_{};
  Batch* in_ = nullptr;
  std::size_t position_ = 0;
  /// Matches of the row at hand: (node, first edge, second edge).
  std::vector<NodeId> nodes_;
  std::vector<value::EdgeRef> first_edges_, second_edges_;
  std::size_t match_position_ = 0;
};

}  // namespace geode::gql::exec
