#include "gql/optimize/push_filter_down.hpp"

#include <algorithm>

#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

/// Which input a condition may move into, or -1.
int target_input(const LogicalOp& op, const bound::Expression& condition) {
  bool row_wise =
      std::holds_alternative<plan::Compute>(op.node) ||
      std::holds_alternative<plan::Select>(op.node) ||
      std::holds_alternative<plan::Filter>(op.node) ||
      std::holds_alternative<plan::DifferentEdges>(op.node) ||
      std::holds_alternative<plan::Expand>(op.node) ||
      std::holds_alternative<plan::ExpandQuantified>(op.node) ||
      std::holds_alternative<plan::EdgeEnds>(op.node) ||
      std::holds_alternative<plan::NodeScan>(op.node) ||
      std::holds_alternative<plan::Unwind>(op.node) ||
      std::holds_alternative<plan::Distinct>(op.node) ||
      (std::holds_alternative<plan::Sort>(op.node) && !std::get<plan::Sort>(op.node).limit);
  if (std::holds_alternative<plan::Apply>(op.node)) row_wise = !plan::modifies(*op.inputs[1]);
  if (row_wise) return covers(op.inputs[0]->outputs, condition) ? 0 : -1;
  if (std::holds_alternative<plan::Join>(op.node)) {
    for (int i : {0, 1}) {
      if (covers(op.inputs[i]->outputs, condition)) return i;
    }
  }
  return -1;
}

void insert_condition(LogicalOpPtr& op, bound::ExpressionPtr condition) {
  int input = target_input(*op, *condition);
  // A filter that stands above what makes the condition's variables is where it belongs.
  if (input >= 0 && !(std::holds_alternative<plan::Filter>(op->node) &&
                      target_input(*op->inputs[0], *condition) < 0)) {
    insert_condition(op->inputs[input], std::move(condition));
    return;
  }
  if (auto* filter = std::get_if<plan::Filter>(&op->node)) {
    filter->conditions.push_back(std::move(condition));
    return;
  }
  plan::Filter filter;
  filter.conditions.push_back(std::move(condition));
  std::vector<bound::VariableId> outputs = op->outputs;
  op = plan::make_op(std::move(filter), std::move(outputs), std::move(op));
}

void push(LogicalOpPtr& op) {
  auto* filter = std::get_if<plan::Filter>(&op->node);
  if (!filter) return;
  std::vector<bound::ExpressionPtr> stay;
  for (bound::ExpressionPtr& condition : filter->conditions) {
    LogicalOpPtr& input = op->inputs[0];
    if (is_deterministic(*condition) && target_input(*input, *condition) >= 0) {
      insert_condition(input, std::move(condition));
    } else {
      stay.push_back(std::move(condition));
    }
  }
  filter->conditions = std::move(stay);
  if (filter->conditions.empty()) {
    LogicalOpPtr input = std::move(op->inputs[0]);
    op = std::move(input);
  }
}

}  // namespace

void push_filter_down(LogicalOp& root) { for_each_op_below(root, push); }

}  // namespace geode::gql::optimize
