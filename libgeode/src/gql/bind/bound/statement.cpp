#include "gql/bind/bound/statement.hpp"

namespace geode::gql::bound {

void for_each_condition(const PatternEdge& edge,
                        const std::function<void(const Expression&)>& visit) {
  for (const ExpressionPtr& condition : edge.element_conditions) visit(*condition);
  if (!edge.segment) return;
  for (const PathBranch& branch : edge.segment->branches) for_each_condition(branch, visit);
}

void for_each_condition(const PathBranch& branch,
                        const std::function<void(const Expression&)>& visit) {
  for (const ExpressionPtr& condition : branch.pattern.conditions) visit(*condition);
  for (const auto& [variable, expression] : branch.computed) visit(*expression);
  for (const PatternEdge& inner : branch.pattern.edges) for_each_condition(inner, visit);
}

}  // namespace geode::gql::bound
