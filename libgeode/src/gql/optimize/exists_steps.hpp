#pragma once

#include "gql/bind/bound/statement.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::optimize {

/// EXISTS { one step } over nodes of the row becomes an operator on the rows instead of a plan that
/// is run for each of them.
///
/// `EXISTS { (a)-[:X]->(c) }`, both of the row: a step into c that lets a row pass once, however
/// many edges there are. Where c was reached in the step below, intersect_cycles makes one operator
/// of the two. `EXISTS { (a)-[:X]->(:L) }`: the count of the edges, whose rows without any are left
/// out. Edges of the subquery may be those of the pattern around it: they are of another clause.
void exists_steps(plan::LogicalOp& root, std::uint32_t& next_variable);

/// The only pattern of `EXISTS { MATCH pattern }`, when the condition is that, with single edges
/// and nothing about whole paths; else null.
const bound::GraphPattern* existing_pattern(const bound::Expression& condition);

}  // namespace geode::gql::optimize
