#include "gql/exec/lowering.hpp"
#include "gql/exec/operators/count_walks.hpp"
#include "gql/exec/operators/edge_ends.hpp"
#include "gql/exec/operators/expand.hpp"
#include "gql/exec/operators/expand_quantified.hpp"
#include "gql/exec/operators/filter.hpp"
#include "gql/exec/operators/intersect.hpp"
#include "gql/exec/operators/scan.hpp"
#include "gql/exec/operators/select_paths.hpp"

namespace geode::gql::exec {

using bound::VariableId;
using plan::LogicalOp;

OperatorPtr Lowering::make(LogicalOp& op, plan::NodeScan& scan) {
  OperatorPtr input = lower(*op.inputs[0]);
  return std::make_unique<NodeScanOperator>(
      std::move(input), sources(op.outputs, op.inputs[0]->outputs),
      position(op.outputs, scan.variable), scan.label, scan.empty);
}

OperatorPtr Lowering::make(LogicalOp& op, plan::IndexSeek& seek) {
  OperatorPtr input = lower(*op.inputs[0]);
  ColumnMap columns = columns_of(op.inputs[0]->outputs);
  IndexSeekOperator::Bounds bounds;
  bounds.equal = evaluators(seek.equal, columns);
  bounds.low = optional_evaluator(seek.low, columns);
  bounds.high = optional_evaluator(seek.high, columns);
  bounds.low_inclusive = seek.low_inclusive;
  bounds.high_inclusive = seek.high_inclusive;
  return std::make_unique<IndexSeekOperator>(
      std::move(input), sources(op.outputs, op.inputs[0]->outputs),
      position(op.outputs, seek.variable), seek.index, std::move(bounds));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Expand& expand) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  return std::make_unique<ExpandOperator>(
      std::move(input), sources(op.outputs, in), expand, position(in, expand.from),
      expand.into ? -1 : position(op.outputs, expand.to), position(op.outputs, expand.edge),
      expand.into ? position(in, expand.to) : -1);
}

OperatorPtr Lowering::make(LogicalOp& op, plan::EdgeEnds& ends) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  return std::make_unique<EdgeEndsOperator>(
      std::move(input), sources(op.outputs, in), ends, position(in, ends.edge),
      ends.left_bound ? position(in, ends.left) : -1,
      ends.right_bound ? position(in, ends.right) : -1,
      ends.left_bound ? -1 : position(op.outputs, ends.left),
      ends.right_bound || ends.left == ends.right ? -1 : position(op.outputs, ends.right));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::ExpandQuantified& expand) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  ExpandQuantifiedOperator::Columns columns;
  columns.from = position(in, expand.from);
  columns.into = expand.into ? position(in, expand.to) : -1;
  columns.to = expand.into ? -1 : position(op.outputs, expand.to);
  columns.edges = position(op.outputs, expand.edge);
  std::unique_ptr<EdgeHops> edge_hops;
  std::unique_ptr<SegmentHops> segment_hops;
  if (expand.segment) {
    for (const auto& group : expand.segment->groups)
      columns.groups.push_back(position(op.outputs, group.second));
    segment_hops = make_segment(expand, in);
  } else {
    ColumnMap inner;
    std::vector<int> outer_columns;
    for (const bound::ExpressionPtr& condition : expand.element_conditions) {
      bound::for_each_free_variable(*condition, [&](VariableId variable) {
        int column = position(in, variable);
        if (variable == expand.element || column < 0 || column_of(inner, variable) >= 0) return;
        inner.emplace_back(variable, static_cast<int>(outer_columns.size()));
        outer_columns.push_back(column);
      });
    }
    inner.emplace_back(expand.element, static_cast<int>(outer_columns.size()));
    edge_hops = std::make_unique<EdgeHops>(expand.labels, expand.direction,
                                           evaluators(expand.element_conditions, inner),
                                           std::move(outer_columns));
  }
  return std::make_unique<ExpandQuantifiedOperator>(std::move(input), sources(op.outputs, in),
                                                    expand, std::move(columns),
                                                    std::move(edge_hops), std::move(segment_hops));
}

