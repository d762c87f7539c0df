#pragma once

#include "gql/plan/logical_op.hpp"

namespace geode::gql::optimize {

/// A filter above a step that asks its end for a label becomes part of the step, which mostly knows
/// beforehand that all its ends have it.
void label_steps(plan::LogicalOp& root, const catalog::Catalog& catalog);

}  // namespace geode::gql::optimize
