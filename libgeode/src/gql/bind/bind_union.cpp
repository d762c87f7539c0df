#include <algorithm>
#include <set>
#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/pattern_state.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using bound::ExpressionKind;
using value::Type;

bound::ExpressionPtr StatementBinder::same_element(VariableId a, VariableId b, Position position) {
  ExpressionPtr same = bound::make_expression(ExpressionKind::kNodeOrEdgeEquals,
                                              Type::of(ValueType::kBool), position);
  for (const VariableId side : {a, b})
    same->children.push_back(bound::make_variable(side, type_of(side), position));
  return same;
}

/// The name of the node at one end of every branch, when it is the same.
std::optional<std::string> StatementBinder::common_end(const std::vector<Branch>& branches,
                                                       bool first) {
  std::optional<std::string> common;
  for (const Branch& branch : branches) {
    const std::uint32_t node = first ? branch.chain.nodes.front() : branch.chain.nodes.back();
    std::set<std::string> names;
    for (const auto& [name, element] : branch.pattern->elements) {
      if (element.kind == Pattern::Kind::kNode && element.index == node) names.insert(name);
    }
    if (names.empty() || (common && !names.contains(*common))) return std::nullopt;
    if (!common) common = *names.begin();
  }
  return common;
}

/// `A | B` and `A |+| B`: one step whose alternatives are patterns of their own. Variables (ISO/IEC
/// 39075, 16.7): what every alternative has once is single outside, too; what only some have is
/// null for the others; what one of them has as a list is a list.
void StatementBinder::bind_union(const ast::PathTerm& term, Position position, Pattern& pattern,
                                 Chain& chain) {
  auto segment = std::make_unique<bound::PathSegment>();
  segment->repeated = false;
  segment->distinct = !term.multiset;
  segment->branches.resize(term.alternatives.size());
  std::vector<Branch> branches;
  for (std::size_t i = 0; i < term.alternatives.size(); ++i) {
    Branch branch = begin_branch(pattern, chain);
    bind_term(term.alternatives[i], position, *branch.pattern, branch.chain);
    end_branch(branch, segment->branches[i], pattern);
    branches.push_back(std::move(branch));
  }

  // A name that all alternatives begin or end with names the node between which they stand.
  ast::NodePattern end_node;
  const auto arrive_at = [&](bool first) {
    const std::optional<std::string> name = common_end(branches, first);
    if (!name) return false;
    end_node.element = {};
    end_node.element.variable = ast::Name{*name, position};
    end_node.element.position = position;
    arrive(&end_node, pattern, chain);
    for (Branch& branch : branches) branch.pattern->elements.erase(*name);
    return true;
  };
  const std::optional<std::string> last = common_end(branches, false);
  const std::optional<std::string> first = common_end(branches, true);
  if (!arrive_at(true) && (chain.edge || !chain.node)) arrive(nullptr, pattern, chain);

  bound::PatternEdge edge;
  edge.left = *chain.node;
  edge.path = chain.path;
  edge.quantified = true;
  edge.variable = new_variable("", Type::list_of(Type::of(ValueType::kEdge)));
  pattern.introduces.push_back(edge.variable);
  chain.edge = std::move(edge);
  if (last && last == first) {
    end_node.element.variable = ast::Name{*last, position};
    arrive(&end_node, pattern, chain);
  } else {
    arrive_at(false);
  }

  std::set<std::string> names;
  for (const Branch& branch : branches) {
    for (const auto& [name, element] : branch.pattern->elements) names.insert(name);
  }
  for (const std::string& name : names) {
    export_name(name, branches, *segment, position, pattern);
  }
  if (chain.edge) {
    chain.edge->segment = std::move(segment);
  } else {
    pattern.out.edges[chain.edges.back()].segment = std::move(segment);
  }
}

