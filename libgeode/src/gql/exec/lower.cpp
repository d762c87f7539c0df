#include "gql/exec/lower.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/stack.hpp"
#include "gql/exec/lowering.hpp"
#include "gql/exec/operators/aggregate.hpp"
#include "gql/exec/operators/distinct.hpp"
#include "gql/exec/operators/eager.hpp"
#include "gql/exec/operators/filter.hpp"
#include "gql/exec/operators/gather.hpp"
#include "gql/exec/operators/join.hpp"
#include "gql/exec/operators/load_csv.hpp"
#include "gql/exec/operators/parallel_aggregate.hpp"
#include "gql/exec/operators/procedure_call.hpp"
#include "gql/exec/operators/project.hpp"
#include "gql/exec/operators/set_operation.hpp"
#include "gql/exec/operators/sort.hpp"
#include "gql/exec/operators/when_present.hpp"

namespace geode::gql::exec {

using bound::VariableId;
using plan::LogicalOp;
using plan::LogicalOpPtr;

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
  return positions(inputs, outputs);
}

std::vector<int> positions(const std::vector<VariableId>& outputs,
                           const std::vector<VariableId>& variables) {
  std::vector<int> out;
  out.reserve(variables.size());
  // For wide rows, searching each column from the start is quadratic.
  constexpr std::size_t kFewColumns = 32;
  if (outputs.size() <= kFewColumns) {
    for (VariableId variable : variables) out.push_back(position(outputs, variable));
    return out;
  }
  std::unordered_map<VariableId, int> known;
  for (std::size_t i = 0; i < outputs.size(); ++i) known.emplace(outputs[i], static_cast<int>(i));
  for (VariableId variable : variables) {
    const auto found = known.find(variable);
    out.push_back(found == known.end() ? -1 : found->second);
  }
  return out;
}

namespace {

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

/// What the plans of its pipeline that are chosen when a run begins are chosen by.
Needs needs_below(const LogicalOp& op) {
  Needs needs;
  for (const LogicalOp* below = &op; !below->inputs.empty(); below = below->inputs[0].get()) {
    if (const auto* when = std::get_if<plan::WhenPresent>(&below->node)) needs.push_back(*when);
  }
  return needs;
}

}  // namespace

OperatorPtr Lowering::lower(LogicalOp& op) {
  interrupt_.check();
  base::check_stack();
  OperatorPtr made = std::visit([&](auto& node) { return make(op, node); }, op.node);
  plan_.origins.emplace_back(&op, made.get());
  return made;
}

Evaluator Lowering::evaluator(const bound::ExpressionPtr& expression, const ColumnMap& columns) {
  return Evaluator(*expression, columns, *this);
}

std::optional<Evaluator> Lowering::optional_evaluator(const bound::ExpressionPtr& expression,
                                                      const ColumnMap& columns) {
  if (!expression) return std::nullopt;
  return Evaluator(*expression, columns, *this);
}

