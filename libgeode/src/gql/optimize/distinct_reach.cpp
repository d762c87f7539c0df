#include "gql/optimize/distinct_reach.hpp"

#include <algorithm>

#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

using plan::LogicalOp;

namespace {

bool ignores_repetition(const LogicalOp& op) {
  if (std::holds_alternative<plan::Distinct>(op.node)) return true;
  const auto* aggregate = std::get_if<plan::Aggregate>(&op.node);
  return aggregate && std::all_of(aggregate->aggregates.begin(), aggregate->aggregates.end(),
                                  [](const auto& call) { return call.second->distinct; });
}

void rewrite(LogicalOp& top) {
  if (!ignores_repetition(top)) return;
  for (LogicalOp* op = top.inputs[0].get();; op = op->inputs[0].get()) {
    if (auto* paths = std::get_if<plan::ExpandQuantified>(&op->node)) {
      bool plain = paths->kind == plan::PathKind::kEnumerate && !paths->segment &&
                   paths->minimum <= 1 &&
                   (paths->mode == ast::PathMode::kTrail || paths->mode == ast::PathMode::kWalk);
      // An end that is bound already is found more cheaply by going on from one side.
      if (plain && !plan::has_output(*op, paths->edge)) paths->kind = plan::PathKind::kReach;
    }
    bool row_wise = std::holds_alternative<plan::Filter>(op->node) ||
                    std::holds_alternative<plan::Compute>(op->node) ||
                    std::holds_alternative<plan::Select>(op->node) ||
                    std::holds_alternative<plan::Expand>(op->node) ||
                    std::holds_alternative<plan::ExpandQuantified>(op->node) ||
                    std::holds_alternative<plan::NodeScan>(op->node) ||
                    std::holds_alternative<plan::IndexSeek>(op->node) ||
                    std::holds_alternative<plan::Unwind>(op->node);
    if (!row_wise) return;
    // Values that differ from row to row by chance would be lost with the rows.
    if (const auto* compute = std::get_if<plan::Compute>(&op->node)) {
      for (const auto& binding : compute->bindings) {
        if (!is_deterministic(*binding.second)) return;
      }
    }
  }
}

}  // namespace

void distinct_reach(LogicalOp& root) {
  for_each_op_below(root, [](plan::LogicalOpPtr& op) { rewrite(*op); });
  rewrite(root);
}

}  // namespace geode::gql::optimize
