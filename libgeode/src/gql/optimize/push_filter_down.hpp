#pragma once

#include "gql/plan/logical_op.hpp"

namespace geode::gql::optimize {

/// Moves each condition of a filter below operators that neither make its variables nor change the
/// number of rows it sees in another way than row by row: projections, sorts without a limit,
/// expands, joins, other filters. Proof: such an operator's output row has the condition's
/// variables from exactly one input row, so that dropping the input row drops the same output rows.
/// Conditions that are not deterministic stay.
void push_filter_down(plan::LogicalOp& root);

}  // namespace geode::gql::optimize
