#include "gql/optimize/intersect_cycles.hpp"

#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

/// Whether an edge that is in both legs from one node can only be a loop.
bool are_opposite(const plan::Intersect::Leg& a, const plan::Intersect::Leg& b) {
  return plan::is_one_way(a.direction) && b.direction == plan::reversed(a.direction);
}

void rewrite(LogicalOpPtr& op) {
  const auto* closing = std::get_if<plan::Expand>(&op->node);
  if (!closing || !closing->into || closing->from == closing->to) return;
  LogicalOpPtr* below = &op->inputs[0];
  while (std::holds_alternative<plan::Filter>((*below)->node) ||
         std::holds_alternative<plan::DifferentEdges>((*below)->node)) {
    below = &(*below)->inputs[0];
  }
  const auto* opening = std::get_if<plan::Expand>(&(*below)->node);
  if (!opening || opening->into) return;
  bool from_new = closing->from == opening->to;
  if (!from_new && closing->to != opening->to) return;
  bound::VariableId other = from_new ? closing->to : closing->from;
  if (!plan::has_output(*(*below)->inputs[0], other)) return;
  plan::Intersect intersect;
  intersect.to = opening->to;
  intersect.first = {other, closing->edge, closing->labels,
                     from_new ? plan::reversed(closing->direction) : closing->direction,
                     closing->once};
  intersect.second = {opening->from, opening->edge, opening->labels, opening->direction, false};
  if (other == opening->from && !are_opposite(intersect.first, intersect.second)) return;
  // The edge of the closing step is there from the lower operator on.
  bound::VariableId closing_edge = closing->edge;
  double rows = op->rows;
  LogicalOpPtr chain = std::move(op->inputs[0]);
  bool direct = below == &op->inputs[0];
  LogicalOpPtr& place = direct ? chain : *below;
  place->outputs = plan::with_added(place->outputs, {closing_edge});
  place->node = std::move(intersect);
  place->rows = rows;
  for (LogicalOp* at = chain.get(); at != place.get(); at = at->inputs[0].get()) {
    at->outputs = plan::with_added(at->outputs, {closing_edge});
    at->rows = rows;
  }
  op = std::move(chain);
}

}  // namespace

void intersect_cycles(LogicalOp& root) { for_each_op_below(root, rewrite); }

}  // namespace geode::gql::optimize
