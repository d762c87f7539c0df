#include "gql/exec/lowering.hpp"
#include "gql/exec/operators/count_expand.hpp"
#include "gql/exec/operators/count_intersect.hpp"
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
      position(op.outputs, scan.variable), scan.graph, scan.label, scan.empty, scan.by_morsels);
}

OperatorPtr Lowering::make(LogicalOp& op, plan::IndexSeek& seek) {
  OperatorPtr input = lower(*op.inputs[0]);
  ColumnMap columns = columns_of(op.inputs[0]->outputs);
  IndexSeekOperator::Bounds bounds;
  bounds.equal = evaluators(seek.equal, columns);
  bounds.among = optional_evaluator(seek.among, columns);
  bounds.low = optional_evaluator(seek.low, columns);
  bounds.high = optional_evaluator(seek.high, columns);
  bounds.label = seek.label;
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
    for (const bound::PathExport& name : expand.segment->exports)
      columns.groups.push_back(position(op.outputs, name.outer));
    segment_hops = make_segment(expand, in, op.outputs);
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
                                                    optional_evaluator(expand.count_parameter, {}),
                                                    std::move(edge_hops), std::move(segment_hops));
}

/// The plans of one repetition of a segment, one per branch, from its first node, or from its last
/// when it is walked backwards.
std::unique_ptr<SegmentHops> Lowering::make_segment(plan::ExpandQuantified& expand,
                                                    const std::vector<VariableId>& in,
                                                    const std::vector<VariableId>& out) {
  const bound::PathSegment& segment = *expand.segment;
  std::vector<SegmentHops::Branch> branches;
  for (std::size_t i = 0; i < segment.branches.size(); ++i) {
    branches.push_back(make_branch(expand, i, in));
    for (std::size_t k = 0; k < segment.exports.size(); ++k) {
      // What tells branches apart is needed even where nobody reads it.
      if (!segment.distinct && position(out, segment.exports[k].outer) < 0)
        branches.back().inner_columns[k] = -1;
    }
  }
  return std::make_unique<SegmentHops>(std::move(branches), segment.distinct, expand.reversed);
}

SegmentHops::Branch Lowering::make_branch(plan::ExpandQuantified& expand, std::size_t index,
                                          const std::vector<VariableId>& in) {
  const bound::PathSegment& segment = *expand.segment;
  const bound::PathBranch& branch = segment.branches[index];
  const bound::GraphPattern& pattern = branch.pattern;
  const bound::PatternPath& path = pattern.paths[0];
  const VariableId first = pattern.nodes[path.nodes.front()].variable;
  const VariableId last = pattern.nodes[path.nodes.back()].variable;
  const VariableId start = expand.reversed ? last : first;
  const VariableId end = expand.reversed ? first : last;

  SegmentHops::Branch made;
  made.segment = &segment;
  made.index = index;
  std::vector<VariableId> imports;
  bound::for_each_condition(branch, [&](const bound::Expression& condition) {
    bound::for_each_free_variable(condition, [&](VariableId variable) {
      int column = position(in, variable);
      if (column < 0 || position(imports, variable) >= 0) return;
      imports.push_back(variable);
      made.outer_columns.push_back(column);
    });
  });
  // The start node is handed over behind the outer columns.
  imports.push_back(start);
  // A simple path may go back over the edge by which it left its first node, where edges may
  // repeat.
  const bool repeats =
      expand.mode == ast::PathMode::kWalk ||
      (expand.mode != ast::PathMode::kTrail && pattern.mode == ast::MatchMode::kRepeatableElements);
  const ast::MatchMode mode =
      repeats ? ast::MatchMode::kRepeatableElements : ast::MatchMode::kDefault;
  plan::Planner planner(order_, next_variable_, interrupt_);
  auto logical = std::make_unique<plan::LogicalPlan>();
  logical->root = planner.plan_branch(branch, mode, plan::argument_of(imports));
  std::vector<VariableId> wanted{end};
  std::vector<VariableId> edges, inner;
  for (std::uint32_t edge : path.edges) edges.push_back(pattern.edges[edge].variable);
  for (const bound::PathExport& name : segment.exports)
    inner.push_back(name.sources[index].variable);
  for (VariableId variable : edges) wanted = plan::with_added(std::move(wanted), {variable});
  for (VariableId variable : inner) wanted = plan::with_added(std::move(wanted), {variable});
  logical->root = plan::make_op(plan::Select{wanted}, wanted, std::move(logical->root));
  if (rewrite_) rewrite_(*logical->root);
  std::vector<int> argument_columns;
  for (std::size_t i = 0; i < imports.size(); ++i) argument_columns.push_back(static_cast<int>(i));
  made.subplan = make_subplan(*logical->root, imports, argument_columns);
  const std::vector<VariableId>& outputs = logical->root->outputs;
  made.to_column = position(outputs, end);
  made.edge_columns = positions(outputs, edges);
  made.inner_columns = positions(outputs, inner);
  plan_.subplans.push_back(std::move(logical));
  return made;
}

