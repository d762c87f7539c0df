#pragma once

#include "gql/plan/logical_op.hpp"

namespace geode::gql::optimize {

/// Below a DISTINCT, or an aggregation that only looks at distinct values, how often a row occurs
/// does not matter. A quantified edge whose list of edges nobody reads then needs to give each end
/// only once: breadth-first search instead of enumerating paths.
///
/// Proof: the operators in between work row by row, so equal rows in give equal rows out, and the
/// top does not count them. With a minimum of at most 1 a node is the end of some trail within the
/// limits iff it is the end of a shortest one, or of a shortest closed trail.
void distinct_reach(plan::LogicalOp& root);

}  // namespace geode::gql::optimize
