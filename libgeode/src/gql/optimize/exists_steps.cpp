#include "gql/optimize/exists_steps.hpp"

#include <algorithm>
#include <optional>

#include "gql/optimize/pattern_tree.hpp"
#include "gql/optimize/plan_tools.hpp"
#include "gql/plan/pattern_planner.hpp"

namespace geode::gql::optimize {

using bound::ExpressionPtr;
using bound::VariableId;
using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

ExpressionPtr label_condition(const bound::PatternNode& node) {
  ExpressionPtr condition =
      bound::make_expression(bound::ExpressionKind::kLabelTest, value::Type::of(ValueType::kBool));
  condition->children.push_back(
      bound::make_variable(node.variable, value::Type::of(ValueType::kNode)));
  condition->label_test = bound::clone(*node.labels);
  return condition;
}

/// What takes the place of one EXISTS: conditions on the row, then a step from it.
struct Step {
  std::vector<ExpressionPtr> conditions;
  LogicalOp::Node node;
  VariableId added = bound::kNoVariable;
};

std::optional<Step> read_step(const bound::Expression& condition, const LogicalOp& rows,
                              std::uint32_t& next_variable) {
  const bound::GraphPattern* pattern = existing_pattern(condition);
  if (!pattern || pattern->edges.size() != 1) return std::nullopt;
  const bound::PatternEdge& edge = pattern->edges[0];
  const bound::PatternNode& left = pattern->nodes[edge.left];
  const bound::PatternNode& right = pattern->nodes[edge.right];
  const auto of_row = [&](const bound::PatternNode& node) {
    return node.bound_before && plan::has_output(rows, node.variable);
  };
  Step step;
  for (const ExpressionPtr& inner : pattern->conditions) {
    if (!covers(rows.outputs, *inner)) return std::nullopt;
    step.conditions.push_back(bound::clone(*inner));
  }
  const plan::ExpandDirection direction = plan::direction_of(edge.orientation);
  if (of_row(left) && of_row(right)) {
    for (const bound::PatternNode* node : {&left, &right}) {
      if (node->labels) step.conditions.push_back(label_condition(*node));
    }
    plan::Expand expand;
    expand.from = left.variable;
    expand.to = right.variable;
    expand.edge = VariableId{next_variable++};
    expand.labels = edge.labels;
    expand.direction = direction;
    expand.into = true;
    expand.once = true;
    step.added = expand.edge;
    step.node = std::move(expand);
    return step;
  }
  const bool from_left = of_row(left);
  const bound::PatternNode& from = from_left ? left : right;
  const bound::PatternNode& end = from_left ? right : left;
  if (!of_row(from) || end.bound_before || !plan::is_one_way(direction)) return std::nullopt;
  plan::CountExpand count;
  count.from = from.variable;
  count.labels = edge.labels;
  count.direction = from_left ? direction : plan::reversed(direction);
  if (end.labels) {
    const std::optional<catalog::LabelId> label =
        plain_label(*label_condition(end), pattern->graph);
    if (!label) return std::nullopt;
    count.to_label = label;
    count.to_label_name = end.labels->name;
  }
  if (from.labels) step.conditions.push_back(label_condition(from));
  count.count = VariableId{next_variable++};
  step.added = count.count;
  step.node = std::move(count);
  return step;
}

void rewrite(LogicalOpPtr& op, std::uint32_t& next_variable) {
  auto* filter = std::get_if<plan::Filter>(&op->node);
  if (!filter) return;
  std::vector<Step> steps;
  std::vector<ExpressionPtr> left;
  for (ExpressionPtr& condition : filter->conditions) {
    std::optional<Step> step = read_step(*condition, *op->inputs[0], next_variable);
    if (!step) {
      left.push_back(std::move(condition));
      continue;
    }
    for (ExpressionPtr& inner : step->conditions) left.push_back(std::move(inner));
    steps.push_back(std::move(*step));
  }
  filter->conditions = std::move(left);
  if (filter->conditions.empty()) {
    LogicalOpPtr below = std::move(op->inputs[0]);
    op = std::move(below);
  }
  for (Step& step : steps) {
    std::vector<VariableId> outputs = plan::with_added(op->outputs, {step.added});
    const double rows = op->rows;
    auto made = std::make_unique<LogicalOp>();
    made->node = std::move(step.node);
    made->outputs = std::move(outputs);
    made->rows = rows;
    made->inputs.push_back(std::move(op));
    op = std::move(made);
  }
}

}  // namespace

const bound::GraphPattern* existing_pattern(const bound::Expression& condition) {
  if (condition.kind != bound::ExpressionKind::kSubquery || condition.negated ||
      condition.subquery_kind != ast::SubqueryKind::kExists) {
    return nullptr;
  }
  const bound::Query& query = *condition.subquery;
  if (query.parts.size() != 1 || !query.parts[0].rest.empty() ||
      query.parts[0].first.clauses.size() != 1) {
    return nullptr;
  }
  const auto* match = std::get_if<bound::Match>(&query.parts[0].first.clauses[0].node);
  if (!match || match->optional || !match->block.empty()) return nullptr;
  const bound::GraphPattern& pattern = match->pattern;
  const bool plain =
      pattern.hints.empty() &&
      std::all_of(pattern.paths.begin(), pattern.paths.end(),
                  [](const bound::PatternPath& path) {
                    return path.prefix.search == ast::PathSearch::kAll &&
                           (path.prefix.mode == ast::PathMode::kUnspecified ||
                            path.prefix.mode == ast::PathMode::kWalk ||
                            path.prefix.mode == ast::PathMode::kTrail) &&
                           path.variable == bound::kNoVariable;
                  }) &&
      std::all_of(pattern.edges.begin(), pattern.edges.end(),
                  [](const bound::PatternEdge& edge) {
                    return !edge.quantified && !edge.segment && !edge.bound_before &&
                           !edge.labels.empty();
                  }) &&
      std::all_of(pattern.conditions.begin(), pattern.conditions.end(),
                  [](const ExpressionPtr& inner) { return is_deterministic(*inner); });
  return plain && !pattern.edges.empty() ? &pattern : nullptr;
}

void exists_steps(LogicalOp& root, std::uint32_t& next_variable) {
  for_each_op_below(root, [&](LogicalOpPtr& op) { rewrite(op, next_variable); });
}

}  // namespace geode::gql::optimize