OperatorPtr Lowering::make(LogicalOp& op, plan::SelectPaths& select) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  op.outputs = in;
  return std::make_unique<SelectPathsOperator>(
      std::move(input), position(in, select.source), position(in, select.target),
      positions(in, select.edges), select.search, select.count,
      optional_evaluator(select.count_parameter, {}), in.size());
}

OperatorPtr Lowering::make(LogicalOp& op, plan::DifferentEdges& different) {
  OperatorPtr input = lower(*op.inputs[0]);
  op.outputs = op.inputs[0]->outputs;
  std::vector<VariableId> first, second;
  for (const auto& [a, b] : different.pairs) {
    first.push_back(a);
    second.push_back(b);
  }
  const std::vector<int> left = positions(op.outputs, first);
  const std::vector<int> right = positions(op.outputs, second);
  std::vector<std::pair<int, int>> pairs;
  for (std::size_t i = 0; i < left.size(); ++i) pairs.emplace_back(left[i], right[i]);
  return std::make_unique<DifferentEdgesOperator>(std::move(input), std::move(pairs));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::CountWalks& count) {
  std::vector<CountWalksOperator::Positions> positions(count.sharing.workers);
  for (CountWalksOperator::Positions& nodes : positions) {
    for (plan::CountWalks::NodeMask& mask : count.masks) {
      ColumnMap columns{{count.nodes[nodes.size()], 0}};
      nodes.push_back({mask.label, evaluators(mask.conditions, columns)});
    }
  }
  op.outputs = {count.result};
  return std::make_unique<CountWalksOperator>(lower(*op.inputs[0]), count.graph,
                                              std::move(positions), count.steps, count.different,
                                              count.sharing);
}

OperatorPtr Lowering::make(LogicalOp& op, plan::CountExpand& count) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  return std::make_unique<CountExpandOperator>(
      std::move(input), count, position(in, count.from), positions(in, count.other_edges),
      CountedRows(sources(op.outputs, in), position(op.outputs, count.count)));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Intersect& intersect) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  return std::make_unique<IntersectOperator>(
      std::move(input), sources(op.outputs, in), intersect, position(in, intersect.first.from),
      position(in, intersect.second.from), position(op.outputs, intersect.to),
      position(op.outputs, intersect.first.edge), position(op.outputs, intersect.second.edge));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::CountIntersect& count) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  CountIntersectOperator::Columns columns{
      position(in, count.first.from), position(in, count.second.from),
      positions(in, count.first_differs), positions(in, count.second_differs)};
  return std::make_unique<CountIntersectOperator>(
      std::move(input), count, std::move(columns),
      CountedRows(sources(op.outputs, in), position(op.outputs, count.count)));
}

}  // namespace geode::gql::exec
