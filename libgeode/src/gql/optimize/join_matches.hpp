#pragma once

#include "base/interrupt.hpp"
#include "gql/plan/planner.hpp"

namespace geode::gql::optimize {

/// MATCH clauses that follow one another, with nothing between them but WITH of variables, are one
/// pattern: it is planned again as a whole, so that it can start at a node of a later clause. Which
/// edges have to differ stays as it was. Expects filters where their variables are made.
///
/// A node of which the pattern's conditions ask that something about it EXISTS may be found by
/// that.
///
/// A pattern with an edge from `first_unrolled` on is planned again, too: it was planned when some
/// of its steps were still one, so that it could not start between them.
void join_matches(plan::LogicalOp& root, const plan::PatternOrder& order,
                  bound::VariableId first_unrolled, std::uint32_t& next_variable,
                  const base::Interrupt& interrupt);

}  // namespace geode::gql::optimize
