#include <utility>

#include <fmt/core.h>

#include "gql/bind/errors.hpp"
#include "gql/bind/pattern_state.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using value::Type;

namespace {

/// What is planned for each node looks at the others: this many take about two seconds.
constexpr std::size_t kMaximumNodes = 4096;

}  // namespace

Error type_conflict(const ast::Name& name, std::string_view wanted, std::string_view is) {
  return syntax_error("VariableTypeConflict",
                      "variable " + quoted(name.text) + " is " + std::string(is) +
                          " and cannot stand for " + std::string(wanted),
                      name.position);
}

Error already_bound(const ast::Name& name) {
  return syntax_error("VariableAlreadyBound",
                      "variable " + quoted(name.text) + " is already defined", name.position,
                      "choose another name");
}

void check_range(const ast::QuantifierRange& range) {
  if (range.maximum && *range.maximum < range.minimum) {
    throw syntax_error("UnexpectedSyntax", "the quantifier's lower bound is above its upper bound",
                       range.position);
  }
}

bool has_conditions(const ast::ElementPattern& element) {
  return !element.properties.empty() || element.property_parameter || element.condition ||
         (element.labels && has_dynamic_name(*element.labels));
}

void StatementBinder::bind_term(const ast::PathTerm& term, Position position, Pattern& pattern,
                                Chain& chain) {
  if (!term.alternatives.empty()) return bind_union(term, position, pattern, chain);
  const bool sole = chain.sole;
  chain.sole = sole && term.factors.size() == 1;
  for (const ast::PathFactor& factor : term.factors) {
    if (interrupt_) interrupt_->check();
    std::visit([&](const auto& element) { bind_factor(element, pattern, chain); }, factor);
  }
  chain.sole = sole;
}

void StatementBinder::add_node_labels(const ast::ElementPattern& element,
                                      bound::PatternNode& node) {
  if (!element.labels || has_dynamic_name(*element.labels)) return;
  auto labels = bind_labels(*element.labels, true, false);
  if (node.labels) {
    auto both = std::make_unique<bound::LabelTest>();
    both->kind = ast::LabelExpression::Kind::kAnd;
    both->left = std::move(node.labels);
    both->right = std::move(labels);
    labels = std::move(both);
  }
  node.labels = std::move(labels);
}

std::uint32_t StatementBinder::pattern_node(const ast::ElementPattern* element, Pattern& pattern) {
  const ast::Name* name = element && element->variable ? &*element->variable : nullptr;
  std::uint32_t index = static_cast<std::uint32_t>(pattern.out.nodes.size());
  const auto known = name ? pattern.elements.find(name->text) : pattern.elements.end();
  if (known != pattern.elements.end() && known->second.kind == Pattern::Kind::kUnionNode) {
    // The alternatives have made the element already: this is the same one.
    bound::PatternNode node;
    node.variable = new_variable("", Type::of(ValueType::kNode));
    pattern.introduces.push_back(node.variable);
    pattern.out.conditions.push_back(
        same_element(known->second.variable, node.variable, name->position));
    pattern.out.nodes.push_back(std::move(node));
  } else if (known != pattern.elements.end()) {
    if (known->second.kind != Pattern::Kind::kNode) {
      throw type_conflict(*name, "a node", Pattern::kind_name(known->second.kind));
    }
    index = known->second.index;
  } else {
    bound::PatternNode node;
    const Binding* binding = name ? pattern.find(name->text) : nullptr;
    if (binding) {
      const Type type = binding_type(*binding);
      if (!fits(type, ValueType::kNode)) {
        throw type_conflict(*name, "a node", type.without_null().name());
      }
      if (binding->substitute) throw already_bound(*name);
      node.variable = binding->variable;
      node.bound_before = true;
      note_use(node.variable);
    } else {
      node.variable = new_variable(name ? name->text : "", Type::of(ValueType::kNode));
      pattern.introduces.push_back(node.variable);
      if (name) pattern.scope.declare(name->text, {node.variable, false, nullptr});
    }
    if (index >= kMaximumNodes) {
      throw Error(status::kLimitExceeded,
                  fmt::format("a graph pattern has at most {} nodes", kMaximumNodes),
                  element ? element->position : Position{})
          .hint("match the rest in a MATCH of its own")
          .phase(Phase::kCompile);
    }
    if (name) pattern.elements[name->text] = {Pattern::Kind::kNode, index};
    pattern.out.nodes.push_back(std::move(node));
  }
  if (element) {
    add_node_labels(*element, pattern.out.nodes[index]);
    if (has_conditions(*element)) {
      Pattern::Condition condition;
      condition.element = element;
      condition.variable = pattern.out.nodes[index].variable;
      condition.scope = &pattern.scope;
      pattern.conditions.push_back(condition);
    }
  }
  return index;
}

