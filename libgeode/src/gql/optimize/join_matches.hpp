#pragma once

#include "base/interrupt.hpp"
#include "gql/plan/planner.hpp"

namespace geode::gql::optimize {

/// MATCH clauses that follow one another, with nothing between them but WITH of variables, are one
/// pattern: it is planned again as a whole, so that it can start at a node of a later clause. Which
/// edges have to differ stays as it was. Expects filters where their variables are made.
void join_matches(plan::LogicalOp& root, const plan::PatternOrder& order,
                  std::uint32_t& next_variable, const base::Interrupt& interrupt);

}  // namespace geode::gql::optimize
