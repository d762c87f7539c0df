#include "gql/optimize/late_columns.hpp"

#include <algorithm>

#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

using bound::ExpressionKind;
using bound::ExpressionPtr;
using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

bool is_plain(const bound::Expression& expression) {
  return expression.kind == ExpressionKind::kLiteral || is_variable_or_property(expression);
}

const ExpressionPtr* binding_of(const plan::Compute& compute, bound::VariableId variable) {
  for (const auto& [name, expression] : compute.bindings) {
    if (name == variable) return &expression;
  }
  return nullptr;
}

/// The keys in terms of what stands below the projection; false when that cannot be said.
bool rewrite_keys(plan::Sort& sort, const plan::Compute& compute) {
  for (const plan::SortKey& key : sort.keys) {
    if (key.expression->kind == ExpressionKind::kVariable) continue;
    for (bound::VariableId variable : free_variables(*key.expression)) {
      if (binding_of(compute, variable)) return false;
    }
  }
  for (plan::SortKey& key : sort.keys) {
    if (key.expression->kind != ExpressionKind::kVariable) continue;
    if (const ExpressionPtr* made = binding_of(compute, key.expression->variable))
      key.expression = bound::clone(**made);
  }
  return true;
}

plan::Sort clone(const plan::Sort& sort) {
  plan::Sort copy;
  for (const plan::SortKey& key : sort.keys)
    copy.keys.push_back({bound::clone(*key.expression), key.descending, key.nulls_first});
  if (sort.offset) copy.offset = bound::clone(*sort.offset);
  if (sort.limit) copy.limit = bound::clone(*sort.limit);
  return copy;
}

/// Puts a sort between `op` and what it reads.
LogicalOp& insert_sort(LogicalOpPtr& place, plan::Sort sort) {
  std::vector<bound::VariableId> outputs = place->outputs;
  place = plan::make_op(std::move(sort), std::move(outputs), std::move(place));
  return *place;
}

/// op.inputs[0] is a sort: moves it below the projections there.
void sink(LogicalOpPtr& op) {
  auto* sort = std::get_if<plan::Sort>(&op->node);
  if (!sort || !sort->limit) return;
  LogicalOp& below = *op->inputs[0];
  if (const auto* compute = std::get_if<plan::Compute>(&below.node)) {
    const bool plain = std::all_of(compute->bindings.begin(), compute->bindings.end(),
                                   [](const auto& binding) { return is_plain(*binding.second); });
    if (!plain || !rewrite_keys(*sort, *compute)) return;
  } else if (std::holds_alternative<plan::WhenPresent>(below.node)) {
    insert_sort(below.inputs[1], clone(*sort));
  } else if (!std::holds_alternative<plan::Select>(below.node)) {
    return;
  }
  plan::Sort moved = std::move(*sort);
  LogicalOpPtr input = std::move(op->inputs[0]);
  op = std::move(input);
  insert_sort(op->inputs[0], std::move(moved));
  for (LogicalOpPtr& next : op->inputs) sink(next);
}

}  // namespace

void late_columns(LogicalOp& root) { for_each_op_below(root, sink); }

}  // namespace geode::gql::optimize
