#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/neutral_plans.hpp"
#include "gql/bind/errors.hpp"
#include "gql/bind/pattern_state.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using bound::EdgeOrientation;
using bound::ExpressionKind;
using value::Type;

namespace {

/// Plans are walked by recursion, a level or two for each edge, and each level carries the columns
/// of those below it.
constexpr std::size_t kMaximumEdges = 2048;

EdgeOrientation orientation_of(ast::EdgeDirection direction) {
  switch (direction) {
    case ast::EdgeDirection::kRight:
      return EdgeOrientation::kLeftToRight;
    case ast::EdgeDirection::kLeft:
      return EdgeOrientation::kRightToLeft;
    case ast::EdgeDirection::kUndirectedOrRight:
      return EdgeOrientation::kLeftToRightOrUndirected;
    case ast::EdgeDirection::kLeftOrUndirected:
      return EdgeOrientation::kRightToLeftOrUndirected;
    case ast::EdgeDirection::kAny:
    case ast::EdgeDirection::kLeftOrRight:
    case ast::EdgeDirection::kUndirected:
      return EdgeOrientation::kEither;
  }
  return EdgeOrientation::kEither;
}

/// Whether the pattern meets edges that have a direction, and those that have none.
bool admits(ast::EdgeDirection direction, bool directed) {
  switch (direction) {
    case ast::EdgeDirection::kRight:
    case ast::EdgeDirection::kLeft:
    case ast::EdgeDirection::kLeftOrRight:
      return directed;
    case ast::EdgeDirection::kUndirected:
      return !directed;
    case ast::EdgeDirection::kAny:
    case ast::EdgeDirection::kLeftOrUndirected:
    case ast::EdgeDirection::kUndirectedOrRight:
      return true;
  }
  return true;
}

/// Keeps the labels whose edges the direction admits. What is left may all have a direction, or
/// none, and then says more of how they are walked than the pattern.
void restrict_labels(ast::EdgeDirection direction, const catalog::Catalog& catalog,
                     bound::PatternEdge& edge) {
  std::erase_if(edge.labels, [&](catalog::EdgeLabelId label) {
    return !admits(direction, catalog.is_directed(label));
  });
  const auto directed = std::count_if(edge.labels.begin(), edge.labels.end(),
                                      [&](auto label) { return catalog.is_directed(label); });
  edge.orientation = orientation_of(direction);
  if (base::NeutralPlans::on()) {
    if (edge.labels.empty()) edge.labels.push_back(catalog::EdgeLabelId{bound::kUnknownName});
    return;
  }
  const bool right = edge.orientation == EdgeOrientation::kLeftToRightOrUndirected;
  if (!right && edge.orientation != EdgeOrientation::kRightToLeftOrUndirected) return;
  if (directed == 0) {
    edge.orientation = EdgeOrientation::kEither;
  } else if (static_cast<std::size_t>(directed) == edge.labels.size()) {
    edge.orientation = right ? EdgeOrientation::kLeftToRight : EdgeOrientation::kRightToLeft;
  }
}

}  // namespace

