#pragma once

#include "gql/plan/logical_op.hpp"

namespace geode::gql::optimize {

/// Below a sort that keeps only the first rows, columns are made that the sort does not read: they
/// are made of what is left instead (late materialisation).
void late_columns(plan::LogicalOp& root);

}  // namespace geode::gql::optimize
