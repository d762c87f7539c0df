#pragma once

#include "gql/plan/logical_op.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::optimize {

/// What counting a chain by sums over nodes costs, whichever end its rows would be made from. The
/// unit is an edge that is looked at; labels of edges and what they imply of their ends are known
/// exactly.
double cost_of_walks(const plan::CountWalks& walks, const graph::GraphTransaction& graph);

/// What making the rows of the pattern that `walks` was read from (see read_pattern_tree) and
/// counting them costs, by the estimates of the plan, in the same unit. The last step's edges are
/// not made into rows when nothing is asked of their ends.
double cost_of_rows(const plan::LogicalOp& top, const plan::CountWalks& walks,
                    const graph::GraphTransaction& graph);

}  // namespace geode::gql::optimize
