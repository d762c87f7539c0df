#pragma once

#include "gql/plan/logical_op.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::gql::optimize {

/// count(x.k), where x is a node of the pattern below, counts rows when every x has a k. Which x
/// there can be is said by a label that the pattern asks for, or by the edges that lead to x, when
/// all of them end at nodes with one label. The plan then holds both: what counts rows, whose last
/// steps need not be followed, and what looks at the property (plan::WhenPresent).
///
/// After the rules that count patterns whole, which ask the same for themselves.
void count_present(plan::LogicalOp& root, const graph::GraphTransaction& graph);

}  // namespace geode::gql::optimize
