#include "gql/optimize/limit_sort.hpp"

#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

namespace {

void limit(plan::LogicalOp& op) {
  auto* page = std::get_if<plan::Limit>(&op.node);
  if (!page || !page->limit) return;
  auto* sort = std::get_if<plan::Sort>(&op.inputs[0]->node);
  if (!sort || sort->limit) return;
  sort->limit = bound::clone(*page->limit);
  if (page->offset) sort->offset = bound::clone(*page->offset);
}

}  // namespace

void limit_sort(plan::LogicalOp& root) {
  for_each_op_below(root, [](plan::LogicalOpPtr& op) { limit(*op); });
  limit(root);
}

}  // namespace geode::gql::optimize
