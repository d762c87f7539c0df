#pragma once

#include "gql/plan/logical_op.hpp"

namespace geode::gql::optimize {

/// A quantifier that says how often becomes so many single steps: `-[:X]->{2}`, `*3`,
/// `((x)-[:X]->(y)){2}`. The rules about steps then see through it: they are counted, ordered by
/// cost, and their conditions tested where they are cheapest.
///
/// Only where nobody reads the list of edges, or the lists that the names within are outside; that
/// other steps take other edges is asked of each edge instead of the list. Proof: a path of n
/// repetitions is n steps one after another, each with the conditions of a repetition, where the
/// end of one is the beginning of the next. As a trail no two of all its edges are the same; as a
/// walk they may be. Simple and acyclic paths ask for more and are left.
///
/// A path of any length whose parentheses hold one edge, without a condition on its nodes, becomes
/// a quantified edge under the same condition.
void unroll_quantified(plan::LogicalOp& root, std::uint32_t& next_variable);

}  // namespace geode::gql::optimize
