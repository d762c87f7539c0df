#include "gql/optimize/label_scans.hpp"

#include <algorithm>

#include "base/stack.hpp"

namespace geode::gql::optimize {

using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

/// Of a graph with more labels, none is looked for.
constexpr std::size_t kMostLabels = 64;

void rewrite(LogicalOp& op, const graph::GraphTransaction& graph) {
  const auto* expand = std::get_if<plan::Expand>(&op.node);
  if (!expand) return;
  LogicalOpPtr* at = &op.inputs[0];
  while (std::holds_alternative<plan::Filter>((*at)->node)) at = &(*at)->inputs[0];
  const auto* scan = std::get_if<plan::NodeScan>(&(*at)->node);
  if (!scan || scan->label || scan->empty || scan->hint || scan->variable != expand->from) return;
  const LogicalOp& below = *(*at)->inputs[0];
  if (!std::holds_alternative<plan::Argument>(below.node) || !below.outputs.empty()) return;
  std::vector<plan::WhenPresent::Ends> ends = implied_label(*expand, false, graph);
  if (ends.empty()) return;
  plan::NodeScan labelled = *scan;
  labelled.label = ends[0].label;
  labelled.label_name = ends[0].label_name;
  const double rows = (*at)->rows;
  const std::vector<bound::VariableId> outputs = (*at)->outputs;
  LogicalOpPtr made =
      plan::make_op(std::move(labelled), outputs, plan::make_op(plan::Argument{}, {}));
  made->rows = rows;
  made = plan::make_op(plan::WhenPresent{{}, std::move(ends)}, outputs, std::move(made),
                       std::move(*at));
  *at = std::move(made);
}

/// Not within choices that are there already, nor where rows come from outside.
void visit(LogicalOp& op, const graph::GraphTransaction& graph) {
  base::check_stack();
  if (op.inputs.size() != 1) return;
  visit(*op.inputs[0], graph);
  rewrite(op, graph);
}

}  // namespace

std::vector<plan::WhenPresent::Ends> implied_label(const plan::Expand& expand, bool at_to,
                                                   const graph::GraphTransaction& graph) {
  if (!plan::is_one_way(expand.direction) || expand.labels.empty()) return {};
  const catalog::Catalog& catalog = graph.catalog();
  const auto labels = catalog.labels(catalog.graph_of(expand.labels[0]));
  if (labels.size() > kMostLabels) return {};
  const bool targets = (expand.direction == plan::ExpandDirection::kOut) == at_to;
  const graph::Direction side = targets ? graph::Direction::kIn : graph::Direction::kOut;
  for (catalog::LabelId label : labels) {
    std::vector<plan::WhenPresent::Ends> ends;
    for (catalog::EdgeLabelId edges : expand.labels) {
      if (!graph.all_at_label(edges, side, label)) break;
      ends.push_back(
          {edges, targets, label, catalog.edge_label_name(edges), catalog.label_name(label)});
    }
    if (ends.size() == expand.labels.size()) return ends;
  }
  return {};
}

void label_scans(LogicalOp& root, const graph::GraphTransaction& graph) { visit(root, graph); }

}  // namespace geode::gql::optimize
