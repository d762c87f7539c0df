#include <algorithm>
#include <numeric>
#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/statement_binder.hpp"

namespace geode::gql {

namespace {

using bound::ExpressionKind;
using bound::VariableId;

/// Sets of pattern nodes that edges and conditions hold together. The last set is the outside:
/// variables of earlier clauses.
class Components {
 public:
  explicit Components(const bound::GraphPattern& pattern)
      : pattern_(pattern), parent_(pattern.nodes.size() + 1), fixed_(pattern.nodes.size() + 1) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    for (std::size_t i = 0; i < pattern.nodes.size(); ++i) {
      if (pattern.nodes[i].bound_before) join(i, outside());
    }
    for (const bound::PatternEdge& edge : pattern.edges) {
      join(edge.left, edge.right);
      if (edge.bound_before) join(edge.left, outside());
    }
    for (const bound::ExpressionPtr& condition : pattern.conditions) read(*condition);
  }

  /// How many there are that are neither tied to the outside nor found by constants.
  std::size_t loose() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < pattern_.nodes.size(); ++i) {
      if (root(i) == i && root(outside()) != i && !is_fixed(i)) ++count;
    }
    return count;
  }

 private:
  std::size_t outside() const { return parent_.size() - 1; }
  std::size_t root(std::size_t i) const {
    while (parent_[i] != i) i = parent_[i];
    return i;
  }
  /// The outside never becomes the root of a set that has nodes.
  void join(std::size_t a, std::size_t b) {
    a = root(a);
    b = root(b);
    if (a != b) parent_[std::max(a, b)] = std::min(a, b);
  }
  bool is_fixed(std::size_t set) const {
    for (std::size_t i = 0; i < pattern_.nodes.size(); ++i) {
      if (fixed_[i] && root(i) == set) return true;
    }
    return false;
  }
  std::size_t node_of(VariableId variable) const {
    for (std::size_t i = 0; i < pattern_.nodes.size(); ++i) {
      if (pattern_.nodes[i].variable == variable) return i;
    }
    for (const bound::PatternEdge& edge : pattern_.edges) {
      if (edge.variable == variable || edge.element == variable) return edge.left;
      if (!edge.segment) continue;
      for (const bound::PathExport& name : edge.segment->exports) {
        if (name.outer == variable) return edge.left;
      }
    }
    return outside();
  }
  void read(const bound::Expression& condition) {
    std::vector<std::size_t> nodes;
    bound::for_each_free_variable(condition,
                                  [&](VariableId variable) { nodes.push_back(node_of(variable)); });
    for (std::size_t node : nodes) join(nodes.front(), node);
    const bool equality = condition.kind == ExpressionKind::kBinary &&
                          condition.binary == ast::BinaryOperator::kEqual;
    if (equality && nodes.size() == 1 && nodes[0] != outside()) fixed_[nodes[0]] = true;
  }

  const bound::GraphPattern& pattern_;
  std::vector<std::size_t> parent_;
  std::vector<bool> fixed_;
};

}  // namespace

/// Patterns that are legal and seldom meant: parts that nothing ties together, so that every match
/// of one goes with every match of the other; paths of any length.
void StatementBinder::warn_about(const bound::GraphPattern& pattern, Position position) {
  const Components components(pattern);
  if (components.loose() > 1) {
    warn(status::kLikelyMistake,
         "the parts of this pattern have nothing in common: every match of one is combined with "
         "every match of the others (a Cartesian product)",
         position);
  }
  for (const bound::PatternEdge& edge : pattern.edges) {
    if (!edge.quantified || edge.maximum) continue;
    const ast::PathPrefix& prefix = pattern.paths[edge.path].prefix;
    if (prefix.search != ast::PathSearch::kAll || prefix.mode != ast::PathMode::kUnspecified)
      continue;
    warn(status::kLikelyMistake,
         "this path has no largest length: all paths are followed, however many there are; give it "
         "one, such as {1,5}, or a prefix such as ANY SHORTEST",
         position);
  }
}

}  // namespace geode::gql
