#include "gql/optimize/count_present.hpp"

#include <algorithm>
#include <optional>

#include "base/stack.hpp"
#include "gql/optimize/label_scans.hpp"
#include "gql/optimize/pattern_tree.hpp"
#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

using bound::ExpressionPtr;
using bound::VariableId;
using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

// ---- a second copy of a pattern

std::vector<ExpressionPtr> copy_of(const std::vector<ExpressionPtr>& expressions) {
  std::vector<ExpressionPtr> made;
  for (const ExpressionPtr& expression : expressions) made.push_back(bound::clone(*expression));
  return made;
}

std::vector<std::pair<VariableId, ExpressionPtr>> copy_of(
    const std::vector<std::pair<VariableId, ExpressionPtr>>& bindings) {
  std::vector<std::pair<VariableId, ExpressionPtr>> made;
  for (const auto& [variable, expression] : bindings)
    made.emplace_back(variable, bound::clone(*expression));
  return made;
}

std::optional<LogicalOp::Node> copy_of(const LogicalOp::Node& node) {
  if (const auto* argument = std::get_if<plan::Argument>(&node)) return *argument;
  if (const auto* scan = std::get_if<plan::NodeScan>(&node)) return *scan;
  if (const auto* expand = std::get_if<plan::Expand>(&node)) return *expand;
  if (const auto* different = std::get_if<plan::DifferentEdges>(&node)) return *different;
  if (const auto* select = std::get_if<plan::Select>(&node)) return *select;
  if (const auto* distinct = std::get_if<plan::Distinct>(&node)) return *distinct;
  if (const auto* filter = std::get_if<plan::Filter>(&node))
    return plan::Filter{copy_of(filter->conditions)};
  if (const auto* seek = std::get_if<plan::IndexSeek>(&node)) {
    plan::IndexSeek made;
    made.variable = seek->variable;
    made.index = seek->index;
    made.index_name = seek->index_name;
    made.equal = copy_of(seek->equal);
    if (seek->low) made.low = bound::clone(*seek->low);
    if (seek->high) made.high = bound::clone(*seek->high);
    made.low_inclusive = seek->low_inclusive;
    made.high_inclusive = seek->high_inclusive;
    return made;
  }
  if (const auto* aggregate = std::get_if<plan::Aggregate>(&node)) {
    return plan::Aggregate{copy_of(aggregate->groups), copy_of(aggregate->aggregates),
                           aggregate->multiplicities};
  }
  return std::nullopt;
}

/// Null when there is something else in it than nodes and single steps, each once or as often as
/// they are found, or rows from outside.
LogicalOpPtr copy_of(const LogicalOp& op) {
  if (op.inputs.empty() && !op.outputs.empty()) return nullptr;
  std::optional<LogicalOp::Node> node = copy_of(op.node);
  if (!node || op.inputs.size() > 1) return nullptr;
  auto made = std::make_unique<LogicalOp>();
  made->node = std::move(*node);
  made->outputs = op.outputs;
  made->rows = op.rows;
  if (op.inputs.empty()) return made;
  LogicalOpPtr input = copy_of(*op.inputs[0]);
  if (!input) return nullptr;
  made->inputs.push_back(std::move(input));
  return made;
}

// ---- which nodes a variable can be

struct Label {
  catalog::LabelId id{};
  std::string name;
};

class Rule {
 public:
  explicit Rule(const graph::GraphTransaction& graph) : graph_(graph) {}

  /// Puts both plans in the place of an aggregation.
  void rewrite(LogicalOpPtr& op);

 private:
  bool find_present(const bound::Expression& call, const LogicalOp& pattern);
  std::optional<Label> asked_label(VariableId node, const LogicalOp& pattern) const;
  std::optional<Label> label_of_ends(VariableId node, const LogicalOp& pattern);

  const graph::GraphTransaction& graph_;
  plan::WhenPresent needed_;
};

