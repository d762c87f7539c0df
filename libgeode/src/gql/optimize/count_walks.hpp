#pragma once

#include "gql/plan/logical_op.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::optimize {

/// count(*) without groups over a chain of single steps whose conditions each read one node becomes
/// per-node sums (plan::CountWalks).
///
/// Taken when enumerating would make more rows than the chain's labels have edges. With the
/// different-edges rule: when all steps run in one direction and there are at most three, or no two
/// steps share a label; else the enumeration stays.
void count_walks(plan::LogicalOp& root, const graph::GraphTransaction& graph);

}  // namespace geode::gql::optimize
