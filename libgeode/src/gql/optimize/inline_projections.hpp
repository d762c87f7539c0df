#pragma once

#include "gql/plan/logical_op.hpp"

namespace geode::gql::optimize {

/// WITH and LET that only pass on what is there stand in the way of rules that look at the steps of
/// a pattern: a choice of columns goes, as nobody minds more of them, and names for variables and
/// properties are replaced by these in the aggregation above.
void inline_projections(plan::LogicalOp& root);

}  // namespace geode::gql::optimize
