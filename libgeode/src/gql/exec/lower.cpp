#include "gql/exec/lower.hpp"

#include <algorithm>

#include "gql/exec/operators/aggregate.hpp"
#include "gql/exec/operators/apply.hpp"
#include "gql/exec/operators/count_walks.hpp"
#include "gql/exec/operators/distinct.hpp"
#include "gql/exec/operators/edge_ends.hpp"
#include "gql/exec/operators/expand.hpp"
#include "gql/exec/operators/expand_quantified.hpp"
#include "gql/exec/operators/filter.hpp"
#include "gql/exec/operators/intersect.hpp"
#include "gql/exec/operators/join.hpp"
#include "gql/exec/operators/modify.hpp"
#include "gql/exec/operators/project.hpp"
#include "gql/exec/operators/scan.hpp"
#include "gql/exec/operators/select_paths.hpp"
#include "gql/exec/operators/set_operation.hpp"
#include "gql/exec/operators/sort.hpp"

namespace geode::gql::exec {

using bound::VariableId;
using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

ColumnMap columns_of(const std::vector<VariableId>& outputs) {
  ColumnMap columns;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    columns.emplace_back(outputs[i], static_cast<int>(i));
  return columns;
}

int position(const std::vector<VariableId>& outputs, VariableId variable) {
  auto found = std::find(outputs.begin(), outputs.end(), variable);
  return found == outputs.end() ? -1 : static_cast<int>(found - outputs.begin());
}

ColumnSources sources(const std::vector<VariableId>& outputs,
                      const std::vector<VariableId>& inputs) {
  ColumnSources from;
  for (VariableId variable : outputs) from.push_back(position(inputs, variable));
  return from;
}

std::vector<int> positions(const std::vector<VariableId>& outputs,
                           const std::vector<VariableId>& variables) {
  std::vector<int> out;
  for (VariableId variable : variables) out.push_back(position(outputs, variable));
  return out;
}

/// Hands the number of the outer row through a subplan to its result, as a column of every operator
/// on the way from the argument that is replaced by `argument`. False, and nothing is changed, when
/// an operator looks at several rows at once.
bool carry_row_number(LogicalOp& op, VariableId number) {
  bool row_wise = std::visit(
      [](const auto& node) {
        using T = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<T, plan::Apply>) {
          return node.kind == plan::ApplyKind::kOptional;
        } else {
          return std::is_same_v<T, plan::Argument> || std::is_same_v<T, plan::NodeScan> ||
                 std::is_same_v<T, plan::IndexSeek> || std::is_same_v<T, plan::Expand> ||
                 std::is_same_v<T, plan::EdgeEnds> || std::is_same_v<T, plan::ExpandQuantified> ||
                 std::is_same_v<T, plan::Filter> || std::is_same_v<T, plan::DifferentEdges> ||
                 std::is_same_v<T, plan::Compute> || std::is_same_v<T, plan::Select> ||
                 std::is_same_v<T, plan::Unwind> || std::is_same_v<T, plan::Join> ||
                 std::is_same_v<T, plan::Intersect>;
        }
      },
      op.node);
  if (!row_wise) return false;
  if (!op.inputs.empty() && !carry_row_number(*op.inputs[0], number)) return false;
  op.outputs.push_back(number);
  return true;
}

void drop_row_number(LogicalOp& op, VariableId number) {
  std::erase(op.outputs, number);
  if (!op.inputs.empty()) drop_row_number(*op.inputs[0], number);
}

bool modifies(const LogicalOp& op) {
  if (std::holds_alternative<plan::Insert>(op.node) ||
      std::holds_alternative<plan::SetProperties>(op.node) ||
      std::holds_alternative<plan::RemoveProperties>(op.node) ||
      std::holds_alternative<plan::DeleteElements>(op.node) ||
      std::holds_alternative<plan::Merge>(op.node) ||
      std::holds_alternative<plan::Foreach>(op.node)) {
    return true;
  }
  return std::any_of(op.inputs.begin(), op.inputs.end(),
                     [](const LogicalOpPtr& input) { return modifies(*input); });
}

