#pragma once

#include <vector>

#include "gql/plan/logical_op.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::optimize {

/// A scan of all nodes below a step from them: where all edges of the step come from nodes with one
/// label, a scan of these will do. Edges may be added that do not, so the plan holds both scans
/// (plan::WhenPresent).
///
/// Proof: a node without such an edge has no row above the step.
void label_scans(plan::LogicalOp& root, const graph::GraphTransaction& graph);

/// What the graph has to show for all nodes at one end of a step, `to` or `from`, to have one
/// label, when it shows that now; else nothing.
std::vector<plan::WhenPresent::Ends> implied_label(const plan::Expand& expand, bool at_to,
                                                   const graph::GraphTransaction& graph);

}  // namespace geode::gql::optimize
