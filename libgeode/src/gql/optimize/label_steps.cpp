#include "gql/optimize/label_steps.hpp"

#include <optional>

#include "gql/optimize/pattern_tree.hpp"
#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

namespace {

void rewrite(plan::LogicalOpPtr& op, const catalog::Catalog& catalog) {
  auto* filter = std::get_if<plan::Filter>(&op->node);
  if (!filter) return;
  auto* expand = std::get_if<plan::Expand>(&op->inputs[0]->node);
  if (!expand || expand->into || expand->to_label || expand->labels.empty()) return;
  for (std::size_t i = 0; i < filter->conditions.size(); ++i) {
    const bound::Expression& condition = *filter->conditions[i];
    const std::optional<catalog::LabelId> label =
        plain_label(condition, catalog.graph_of(expand->labels[0]));
    if (!label || condition.children[0]->variable != expand->to) continue;
    expand->to_label = label;
    expand->to_label_name = condition.label_test->name;
    filter->conditions.erase(filter->conditions.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
  if (!filter->conditions.empty()) return;
  plan::LogicalOpPtr step = std::move(op->inputs[0]);
  step->rows = op->rows;
  op = std::move(step);
}

}  // namespace

void label_steps(plan::LogicalOp& root, const catalog::Catalog& catalog) {
  for_each_op_below(root, [&](plan::LogicalOpPtr& op) { rewrite(op, catalog); });
}

}  // namespace geode::gql::optimize