/// Rows below this operator may repeat a node.
bool repeats_nodes(const LogicalOp& op) {
  if (std::holds_alternative<plan::Expand>(op.node) ||
      std::holds_alternative<plan::ExpandQuantified>(op.node) ||
      std::holds_alternative<plan::Join>(op.node) ||
      std::holds_alternative<plan::Intersect>(op.node)) {
    return true;
  }
  return !op.inputs.empty() && repeats_nodes(*op.inputs[0]);
}

class Lowering final : public SubqueryLowering {
 public:
  Lowering(PhysicalPlan& plan, const plan::PatternOrder& order, const PlanRewriter& rewrite,
           std::uint32_t& next_variable)
      : plan_(plan), order_(order), rewrite_(rewrite), next_variable_(next_variable) {}

  OperatorPtr lower(LogicalOp& op) {
    OperatorPtr made = std::visit([&](auto& node) { return make(op, node); }, op.node);
    plan_.origins.emplace_back(&op, made.get());
    return made;
  }

  std::unique_ptr<Subplan> lower_subquery(const bound::Query& query, const ColumnMap& outer,
                                          int& result_column) override {
    std::vector<VariableId> imports;
    std::vector<int> outer_columns;
    for (VariableId variable : query.imports) {
      int column = column_of(outer, variable);
      if (column < 0) continue;
      imports.push_back(variable);
      outer_columns.push_back(column);
    }
    auto logical = std::make_unique<plan::LogicalPlan>(
        plan::plan_query(query, imports, order_, next_variable_));
    if (rewrite_) rewrite_(*logical->root);
    std::unique_ptr<Subplan> subplan = make_subplan(*logical->root, imports, outer_columns);
    result_column =
        query.columns.empty() ? -1 : position(logical->root->outputs, query.columns[0].second);
    plan_.subplans.push_back(std::move(logical));
    return subplan;
  }

 private:
  /// `imports` stand at `outer_columns` of the outer batch and are the first columns of the
  /// argument.
  std::unique_ptr<Subplan> make_subplan(LogicalOp& root, const std::vector<VariableId>& imports,
                                        std::vector<int> outer_columns) {
    VariableId number{next_variable_++};
    bool whole_batches = carry_row_number(root, number);
    if (!whole_batches) drop_row_number(root, number);
    std::vector<VariableId> argument_columns = imports;
    if (whole_batches) argument_columns.push_back(number);
    std::vector<VariableId> saved_columns = std::move(argument_columns_);
    ArgumentOperator* saved = argument_;
    argument_columns_ = argument_columns;
    argument_ = nullptr;
    OperatorPtr made = lower(root);
    ArgumentOperator* argument = argument_;
    argument_ = saved;
    argument_columns_ = std::move(saved_columns);
    if (!argument) throw Error(status::kInternal, "a subplan without an argument");
    return std::make_unique<Subplan>(std::move(made), argument, std::move(outer_columns),
                                     whole_batches ? position(root.outputs, number) : -1);
  }

  Evaluator evaluator(const bound::ExpressionPtr& expression, const ColumnMap& columns) {
    return Evaluator(*expression, columns, *this);
  }
  std::optional<Evaluator> optional_evaluator(const bound::ExpressionPtr& expression,
                                              const ColumnMap& columns) {
    if (!expression) return std::nullopt;
    return Evaluator(*expression, columns, *this);
  }
  std::vector<Evaluator> evaluators(const std::vector<bound::ExpressionPtr>& expressions,
                                    const ColumnMap& columns) {
    std::vector<Evaluator> out;
    for (const bound::ExpressionPtr& expression : expressions)
      out.push_back(evaluator(expression, columns));
    return out;
  }

  OperatorPtr make(LogicalOp& op, plan::Argument&) {
    op.outputs = argument_columns_;
    auto argument = std::make_unique<ArgumentOperator>(argument_columns_.size());
    argument_ = argument.get();
    return argument;
  }

  OperatorPtr make(LogicalOp& op, plan::NodeScan& scan) {
    OperatorPtr input = lower(*op.inputs[0]);
    return std::make_unique<NodeScanOperator>(
        std::move(input), sources(op.outputs, op.inputs[0]->outputs),
        position(op.outputs, scan.variable), scan.label, scan.empty);
  }

