#include "gql/plan/pattern_planner.hpp"

namespace geode::gql::plan {

using bound::GraphPattern;
using bound::PatternEdge;
using bound::PatternPath;

bool searched_by_walk(const GraphPattern& pattern, const PatternPath& path) {
  if (path.edges.size() != 1) return false;
  const PatternEdge& edge = pattern.edges[path.edges[0]];
  return edge.quantified && !edge.segment;
}

ast::PathSearch search_of(const PatternPath& path) {
  const ast::PathSearch search = path.prefix.search;
  if (path.count_parameter || path.prefix.count != 1) return search;
  if (search == ast::PathSearch::kShortestK) return ast::PathSearch::kAnyShortest;
  if (search == ast::PathSearch::kShortestKGroup) return ast::PathSearch::kAllShortest;
  return search;
}

ExpressionPtr path_value(const GraphPattern& pattern, const PatternPath& path) {
  ExpressionPtr expression =
      bound::make_expression(bound::ExpressionKind::kPath, value::Type::of(ValueType::kPath));
  for (std::size_t i = 0; i < path.nodes.size(); ++i) {
    expression->children.push_back(bound::make_variable(pattern.nodes[path.nodes[i]].variable,
                                                        value::Type::of(ValueType::kNode)));
    if (i < path.edges.size()) {
      const PatternEdge& edge = pattern.edges[path.edges[i]];
      expression->children.push_back(bound::make_variable(
          edge.variable, value::Type::of(edge.quantified ? ValueType::kList : ValueType::kEdge)));
    }
  }
  return expression;
}

/// Path modes are about the whole path; a path of one quantified step is searched so at once.
void PatternPlanner::add_path_mode(const PatternPath& path) {
  const char* test = nullptr;
  if (path.prefix.mode == ast::PathMode::kSimple) test = "is_simple";
  if (path.prefix.mode == ast::PathMode::kAcyclic) test = "is_acyclic";
  // Where edges differ anyway, each path is a trail.
  if (path.prefix.mode == ast::PathMode::kTrail && mode_ == ast::MatchMode::kRepeatableElements) {
    test = "is_trail";
  }
  if (!test || path.edges.empty() ||
      (path.edges.size() == 1 &&
       (test == std::string_view("is_trail") || pattern_.edges[path.edges[0]].quantified))) {
    return;
  }
  ExpressionPtr condition =
      bound::make_expression(bound::ExpressionKind::kFunction, value::Type::of(ValueType::kBool));
  condition->function = FunctionRegistry::builtin().find_scalar(test);
  condition->children.push_back(path_value(pattern_, path));
  add_condition(std::move(condition));
}

void PatternPlanner::add_path_search(const PatternPath& path) {
  if (path.prefix.search == ast::PathSearch::kAll || searched_by_walk(pattern_, path)) return;
  SelectPaths select;
  select.source = pattern_.nodes[path.nodes.front()].variable;
  select.target = pattern_.nodes[path.nodes.back()].variable;
  for (std::uint32_t edge : path.edges) select.edges.push_back(pattern_.edges[edge].variable);
  select.search = search_of(path);
  select.count = path.prefix.count;
  if (path.count_parameter) select.count_parameter = bound::clone(*path.count_parameter);
  std::vector<VariableId> outputs = plan_->outputs;
  plan_ = make_op(std::move(select), std::move(outputs), std::move(plan_));
}

void PatternPlanner::add_paths() {
  for (const PatternPath& path : pattern_.paths) {
    add_path_mode(path);
    add_path_search(path);
    if (path.variable == bound::kNoVariable) continue;
    Compute compute;
    compute.bindings.emplace_back(path.variable, path_value(pattern_, path));
    std::vector<VariableId> outputs = with_added(plan_->outputs, {path.variable});
    plan_ = make_op(std::move(compute), std::move(outputs), std::move(plan_));
    arrive({path.variable});
  }
  add_ready_conditions();
}

}  // namespace geode::gql::plan
