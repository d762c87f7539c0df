#include <type_traits>

#include "gql/exec/lowering.hpp"
#include "gql/exec/operators/apply.hpp"
#include "gql/exec/operators/eager.hpp"
#include "gql/exec/operators/modify.hpp"

namespace geode::gql::exec {

using bound::VariableId;
using plan::LogicalOp;

namespace {

/// Hands the number of the outer row through a subplan to its result, as a column of every operator
/// on the way from the argument. False, and some of them have it, when an operator looks at several
/// rows at once.
bool carry_row_number(LogicalOp& op, VariableId number) {
  bool row_wise = std::visit(
      [](const auto& node) {
        using T = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<T, plan::Apply>) {
          return node.kind == plan::ApplyKind::kOptional;
        } else if constexpr (std::is_same_v<T, plan::Join>) {
          return !node.with_outer_row;
        } else {
          return std::is_same_v<T, plan::Argument> || std::is_same_v<T, plan::NodeScan> ||
                 std::is_same_v<T, plan::IndexSeek> || std::is_same_v<T, plan::Expand> ||
                 std::is_same_v<T, plan::EdgeEnds> || std::is_same_v<T, plan::ExpandQuantified> ||
                 std::is_same_v<T, plan::Filter> || std::is_same_v<T, plan::DifferentEdges> ||
                 std::is_same_v<T, plan::Compute> || std::is_same_v<T, plan::Select> ||
                 std::is_same_v<T, plan::Unwind> || std::is_same_v<T, plan::LoadCsv> ||
                 std::is_same_v<T, plan::ProcedureCall> || std::is_same_v<T, plan::Intersect> ||
                 std::is_same_v<T, plan::CountExpand> || std::is_same_v<T, plan::CountIntersect>;
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

}  // namespace

std::unique_ptr<Subplan> Lowering::lower_subquery(const bound::Query& query, const ColumnMap& outer,
                                                  std::vector<int>& result_columns) {
  std::vector<VariableId> imports;
  std::vector<int> outer_columns;
  for (VariableId variable : query.imports) {
    int column = column_of(outer, variable);
    if (column < 0) continue;
    imports.push_back(variable);
    outer_columns.push_back(column);
  }
  auto logical = std::make_unique<plan::LogicalPlan>(
      plan::plan_query(query, imports, order_, next_variable_, interrupt_));
  if (rewrite_) rewrite_(*logical->root);
  std::unique_ptr<Subplan> subplan = make_subplan(*logical->root, imports, outer_columns);
  for (const auto& [name, variable] : query.columns)
    result_columns.push_back(position(logical->root->outputs, variable));
  plan_.subplans.push_back(std::move(logical));
  return subplan;
}

/// `imports` stand at `outer_columns` of the outer batch and are the first columns of the
/// argument.
std::unique_ptr<Subplan> Lowering::make_subplan(LogicalOp& root,
                                                const std::vector<VariableId>& imports,
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

OperatorPtr Lowering::make(LogicalOp& op, plan::Apply& apply) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& outer = op.inputs[0]->outputs;
  std::vector<VariableId> imports = plan::argument_variables(*op.inputs[1]);
  std::unique_ptr<Subplan> subplan =
      make_subplan(*op.inputs[1], imports, positions(outer, imports));
  std::vector<int> inner = sources(op.outputs, op.inputs[1]->outputs);
  const bool eager = plan::modifies(*op.inputs[1]);
  if (eager) input = std::make_unique<EagerOperator>(std::move(input), outer.size());
  OperatorPtr made = std::make_unique<ApplyOperator>(std::move(input), std::move(subplan),
                                                     apply.kind, apply.passes_rows,
                                                     sources(op.outputs, outer), std::move(inner));
  if (eager) made = std::make_unique<EagerOperator>(std::move(made), op.outputs.size());
  return made;
}

OperatorPtr Lowering::make(LogicalOp& op, plan::Foreach& foreach) {
  OperatorPtr input = lower(*op.inputs[0]);
  const std::vector<VariableId>& in = op.inputs[0]->outputs;
  op.outputs = in;
  Evaluator list = evaluator(foreach.list, columns_of(in));
  std::vector<VariableId> imports = in;
  imports.push_back(foreach.variable);
  std::vector<int> outer_columns, argument_columns;
  for (std::size_t i = 0; i < in.size(); ++i) outer_columns.push_back(static_cast<int>(i));
  for (std::size_t i = 0; i < imports.size(); ++i) argument_columns.push_back(static_cast<int>(i));
  std::unique_ptr<Subplan> body = make_subplan(*op.inputs[1], imports, std::move(argument_columns));
  return std::make_unique<ForeachOperator>(std::move(input), in.size(), std::move(list),
                                           std::move(body), std::move(outer_columns));
}

}  // namespace geode::gql::exec
