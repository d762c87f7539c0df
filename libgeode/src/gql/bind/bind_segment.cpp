#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/pattern_state.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using value::Type;

/// What is repeated is a chain of single edges over variables of its own.
void StatementBinder::check_segment(const Pattern& inner, const Chain& chain,
                                    Position position) const {
  if (inner.out.edges.empty()) {
    throw syntax_error("UnexpectedSyntax", "a quantified path needs an edge", position);
  }
  for (const bound::PatternEdge& step : inner.out.edges) {
    if (step.quantified) {
      throw syntax_error("UnexpectedSyntax", "quantified paths cannot be nested", position,
                         "quantify either the edge or the parentheses around it");
    }
    if (step.bound_before) {
      throw syntax_error("VariableAlreadyBound",
                         "an edge of a quantified path cannot be bound before", position);
    }
  }
  for (const bound::PatternNode& node : inner.out.nodes) {
    if (!node.bound_before) continue;
    const std::string& name = program_.variables[static_cast<std::uint32_t>(node.variable)].name;
    throw syntax_error("VariableAlreadyBound",
                       "node variable " + quoted(name) + " of a quantified path is already defined",
                       position, "name it anew and compare both in a condition");
  }
  if (inner.out.nodes.size() != chain.nodes.size()) {
    throw syntax_error("UnexpectedSyntax", "a quantified path cannot visit a node variable twice",
                       position);
  }
  for (const auto& [name, element] : inner.elements) {
    if (element.kind == Pattern::Kind::kPath) {
      throw syntax_error("UnexpectedSyntax", "a quantified path cannot have a path variable",
                         position);
    }
  }
}

void StatementBinder::bind_segment(const ast::ParenthesizedPath& path, Pattern& pattern,
                                   Chain& chain) {
  check_range(*path.quantifier);
  if (path.variable) {
    throw syntax_error("UnexpectedSyntax", "a quantified path cannot have a path variable",
                       path.variable->position, "name the whole path instead");
  }
  if (chain.edge || !chain.node) arrive(nullptr, pattern, chain);
  bound::PatternEdge edge;
  edge.left = *chain.node;
  edge.path = chain.path;
  edge.quantified = true;
  edge.minimum = path.quantifier->minimum;
  edge.maximum = path.quantifier->maximum;

  // The inside is a pattern of its own with names of its own; outside, each of them is a list.
  const auto first_inner = static_cast<std::uint32_t>(program_.variables.size());
  auto inner_scope = std::make_unique<Scope>(&pattern.scope);
  Derived inner_derived;
  Pattern inner(*inner_scope, inner_derived, first_inner);
  inner.out.paths.emplace_back();
  Chain inner_chain;
  bind_term(*path.term, path.position, inner, inner_chain);
  if (inner_chain.edge || !inner_chain.node) arrive(nullptr, inner, inner_chain);
  const auto last_inner = static_cast<std::uint32_t>(program_.variables.size());
  check_segment(inner, inner_chain, path.position);

  auto segment = std::make_unique<bound::PathSegment>();
  segment->mode = path.mode != ast::PathMode::kUnspecified ? path.mode : inner_chain.mode;
  for (const auto& [name, element] : inner.elements) {
    const VariableId variable = inner_scope->find_here(name)->variable;
    const bool questioned = path.quantifier->questioned;
    const VariableId group = new_variable(questioned ? "" : name, Type::list_of(type_of(variable)));
    segment->groups.emplace_back(variable, group);
    pattern.introduces.push_back(group);
    pattern.elements[name] = {Pattern::Kind::kOther, 0};
    if (questioned) {
      declare_first(name, group, pattern);
    } else {
      pattern.scope.declare(name, {group, true, nullptr});
    }
  }

  // Conditions move to this pattern's list: they may read what earlier clauses have bound.
  if (path.condition) {
    Pattern::Condition condition;
    condition.expression = path.condition.get();
    condition.scope = inner_scope.get();
    inner.conditions.push_back(condition);
  }
  for (Pattern::Condition& condition : inner.conditions) {
    condition.segment = segment.get();
    condition.first_inner = first_inner;
    condition.last_inner = last_inner;
    pattern.conditions.push_back(condition);
  }
  for (ExpressionPtr& condition : inner.out.conditions) {
    segment->conditions.push_back(std::move(condition));
  }
  segment->nodes = std::move(inner.out.nodes);
  segment->edges = std::move(inner.out.edges);
  pattern.inner_scopes.push_back(std::move(inner_scope));
  for (auto& scope : inner.inner_scopes) pattern.inner_scopes.push_back(std::move(scope));

  edge.variable = new_variable("", Type::list_of(Type::of(ValueType::kEdge)));
  pattern.introduces.push_back(edge.variable);
  edge.segment = std::move(segment);
  chain.edge = std::move(edge);
}

}  // namespace geode::gql