std::vector<Evaluator> Lowering::evaluators(const std::vector<bound::ExpressionPtr>& expressions,
                                            const ColumnMap& columns) {
  std::vector<Evaluator> out;
  for (const bound::ExpressionPtr& expression : expressions)
    out.push_back(evaluator(expression, columns));
  return out;
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Argument&) {
  op.outputs = argument_columns_;
  auto argument = std::make_unique<ArgumentOperator>(argument_columns_.size());
  argument_ = argument.get();
  return argument;
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Filter& filter) {
  OperatorPtr input = lower(*op.inputs[0]);
  op.outputs = op.inputs[0]->outputs;
  return std::make_unique<FilterOperator>(std::move(input),
                                          evaluators(filter.conditions, columns_of(op.outputs)));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Compute& compute) {
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

OperatorPtr Lowering::make(LogicalOp& op, plan::Select&) {
  if (std::holds_alternative<plan::Compute>(op.inputs[0]->node)) {
    // It makes the columns that are kept, and no others.
    op.inputs[0]->outputs = op.outputs;
    return lower(*op.inputs[0]);
  }
  OperatorPtr input = lower(*op.inputs[0]);
  return std::make_unique<ProjectOperator>(std::move(input),
                                           sources(op.outputs, op.inputs[0]->outputs),
                                           std::vector<std::pair<int, Evaluator>>());
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Unwind& unwind) {
  OperatorPtr input = lower(*op.inputs[0]);
  Evaluator list = evaluator(unwind.list, columns_of(op.inputs[0]->outputs));
  ColumnSources from = sources(op.outputs, op.inputs[0]->outputs);
  std::vector<Evaluator> range;
  if (unwind.list->kind == bound::ExpressionKind::kFunction && is_range(*unwind.list->function))
    range = evaluators(unwind.list->children, columns_of(op.inputs[0]->outputs));
  const UnwindOperator::Columns columns{position(op.outputs, unwind.variable),
                                        position(op.outputs, unwind.counter),
                                        unwind.counter_from_one};
  return std::make_unique<UnwindOperator>(std::move(input), std::move(from), std::move(list),
                                          std::move(range), unwind.only_lists, columns);
}

OperatorPtr Lowering::make(LogicalOp& op, plan::LoadCsv& load) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  LoadCsvOperator::Columns columns{position(op.outputs, load.row), position(op.outputs, load.line),
                                   position(op.outputs, load.file)};
  return std::make_unique<LoadCsvOperator>(std::move(input), sources(op.outputs, in),
                                           evaluator(load.source, columns_of(in)), load.headers,
                                           load.separator, columns);
}

OperatorPtr Lowering::make(LogicalOp& op, plan::ProcedureCall& call) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  std::vector<Evaluator> arguments = evaluators(call.arguments, columns_of(in));
  return std::make_unique<ProcedureCallOperator>(std::move(input), sources(op.outputs, in),
                                                 *call.procedure, call.graph, std::move(arguments),
                                                 positions(op.outputs, call.columns));
}

std::unique_ptr<AggregateOperator> Lowering::make_part(LogicalOp& op, plan::Aggregate& aggregate) {
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
    call.reports_nulls = call.function->name != "count";
    call.position = expression->position;
    call.arguments = evaluators(expression->children, columns);
    if (expression->filtered) {
      call.filter = std::move(call.arguments.back());
      call.arguments.pop_back();
    }
  }
  std::vector<int> multiplicities = positions(in, aggregate.multiplicities);
  int node_column = one_node && repeats_nodes(*op.inputs[0]) ? position(in, node) : -1;
  return std::make_unique<AggregateOperator>(std::move(input), std::move(keys), std::move(calls),
                                             std::move(multiplicities), node_column, in.size());
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Aggregate& aggregate) {
  if (aggregate.sharing.workers == 1) return make_part(op, aggregate);
  ArgumentOperator* argument = nullptr;
  std::vector<std::unique_ptr<AggregateOperator>> parts;
  while (parts.size() < aggregate.sharing.workers) {
    parts.push_back(make_part(op, aggregate));
    if (!argument) argument = argument_;
  }
  argument_ = argument;
  return std::make_unique<ParallelAggregateOperator>(std::move(parts), aggregate.sharing,
                                                     needs_below(op));
}

OperatorPtr Lowering::gather(const LogicalOp& op, const plan::Sharing& sharing,
                             const std::function<OperatorPtr()>& make) {
  ArgumentOperator* argument = nullptr;
  std::vector<OperatorPtr> pipelines;
  while (pipelines.size() < sharing.workers) {
    pipelines.push_back(make());
    if (!argument) argument = argument_;
  }
  argument_ = argument;
  return std::make_unique<GatherOperator>(std::move(pipelines), sharing, needs_below(op));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Gather& node) {
  OperatorPtr made = gather(op, node.sharing, [&] { return lower(*op.inputs[0]); });
  op.outputs = op.inputs[0]->outputs;
  return made;
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Distinct& distinct) {
  const auto make_one = [&](OperatorPtr input) {
    op.outputs = op.inputs[0]->outputs;
    return std::make_unique<DistinctOperator>(std::move(input),
                                              positions(op.outputs, distinct.variables));
  };
  if (distinct.sharing.workers == 1) return make_one(lower(*op.inputs[0]));
  return make_one(gather(op, distinct.sharing, [&] { return make_one(lower(*op.inputs[0])); }));
}