  OperatorPtr make(LogicalOp& op, plan::IndexSeek& seek) {
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

  OperatorPtr make(LogicalOp& op, plan::Expand& expand) {
    OperatorPtr input = lower(*op.inputs[0]);
    const std::vector<VariableId>& in = op.inputs[0]->outputs;
    return std::make_unique<ExpandOperator>(
        std::move(input), sources(op.outputs, in), expand, position(in, expand.from),
        expand.into ? -1 : position(op.outputs, expand.to), position(op.outputs, expand.edge),
        expand.into ? position(in, expand.to) : -1);
  }

  OperatorPtr make(LogicalOp& op, plan::EdgeEnds& ends) {
    OperatorPtr input = lower(*op.inputs[0]);
    const std::vector<VariableId>& in = op.inputs[0]->outputs;
    return std::make_unique<EdgeEndsOperator>(
        std::move(input), sources(op.outputs, in), ends, position(in, ends.edge),
        ends.left_bound ? position(in, ends.left) : -1,
        ends.right_bound ? position(in, ends.right) : -1,
        ends.left_bound ? -1 : position(op.outputs, ends.left),
        ends.right_bound || ends.left == ends.right ? -1 : position(op.outputs, ends.right));
  }

  OperatorPtr make(LogicalOp& op, plan::ExpandQuantified& expand) {
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
    return std::make_unique<ExpandQuantifiedOperator>(
        std::move(input), sources(op.outputs, in), expand, std::move(columns), std::move(edge_hops),
        std::move(segment_hops));
  }

  /// The plan of one repetition of a segment, from its first node, or from its last when it is
  /// walked backwards.
  std::unique_ptr<SegmentHops> make_segment(plan::ExpandQuantified& expand,
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
    for (std::size_t i = 0; i < imports.size(); ++i)
      argument_columns.push_back(static_cast<int>(i));
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

  OperatorPtr make(LogicalOp& op, plan::SelectPaths& select) {
    OperatorPtr input = lower(*op.inputs[0]);
    const std::vector<VariableId>& in = op.inputs[0]->outputs;
    op.outputs = in;
    return std::make_unique<SelectPathsOperator>(
        std::move(input), position(in, select.source), position(in, select.target),
        positions(in, select.edges), select.search, select.count, in.size());
  }

  OperatorPtr make(LogicalOp& op, plan::Filter& filter) {
    OperatorPtr input = lower(*op.inputs[0]);
    op.outputs = op.inputs[0]->outputs;
    return std::make_unique<FilterOperator>(std::move(input),
                                            evaluators(filter.conditions, columns_of(op.outputs)));
  }

  OperatorPtr make(LogicalOp& op, plan::DifferentEdges& different) {
    OperatorPtr input = lower(*op.inputs[0]);
    op.outputs = op.inputs[0]->outputs;
    std::vector<std::pair<int, int>> pairs;
    for (const auto& [a, b] : different.pairs)
      pairs.emplace_back(position(op.outputs, a), position(op.outputs, b));
    return std::make_unique<DifferentEdgesOperator>(std::move(input), std::move(pairs));
  }

  OperatorPtr make(LogicalOp& op, plan::Compute& compute) {
    OperatorPtr input = lower(*op.inputs[0]);
    ColumnMap columns = columns_of(op.inputs[0]->outputs);
    std::vector<std::pair<int, Evaluator>> computed;
    for (const auto& [variable, expression] : compute.bindings) {
      int column = position(op.outputs, variable);
      if (column >= 0) computed.emplace_back(column, evaluator(expression, columns));
    }
    return std::make_unique<ProjectOperator>(
        std::move(input), sources(op.outputs, op.inputs[0]->outputs), std::move(computed));
  }

  OperatorPtr make(LogicalOp& op, plan::Select&) {
    OperatorPtr input = lower(*op.inputs[0]);
    return std::make_unique<ProjectOperator>(std::move(input),
                                             sources(op.outputs, op.inputs[0]->outputs),
                                             std::vector<std::pair<int, Evaluator>>());
  }

  OperatorPtr make(LogicalOp& op, plan::Unwind& unwind) {
    OperatorPtr input = lower(*op.inputs[0]);
    Evaluator list = evaluator(unwind.list, columns_of(op.inputs[0]->outputs));
    ColumnSources from = sources(op.outputs, op.inputs[0]->outputs);
    return std::make_unique<UnwindOperator>(
        std::move(input), std::move(from), std::move(list), position(op.outputs, unwind.variable),
        position(op.outputs, unwind.counter), unwind.counter_from_one);
  }

  OperatorPtr make(LogicalOp& op, plan::Aggregate& aggregate) {
    OperatorPtr input = lower(*op.inputs[0]);
    const std::vector<VariableId>& in = op.inputs[0]->outputs;
    ColumnMap columns = columns_of(in);
    op.outputs.clear();
    std::vector<Evaluator> keys;
    VariableId node = bound::kNoVariable;
    bool one_node = !aggregate.groups.empty();
    for (const auto& [variable, expression] : aggregate.groups) {
      op.outputs.push_back(variable);
      keys.push_back(evaluator(expression, columns));
      bool simple = expression->kind == bound::ExpressionKind::kVariable ||
                    (expression->kind == bound::ExpressionKind::kProperty &&
                     expression->children[0]->kind == bound::ExpressionKind::kVariable);
      const bound::Expression& base = expression->kind == bound::ExpressionKind::kProperty
                                          ? *expression->children[0]
                                          : *expression;
      one_node = one_node && simple && base.type.only(ValueType::kNode) &&
                 (node == bound::kNoVariable || node == base.variable);
      if (simple) node = base.variable;
    }
    std::vector<AggregateCall> calls;
    for (const auto& [variable, expression] : aggregate.aggregates) {
      op.outputs.push_back(variable);
      AggregateCall& call = calls.emplace_back();
      call.function = expression->aggregate;
      call.distinct = expression->distinct;
      call.arguments = evaluators(expression->children, columns);
    }
    int node_column = one_node && repeats_nodes(*op.inputs[0]) ? position(in, node) : -1;
    return std::make_unique<AggregateOperator>(std::move(input), std::move(keys), std::move(calls),
                                               node_column, in.size());
  }

  OperatorPtr make(LogicalOp& op, plan::Distinct& distinct) {
    OperatorPtr input = lower(*op.inputs[0]);
    op.outputs = op.inputs[0]->outputs;
    return std::make_unique<DistinctOperator>(std::move(input),
                                              positions(op.outputs, distinct.variables));
  }

  OperatorPtr make(LogicalOp& op, plan::Sort& sort) {
    OperatorPtr input = lower(*op.inputs[0]);
    op.outputs = op.inputs[0]->outputs;
    ColumnMap columns = columns_of(op.outputs);
    std::vector<Evaluator> keys;
    std::vector<SortDirection> directions;
    for (const plan::SortKey& key : sort.keys) {
      keys.push_back(evaluator(key.expression, columns));
      directions.push_back({key.descending, key.nulls_first});
    }
    return std::make_unique<SortOperator>(std::move(input), std::move(keys), std::move(directions),
                                          optional_evaluator(sort.offset, columns),
                                          optional_evaluator(sort.limit, columns),
                                          op.outputs.size());
  }

  OperatorPtr make(LogicalOp& op, plan::Limit& limit) {
    bool drain = modifies(*op.inputs[0]);
    OperatorPtr input = lower(*op.inputs[0]);
    op.outputs = op.inputs[0]->outputs;
    ColumnMap columns;
    return std::make_unique<LimitOperator>(std::move(input),
                                           optional_evaluator(limit.offset, columns),
                                           optional_evaluator(limit.limit, columns), drain);
  }

  OperatorPtr make(LogicalOp& op, plan::Join& join) {
    OperatorPtr left = lower(*op.inputs[0]);
    // The right side is independent of the rows from outside: its argument is one row without
    // columns.
    ArgumentOperator* argument = argument_;
    std::vector<VariableId> argument_columns;
    argument_columns.swap(argument_columns_);
    OperatorPtr right = lower(*op.inputs[1]);
    argument_columns.swap(argument_columns_);
    argument_ = argument;
    const std::vector<VariableId>& l = op.inputs[0]->outputs;
    const std::vector<VariableId>& r = op.inputs[1]->outputs;
    return std::make_unique<JoinOperator>(std::move(left), std::move(right), sources(op.outputs, l),
                                          sources(op.outputs, r),
                                          evaluators(join.left_keys, columns_of(l)),
                                          evaluators(join.right_keys, columns_of(r)), r.size());
  }

  OperatorPtr make(LogicalOp& op, plan::Apply& apply) {
    OperatorPtr input = lower(*op.inputs[0]);
    const std::vector<VariableId>& outer = op.inputs[0]->outputs;
    std::vector<VariableId> imports = plan::argument_variables(*op.inputs[1]);
    std::unique_ptr<Subplan> subplan =
        make_subplan(*op.inputs[1], imports, positions(outer, imports));
    std::vector<int> inner = sources(op.outputs, op.inputs[1]->outputs);
    return std::make_unique<ApplyOperator>(std::move(input), std::move(subplan), apply.kind,
                                           apply.passes_rows, sources(op.outputs, outer),
                                           std::move(inner));
  }

  OperatorPtr make(LogicalOp& op, plan::SetOperation& set) {
    // Both sides read the same rows from outside.
    OperatorPtr left = lower(*op.inputs[0]);
    ArgumentOperator* argument = argument_;
    OperatorPtr right = lower(*op.inputs[1]);
    if (argument && argument_ && argument != argument_) argument_->share(*argument);
    argument_ = argument ? argument : argument_;
    return std::make_unique<SetOperationOperator>(std::move(left), std::move(right), set.op,
                                                  positions(op.inputs[0]->outputs, set.columns[0]),
                                                  positions(op.inputs[1]->outputs, set.columns[1]));
  }

  OperatorPtr make(LogicalOp& op, plan::CountWalks& count) {
    CountWalksOperator::Positions nodes;
    for (plan::CountWalks::NodeMask& mask : count.masks) {
      ColumnMap columns{{count.nodes[nodes.size()], 0}};
      nodes.push_back({mask.label, evaluators(mask.conditions, columns)});
    }
    op.outputs = {count.result};
    return std::make_unique<CountWalksOperator>(lower(*op.inputs[0]), std::move(nodes), count.steps,
                                                count.different_edges);
  }

  OperatorPtr make(LogicalOp& op, plan::Intersect& intersect) {
    OperatorPtr input = lower(*op.inputs[0]);
    const std::vector<VariableId>& in = op.inputs[0]->outputs;
    return std::make_unique<IntersectOperator>(
        std::move(input), sources(op.outputs, in), intersect, position(in, intersect.first.from),
        position(in, intersect.second.from), position(op.outputs, intersect.to),
        position(op.outputs, intersect.first.edge), position(op.outputs, intersect.second.edge));
  }

  OperatorPtr make(LogicalOp& op, plan::Insert& insert) {
    OperatorPtr input = lower(*op.inputs[0]);
    const std::vector<VariableId>& in = op.inputs[0]->outputs;
    op.outputs = in;
    for (const bound::InsertNode& node : insert.insert->nodes) op.outputs.push_back(node.variable);
    for (const bound::InsertEdge& edge : insert.insert->edges) op.outputs.push_back(edge.variable);
    return std::make_unique<InsertOperator>(
        std::move(input), in.size(),
        std::make_unique<PatternInserter>(*insert.insert, columns_of(in), *this, false));
  }

  OperatorPtr make(LogicalOp& op, plan::SetProperties& set) {
    OperatorPtr input = lower(*op.inputs[0]);
    op.outputs = op.inputs[0]->outputs;
    return std::make_unique<SetOperator>(
        std::move(input), op.outputs.size(),
        std::make_unique<PropertySetter>(*set.items, columns_of(op.outputs), *this));
  }

  OperatorPtr make(LogicalOp& op, plan::RemoveProperties& remove) {
    OperatorPtr input = lower(*op.inputs[0]);
    op.outputs = op.inputs[0]->outputs;
    return std::make_unique<RemoveOperator>(std::move(input), op.outputs.size(), *remove.items,
                                            columns_of(op.outputs), *this);
  }

  OperatorPtr make(LogicalOp& op, plan::DeleteElements& deletion) {
    OperatorPtr input = lower(*op.inputs[0]);
    op.outputs = op.inputs[0]->outputs;
    return std::make_unique<DeleteOperator>(std::move(input), op.outputs.size(), *deletion.deletion,
                                            columns_of(op.outputs), *this);
  }

  OperatorPtr make(LogicalOp& op, plan::Merge& merge) {
    OperatorPtr input = lower(*op.inputs[0]);
    const std::vector<VariableId> in = op.inputs[0]->outputs;
    const bound::Merge& m = *merge.merge;
    op.outputs = in;
    op.outputs.insert(op.outputs.end(), m.introduces.begin(), m.introduces.end());
    MergeOperator::Parts parts;
    std::vector<VariableId> imports = argument_variables(*op.inputs[1]);
    std::vector<VariableId> there;
    for (VariableId variable : imports) {
      if (position(in, variable) >= 0) there.push_back(variable);
    }
    parts.match = make_subplan(*op.inputs[1], there, positions(in, there));
    parts.match_columns = positions(op.inputs[1]->outputs, m.introduces);
    parts.inserter = std::make_unique<PatternInserter>(m.insert, columns_of(in), *this, true);
    ColumnMap columns = columns_of(op.outputs);
    for (std::size_t i = 0; i < m.introduces.size(); ++i) {
      int inserted = MergeOperator::kPathColumn;
      for (std::size_t n = 0; n < m.insert.nodes.size(); ++n) {
        if (m.insert.nodes[n].variable == m.introduces[i]) inserted = static_cast<int>(n);
      }
      for (std::size_t e = 0; e < m.insert.edges.size(); ++e) {
        if (m.insert.edges[e].variable == m.introduces[i]) inserted = ~static_cast<int>(e);
      }
      parts.inserted.push_back(inserted);
    }
    for (const auto& [variable, path] : m.insert.paths) {
      parts.paths.emplace_back(position(op.outputs, variable), Evaluator(*path, columns, *this));
    }
    if (!m.on_create.empty())
      parts.on_create = std::make_unique<PropertySetter>(m.on_create, columns, *this);
    if (!m.on_match.empty())
      parts.on_match = std::make_unique<PropertySetter>(m.on_match, columns, *this);
    return std::make_unique<MergeOperator>(std::move(input), in.size(), std::move(parts));
  }

  OperatorPtr make(LogicalOp& op, plan::Foreach& foreach) {
    OperatorPtr input = lower(*op.inputs[0]);
    const std::vector<VariableId>& in = op.inputs[0]->outputs;
    op.outputs = in;
    Evaluator list = evaluator(foreach.list, columns_of(in));
    std::vector<VariableId> imports = in;
    imports.push_back(foreach.variable);
    std::vector<int> outer_columns, argument_columns;
    for (std::size_t i = 0; i < in.size(); ++i) outer_columns.push_back(static_cast<int>(i));
    for (std::size_t i = 0; i < imports.size(); ++i)
      argument_columns.push_back(static_cast<int>(i));
    std::unique_ptr<Subplan> body =
        make_subplan(*op.inputs[1], imports, std::move(argument_columns));
    return std::make_unique<ForeachOperator>(std::move(input), in.size(), std::move(list),
                                             std::move(body), std::move(outer_columns));
  }

  PhysicalPlan& plan_;
  const plan::PatternOrder& order_;
  const PlanRewriter& rewrite_;
  std::uint32_t& next_variable_;
  std::vector<VariableId> argument_columns_;
  ArgumentOperator* argument_ = nullptr;
};

}  // namespace

std::unique_ptr<PhysicalPlan> lower(plan::LogicalPlan logical, const plan::PatternOrder& order,
                                    const PlanRewriter& rewrite, std::uint32_t& next_variable) {
  auto physical = std::make_unique<PhysicalPlan>();
  physical->logical = std::move(logical);
  Lowering lowering(*physical, order, rewrite, next_variable);
  physical->root = lowering.lower(*physical->logical.root);
  return physical;
}

}  // namespace geode::gql::exec
