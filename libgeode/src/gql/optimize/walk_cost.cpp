#include "gql/optimize/walk_cost.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace geode::gql::optimize {

namespace {

/// A condition of a node; an entry of a vector with one for each node; an edge of which a row is
/// made, with all that is asked of that row; finding the edges of a row.
constexpr double kCondition = 5, kEntry = 0.5, kRow = 10, kList = 4;
/// Entries that take no longer than it takes to set up the steps of a plan that makes rows.
constexpr double kFreeEntries = 8192;

double nodes_at(const graph::GraphTransaction& graph, catalog::GraphId of,
                const std::optional<catalog::LabelId>& label) {
  return static_cast<double>(label ? graph.node_count(*label) : graph.node_count(of));
}

double edges_of(const graph::GraphTransaction& graph,
                const std::vector<catalog::EdgeLabelId>& labels) {
  double edges = 0;
  for (const catalog::EdgeLabelId label : labels)
    edges += static_cast<double>(graph.edge_count(label));
  return edges;
}

/// Whether the edges of a step start (or end) at nodes of this label alone.
bool implies(const graph::GraphTransaction& graph, const plan::CountWalks::Step& step, bool start,
             catalog::LabelId label) {
  const bool out = (step.direction == plan::ExpandDirection::kOut) == start;
  return std::all_of(step.labels.begin(), step.labels.end(), [&](catalog::EdgeLabelId edges) {
    return graph.all_at_label(edges, out ? graph::Direction::kOut : graph::Direction::kIn, label);
  });
}

bool has_mask(const graph::GraphTransaction& graph, const plan::CountWalks& walks,
              std::size_t position) {
  const plan::CountWalks::NodeMask& mask = walks.masks[position];
  if (!mask.conditions.empty()) return true;
  if (!mask.label) return false;
  const bool implied =
      (position < walks.steps.size() && implies(graph, walks.steps[position], true, *mask.label)) ||
      (position > 0 && implies(graph, walks.steps[position - 1], false, *mask.label));
  return !implied;
}

}  // namespace

double cost_of_walks(const plan::CountWalks& walks, const graph::GraphTransaction& graph) {
  const double entries =
      kEntry * std::max(static_cast<double>(graph.node_count(walks.graph)),
                        static_cast<double>(graph.node_id_limit()) - kFreeEntries);
  const std::size_t last = walks.steps.size();
  double cost = 0;
  for (std::size_t i = 0; i <= last; ++i) {
    if (!has_mask(graph, walks, i)) continue;
    const plan::CountWalks::NodeMask& mask = walks.masks[i];
    cost += entries + kCondition * static_cast<double>(mask.conditions.size()) *
                          nodes_at(graph, walks.graph, mask.label);
  }
  // Degrees answer where every edge of a step counts.
  const auto end_step = [&](std::size_t step, std::size_t ends) {
    const bool degrees = !has_mask(graph, walks, ends) && walks.steps[step].labels.size() == 1;
    return degrees ? entries : entries + edges_of(graph, walks.steps[step].labels);
  };
  if (last == 1) {
    const bool counted = !has_mask(graph, walks, 0) && !has_mask(graph, walks, 1);
    return counted ? 1 : cost + end_step(0, 1);
  }
  cost += end_step(0, 0) + end_step(last - 1, last);
  for (std::size_t step = 1; step + 1 < last; ++step)
    cost += entries + edges_of(graph, walks.steps[step].labels);
  // Steps that go back and forth are found by merging the lists of both directions.
  if (last == 3 && !walks.different.empty()) cost += 2 * edges_of(graph, walks.steps[1].labels);
  return cost;
}

double cost_of_rows(const plan::LogicalOp& top, const plan::CountWalks& walks,
                    const graph::GraphTransaction& graph) {
  const double nodes = std::max(1.0, static_cast<double>(graph.node_count(walks.graph)));
  double cost = 0, conditions = 0;
  bool filtered = false;  // something looks at the rows of the step
  for (const plan::LogicalOp* op = &top;; op = op->inputs[0].get()) {
    if (const auto* filter = std::get_if<plan::Filter>(&op->node)) {
      filtered = true;
      conditions += static_cast<double>(filter->conditions.size());
    } else if (const auto* expand = std::get_if<plan::Expand>(&op->node)) {
      const double rows = op->inputs[0]->rows;
      // The plan knows how many rows are left behind the conditions of the end.
      const double looked_at = std::max(op->rows, rows * edges_of(graph, expand->labels) / nodes);
      cost += kList * rows + (filtered ? kRow : 1) * looked_at;
      filtered = true;
      conditions = 0;
    } else if (const auto* scan = std::get_if<plan::NodeScan>(&op->node)) {
      return cost + (1 + kCondition * conditions) * nodes_at(graph, scan->graph, scan->label);
    } else if (op->inputs.empty()) {
      return cost;
    }
  }
}

}  // namespace geode::gql::optimize