OperatorPtr Lowering::make_part(LogicalOp& op, plan::Sort& sort, OperatorPtr input) {
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
                                        optional_evaluator(sort.limit, columns), op.outputs.size());
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Sort& sort) {
  if (sort.sharing.workers == 1) return make_part(op, sort, lower(*op.inputs[0]));
  return make_part(op, sort, gather(op, sort.sharing, [&] {
                     return make_part(op, sort, lower(*op.inputs[0]));
                   }));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Limit& limit) {
  bool drain = plan::modifies(*op.inputs[0]);
  OperatorPtr input = lower(*op.inputs[0]);
  op.outputs = op.inputs[0]->outputs;
  ColumnMap columns;
  return std::make_unique<LimitOperator>(std::move(input),
                                         optional_evaluator(limit.offset, columns),
                                         optional_evaluator(limit.limit, columns), drain);
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Join& join) {
  OperatorPtr left = lower(*op.inputs[0]);
  ArgumentOperator* argument = argument_;
  OperatorPtr right;
  if (join.with_outer_row) {
    right = lower(*op.inputs[1]);
    argument_->share(*argument);
    argument_ = argument;
  } else {
    // Independent of the rows from outside: its argument is one row without columns.
    std::vector<VariableId> argument_columns;
    argument_columns.swap(argument_columns_);
    right = lower(*op.inputs[1]);
    argument_columns.swap(argument_columns_);
    argument_ = argument;
  }
  const std::vector<VariableId>& l = op.inputs[0]->outputs;
  const std::vector<VariableId>& r = op.inputs[1]->outputs;
  return std::make_unique<JoinOperator>(
      std::move(left), std::move(right), sources(op.outputs, l), sources(op.outputs, r),
      evaluators(join.left_keys, columns_of(l)), evaluators(join.right_keys, columns_of(r)),
      r.size(), plan::modifies(*op.inputs[0]));
}

OperatorPtr Lowering::make(LogicalOp& op, plan::SetOperation& set) {
  // All operands read the same rows from outside.
  ArgumentOperator* argument = nullptr;
  std::vector<OperatorPtr> inputs;
  std::vector<std::vector<int>> columns;
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    argument_ = nullptr;
    inputs.push_back(lower(*op.inputs[i]));
    columns.push_back(positions(op.inputs[i]->outputs, set.columns[i]));
    if (!argument) {
      argument = argument_;
    } else if (argument_) {
      argument_->share(*argument);
    }
  }
  argument_ = argument;
  const bool writes = plan::modifies(op);
  if (writes) {
    inputs[0] = std::make_unique<EagerOperator>(std::move(inputs[0]), op.inputs[0]->outputs.size());
  }
  return std::make_unique<SetOperationOperator>(std::move(inputs), set.op, std::move(columns),
                                                writes);
}

OperatorPtr Lowering::make(LogicalOp& op, plan::WhenPresent& when) {
  // Both plans read the same rows from outside.
  OperatorPtr made[2];
  ArgumentOperator* argument = argument_;
  for (std::size_t i = 0; i < 2; ++i) {
    made[i] = lower(*op.inputs[i]);
    if (i == 0) {
      argument = argument_;
    } else {
      argument_->share(*argument);
    }
    const std::vector<VariableId>& in = op.inputs[i]->outputs;
    if (in != op.outputs) {
      made[i] = std::make_unique<ProjectOperator>(std::move(made[i]), sources(op.outputs, in),
                                                  std::vector<std::pair<int, Evaluator>>());
    }
  }
  argument_ = argument;
  return std::make_unique<WhenPresentOperator>(std::move(made[0]), std::move(made[1]), when);
}

std::unique_ptr<PhysicalPlan> lower(plan::LogicalPlan logical, const plan::PatternOrder& order,
                                    const PlanRewriter& rewrite, std::uint32_t& next_variable,
                                    const base::Interrupt& interrupt) {
  auto physical = std::make_unique<PhysicalPlan>();
  physical->logical = std::move(logical);
  Lowering lowering(*physical, order, rewrite, next_variable, interrupt);
  physical->root = lowering.lower(*physical->logical.root);
  return physical;
}

}  // namespace geode::gql::exec
