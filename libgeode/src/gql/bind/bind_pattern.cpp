#include <algorithm>
#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/pattern_state.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using bound::ExpressionKind;
using value::Type;

namespace {

std::uint32_t raw(bound::VariableId variable) { return static_cast<std::uint32_t>(variable); }

/// True when `condition` reads a variable that `allowed` does not name.
template <class Allowed>
bool reads_other(const bound::Expression& condition, const Allowed& allowed) {
  bool other = false;
  bound::for_each_free_variable(condition, [&](bound::VariableId variable) {
    if (!allowed(variable)) other = true;
  });
  return other;
}

}  // namespace

void StatementBinder::bind_match(const ast::MatchClause& clause, Scope& scope, Clauses& out) {
  Derived derived;
  if (clause.block.empty()) {
    for (const ast::PathPattern& path : clause.pattern.paths) name_substitutes(path, scope, out);
    out.push_back({bind_match_clause(clause, clause.optional, scope, derived), clause.position});
    flush_derived(derived, clause.position, scope, out);
    return;
  }
  for (const ast::MatchClause& inner : clause.block) {
    for (const ast::PathPattern& path : inner.pattern.paths) name_substitutes(path, scope, out);
  }
  bound::Match match;
  match.optional = clause.optional;
  for (const ast::MatchClause& inner : clause.block) {
    bound::Match bound = bind_match_clause(inner, clause.optional, scope, derived);
    bound.optional = inner.optional;
    match.introduces.insert(match.introduces.end(), bound.introduces.begin(),
                            bound.introduces.end());
    match.block.push_back(std::move(bound));
  }
  out.push_back({std::move(match), clause.position});
  flush_derived(derived, clause.position, scope, out);
}

bound::Match StatementBinder::bind_match_clause(const ast::MatchClause& clause, bool optional,
                                                Scope& scope, Derived& derived) {
  PatternParts parts;
  for (const ast::PathPattern& path : clause.pattern.paths) parts.paths.push_back(&path);
  parts.mode = clause.pattern.mode;
  if (clause.pattern.keep) parts.keep = &*clause.pattern.keep;
  parts.condition = clause.pattern.condition.get();
  std::vector<std::string> known;
  if (clause.pattern.yield) {
    for (const auto& [name, binding] : scope.names()) known.push_back(name);
  }
  bound::Match match = bind_graph_pattern(parts, optional || clause.optional, scope, derived);
  bind_hints(clause.pattern.hints, scope, match.pattern);
  warn_about(match.pattern, clause.position);
  if (!clause.pattern.yield) return match;

  std::vector<std::string> introduced;
  for (const auto& [name, binding] : scope.names()) {
    if (!std::binary_search(known.begin(), known.end(), name)) introduced.push_back(name);
  }
  const auto& yield = *clause.pattern.yield;
  for (const ast::Name& name : yield) resolve(scope, name);
  const auto hidden = [&](const std::string& name) {
    return std::none_of(yield.begin(), yield.end(),
                        [&](const ast::Name& kept) { return kept.text == name; });
  };
  for (const std::string& name : introduced) {
    if (hidden(name)) scope.remove(name);
  }
  std::erase_if(derived, [&](const auto& entry) { return !scope.find_here(entry.first); });
  return match;
}

void visit_variables(const ast::PathTerm& term,
                     const std::function<void(const ast::Name&)>& visit) {
  for (const ast::PathFactor& factor : term.factors) {
    if (const auto* node = std::get_if<ast::NodePattern>(&factor)) {
      if (node->element.variable) visit(*node->element.variable);
    } else if (const auto* edge = std::get_if<ast::EdgePattern>(&factor)) {
      if (edge->element.variable) visit(*edge->element.variable);
    } else {
      const auto& path = std::get<ast::ParenthesizedPath>(factor);
      if (path.variable) visit(*path.variable);
      visit_variables(*path.term, visit);
    }
  }
  for (const ast::PathTerm& alternative : term.alternatives) visit_variables(alternative, visit);
}

void StatementBinder::name_substitutes(const ast::PathPattern& path, Scope& scope, Clauses& out) {
  bound::Let let;
  visit_variables(path.term, [&](const ast::Name& name) {
    const Binding* binding = scope.find(name.text);
    if (!binding || !binding->substitute) return;
    ExpressionPtr expression = use_binding(*binding, name.position);
    const VariableId variable = new_variable(name.text, expression->type);
    let.bindings.emplace_back(variable, std::move(expression));
    scope.declare(name.text, {variable, binding->group, nullptr});
  });
  if (!let.bindings.empty()) out.push_back({std::move(let), path.position});
}