/// A label that a scan or a condition of the pattern asks of the node.
std::optional<Label> Rule::asked_label(VariableId node, const LogicalOp& pattern) const {
  for (const LogicalOp* op = &pattern;; op = op->inputs[0].get()) {
    if (op->inputs.size() > 1) return std::nullopt;  // no pattern
    if (const auto* scan = std::get_if<plan::NodeScan>(&op->node)) {
      if (scan->variable == node && scan->label) return Label{*scan->label, scan->label_name};
    } else if (const auto* filter = std::get_if<plan::Filter>(&op->node)) {
      for (const ExpressionPtr& condition : filter->conditions) {
        if (condition->kind != bound::ExpressionKind::kLabelTest || !condition->label_test)
          continue;
        const std::optional<catalog::LabelId> label =
            plain_label(*condition, condition->label_test->graph);
        if (label && condition->children[0]->variable == node)
          return Label{*label, condition->label_test->name};
      }
    }
    if (op->inputs.empty()) return std::nullopt;
  }
}

/// The label of all nodes that the step to this one can reach.
std::optional<Label> Rule::label_of_ends(VariableId node, const LogicalOp& pattern) {
  for (const LogicalOp* op = &pattern;; op = op->inputs[0].get()) {
    if (op->inputs.size() > 1) return std::nullopt;
    const auto* expand = std::get_if<plan::Expand>(&op->node);
    if (expand && expand->to == node && !expand->into) {
      std::vector<plan::WhenPresent::Ends> ends = implied_label(*expand, true, graph_);
      if (ends.empty()) return std::nullopt;
      needed_.ends.insert(needed_.ends.end(), ends.begin(), ends.end());
      return Label{ends[0].label, ends[0].label_name};
    }
    if (op->inputs.empty()) return std::nullopt;
  }
}

/// Whether the call counts a property of a node that may be there for all; notes what it takes.
bool Rule::find_present(const bound::Expression& call, const LogicalOp& pattern) {
  if (call.aggregate->name != "count" || call.distinct || call.filtered || call.children.empty())
    return false;
  const bound::Expression& property = *call.children[0];
  if (property.kind != bound::ExpressionKind::kProperty ||
      property.children[0]->kind != bound::ExpressionKind::kVariable ||
      property.key == bound::kUnknownName) {
    return false;
  }
  const VariableId node = property.children[0]->variable;
  std::optional<Label> label = asked_label(node, pattern);
  if (!label) label = label_of_ends(node, pattern);
  if (!label) return false;
  needed_.properties.push_back(
      {label->id, catalog::PropertyKeyId{property.key}, label->name, property.name});
  return true;
}

/// Takes an aggregation over scans, seeks, filters and single steps, all of whose nodes are there
/// in every row.
void Rule::rewrite(LogicalOpPtr& op) {
  const auto* aggregate = std::get_if<plan::Aggregate>(&op->node);
  if (!aggregate || !aggregate->multiplicities.empty()) return;
  needed_ = {};
  std::vector<bool> present;
  for (const auto& call : aggregate->aggregates)
    present.push_back(find_present(*call.second, *op->inputs[0]));
  if (needed_.properties.empty()) return;
  LogicalOpPtr made = copy_of(*op);
  if (!made) return;
  auto& calls = std::get<plan::Aggregate>(made->node).aggregates;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (present[i]) calls[i].second->children.clear();
  }
  const double rows = op->rows;
  const std::vector<VariableId> outputs = op->outputs;
  made = plan::make_op(std::move(needed_), outputs, std::move(made), std::move(op));
  made->rows = rows;
  op = std::move(made);
}

/// Leaves the second plan of a choice that an earlier rule made as it is.
void visit(LogicalOpPtr& op, Rule& rule) {
  base::check_stack();
  const std::size_t inputs =
      std::holds_alternative<plan::WhenPresent>(op->node) ? 1 : op->inputs.size();
  for (std::size_t i = 0; i < inputs; ++i) visit(op->inputs[i], rule);
  rule.rewrite(op);
}

}  // namespace

void count_present(LogicalOp& root, const graph::GraphTransaction& graph) {
  Rule rule(graph);
  for (LogicalOpPtr& input : root.inputs) visit(input, rule);
}

}  // namespace geode::gql::optimize
