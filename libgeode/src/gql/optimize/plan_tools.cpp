#include "gql/optimize/plan_tools.hpp"

#include <algorithm>

#include "base/running_limits.hpp"
#include "base/stack.hpp"

namespace geode::gql::optimize {

using bound::VariableId;

void for_each_op(plan::LogicalOpPtr& op, const std::function<void(plan::LogicalOpPtr&)>& visit) {
  base::check_stack();
  for (plan::LogicalOpPtr& input : op->inputs) for_each_op(input, visit);
  base::poll_interrupt();  // of a large statement, one visit may be long
  visit(op);
}

void for_each_op_below(plan::LogicalOp& root,
                       const std::function<void(plan::LogicalOpPtr&)>& visit) {
  for (plan::LogicalOpPtr& input : root.inputs) for_each_op(input, visit);
}

std::vector<VariableId> free_variables(const bound::Expression& expression) {
  std::vector<VariableId> variables;
  bound::for_each_free_variable(expression, [&](VariableId variable) {
    base::poll_interrupt_seldom();
    if (std::find(variables.begin(), variables.end(), variable) == variables.end())
      variables.push_back(variable);
  });
  return variables;
}

bool is_found_before(bound::VariableId a, bound::VariableId b, const plan::LogicalOp& op) {
  for (const plan::LogicalOp* at = &op;; at = at->inputs[0].get()) {
    const bool has_a = plan::has_output(*at, a), has_b = plan::has_output(*at, b);
    if (!has_a || !has_b) return has_a;
    if (at->inputs.empty()) return false;
  }
}

bool covers(const std::vector<VariableId>& outputs, const bound::Expression& expression) {
  std::vector<VariableId> variables = free_variables(expression);
  return std::all_of(variables.begin(), variables.end(), [&](VariableId variable) {
    return std::find(outputs.begin(), outputs.end(), variable) != outputs.end();
  });
}

bool is_deterministic(const bound::Expression& expression) {
  if (expression.kind == bound::ExpressionKind::kFunction && !expression.function->deterministic &&
      !expression.function->constant_in_statement) {
    return false;
  }
  return std::all_of(expression.children.begin(), expression.children.end(),
                     [](const auto& child) { return !child || is_deterministic(*child); });
}

bool is_variable_or_property(const bound::Expression& expression) {
  return expression.kind == bound::ExpressionKind::kVariable ||
         (expression.kind == bound::ExpressionKind::kProperty &&
          expression.children[0]->kind == bound::ExpressionKind::kVariable &&
          expression.children[0]->type.only(ValueType::kNode));
}

bool is_property_of(const bound::Expression& expression, VariableId variable) {
  return expression.kind == bound::ExpressionKind::kProperty &&
         expression.children[0]->kind == bound::ExpressionKind::kVariable &&
         expression.children[0]->variable == variable;
}

}  // namespace geode::gql::optimize
