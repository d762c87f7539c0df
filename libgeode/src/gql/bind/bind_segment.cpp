#include <algorithm>
#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/pattern_state.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using value::Type;

namespace {

std::uint64_t least_length(const bound::GraphPattern& pattern);

std::uint64_t least_length(const bound::PatternEdge& edge) {
  if (!edge.quantified) return 1;
  if (!edge.segment || edge.minimum == 0) return edge.minimum;
  std::uint64_t least = ~std::uint64_t{0};
  for (const bound::PathBranch& branch : edge.segment->branches)
    least = std::min(least, least_length(branch.pattern));
  return least > 0 ? edge.minimum : 0;
}

/// 0 exactly when the only path of a pattern may be without an edge.
std::uint64_t least_length(const bound::GraphPattern& pattern) {
  return std::any_of(pattern.edges.begin(), pattern.edges.end(),
                     [](const bound::PatternEdge& edge) { return least_length(edge) > 0; })
             ? 1
             : 0;
}

bool restricts(ast::PathMode mode) {
  return mode == ast::PathMode::kTrail || mode == ast::PathMode::kSimple ||
         mode == ast::PathMode::kAcyclic;
}

}  // namespace

/// ISO/IEC 39075, 16.4: where elements may repeat, paths without an upper bound would have no end.
void StatementBinder::check_bounded(const ast::QuantifierRange& range, const Pattern& pattern,
                                    const Chain& chain) const {
  if (range.maximum || pattern.out.mode != ast::MatchMode::kRepeatableElements ||
      chain.restricted) {
    return;
  }
  throw syntax_error("UnexpectedSyntax",
                     "under REPEATABLE ELEMENTS an unbounded quantifier needs a path mode or a "
                     "path search that ends",
                     range.position,
                     "give it an upper bound such as {1,5}, or write TRAIL, ACYCLIC, SIMPLE or ANY "
                     "SHORTEST before the path pattern");
}

StatementBinder::Restriction::Restriction(Chain& chain, ast::PathMode mode)
    : chain_(chain), before_(chain.restricted) {
  chain.restricted = chain.restricted || restricts(mode);
}

StatementBinder::Restriction::~Restriction() { chain_.restricted = before_; }

/// The inside of a segment is a pattern of its own, with names of its own.
StatementBinder::Branch StatementBinder::begin_branch(const Pattern& pattern, const Chain& chain) {
  Branch branch;
  branch.scope = std::make_unique<Scope>(&pattern.scope);
  branch.derived = std::make_unique<Derived>();
  branch.pattern = std::make_unique<Pattern>(*branch.scope, *branch.derived,
                                             static_cast<std::uint32_t>(program_.variables.size()));
  branch.pattern->isolated = true;
  branch.pattern->out.mode = pattern.out.mode;
  branch.pattern->out.paths.emplace_back();
  branch.chain.restricted = chain.restricted;
  return branch;
}

/// Moves what was bound into `out`, which must stay where it is: conditions, which may read
/// elements that are not known yet, follow later. They join those of `pattern`.
void StatementBinder::end_branch(Branch& branch, bound::PathBranch& out, Pattern& pattern) {
  Pattern& inner = *branch.pattern;
  inner.out.graph = context_.graph;
  if (branch.chain.edge || !branch.chain.node) arrive(nullptr, inner, branch.chain);
  for (auto& [name, element] : inner.elements) {
    const Binding* binding = branch.scope->find_here(name);
    if (!binding->substitute) {
      element.variable = binding->variable;
      element.group = binding->group;
      continue;
    }
    const VariableId variable = new_variable(name, binding->substitute->type);
    out.computed.emplace_back(variable, bound::clone(*binding->substitute));
    element.variable = variable;
  }
  for (Pattern::Condition& condition : inner.conditions) {
    if (!condition.target) condition.target = &out.pattern;
    pattern.conditions.push_back(condition);
  }
  protect(inner.out, {});
  inner.out.paths[0].nodes = branch.chain.nodes;
  inner.out.paths[0].edges = branch.chain.edges;
  inner.out.paths[0].prefix.mode = branch.chain.mode;
  out.pattern = std::move(inner.out);
  for (auto& scope : inner.inner_scopes) pattern.inner_scopes.push_back(std::move(scope));
  pattern.inner_scopes.push_back(std::move(branch.scope));
}

void StatementBinder::bind_segment(const ast::ParenthesizedPath& path, Pattern& pattern,
                                   Chain& chain) {
  check_range(*path.quantifier);
  check_bounded(*path.quantifier, pattern, chain);
  if (chain.edge || !chain.node) arrive(nullptr, pattern, chain);
  bound::PatternEdge edge;
  edge.left = *chain.node;
  edge.path = chain.path;
  edge.quantified = true;
  edge.minimum = path.quantifier->minimum;
  edge.maximum = path.quantifier->maximum;

  auto segment = std::make_unique<bound::PathSegment>();
  segment->branches.resize(1);
  Branch branch = begin_branch(pattern, chain);
  Pattern& inner = *branch.pattern;
  {
    Restriction restriction(branch.chain, path.mode);
    bind_term(*path.term, path.position, inner, branch.chain);
  }
  if (branch.chain.edge || !branch.chain.node) arrive(nullptr, inner, branch.chain);
  if (least_length(inner.out) == 0) {
    throw syntax_error("UnexpectedSyntax", "a quantified path needs an edge", path.position,
                       "each repetition must be at least one edge long");
  }
  if (path.mode != ast::PathMode::kUnspecified) branch.chain.mode = path.mode;
  // WALK lifts what holds for all repetitions; the other modes restrict each of them.
  if (branch.chain.mode == ast::PathMode::kWalk) segment->mode = branch.chain.mode;
  if (path.variable) {
    declare_subpath(*path.variable, inner, branch.chain.nodes, branch.chain.edges);
  }
  if (path.condition) {
    Pattern::Condition condition;
    condition.expression = path.condition.get();
    condition.scope = branch.scope.get();
    inner.conditions.push_back(condition);
  }
  end_branch(branch, segment->branches[0], pattern);

  for (const auto& [name, element] : inner.elements) {
    if (pattern.scope.find(name)) {
      throw syntax_error("VariableAlreadyBound",
                         "variable " + quoted(name) + " of a quantified path is already defined",
                         path.position, "name it anew and compare both in a condition");
    }
    const bool questioned = path.quantifier->questioned;
    bound::PathExport out;
    out.outer = new_variable(questioned ? "" : name,
                             Type::list_of(type_of(element.variable).without_null()));
    out.sources.push_back({element.variable, false});
    out.list = true;
    segment->exports.push_back(out);
    pattern.introduces.push_back(out.outer);
    pattern.elements[name] = {Pattern::Kind::kOther};
    if (questioned) {
      declare_first(name, out.outer, pattern);
    } else {
      pattern.scope.declare(name, {out.outer, true, nullptr});
    }
  }
  edge.variable = new_variable("", Type::list_of(Type::of(ValueType::kEdge)));
  pattern.introduces.push_back(edge.variable);
  edge.segment = std::move(segment);
  chain.edge = std::move(edge);
}

}  // namespace geode::gql