/// The plan of one repetition of a segment, from its first node, or from its last when it is
/// walked backwards.
std::unique_ptr<SegmentHops> Lowering::make_segment(plan::ExpandQuantified& expand,
                                                    const std::vector<VariableId>& in) {
  bound::PathSegment& segment = *expand.segment;
  auto pattern = std::make_shared<bound::GraphPattern>();
  pattern->mode = segment.mode == ast::PathMode::kWalk ? ast::MatchMode::kRepeatableElements
                                                       : ast::MatchMode::kDefault;
  bound::PatternPath path;
  for (std::uint32_t i = 0; i < segment.nodes.size(); ++i) path.nodes.push_back(i);
  for (std::uint32_t i = 0; i < segment.edges.size(); ++i) path.edges.push_back(i);
  std::vector<VariableId> edge_variables;
  for (const bound::PatternEdge& edge : segment.edges) edge_variables.push_back(edge.variable);
  VariableId first = segment.nodes.front().variable, last = segment.nodes.back().variable;
  pattern->nodes = std::move(segment.nodes);
  pattern->edges = std::move(segment.edges);
  pattern->conditions = std::move(segment.conditions);
  pattern->paths.push_back(std::move(path));
  VariableId start = expand.reversed ? last : first;
  VariableId end = expand.reversed ? first : last;

  std::vector<VariableId> imports;
  std::vector<int> outer_columns;
  for (const bound::ExpressionPtr& condition : pattern->conditions) {
    bound::for_each_free_variable(*condition, [&](VariableId variable) {
      int column = position(in, variable);
      if (column < 0 || std::find(imports.begin(), imports.end(), variable) != imports.end())
        return;
      imports.push_back(variable);
      outer_columns.push_back(column);
    });
  }
  imports.push_back(start);
  plan::Planner planner(order_, next_variable_);
  auto logical = std::make_unique<plan::LogicalPlan>();
  logical->root = planner.plan_pattern(*pattern, plan::argument_of(imports));
  if (rewrite_) rewrite_(*logical->root);
  // The start node is handed over behind the outer columns.
  std::vector<int> argument_columns;
  for (std::size_t i = 0; i < imports.size(); ++i) argument_columns.push_back(static_cast<int>(i));
  std::unique_ptr<Subplan> subplan = make_subplan(*logical->root, imports, argument_columns);
  const std::vector<VariableId>& outputs = logical->root->outputs;
  std::vector<VariableId> inner;
  for (const auto& group : segment.groups) inner.push_back(group.first);
  auto hops = std::make_unique<SegmentHops>(
      std::move(subplan), std::move(outer_columns), position(outputs, end),
      positions(outputs, edge_variables), positions(outputs, inner), expand.reversed);
  plan_.subplans.push_back(std::move(logical));
  return hops;
}

OperatorPtr Lowering::make(LogicalOp& op, plan::SelectPaths& select) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  op.outputs = in;
  return std::make_unique<SelectPathsOperator>(
      std::move(input), position(in, select.source), position(in, select.target),
      positions(in, select.edges), select.search, select.count, in.size());
}

OperatorPtr Lowering::make(LogicalOp& op, plan::DifferentEdges& different) {
  OperatorPtr input = lower(*op.inputs[0]);
  op.outputs = op.inputs[0]->outputs;
  std::vector<std::pair<int, int>> pairs;
  for (const auto& [a, b] : different.pairs)
    pairs.emplace_back(position(op.outputs, a), position(op.outputs, b));
  return std::make_unique<DifferentEdgesOperator>(std::move(input), std::move(pairs));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::CountWalks& count) {
  CountWalksOperator::Positions nodes;
  for (plan::CountWalks::NodeMask& mask : count.masks) {
    ColumnMap columns{{count.nodes[nodes.size()], 0}};
    nodes.push_back({mask.label, evaluators(mask.conditions, columns)});
  }
  op.outputs = {count.result};
  return std::make_unique<CountWalksOperator>(lower(*op.inputs[0]), std::move(nodes), count.steps,
                                              count.different_edges);
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Intersect& intersect) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  return std::make_unique<IntersectOperator>(
      std::move(input), sources(op.outputs, in), intersect, position(in, intersect.first.from),
      position(in, intersect.second.from), position(op.outputs, intersect.to),
      position(op.outputs, intersect.first.edge), position(op.outputs, intersect.second.edge));
}

}  // namespace geode::gql::exec