void StatementBinder::export_name(const std::string& name, const std::vector<Branch>& branches,
                                  bound::PathSegment& segment, Position position,
                                  Pattern& pattern) {
  using Kind = Pattern::Kind;
  const ast::Name written{name, position};
  bound::PathExport out;
  std::optional<Kind> kind;
  Type type;
  bool everywhere = true, single = true, group = false, typed = false;
  for (const Branch& branch : branches) {
    const auto found = branch.pattern->elements.find(name);
    if (found == branch.pattern->elements.end()) {
      everywhere = false;
      out.sources.push_back({});
      continue;
    }
    const Pattern::Element& element = found->second;
    const Type& own = type_of(element.variable);
    Kind own_kind = element.kind;
    if (own_kind == Kind::kUnionNode) own_kind = Kind::kNode;
    if (own_kind == Kind::kUnionEdge) own_kind = Kind::kEdge;
    const bool list = own.only(ValueType::kList);
    single = single && !list && (own_kind == Kind::kNode || own_kind == Kind::kEdge);
    group = group || list;
    out.sources.push_back({element.variable, !list});
    const Type item = (list ? own.element_type() : own).without_null();
    if (typed && !(item == type)) {
      throw type_conflict(written, "something else in another alternative", item.name());
    }
    type = item;
    typed = true;
    if (!kind) kind = own_kind;
  }
  out.list = group;
  if (!group) {
    for (bound::PathExport::Source& source : out.sources) source.wrapped = false;
  }

  // A name from outside is not a new one: each alternative that has it must find that element.
  const auto known = pattern.elements.find(name);
  const Binding* outside =
      pattern.isolated || known != pattern.elements.end() ? nullptr : pattern.scope.find(name);
  if (outside) {
    const bool fits_outside = !group && !outside->substitute && fits(binding_type(*outside), type);
    if (!fits_outside) throw already_bound(written);
    note_use(outside->variable);
    for (std::size_t i = 0; i < branches.size(); ++i) {
      if (out.sources[i].variable == bound::kNoVariable) continue;
      segment.branches[i].pattern.conditions.push_back(
          same_element(out.sources[i].variable, outside->variable, position));
    }
    return;
  }

  const bool unconditional = everywhere && single;
  if (known != pattern.elements.end() && !unconditional) {
    throw syntax_error("VariableTypeConflict",
                       "variable " + quoted(name) +
                           " is not one element in every alternative and cannot be used elsewhere "
                           "in the pattern",
                       position, "choose another name, or name the element in each alternative");
  }
  const Type outer_type = group ? Type::list_of(type) : unconditional ? type : type.with_null();
  out.outer = new_variable(known == pattern.elements.end() ? name : "", outer_type);
  segment.exports.push_back(out);
  pattern.introduces.push_back(out.outer);
  if (known != pattern.elements.end()) {
    join_element(written, out.outer, *kind == Kind::kNode, pattern);
    return;
  }
  Pattern::Element element{Kind::kConditional};
  if (unconditional) element.kind = *kind == Kind::kNode ? Kind::kUnionNode : Kind::kUnionEdge;
  if (group) element.kind = Kind::kOther;
  if (*kind == Kind::kPath) element.kind = Kind::kPath;
  element.variable = out.outer;
  pattern.elements[name] = element;
  pattern.scope.declare(name, {out.outer, group, nullptr});
}

/// A second element of a pattern with the name of a first one is that element.
void StatementBinder::join_element(const ast::Name& name, VariableId variable, bool node,
                                   Pattern& pattern) {
  using Kind = Pattern::Kind;
  const Pattern::Element& known = pattern.elements.at(name.text);
  const bool known_node = known.kind == Kind::kNode || known.kind == Kind::kUnionNode;
  const bool known_edge = known.kind == Kind::kEdge || known.kind == Kind::kUnionEdge;
  if (node ? !known_node : !known_edge) {
    throw type_conflict(name, node ? "a node" : "an edge", Pattern::kind_name(known.kind));
  }
  if (!node && pattern.out.mode != ast::MatchMode::kRepeatableElements) {
    throw syntax_error("RelationshipUniquenessViolation",
                       "edge variable " + quoted(name.text) + " occurs twice in one pattern",
                       name.position,
                       "an edge can be matched once only; use two names or REPEATABLE ELEMENTS");
  }
  const VariableId other =
      known.kind == Kind::kNode ? pattern.out.nodes[known.index].variable : known.variable;
  pattern.out.conditions.push_back(same_element(other, variable, name.position));
}

}  // namespace geode::gql
