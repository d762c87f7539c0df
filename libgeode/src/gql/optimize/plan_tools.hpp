#pragma once

#include <functional>
#include <vector>

#include "gql/plan/logical_op.hpp"

namespace geode::gql::optimize {

/// Calls `visit` for every operator handle below and including `op`, inputs first. A visitor may
/// replace what the handle holds.
void for_each_op(plan::LogicalOpPtr& op, const std::function<void(plan::LogicalOpPtr&)>& visit);
/// The same for the operators below `root`, which stays.
void for_each_op_below(plan::LogicalOp& root,
                       const std::function<void(plan::LogicalOpPtr&)>& visit);

/// Whether `a` is there before `b` in the operators that lead to the first input of all.
bool is_found_before(bound::VariableId a, bound::VariableId b, const plan::LogicalOp& op);

/// Whether all free variables of an expression are among `outputs`.
bool covers(const std::vector<bound::VariableId>& outputs, const bound::Expression& expression);
/// The free variables of an expression, each once.
std::vector<bound::VariableId> free_variables(const bound::Expression& expression);
/// Evaluating it again, elsewhere or not at all changes nothing.
bool is_deterministic(const bound::Expression& expression);

/// A variable, or a property of a node that is one: reading it raises no error.
bool is_variable_or_property(const bound::Expression& expression);
/// `v.key`, for a given variable v.
bool is_property_of(const bound::Expression& expression, bound::VariableId variable);

}  // namespace geode::gql::optimize
