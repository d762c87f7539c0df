#pragma once

#include "gql/plan/logical_op.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::optimize {

/// A filter above a scan by label becomes a seek in an index on that label: equalities for all keys
/// of the index, or a range on its first key. The equalities that the index answers exactly leave
/// the filter; ranges stay in it.
void choose_scan(plan::LogicalOp& root, const graph::GraphTransaction& graph);

}  // namespace geode::gql::optimize
