#include "gql/optimize/order_patterns.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

using bound::VariableId;

namespace {

// Guesses where statistics say nothing: a range keeps a third, another condition half.
constexpr double kRangeSelectivity = 1.0 / 3, kOtherSelectivity = 0.5;
/// Repetitions that an open or long quantifier is reckoned with.
constexpr double kQuantifierSteps = 3;

void collect_labels(const bound::LabelTest& test, std::vector<std::uint32_t>& all, bool& any_or) {
  using Kind = ast::LabelExpression::Kind;
  if (test.kind == Kind::kName) all.push_back(test.node_label);
  if (test.kind == Kind::kOr || test.kind == Kind::kNot || test.kind == Kind::kWildcard)
    any_or = true;
  if (test.left && test.kind != Kind::kNot) collect_labels(*test.left, all, any_or);
  if (test.right) collect_labels(*test.right, all, any_or);
}

class StatisticsCosts final : public plan::PatternCosts {
 public:
  StatisticsCosts(const graph::GraphTransaction& graph, const bound::GraphPattern& pattern)
      : graph_(graph), pattern_(pattern) {
    for (const bound::ExpressionPtr& condition : pattern.conditions) {
      const std::vector<VariableId> variables = free_variables(*condition);
      if (variables.size() == 1) alone_[variables[0]].push_back(condition.get());
      for (VariableId variable : variables) reading_[variable].push_back(condition.get());
    }
  }
  double start_rows(std::uint32_t node) const override;
  double expand_factor(std::uint32_t edge, bool from_left, bool into) const override;
  bool seekable(std::uint32_t node, const std::function<bool(VariableId)>& is_bound) const override;

 private:
  using Conditions = std::unordered_map<VariableId, std::vector<const bound::Expression*>>;
  double label_rows(const bound::PatternNode& node) const;
  /// Part of the nodes of a label that the conditions on the node alone let through.
  double selectivity(const bound::PatternNode& node) const;
  double degree(const bound::PatternEdge& edge, const bound::PatternNode& from,
                bool from_left) const;

  const graph::GraphTransaction& graph_;
  const bound::GraphPattern& pattern_;
  Conditions alone_, reading_;  ///< those that read only this variable; this one among others
};

/// The edges a step of a path may begin or end with, for an estimate.
void collect_edge_labels(const bound::PatternEdge& edge,
                         std::vector<catalog::EdgeLabelId>& labels) {
  if (!edge.segment) {
    labels.insert(labels.end(), edge.labels.begin(), edge.labels.end());
    return;
  }
  for (const bound::PathBranch& branch : edge.segment->branches) {
    if (!branch.pattern.edges.empty()) collect_edge_labels(branch.pattern.edges[0], labels);
  }
}

}  // namespace

std::unique_ptr<plan::PatternCosts> StatisticsOrder::study(
    const bound::GraphPattern& pattern) const {
  return std::make_unique<StatisticsCosts>(graph_, pattern);
}

double StatisticsCosts::label_rows(const bound::PatternNode& node) const {
  double all = static_cast<double>(graph_.node_count(pattern_.graph));
  if (!node.labels) return all;
  std::vector<std::uint32_t> labels;
  bool any_or = false;
  collect_labels(*node.labels, labels, any_or);
  double least = all, sum = 0;
  for (std::uint32_t label : labels) {
    double count = label == bound::kUnknownName
                       ? 0
                       : static_cast<double>(graph_.node_count(catalog::LabelId{label}));
    least = std::min(least, count);
    sum += count;
  }
  return any_or ? std::min(all, labels.empty() ? all : sum) : least;
}

double StatisticsCosts::selectivity(const bound::PatternNode& node) const {
  double kept = 1;
  const auto alone = alone_.find(node.variable);
  if (alone == alone_.end()) return kept;
  for (const bound::Expression* condition : alone->second) {
    using Op = ast::BinaryOperator;
    if (condition->kind != bound::ExpressionKind::kBinary) {
      kept *= kOtherSelectivity;
      continue;
    }
    const bound::Expression& a = *condition->children[0];
    const bound::Expression& b = *condition->children[1];
    const bound::Expression* property = is_property_of(a, node.variable)   ? &a
                                        : is_property_of(b, node.variable) ? &b
                                                                           : nullptr;
    if (condition->binary == Op::kEqual && property && property->key != bound::kUnknownName) {
      double distinct = graph_.property_statistics(catalog::PropertyKeyId{property->key}).distinct;
      kept /= std::max(1.0, distinct);
    } else if (condition->binary == Op::kEqual) {
      kept *= 0.1;
    } else if (condition->binary >= Op::kLess && condition->binary <= Op::kGreaterOrEqual) {
      kept *= kRangeSelectivity;
    } else {
      kept *= kOtherSelectivity;
    }
  }
  return kept;
}

