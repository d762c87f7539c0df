#include "gql/optimize/order_patterns.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <unordered_map>

#include "base/neutral_plans.hpp"
#include "gql/optimize/plan_tools.hpp"
#include "gql/optimize/range_part.hpp"
#include "graph/degree_histogram.hpp"

namespace geode::gql::optimize {

using bound::VariableId;

namespace {

// Guesses where statistics say nothing: a range keeps a third, another condition half.
constexpr double kRangeSelectivity = 1.0 / 3, kOtherSelectivity = 0.5;
/// What a node costs that a scan passes over, and one more row of a list, where finding the list of
/// a node costs 1.
constexpr double kScanCost = 0.05, kRowCost = 0.5;
constexpr double kLeastKept = 1e-9;
/// Patterns with more edges are not followed from each of their nodes to see what that costs.
constexpr std::size_t kMostFollowed = 12;
/// Labels of a graph among which those are looked for that an edge label implies.
constexpr std::size_t kMostLabels = 64;
/// Where the degree at an edge is not so many times what chance makes it, the mean tells enough.
constexpr double kSkew = 2;
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
    for (const bound::PatternNode& node : pattern.nodes) rows_.push_back(rows_with_label(node));
    matching_ = rows_;
    for (const bound::PatternEdge& edge : pattern.edges) {
      if (edge.quantified) continue;
      bound_by_edges(edge, edge.left, true);
      bound_by_edges(edge, edge.right, false);
    }
  }
  double start_rows(std::uint32_t node) const override {
    return matching_[node] * selectivity(pattern_.nodes[node]);
  }
  double start_cost(std::uint32_t node) const override;
  double kept(std::uint32_t node) const override { return selectivity(pattern_.nodes[node]); }
  double expand_factor(std::uint32_t edge, bool from_left, bool into,
                       const std::vector<bool>& followed) const override;
  bool seekable(std::uint32_t node, const std::function<bool(VariableId)>& is_bound) const override;

 private:
  using Conditions = std::unordered_map<VariableId, std::vector<const bound::Expression*>>;
  double rows_with_label(const bound::PatternNode& node) const;
  /// Nodes without a label in the pattern are as many as the labels of their edges say; no node is
  /// the end of an edge more often than there are edges.
  void bound_by_edges(const bound::PatternEdge& edge, std::uint32_t node, bool at_left);
  bool is_found_by_index(std::uint32_t node) const;
  double scan_cost(std::uint32_t node) const;
  /// Part of the nodes of a label that the conditions on the node alone let through.
  double selectivity(const bound::PatternNode& node) const;
  double degree(const bound::PatternEdge& edge, std::uint32_t from, bool from_left) const;
  /// The degree where an edge of the same list was followed before: of a node that is met at an
  /// edge.
  std::optional<double> degree_at_edge(std::uint32_t edge, std::uint32_t from, bool from_left,
                                       const std::vector<bool>& followed) const;

  const graph::GraphTransaction& graph_;
  const bound::GraphPattern& pattern_;
  Conditions alone_, reading_;  ///< those that read only this variable; this one among others
  /// By node of the pattern: how many nodes have its labels, and how many of these the pattern's
  /// edges can reach.
  std::vector<double> rows_, matching_;
};

/// Whether edges that stand so are followed from their source, and from their target, when they are
/// followed from the given end.
struct Sides {
  Sides(const bound::PatternEdge& edge, bool from_left) {
    using bound::EdgeOrientation;
    const bool either = edge.orientation != EdgeOrientation::kLeftToRight &&
                        edge.orientation != EdgeOrientation::kRightToLeft;
    const bool along = (edge.orientation == EdgeOrientation::kLeftToRight) == from_left;
    out = either || along;
    in = either || !along;
  }
  bool out = false, in = false;
};

/// `v.key`, or a function of it alone, as in lower(v.name): most of these keep values apart.
const bound::Expression* property_in(const bound::Expression& expression, VariableId variable) {
  if (is_property_of(expression, variable)) return &expression;
  const bool of_one = expression.kind == bound::ExpressionKind::kFunction &&
                      expression.children.size() == 1 && expression.children[0] &&
                      is_property_of(*expression.children[0], variable);
  return of_one ? expression.children[0].get() : nullptr;
}

