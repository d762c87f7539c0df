#pragma once

#include "gql/plan/logical_op.hpp"

namespace geode::gql::optimize {

/// (b)-[x]-(c) followed, after filters, by an expand that closes c with another bound node a
/// becomes one operator that intersects the neighbours of a and b: the candidates for c that have
/// no edge with a are never made into rows. So does (a)-[x]->(c)-[y]->(a), with a and a.
void intersect_cycles(plan::LogicalOp& root);

}  // namespace geode::gql::optimize
