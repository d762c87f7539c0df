#include "gql/optimize/pattern_tree.hpp"

#include "base/neutral_plans.hpp"

namespace geode::gql::optimize {

std::optional<PatternTree> read_pattern_tree(const plan::LogicalOp& top) {
  PatternTree tree;
  tree.rows = top.rows;
  const plan::LogicalOp* op = &top;
  while (true) {
    if (const auto* filter = std::get_if<plan::Filter>(&op->node)) {
      for (const bound::ExpressionPtr& condition : filter->conditions)
        tree.conditions.push_back(condition.get());
    } else if (const auto* different = std::get_if<plan::DifferentEdges>(&op->node)) {
      tree.different.insert(tree.different.end(), different->pairs.begin(), different->pairs.end());
    } else if (const auto* expand = std::get_if<plan::Expand>(&op->node)) {
      if (expand->into || !plan::is_one_way(expand->direction)) return std::nullopt;
      tree.expands.push_back(expand);
    } else if (const auto* scan = std::get_if<plan::NodeScan>(&op->node)) {
      const plan::LogicalOp& below = *op->inputs[0];
      if (scan->empty || !std::holds_alternative<plan::Argument>(below.node) ||
          !below.outputs.empty())
        return std::nullopt;
      tree.scan = scan;
      return tree;
    } else {
      return std::nullopt;
    }
    op = op->inputs[0].get();
  }
}

std::optional<catalog::LabelId> plain_label(const bound::Expression& condition,
                                            catalog::GraphId graph) {
  if (condition.kind != bound::ExpressionKind::kLabelTest || condition.negated ||
      condition.label_test->graph != graph ||
      condition.children[0]->kind != bound::ExpressionKind::kVariable ||
      condition.label_test->kind != ast::LabelExpression::Kind::kName ||
      (condition.label_test->node_label == bound::kUnknownName && !base::NeutralPlans::on())) {
    return std::nullopt;
  }
  return catalog::LabelId{condition.label_test->node_label};
}

}  // namespace geode::gql::optimize
