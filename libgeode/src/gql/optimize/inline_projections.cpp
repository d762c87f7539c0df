#include "gql/optimize/inline_projections.hpp"

#include <algorithm>

#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

using bound::ExpressionKind;
using bound::ExpressionPtr;
using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

/// Whether more columns in the input make no difference.
bool reads_by_name(const LogicalOp& op) {
  return std::holds_alternative<plan::Aggregate>(op.node) ||
         std::holds_alternative<plan::Filter>(op.node) ||
         std::holds_alternative<plan::DifferentEdges>(op.node) ||
         std::holds_alternative<plan::Expand>(op.node) ||
         std::holds_alternative<plan::Compute>(op.node);
}

void drop_select(LogicalOp& op) {
  while (std::holds_alternative<plan::Select>(op.inputs[0]->node)) {
    LogicalOpPtr below = std::move(op.inputs[0]->inputs[0]);
    op.inputs[0] = std::move(below);
  }
}

bool has_subquery(const bound::Expression& expression) {
  return expression.kind == ExpressionKind::kSubquery ||
         std::any_of(expression.children.begin(), expression.children.end(),
                     [](const ExpressionPtr& child) { return child && has_subquery(*child); });
}

void substitute(ExpressionPtr& expression, const plan::Compute& compute) {
  if (!expression) return;
  if (expression->kind == ExpressionKind::kVariable) {
    for (const auto& [variable, made] : compute.bindings) {
      if (variable == expression->variable) {
        expression = bound::clone(*made);
        return;
      }
    }
  }
  for (ExpressionPtr& child : expression->children) substitute(child, compute);
}

/// An aggregation over a projection of variables and properties of nodes.
void inline_into(LogicalOp& op) {
  auto* aggregate = std::get_if<plan::Aggregate>(&op.node);
  const auto* compute = std::get_if<plan::Compute>(&op.inputs[0]->node);
  if (!aggregate || !compute) return;
  const bool plain =
      std::all_of(compute->bindings.begin(), compute->bindings.end(),
                  [](const auto& binding) { return is_variable_or_property(*binding.second); });
  const auto refers_outside = [](const auto& item) { return has_subquery(*item.second); };
  if (!plain || std::any_of(aggregate->groups.begin(), aggregate->groups.end(), refers_outside) ||
      std::any_of(aggregate->aggregates.begin(), aggregate->aggregates.end(), refers_outside)) {
    return;
  }
  for (auto& group : aggregate->groups) substitute(group.second, *compute);
  for (auto& call : aggregate->aggregates) substitute(call.second, *compute);
  LogicalOpPtr below = std::move(op.inputs[0]->inputs[0]);
  op.inputs[0] = std::move(below);
}

}  // namespace

void inline_projections(LogicalOp& root) {
  for_each_op_below(root, [](LogicalOpPtr& op) {
    if (!reads_by_name(*op)) return;
    drop_select(*op);
    while (std::holds_alternative<plan::Aggregate>(op->node) &&
           std::holds_alternative<plan::Compute>(op->inputs[0]->node)) {
      const LogicalOp* before = op->inputs[0].get();
      inline_into(*op);
      if (op->inputs[0].get() == before) break;
      drop_select(*op);
    }
  });
}

}  // namespace geode::gql::optimize
