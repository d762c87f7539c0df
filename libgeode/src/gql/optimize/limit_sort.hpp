#pragma once

#include "gql/plan/logical_op.hpp"

namespace geode::gql::optimize {

/// A limit directly above a sort lets the sort keep only the rows that can pass it (a heap instead
/// of all rows).
void limit_sort(plan::LogicalOp& root);

}  // namespace geode::gql::optimize
