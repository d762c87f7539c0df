#include "gql/optimize/count_walks.hpp"

#include <algorithm>
#include <optional>

#include "gql/optimize/pattern_tree.hpp"
#include "gql/optimize/plan_tools.hpp"
#include "gql/optimize/walk_cost.hpp"

namespace geode::gql::optimize {

using bound::VariableId;
using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

/// count(*), count of something that is never null, or of a property, which may be there for all.
bool counts_rows(const plan::Aggregate& aggregate) {
  if (!aggregate.groups.empty() || aggregate.aggregates.size() != 1) return false;
  const bound::Expression& call = *aggregate.aggregates[0].second;
  if (call.distinct || call.filtered || call.aggregate->name != "count") return false;
  if (call.children.empty()) return true;
  const bound::Expression& argument = *call.children[0];
  return is_variable_or_property(argument) &&
         (argument.kind == bound::ExpressionKind::kProperty || !argument.type.may_be_null());
}

/// What has to be present for every row to count, when the argument is a property; false when the
/// labels of its node do not tell for whom.
bool needs_present(const bound::Expression& call, const plan::CountWalks& walks,
                   std::vector<plan::WhenPresent::Property>& needed) {
  if (call.children.empty() || call.children[0]->kind != bound::ExpressionKind::kProperty)
    return true;
  const bound::Expression& property = *call.children[0];
  for (std::size_t i = 0; i < walks.nodes.size(); ++i) {
    if (!is_property_of(property, walks.nodes[i])) continue;
    if (!walks.masks[i].label || property.key == bound::kUnknownName) return false;
    needed.push_back({*walks.masks[i].label, catalog::PropertyKeyId{property.key},
                      walks.masks[i].label_name, property.name});
    return true;
  }
  return false;
}

/// The chain's nodes from one end to the other, with its steps; nothing when it branches.
bool order_chain(const PatternTree& chain, plan::CountWalks& walks,
                 std::vector<const plan::Expand*>& order) {
  auto degree = [&](VariableId node) {
    return std::count_if(chain.expands.begin(), chain.expands.end(),
                         [&](const plan::Expand* e) { return e->from == node || e->to == node; });
  };
  VariableId at = chain.scan->variable;
  for (const plan::Expand* expand : chain.expands) {
    if (degree(expand->from) > 2 || degree(expand->to) > 2) return false;
    if (degree(expand->to) == 1) at = expand->to;
  }
  if (degree(at) != 1) return false;
  std::vector<const plan::Expand*> left = chain.expands;
  walks.nodes.push_back(at);
  while (!left.empty()) {
    auto next = std::find_if(left.begin(), left.end(),
                             [&](const plan::Expand* e) { return e->from == at || e->to == at; });
    if (next == left.end()) return false;
    const plan::Expand& expand = **next;
    bool along = expand.from == at;
    walks.steps.push_back(
        {expand.labels, along ? expand.direction : plan::reversed(expand.direction)});
    at = along ? expand.to : expand.from;
    walks.nodes.push_back(at);
    order.push_back(&expand);
    left.erase(next);
  }
  return true;
}

bool overlap(const plan::CountWalks::Step& a, const plan::CountWalks::Step& b) {
  return std::any_of(a.labels.begin(), a.labels.end(), [&](catalog::EdgeLabelId label) {
    return std::find(b.labels.begin(), b.labels.end(), label) != b.labels.end();
  });
}

/// Sets walks.different; false when the operator cannot keep the chain's edge rule.
bool keep_edge_rule(const PatternTree& chain, const std::vector<const plan::Expand*>& order,
                    plan::CountWalks& walks) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      const bool required =
          std::any_of(chain.different.begin(), chain.different.end(), [&](const auto& pair) {
            return (pair.first == order[i]->edge && pair.second == order[j]->edge) ||
                   (pair.first == order[j]->edge && pair.second == order[i]->edge);
          });
      if (required && overlap(walks.steps[i], walks.steps[j])) walks.different.emplace_back(i, j);
    }
  }
  if (walks.different.empty() || walks.steps.size() == 2) return true;
  const bool one_direction =
      std::all_of(walks.steps.begin(), walks.steps.end(),
                  [&](const auto& step) { return step.direction == walks.steps[0].direction; });
  return one_direction && walks.steps.size() == 3;
}

bool assign_conditions(const PatternTree& chain, plan::CountWalks& walks) {
  walks.masks.resize(walks.nodes.size());
  for (std::size_t i = 0; i < walks.nodes.size(); ++i) {
    if (walks.nodes[i] != chain.scan->variable) continue;
    walks.masks[i].label = chain.scan->label;
    walks.masks[i].label_name = chain.scan->label_name;
  }
  for (const bound::Expression* condition : chain.conditions) {
    std::vector<VariableId> variables = free_variables(*condition);
    if (variables.size() != 1 || !is_deterministic(*condition)) return false;
    auto node = std::find(walks.nodes.begin(), walks.nodes.end(), variables[0]);
    if (node == walks.nodes.end()) return false;
    plan::CountWalks::NodeMask& mask =
        walks.masks[static_cast<std::size_t>(node - walks.nodes.begin())];
    const std::optional<catalog::LabelId> label = plain_label(*condition, walks.graph);
    if (label && !mask.label) {
      mask.label = label;
      mask.label_name = condition->label_test->name;
    } else {
      mask.conditions.push_back(bound::clone(*condition));
    }
  }
  return true;
}

void rewrite(LogicalOpPtr& op, const graph::GraphTransaction& graph) {
  const auto* aggregate = std::get_if<plan::Aggregate>(&op->node);
  if (!aggregate || !counts_rows(*aggregate)) return;
  std::optional<PatternTree> chain = read_pattern_tree(*op->inputs[0]);
  if (!chain || chain->expands.empty()) return;
  plan::CountWalks walks;
  walks.graph = chain->scan->graph;
  std::vector<const plan::Expand*> order;
  if (!order_chain(*chain, walks, order) || !keep_edge_rule(*chain, order, walks) ||
      !assign_conditions(*chain, walks))
    return;
  if (cost_of_walks(walks, graph) > cost_of_rows(*op->inputs[0], walks, graph)) return;
  std::vector<plan::WhenPresent::Property> needed;
  if (!needs_present(*aggregate->aggregates[0].second, walks, needed)) return;
  walks.result = aggregate->aggregates[0].first;
  const std::vector<VariableId> outputs{walks.result};
  LogicalOpPtr made = plan::make_op(std::move(walks), outputs, plan::make_op(plan::Argument{}, {}));
  made->rows = 1;
  if (!needed.empty()) {
    made = plan::make_op(plan::WhenPresent{std::move(needed)}, outputs, std::move(made),
                         std::move(op));
    made->rows = 1;
  }
  op = std::move(made);
}

}  // namespace

void count_walks(LogicalOp& root, const graph::GraphTransaction& graph) {
  for_each_op_below(root, [&](LogicalOpPtr& op) { rewrite(op, graph); });
}

}  // namespace geode::gql::optimize