/// The only list of a node's edges that a step reads.
std::optional<std::pair<catalog::EdgeLabelId, graph::Direction>> only_list(
    const bound::PatternEdge& edge, bool from_left) {
  const Sides sides(edge, from_left);
  if (edge.quantified || edge.labels.size() != 1 || sides.out == sides.in) return std::nullopt;
  return std::pair(edge.labels[0], sides.out ? graph::Direction::kOut : graph::Direction::kIn);
}

/// In a neutral plan it does not count how many labels there are.
std::span<const catalog::EdgeLabelId> labels_that_count(
    const std::vector<catalog::EdgeLabelId>& labels) {
  const std::span<const catalog::EdgeLabelId> all(labels);
  return base::NeutralPlans::on() && !all.empty() ? all.first(1) : all;
}

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

double StatisticsCosts::rows_with_label(const bound::PatternNode& node) const {
  double all = static_cast<double>(graph_.node_count(pattern_.graph));
  if (!node.labels) return all;
  std::vector<std::uint32_t> labels;
  bool any_or = false;
  collect_labels(*node.labels, labels, any_or);
  double least = all, sum = 0;
  for (std::uint32_t label : labels) {
    double count = label == bound::kUnknownName && !base::NeutralPlans::on()
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
    const bound::Expression* property = property_in(a, node.variable);
    if (!property) property = property_in(b, node.variable);
    const bool known =
        property && (property->key != bound::kUnknownName || base::NeutralPlans::on());
    if (condition->binary == Op::kEqual && known) {
      double distinct = graph_.property_statistics(catalog::PropertyKeyId{property->key}).distinct;
      kept /= std::max(1.0, distinct);
    } else if (const auto part = range_part(graph_, *condition, node.variable)) {
      kept *= *part;
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

void StatisticsCosts::bound_by_edges(const bound::PatternEdge& edge, std::uint32_t node,
                                     bool at_left) {
  const Sides sides(edge, at_left);
  double ends = 0;
  for (catalog::EdgeLabelId label : labels_that_count(edge.labels))
    ends += static_cast<double>(graph_.edge_count(label)) * (sides.out && sides.in ? 2 : 1);
  matching_[node] = std::min(matching_[node], ends);
  if (pattern_.nodes[node].labels || (sides.out && sides.in) || edge.labels.empty()) return;
  const auto labels = graph_.catalog().labels(pattern_.graph);
  if (labels.size() > kMostLabels) return;
  const graph::Direction side = sides.out ? graph::Direction::kOut : graph::Direction::kIn;
  for (catalog::LabelId label : labels) {
    const bool implied = std::all_of(
        edge.labels.begin(), edge.labels.end(),
        [&](catalog::EdgeLabelId edges) { return graph_.all_at_label(edges, side, label); });
    if (!implied) continue;
    rows_[node] = std::min(rows_[node], static_cast<double>(graph_.node_count(label)));
    matching_[node] = std::min(matching_[node], rows_[node]);
  }
}

/// By an equality, or a range, of the first key with something that is no part of the pattern.
bool StatisticsCosts::is_found_by_index(std::uint32_t node) const {
  const bound::PatternNode& n = pattern_.nodes[node];
  const auto alone = alone_.find(n.variable);
  if (!n.labels || alone == alone_.end()) return false;
  std::vector<std::uint32_t> labels;
  bool any_or = false;
  collect_labels(*n.labels, labels, any_or);
  if (any_or) return false;
  for (const catalog::IndexDefinition& index : graph_.catalog().indexes()) {
    if (std::find(labels.begin(), labels.end(), static_cast<std::uint32_t>(index.label)) ==
        labels.end())
      continue;
    for (const bound::Expression* condition : alone->second) {
      if (condition->kind != bound::ExpressionKind::kBinary) continue;
      for (const bound::ExpressionPtr& side : condition->children) {
        if (is_property_of(*side, n.variable) &&
            side->key == static_cast<std::uint32_t>(index.keys[0]))
          return true;
      }
    }
  }
  return false;
}

double StatisticsCosts::scan_cost(std::uint32_t node) const {
  if (is_found_by_index(node)) return 0;
  const bool labelled = pattern_.nodes[node].labels != nullptr;
  return kScanCost *
         (labelled ? rows_[node] : static_cast<double>(graph_.node_count(pattern_.graph)));
}

/// The rows that all steps make when each time the edge is followed that leaves the fewest.
double StatisticsCosts::start_cost(std::uint32_t node) const {
  double rows = start_rows(node);
  double cost = scan_cost(node) + rows;
  if (pattern_.edges.size() > kMostFollowed) return cost;
  std::vector<bool> reached(pattern_.nodes.size()), followed(pattern_.edges.size());
  reached[node] = true;
  while (true) {
    struct Next {
      std::uint32_t edge = 0, to = 0;
      double factor = 0;
    };
    std::optional<Next> next;
    for (std::uint32_t edge = 0; edge < pattern_.edges.size(); ++edge) {
      if (followed[edge]) continue;
      const bound::PatternEdge& e = pattern_.edges[edge];
      for (const bool from_left : {true, false}) {
        const std::uint32_t to = from_left ? e.right : e.left;
        if (!reached[from_left ? e.left : e.right]) continue;
        // Which of equal steps comes first is not known here, so lists that they share do not
        // count.
        const double factor = expand_factor(edge, from_left, reached[to], {});
        if (!next || factor < next->factor) next = {edge, to, factor};
      }
    }
    if (!next) return cost;
    // Conditions on the end are tested on rows that are there.
    const double made =
        reached[next->to] ? 1 : 1 / std::max(selectivity(pattern_.nodes[next->to]), kLeastKept);
    cost += rows + kRowCost * rows * next->factor * made;
    rows *= next->factor;
    reached[next->to] = true;
    followed[next->edge] = true;
  }
}

double StatisticsCosts::degree(const bound::PatternEdge& edge, std::uint32_t from,
                               bool from_left) const {
  double edges = 0;
  std::vector<std::uint32_t> labels;
  bool any_or = false;
  const bound::PatternNode& node = pattern_.nodes[from];
  if (node.labels) collect_labels(*node.labels, labels, any_or);
  auto add = [&](catalog::EdgeLabelId label, graph::Direction direction) {
    double count = static_cast<double>(graph_.edge_count(label));
    if (labels.size() == 1 && !any_or && labels[0] != bound::kUnknownName) {
      count = std::min(count, graph_.edge_count(label, direction, catalog::LabelId{labels[0]}));
    }
    edges += count;
  };
  const Sides sides(edge, from_left);
  std::vector<catalog::EdgeLabelId> edge_labels;
  collect_edge_labels(edge, edge_labels);
  for (catalog::EdgeLabelId label : labels_that_count(edge_labels)) {
    if (sides.out) add(label, graph::Direction::kOut);
    if (sides.in) add(label, graph::Direction::kIn);
  }
  return edges / std::max(1.0, rows_[from]);
}

std::optional<double> StatisticsCosts::degree_at_edge(std::uint32_t edge, std::uint32_t from,
                                                      bool from_left,
                                                      const std::vector<bool>& followed) const {
  const auto list = only_list(pattern_.edges[edge], from_left);
  if (!list || pattern_.edges.size() > kMostFollowed) return std::nullopt;
  for (std::uint32_t other = 0; other < followed.size(); ++other) {
    if (!followed[other] || other == edge) continue;
    const bound::PatternEdge& e = pattern_.edges[other];
    if ((e.left == from && only_list(e, true) == list) ||
        (e.right == from && only_list(e, false) == list)) {
      const auto degrees = graph_.degree_histogram(list->first, list->second);
      // Edges that lie at random are met at nodes with one more than the mean.
      const double by_chance = degree(pattern_.edges[edge], from, from_left) + 1;
      if (!degrees || degrees->mean_at_edge() < kSkew * by_chance) return std::nullopt;
      return degrees->mean_at_edge();
    }
  }
  return std::nullopt;
}

double StatisticsCosts::expand_factor(std::uint32_t edge, bool from_left, bool into,
                                      const std::vector<bool>& followed) const {
  const bound::PatternEdge& e = pattern_.edges[edge];
  const std::uint32_t from = from_left ? e.left : e.right, to = from_left ? e.right : e.left;
  // Where both ends are there, the shorter of two lists is looked through.
  const auto at_edge = into ? std::nullopt : degree_at_edge(edge, from, from_left, followed);
  double factor = at_edge ? *at_edge : degree(e, from, from_left);
  if (e.quantified) {
    double steps =
        e.maximum ? std::min(kQuantifierSteps, static_cast<double>(*e.maximum)) : kQuantifierSteps;
    factor = std::pow(std::max(1.0, factor), steps);
  }
  if (into) return factor / std::max(1.0, rows_[to]);
  return factor * selectivity(pattern_.nodes[to]);
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