void StatementBinder::bind_factor(const ast::EdgePattern& edge, Pattern& pattern, Chain& chain) {
  if (chain.edge || !chain.node) arrive(nullptr, pattern, chain);
  if (pattern.out.edges.size() >= kMaximumEdges) {
    throw Error(status::kLimitExceeded,
                fmt::format("a graph pattern has at most {} edges", kMaximumEdges),
                edge.element.position)
        .hint("match the rest in a MATCH of its own, or quantify an edge: -[:A]->{100}")
        .phase(Phase::kCompile);
  }
  const ast::Name* name = edge.element.variable ? &*edge.element.variable : nullptr;
  VariableId same_as = bound::kNoVariable;
  if (name) {
    const auto known = pattern.elements.find(name->text);
    if (known != pattern.elements.end()) {
      if (edge.quantifier) {
        throw type_conflict(*name, "a list of edges", Pattern::kind_name(known->second.kind));
      }
      same_as = new_variable("", Type::of(ValueType::kEdge));
      join_element(*name, same_as, false, pattern);
    }
  }

  bound::PatternEdge result;
  result.left = *chain.node;
  result.path = chain.path;
  const ast::LabelExpression* labels = edge.element.labels.get();
  result.labels = matching_edge_labels(labels && has_dynamic_name(*labels) ? nullptr : labels);
  restrict_labels(edge.direction, catalog_, result);
  Pattern::Condition condition;
  condition.element = &edge.element;
  condition.scope = &pattern.scope;
  if (same_as != bound::kNoVariable) {
    result.variable = same_as;
    condition.variable = same_as;
  } else if (edge.quantifier) {
    check_bounded(*edge.quantifier, pattern, chain);
    name_edge_list(edge, pattern, result);
    condition.variable = result.element;
    condition.edge = static_cast<std::uint32_t>(pattern.out.edges.size());
    if (name) {
      // Within the edge pattern the name is one edge, outside it is their list.
      auto inner = std::make_unique<Scope>(&pattern.scope);
      inner->declare(name->text, {result.element, false, nullptr});
      condition.scope = inner.get();
      pattern.inner_scopes.push_back(std::move(inner));
    }
  } else {
    name_edge(name, pattern, result);
    condition.variable = result.variable;
  }
  if (name && same_as == bound::kNoVariable) {
    pattern.elements[name->text] = {edge.quantifier ? Pattern::Kind::kOther : Pattern::Kind::kEdge,
                                    0, result.variable};
  }
  if (!result.bound_before) pattern.introduces.push_back(result.variable);
  if (has_conditions(edge.element)) pattern.conditions.push_back(condition);
  chain.edge = std::move(result);
}

void StatementBinder::name_edge(const ast::Name* name, Pattern& pattern, bound::PatternEdge& edge) {
  const Binding* binding = name ? pattern.find(name->text) : nullptr;
  if (!binding) {
    edge.variable = new_variable(name ? name->text : "", Type::of(ValueType::kEdge));
    if (name) pattern.scope.declare(name->text, {edge.variable, false, nullptr});
    return;
  }
  const Type type = binding_type(*binding);
  if (!fits(type, ValueType::kEdge)) {
    throw type_conflict(*name, "an edge", type.without_null().name());
  }
  if (binding->substitute) throw already_bound(*name);
  edge.variable = binding->variable;
  edge.bound_before = true;
  note_use(edge.variable);
}

void StatementBinder::name_edge_list(const ast::EdgePattern& pattern_edge, Pattern& pattern,
                                     bound::PatternEdge& edge) {
  const ast::QuantifierRange& range = *pattern_edge.quantifier;
  if (!pattern_edge.cypher_range) check_range(range);
  edge.quantified = true;
  edge.minimum = range.minimum;
  edge.maximum = range.maximum;

  const ast::Name* name = pattern_edge.element.variable ? &*pattern_edge.element.variable : nullptr;
  const std::string text = name ? name->text : std::string();
  const Binding* binding = name ? pattern.find(text) : nullptr;
  const Type list = Type::list_of(Type::of(ValueType::kEdge));
  edge.element = new_variable(text, Type::of(ValueType::kEdge));
  edge.variable = new_variable(range.questioned ? "" : text, list);
  if (binding) {
    const Type type = binding_type(*binding);
    if (!fits(type, ValueType::kList)) {
      throw type_conflict(*name, "a list of edges", type.without_null().name());
    }
    if (!pattern_edge.cypher_range) throw already_bound(*name);
    // `[r*]` with a list r that is known: the path's edges are that list.
    pattern.out.conditions.push_back(make_checked_binary(
        ast::BinaryOperator::kEqual, bound::make_variable(edge.variable, list, name->position),
        use_binding(*binding, name->position), name->position));
  } else if (name && range.questioned) {
    declare_first(text, edge.variable, pattern);
  } else if (name) {
    pattern.scope.declare(text, {edge.variable, !pattern_edge.cypher_range, nullptr});
  }
}

/// `?`: the name is the list's only element, or null.
void StatementBinder::declare_first(const std::string& name, VariableId list, Pattern& pattern) {
  const Type& type = type_of(list);
  ExpressionPtr first =
      bound::make_expression(ExpressionKind::kIndex, type.element_type().with_null());
  first->children.push_back(bound::make_variable(list, type));
  first->children.push_back(bound::make_literal(0));
  std::shared_ptr<const bound::Expression> shared(std::move(first));
  pattern.derived.emplace_back(name, shared);
  pattern.scope.declare(name, {bound::kNoVariable, false, std::move(shared)});
}

}  // namespace geode::gql