void StatementBinder::bind_hints(const std::vector<ast::ScanHint>& hints, const Scope& scope,
                                 bound::GraphPattern& pattern) const {
  for (const ast::ScanHint& hint : hints) {
    const VariableId variable = resolve(scope, hint.variable).variable;
    const auto node =
        std::find_if(pattern.nodes.begin(), pattern.nodes.end(),
                     [&](const bound::PatternNode& n) { return n.variable == variable; });
    if (node == pattern.nodes.end() || node->bound_before) {
      throw syntax_error("UnexpectedSyntax",
                         quoted(hint.variable.text) + " is no node that this MATCH looks for",
                         hint.variable.position);
    }
    const auto label = catalog_.find_label(context_.graph, hint.label.text);
    if (!label || !node->labels || !requires_label(*node->labels, hint.label.text)) {
      throw syntax_error("UnexpectedSyntax",
                         "the pattern does not say that " + quoted(hint.variable.text) + " is a " +
                             quoted(hint.label.text),
                         hint.label.position,
                         "write (" + hint.variable.text + ":" + hint.label.text + ")");
    }
    bound::ScanHint result;
    result.node = static_cast<std::uint32_t>(node - pattern.nodes.begin());
    result.position = hint.position;
    if (hint.index) {
      const auto& indexes = catalog_.indexes();
      const auto index = std::find_if(indexes.begin(), indexes.end(), [&](const auto& known) {
        return known.label == *label &&
               std::equal(known.keys.begin(), known.keys.end(), hint.keys.begin(), hint.keys.end(),
                          [&](catalog::PropertyKeyId key, const ast::Name& name) {
                            return catalog_.property_key_name(key) == name.text;
                          });
      });
      if (index == indexes.end()) {
        throw Error(status::kInvalidReference,
                    "there is no index on these properties of " + quoted(hint.label.text),
                    hint.position)
            .hint("SHOW INDEXES lists them")
            .phase(Phase::kCompile);
      }
      result.index = index->id;
    }
    pattern.hints.push_back(result);
  }
}

void StatementBinder::flush_derived(Derived& derived, Position position, Scope& scope,
                                    Clauses& out) {
  if (derived.empty()) return;
  bound::Let let;
  for (const auto& [name, expression] : derived) {
    const VariableId variable = new_variable(name, expression->type);
    let.bindings.emplace_back(variable, bound::clone(*expression));
    scope.declare(name, {variable, false, nullptr});
  }
  out.push_back({std::move(let), position});
  derived.clear();
}

StatementBinder::Clauses StatementBinder::bind_single_path(const ast::PathPattern& path,
                                                           const ast::Expression* condition,
                                                           Scope& scope) {
  PatternParts parts;
  parts.paths.push_back(&path);
  parts.condition = condition;
  Derived derived;
  Clauses clauses;
  name_substitutes(path, scope, clauses);
  clauses.push_back({bind_graph_pattern(parts, false, scope, derived), path.position});
  flush_derived(derived, path.position, scope, clauses);
  return clauses;
}

bound::Match StatementBinder::bind_graph_pattern(const PatternParts& parts, bool optional,
                                                 Scope& scope, Derived& derived) {
  Pattern pattern(scope, derived, static_cast<std::uint32_t>(program_.variables.size()));
  pattern.out.graph = context_.graph;
  pattern.out.mode = parts.mode;
  pattern.optional = optional;
  for (const ast::PathPattern* path : parts.paths) bind_path(*path, parts.keep, pattern);
  protect(pattern.out, parts.paths.empty() ? Position{} : parts.paths.front()->position);
  bind_pattern_conditions(pattern);
  if (parts.condition) {
    bound::split_conjunction(bind_condition(*parts.condition, Place(scope), "WHERE"),
                             pattern.out.conditions);
  }

  bound::Match match;
  match.optional = optional;
  match.pattern = std::move(pattern.out);
  match.introduces = std::move(pattern.introduces);
  if (optional) {
    for (const VariableId variable : match.introduces) {
      set_type(variable, type_of(variable).with_null());
    }
  }
  return match;
}

void StatementBinder::bind_path(const ast::PathPattern& path, const ast::PathPrefix* keep,
                                Pattern& pattern) {
  if (keep && path.prefix.written) {
    throw syntax_error("UnexpectedSyntax",
                       "KEEP cannot be combined with a prefix of a path pattern", path.position,
                       "write the prefix at each path pattern instead of KEEP");
  }
  Chain chain;
  const ast::PathPrefix& prefix = keep ? *keep : path.prefix;
  chain.restricted = prefix.search != ast::PathSearch::kAll;
  Restriction restriction(chain, prefix.mode);
  chain.path = static_cast<std::uint32_t>(pattern.out.paths.size());
  bound::PatternPath result;
  result.prefix = prefix;
  if (!prefix.count_parameter.empty()) {
    const ast::Parameter parameter{prefix.count_parameter};
    result.count_parameter = bind_node(parameter, path.position, Place(pattern.scope));
  }
  pattern.out.paths.emplace_back();
  bind_term(path.term, path.position, pattern, chain);
  if (chain.edge || !chain.node) arrive(nullptr, pattern, chain);
  if (path.prefix.cypher_function && chain.edges.size() != 1) {
    throw syntax_error("UnexpectedSyntax",
                       "shortestPath() takes a pattern of two nodes and one edge between them",
                       path.position);
  }
  if (chain.mode != ast::PathMode::kUnspecified) {
    if (result.prefix.mode == ast::PathMode::kUnspecified) result.prefix.mode = chain.mode;
    if (result.prefix.mode != chain.mode) {
      throw syntax_error("UnexpectedSyntax", "two path modes for one path", path.position);
    }
  }
  result.nodes = std::move(chain.nodes);
  result.edges = std::move(chain.edges);
  if (path.variable) {
    result.variable = new_variable(path.variable->text, Type::of(ValueType::kPath));
    declare_path_variable(*path.variable, result.variable, pattern);
    pattern.introduces.push_back(result.variable);
    pattern.path_variables.push_back(result.variable);
  }
  pattern.out.paths[chain.path] = std::move(result);
}

