#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/operator.hpp"
#include "gql/plan/planner.hpp"

namespace geode::gql::exec {

/// Rewrites the plan of a subquery as the statement's own plan is rewritten; given by the
/// optimizer, or absent.
using PlanRewriter = std::function<void(plan::LogicalOp& root)>;

/// Operators ready to run, and everything they point into.
struct PhysicalPlan {
  plan::LogicalPlan logical;
  OperatorPtr root;
  /// Logical plans of subqueries: their operators point into them.
  std::vector<std::unique_ptr<plan::LogicalPlan>> subplans;
  /// Which logical operator a physical one came from, for EXPLAIN and PROFILE.
  std::vector<std::pair<const plan::LogicalOp*, const Operator*>> origins;
};

/// Makes operators of a logical plan. `order` and `rewrite` serve the plans of subqueries inside
/// expressions.
std::unique_ptr<PhysicalPlan> lower(plan::LogicalPlan logical, const plan::PatternOrder& order,
                                    const PlanRewriter& rewrite, std::uint32_t& next_variable,
                                    const base::Interrupt& interrupt);

}  // namespace geode::gql::exec
