#pragma once

#include "gql/plan/logical_op.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::optimize {

/// count(*) without groups over a chain of single steps whose conditions each read one node becomes
/// per-node sums (plan::CountWalks).
///
/// Taken when it costs less than making the rows (gql/optimize/walk_cost.hpp), wherever the order
/// of the pattern begins. Which steps must take different edges is known pair by pair, as steps of
/// different clauses may take the same one. Where there are such pairs that share a label, the rule
/// is for two steps, or for three that run in one direction; else the enumeration stays.
void count_walks(plan::LogicalOp& root, const graph::GraphTransaction& graph);

}  // namespace geode::gql::optimize