void StatementBinder::declare_path_variable(const ast::Name& name, VariableId variable,
                                            Pattern& pattern) {
  if (pattern.find(name.text)) {
    throw syntax_error("VariableAlreadyBound",
                       "variable " + quoted(name.text) + " is already defined", name.position,
                       "a path variable needs a name of its own");
  }
  pattern.elements[name.text] = {Pattern::Kind::kPath, 0};
  if (variable != bound::kNoVariable) pattern.scope.declare(name.text, {variable, false, nullptr});
}

void StatementBinder::bind_element_conditions(const ast::ElementPattern& element,
                                              VariableId variable, const Scope& scope,
                                              std::vector<ExpressionPtr>& out) {
  if (element.property_parameter) {
    throw syntax_error(
        "InvalidParameterUse", "the properties of a pattern that is matched are written one by one",
        element.property_parameter->position, "write {key: $map.key} for each property");
  }
  if (element.labels && has_dynamic_name(*element.labels)) {
    note_use(variable);
    out.push_back(bind_dynamic_labels(
        *element.labels, *bound::make_variable(variable, type_of(variable), element.position),
        scope));
  }
  for (const auto& [key, value] : element.properties) {
    ExpressionPtr property = bind_property_of(
        bound::make_variable(variable, type_of(variable), element.position), key, key.position);
    note_use(variable);
    out.push_back(make_checked_binary(ast::BinaryOperator::kEqual, std::move(property),
                                      bind_expression(*value, Place(scope)), key.position));
  }
  if (element.condition) {
    bound::split_conjunction(bind_condition(*element.condition, Place(scope), "WHERE"), out);
  }
}

void StatementBinder::bind_pattern_conditions(Pattern& pattern) {
  for (const Pattern::Condition& waiting : pattern.conditions) {
    std::vector<ExpressionPtr> conditions;
    if (waiting.element) {
      bind_element_conditions(*waiting.element, waiting.variable, *waiting.scope, conditions);
    } else {
      bound::split_conjunction(bind_condition(*waiting.expression, Place(*waiting.scope), "WHERE"),
                               conditions);
    }
    for (ExpressionPtr& condition : conditions) {
      const bool within = waiting.target || waiting.edge;
      if (within && reads_other(*condition, [&](VariableId variable) {
            const auto& paths = pattern.path_variables;
            return std::find(paths.begin(), paths.end(), variable) == paths.end();
          })) {
        throw syntax_error("UnexpectedSyntax",
                           "a condition within a path cannot read the path's own variable",
                           condition->position, "move it to the WHERE of the MATCH");
      }
      bound::GraphPattern& target = waiting.target ? *waiting.target : pattern.out;
      if (!waiting.edge) {
        target.conditions.push_back(std::move(condition));
        continue;
      }
      bound::PatternEdge& edge = target.edges[*waiting.edge];
      const bool local = !reads_other(*condition, [&](VariableId variable) {
        return variable == edge.element || raw(variable) < pattern.first_variable;
      });
      if (local) {
        edge.element_conditions.push_back(std::move(condition));
        continue;
      }
      // It compares the edge with elements that are known only when the whole pattern is.
      if (target.paths[edge.path].prefix.search != ast::PathSearch::kAll) {
        throw syntax_error("UnexpectedSyntax",
                           "an edge's condition within a path search can read only the edge and "
                           "what earlier clauses have bound",
                           condition->position);
      }
      ExpressionPtr all = bound::make_expression(
          ExpressionKind::kQuantifier, Type::nullable(ValueType::kBool), condition->position);
      all->quantifier = ast::QuantifierKind::kAll;
      all->variable = edge.element;
      all->children.push_back(
          bound::make_variable(edge.variable, type_of(edge.variable), condition->position));
      all->children.push_back(std::move(condition));
      target.conditions.push_back(std::move(all));
    }
  }
}

bound::ExpressionPtr StatementBinder::path_expression(const bound::GraphPattern& pattern,
                                                      const std::vector<std::uint32_t>& nodes,
                                                      const std::vector<std::uint32_t>& edges) {
  ExpressionPtr path =
      bound::make_expression(ExpressionKind::kPath, Type::nullable(ValueType::kPath));
  const auto add = [&](VariableId variable) {
    path->children.push_back(bound::make_variable(variable, type_of(variable)));
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (i > 0) add(pattern.edges[edges[i - 1]].variable);
    add(pattern.nodes[nodes[i]].variable);
  }
  return path;
}

}  // namespace geode::gql