/// Two node patterns side by side, `(a)(b)`, are one node with two names.
void StatementBinder::unify_nodes(std::uint32_t node, const ast::ElementPattern& element,
                                  Pattern& pattern) {
  // What was bound before stays when an optional pattern has no match: the new name does not.
  const bool stays = pattern.optional && pattern.out.nodes[node].bound_before;
  if (element.variable && !stays && !pattern.find(element.variable->text)) {
    const std::string& name = element.variable->text;
    const VariableId variable = pattern.out.nodes[node].variable;
    pattern.scope.declare(name, {variable, false, nullptr});
    pattern.elements[name] = {Pattern::Kind::kNode, node};
    pattern_node(&element, pattern);
    return;
  }
  if (!element.variable) {
    add_node_labels(element, pattern.out.nodes[node]);
    if (has_conditions(element)) {
      Pattern::Condition condition;
      condition.element = &element;
      condition.variable = pattern.out.nodes[node].variable;
      condition.scope = &pattern.scope;
      pattern.conditions.push_back(condition);
    }
    return;
  }
  const std::uint32_t other = pattern_node(&element, pattern);
  if (other == node) return;
  pattern.out.conditions.push_back(same_element(
      pattern.out.nodes[node].variable, pattern.out.nodes[other].variable, element.position));
}

void StatementBinder::arrive(const ast::NodePattern* node, Pattern& pattern, Chain& chain) {
  const ast::ElementPattern* element = node ? &node->element : nullptr;
  if (chain.node && !chain.edge) {
    if (element) unify_nodes(*chain.node, *element, pattern);
    return;
  }
  const std::uint32_t index = pattern_node(element, pattern);
  if (chain.edge) {
    chain.edge->right = index;
    chain.edges.push_back(static_cast<std::uint32_t>(pattern.out.edges.size()));
    pattern.out.edges.push_back(std::move(*chain.edge));
    chain.edge.reset();
  }
  chain.nodes.push_back(index);
  chain.node = index;
}

void StatementBinder::bind_factor(const ast::NodePattern& node, Pattern& pattern, Chain& chain) {
  arrive(&node, pattern, chain);
}

void StatementBinder::bind_factor(const ast::ParenthesizedPath& path, Pattern& pattern,
                                  Chain& chain) {
  // `(p = ...){1,1}` is `(p = ...)`: one path, not a list of one.
  const bool once = path.variable && path.quantifier && !path.quantifier->questioned &&
                    path.quantifier->minimum == 1 && path.quantifier->maximum == 1;
  if (path.quantifier && !once) {
    bind_segment(path, pattern, chain);
  } else {
    bind_inline_path(path, pattern, chain);
  }
}

/// The function that tells whether a part of a path keeps to a path mode; none for WALK.
static std::string_view test_of(ast::PathMode mode) {
  switch (mode) {
    case ast::PathMode::kUnspecified:
    case ast::PathMode::kWalk:
      return {};
    case ast::PathMode::kTrail:
      return "is_trail";
    case ast::PathMode::kSimple:
      return "is_simple";
    case ast::PathMode::kAcyclic:
      return "is_acyclic";
  }
  return {};
}

void StatementBinder::bind_inline_path(const ast::ParenthesizedPath& path, Pattern& pattern,
                                       Chain& chain) {
  const std::size_t first_node =
      chain.node && !chain.edge ? chain.nodes.size() - 1 : chain.nodes.size();
  const std::size_t first_edge = chain.edges.size() + (chain.edge ? 1 : 0);
  {
    Restriction restriction(chain, path.mode);
    bind_term(*path.term, path.position, pattern, chain);
  }
  if (chain.edge || !chain.node) arrive(nullptr, pattern, chain);

  const std::vector<std::uint32_t> nodes(chain.nodes.begin() + first_node, chain.nodes.end());
  const std::vector<std::uint32_t> edges(chain.edges.begin() + first_edge, chain.edges.end());
  if (chain.sole && path.mode != ast::PathMode::kUnspecified) {
    chain.mode = path.mode;
  } else if (const std::string_view test = test_of(path.mode); !test.empty()) {
    bound::ExpressionPtr condition =
        bound::make_expression(bound::ExpressionKind::kFunction, Type::of(ValueType::kBool));
    condition->function = FunctionRegistry::builtin().find_scalar(test);
    condition->children.push_back(path_expression(pattern.out, nodes, edges));
    pattern.out.conditions.push_back(std::move(condition));
  }
  if (path.variable) {
    declare_subpath(*path.variable, pattern, nodes, edges);
  }
  if (path.condition) {
    Pattern::Condition condition;
    condition.expression = path.condition.get();
    condition.scope = &pattern.scope;
    pattern.conditions.push_back(condition);
  }
}

/// A name for a part of a path: short for the path value of its elements.
void StatementBinder::declare_subpath(const ast::Name& name, Pattern& pattern,
                                      const std::vector<std::uint32_t>& nodes,
                                      const std::vector<std::uint32_t>& edges) {
  std::shared_ptr<const bound::Expression> value(path_expression(pattern.out, nodes, edges));
  declare_path_variable(name, bound::kNoVariable, pattern);
  pattern.scope.declare(name.text, {bound::kNoVariable, false, value});
  pattern.derived.emplace_back(name.text, std::move(value));
}

}  // namespace geode::gql
