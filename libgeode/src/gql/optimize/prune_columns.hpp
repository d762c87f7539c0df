#pragma once

#include "gql/plan/logical_op.hpp"

namespace geode::gql::optimize {

/// Takes columns that nobody above reads out of the operators' outputs: edges and path lists are
/// then never made, repeated columns never gathered.
void prune_columns(plan::LogicalOp& root);

}  // namespace geode::gql::optimize
