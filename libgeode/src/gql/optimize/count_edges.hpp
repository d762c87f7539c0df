#pragma once

#include "gql/plan/logical_op.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::optimize {

/// An aggregate of a node with neighbours that nobody reads but to count them:
/// `MATCH (a)-[:X]->(b) RETURN b.k, count(*)`. Rows are made for each b, and its edges counted
/// instead of followed: of n rows with the same b, n is all that the aggregate can see. When a
/// group is one node, by the node itself or by a key that an index keeps unique, nothing is left to
/// aggregate.
void aggregate_at_node(plan::LogicalOp& root, const graph::GraphTransaction& graph,
                       std::uint32_t& next_variable);

/// The last step of a pattern below an aggregate that does not look at where it leads: its edges
/// are counted. Edges that another step of the row has taken are left out of the count, as the
/// step would have left them out.
void count_last_edges(plan::LogicalOp& root, const catalog::Catalog& catalog,
                      std::uint32_t& next_variable);

}  // namespace geode::gql::optimize
