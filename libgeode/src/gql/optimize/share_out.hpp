#pragma once

#include "gql/plan/logical_op.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::optimize {

/// Has the pipelines of a statement's plan that begin with a scan of many nodes run by several
/// threads, which take ranges of the nodes. The last rewriting of all, and of whole statements
/// only: subplans run for the rows of a pipeline that may be shared out already.
///
/// A pipeline is a chain of operators that look at one row at a time, so what they make of a node
/// does not depend on other nodes, and the rows of a range are those that the chain gives for it.
/// An aggregation folds the ranges apart where its functions can be combined and do not ask for the
/// order of rows; the first rows by some keys are among the first of each range; and each row once
/// is each row of each range once, once. All else takes the rows of the ranges in their order.
void share_out(plan::LogicalOp& root, const graph::GraphTransaction& graph, std::size_t workers,
               std::uint64_t morsel_nodes);

}  // namespace geode::gql::optimize