double StatisticsCosts::start_rows(std::uint32_t node) const {
  const bound::PatternNode& n = pattern_.nodes[node];
  return label_rows(n) * selectivity(n);
}

double StatisticsCosts::degree(const bound::PatternEdge& edge, const bound::PatternNode& from,
                               bool from_left) const {
  double nodes = std::max(1.0, label_rows(from));
  double edges = 0;
  std::vector<std::uint32_t> labels;
  bool any_or = false;
  if (from.labels) collect_labels(*from.labels, labels, any_or);
  using bound::EdgeOrientation;
  bool both = edge.orientation != EdgeOrientation::kLeftToRight &&
              edge.orientation != EdgeOrientation::kRightToLeft;
  bool out = (edge.orientation == EdgeOrientation::kLeftToRight) == from_left;
  auto add = [&](catalog::EdgeLabelId label, graph::Direction direction) {
    double count = static_cast<double>(graph_.edge_count(label));
    if (labels.size() == 1 && !any_or && labels[0] != bound::kUnknownName) {
      count = std::min(count, graph_.edge_count(label, direction, catalog::LabelId{labels[0]}));
    }
    edges += count;
  };
  std::vector<catalog::EdgeLabelId> edge_labels;
  collect_edge_labels(edge, edge_labels);
  for (catalog::EdgeLabelId label : edge_labels) {
    if (both || out) add(label, graph::Direction::kOut);
    if (both || !out) add(label, graph::Direction::kIn);
  }
  return edges / nodes;
}

double StatisticsCosts::expand_factor(std::uint32_t edge, bool from_left, bool into) const {
  const bound::PatternEdge& e = pattern_.edges[edge];
  const bound::PatternNode& from = pattern_.nodes[from_left ? e.left : e.right];
  const bound::PatternNode& to = pattern_.nodes[from_left ? e.right : e.left];
  double factor = degree(e, from, from_left);
  if (e.quantified) {
    double steps =
        e.maximum ? std::min(kQuantifierSteps, static_cast<double>(*e.maximum)) : kQuantifierSteps;
    factor = std::pow(std::max(1.0, factor), steps);
  }
  if (into) return factor / std::max(1.0, label_rows(to));
  return factor * selectivity(to);
}

bool StatisticsCosts::seekable(std::uint32_t node,
                               const std::function<bool(VariableId)>& is_bound) const {
  const bound::PatternNode& n = pattern_.nodes[node];
  if (!n.labels) return false;
  std::vector<std::uint32_t> labels;
  bool any_or = false;
  collect_labels(*n.labels, labels, any_or);
  if (any_or) return false;
  const auto reading = reading_.find(n.variable);
  if (reading == reading_.end()) return false;
  auto bound_already = [&](const bound::Expression& value) {
    const std::vector<VariableId> variables = free_variables(value);
    return std::all_of(variables.begin(), variables.end(), is_bound);
  };
  auto equal_to_bound = [&](catalog::PropertyKeyId key) {
    return std::any_of(reading->second.begin(), reading->second.end(),
                       [&](const bound::Expression* condition) {
                         if (condition->kind != bound::ExpressionKind::kBinary ||
                             condition->binary != ast::BinaryOperator::kEqual)
                           return false;
                         for (int side : {0, 1}) {
                           const bound::Expression& property = *condition->children[side];
                           if (is_property_of(property, n.variable) &&
                               property.key == static_cast<std::uint32_t>(key) &&
                               bound_already(*condition->children[1 - side])) {
                             return true;
                           }
                         }
                         return false;
                       });
  };
  for (const catalog::IndexDefinition& index : graph_.catalog().indexes()) {
    if (std::find(labels.begin(), labels.end(), static_cast<std::uint32_t>(index.label)) ==
        labels.end())
      continue;
    if (std::all_of(index.keys.begin(), index.keys.end(), equal_to_bound)) return true;
  }
  return false;
}

}  // namespace geode::gql::optimize
