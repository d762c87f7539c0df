#include <algorithm>

#include "base/neutral_plans.hpp"
#include "gql/plan/pattern_planner.hpp"

namespace geode::gql::plan {

using bound::PatternEdge;
using bound::PatternPath;

namespace {

ast::PathMode mode_of(ast::MatchMode match_mode, const PatternPath& path, const PatternEdge& edge,
                      bool walk_searches) {
  ast::PathMode mode = path.prefix.mode;
  if (edge.segment && edge.segment->mode != ast::PathMode::kUnspecified) mode = edge.segment->mode;
  if (mode == ast::PathMode::kUnspecified) {
    mode = match_mode == ast::MatchMode::kRepeatableElements ? ast::PathMode::kWalk
                                                             : ast::PathMode::kTrail;
  }
  // DIFFERENT EDGES written out forbids walks. Where the match mode is left out, WALK says that
  // edges may repeat; without an upper bound that would never end. The same goes for a step that is
  // enumerated before a search compares whole paths: a shortest one has no use for a repeated edge.
  const bool endless = !edge.maximum && !walk_searches;
  if (mode == ast::PathMode::kWalk && (match_mode == ast::MatchMode::kDifferentEdges || endless)) {
    mode = ast::PathMode::kTrail;
  }
  return mode;
}

void add_labels(const PatternEdge& edge, std::vector<catalog::EdgeLabelId>& labels) {
  if (!edge.segment) {
    labels.insert(labels.end(), edge.labels.begin(), edge.labels.end());
    return;
  }
  for (const bound::PathBranch& branch : edge.segment->branches) {
    for (const PatternEdge& inner : branch.pattern.edges) add_labels(inner, labels);
  }
}

/// For the question which edges may be the same.
std::vector<catalog::EdgeLabelId> labels_of(const PatternEdge& edge) {
  if (base::NeutralPlans::on()) return {catalog::EdgeLabelId{bound::kUnknownName}};
  std::vector<catalog::EdgeLabelId> labels;
  add_labels(edge, labels);
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

}  // namespace

ExpandDirection direction_of(bound::EdgeOrientation orientation) {
  switch (orientation) {
    case bound::EdgeOrientation::kLeftToRight:
      return ExpandDirection::kOut;
    case bound::EdgeOrientation::kRightToLeft:
      return ExpandDirection::kIn;
    case bound::EdgeOrientation::kEither:
      return ExpandDirection::kBoth;
    case bound::EdgeOrientation::kLeftToRightOrUndirected:
      return ExpandDirection::kOutOrUndirected;
    case bound::EdgeOrientation::kRightToLeftOrUndirected:
      return ExpandDirection::kInOrUndirected;
  }
  return ExpandDirection::kBoth;
}

void PatternPlanner::forget(std::uint32_t edge) {
  for (const Step& step : steps_of_edge_[edge]) frontier_.erase(step);
  steps_of_edge_[edge].clear();
}

void PatternPlanner::consider(std::uint32_t edge) {
  if (edge_done_[edge]) return;
  forget(edge);
  const PatternEdge& e = pattern_.edges[edge];
  const auto known = [this](std::uint32_t node) { return here(pattern_.nodes[node].variable); };
  for (const bool from_right : {false, true}) {
    const std::uint32_t from = from_right ? e.right : e.left;
    const std::uint32_t to = from_right ? e.left : e.right;
    // An edge that also touches another part of the plan waits for the join with it.
    if (!node_done_[from] || !known(from) || (node_done_[to] && !known(to))) continue;
    if (!std::all_of(needs_of_edge_[edge].begin(), needs_of_edge_[edge].end(),
                     [this](VariableId variable) { return here(variable); })) {
      continue;
    }
    const bool into = node_done_[to];
    Step step{costs_->expand_factor(edge, !from_right, into, edge_done_),
              into ? 0 : turns_in_cycles(edge, from_right), edge, from_right, into};
    steps_of_edge_[edge].push_back(step);
    frontier_.insert(step);
  }
}

int PatternPlanner::turns_in_cycles(std::uint32_t edge, bool from_right) const {
  const auto walked = [this](std::uint32_t step, bool backwards) {
    const ExpandDirection direction = direction_of(pattern_.edges[step].orientation);
    return backwards ? reversed(direction) : direction;
  };
  const PatternEdge& first = pattern_.edges[edge];
  const std::uint32_t from = from_right ? first.right : first.left;
  const std::uint32_t to = from_right ? first.left : first.right;
  const ExpandDirection direction = walked(edge, from_right);
  // In large patterns it is not worth looking for.
  constexpr std::size_t kMostPairs = 256;
  if (first.quantified || !is_one_way(direction) ||
      edges_of_node_[from].size() * edges_of_node_[to].size() > kMostPairs) {
    return 0;
  }
  const auto ends_at = [this](std::uint32_t step, std::uint32_t node) {
    return pattern_.edges[step].left == node || pattern_.edges[step].right == node;
  };
  int turns = 0;
  for (const std::uint32_t next : edges_of_node_[to]) {
    const PatternEdge& e = pattern_.edges[next];
    const bool backwards = e.right == to;
    const std::uint32_t third = backwards ? e.left : e.right;
    const ExpandDirection on = walked(next, backwards);
    if (next == edge || e.quantified || !is_one_way(on) || third == from || third == to) continue;
    const bool closed = std::any_of(
        edges_of_node_[from].begin(), edges_of_node_[from].end(),
        [&](std::uint32_t closing) { return closing != edge && ends_at(closing, third); });
    if (closed) turns += on == direction ? -1 : 1;
  }
  return turns;
}

void PatternPlanner::follow(Step step) {
  // Paths between two nodes that are both easily found are searched from both ends.
  const PatternEdge& edge = pattern_.edges[step.edge];
  const std::uint32_t far = step.from_right ? edge.left : edge.right;
  if (edge.quantified && !step.into &&
      costs_->seekable(far, [this](VariableId variable) { return here(variable); })) {
    start_at(far);
  } else {
    add_edge(step);
  }
}

void PatternPlanner::add_edge_ends(std::uint32_t index) {
  const PatternEdge& edge = pattern_.edges[index];
  EdgeEnds ends{
      edge.variable,    pattern_.nodes[edge.left].variable, pattern_.nodes[edge.right].variable,
      edge.orientation, bool(node_done_[edge.left]),        bool(node_done_[edge.right]),
      edge.labels};
  std::vector<VariableId> outputs = with_added(plan_->outputs, {ends.left, ends.right});
  plan_ = make_op(std::move(ends), std::move(outputs), std::move(plan_));
  reach(edge.left);
  reach(edge.right);
  done(index);
}

void PatternPlanner::add_edge(Step step) {
  const PatternEdge& edge = pattern_.edges[step.edge];
  const std::uint32_t from = step.from_right ? edge.right : edge.left;
  const std::uint32_t to = step.from_right ? edge.left : edge.right;
  ExpandDirection direction = direction_of(edge.orientation);
  if (step.from_right) direction = reversed(direction);
  const VariableId from_variable = pattern_.nodes[from].variable;
  const VariableId to_variable = pattern_.nodes[to].variable;
  std::vector<VariableId> outputs = with_added(plan_->outputs, {to_variable, edge.variable});
  const double rows = plan_->rows * step.cost;
  if (edge.quantified) {
    plan_ = quantified(edge, step, direction, std::move(outputs));
  } else {
    plan_ = make_op(
        Expand{from_variable, to_variable, edge.variable, edge.labels, direction, step.into, false},
        std::move(outputs), std::move(plan_));
  }
  plan_->rows = rows;
  edge_done_[step.edge] = true;
  forget(step.edge);
  reach(to);
  done(step.edge);
}

/// The edge's own variables are there, and the rule about different edges can be kept.
void PatternPlanner::done(std::uint32_t edge) {
  edge_done_[edge] = true;
  forget(edge);
  const PatternEdge& e = pattern_.edges[edge];
  arrive({e.variable});
  if (e.segment) {
    for (const bound::PathExport& name : e.segment->exports) arrive({name.outer});
  }
  add_different_edges({edge});
  add_ready_conditions();
}

LogicalOpPtr PatternPlanner::quantified(const PatternEdge& edge, const Step& step,
                                        ExpandDirection direction,
                                        std::vector<VariableId> outputs) {
  const PatternPath& path = pattern_.paths[edge.path];
  ExpandQuantified expand;
  expand.from = pattern_.nodes[step.from_right ? edge.right : edge.left].variable;
  expand.to = pattern_.nodes[step.from_right ? edge.left : edge.right].variable;
  expand.edge = edge.variable;
  expand.labels = edge.labels;
  expand.direction = direction;
  expand.into = step.into;
  expand.reversed = step.from_right;
  expand.minimum = edge.minimum;
  expand.maximum = edge.maximum;
  expand.element = edge.element;
  for (const ExpressionPtr& condition : edge.element_conditions) {
    expand.element_conditions.push_back(bound::clone(*condition));
  }
  const bool walk_searches =
      path.prefix.search != ast::PathSearch::kAll && searched_by_walk(pattern_, path);
  expand.mode = mode_of(mode_, path, edge, walk_searches);
  expand.different_edges = mode_ != ast::MatchMode::kRepeatableElements;
  if (edge.segment) {
    expand.segment = edge.segment;
    for (const bound::PathExport& name : edge.segment->exports)
      outputs = with_added(std::move(outputs), {name.outer});
  }
  if (walk_searches) {
    expand.kind = PathKind::kShortest;
    expand.search = search_of(path);
    expand.count = path.prefix.count;
    if (path.count_parameter) expand.count_parameter = bound::clone(*path.count_parameter);
  }
  return make_op(std::move(expand), std::move(outputs), std::move(plan_));
}

void PatternPlanner::add_different_edges(const std::vector<std::uint32_t>& edges) {
  if (mode_ == ast::MatchMode::kRepeatableElements) return;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;  // the later of both, the earlier
  for (std::uint32_t edge : edges) {
    for (catalog::EdgeLabelId label : labels_of(pattern_.edges[edge])) {
      for (std::uint32_t other : done_by_label_[label]) {
        if (pattern_.edges[edge].variable == pattern_.edges[other].variable) continue;
        pairs.emplace_back(std::max(edge, other), std::min(edge, other));
      }
    }
  }
  for (std::uint32_t edge : edges) {
    for (catalog::EdgeLabelId label : labels_of(pattern_.edges[edge]))
      done_by_label_[label].push_back(edge);
  }
  if (pairs.empty()) return;
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  DifferentEdges different;
  for (const auto& [later, earlier] : pairs) {
    different.pairs.emplace_back(pattern_.edges[earlier].variable, pattern_.edges[later].variable);
  }
  std::vector<VariableId> outputs = plan_->outputs;
  plan_ = make_op(std::move(different), std::move(outputs), std::move(plan_));
}

}  // namespace geode::gql::plan
