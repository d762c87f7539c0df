#include "gql/optimize/join_matches.hpp"

#include <algorithm>
#include <map>

#include "base/stack.hpp"
#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

using bound::ExpressionKind;
using bound::VariableId;
using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

bound::EdgeOrientation orientation_of(plan::ExpandDirection direction) {
  switch (direction) {
    case plan::ExpandDirection::kOut:
      return bound::EdgeOrientation::kLeftToRight;
    case plan::ExpandDirection::kIn:
      return bound::EdgeOrientation::kRightToLeft;
    case plan::ExpandDirection::kBoth:
      return bound::EdgeOrientation::kEither;
    case plan::ExpandDirection::kOutOrUndirected:
      return bound::EdgeOrientation::kLeftToRightOrUndirected;
    case plan::ExpandDirection::kInOrUndirected:
      return bound::EdgeOrientation::kRightToLeftOrUndirected;
  }
  return bound::EdgeOrientation::kEither;
}

/// The steps below an operator, as the pattern they follow.
class JoinedPattern {
 public:
  /// Reads down from `top` to the first operator that is no part of such a pattern, or to the scan
  /// it begins with; gives that operator.
  LogicalOp* read(LogicalOp& top);
  /// Whether all was read, and more than one clause.
  bool is_whole() { return whole_ && settle_conditions(); }
  /// Plans the pattern; the plan has the columns of `top`.
  LogicalOpPtr plan(const LogicalOp& top, const plan::PatternOrder& order,
                    std::uint32_t& next_variable, const base::Interrupt& interrupt) const;

 private:
  std::uint32_t node(VariableId variable);
  bool read(const plan::NodeScan& scan, const LogicalOp& below);
  bool read(const plan::Expand& expand);
  bool read(const plan::Filter& filter);
  void require(VariableId variable, std::unique_ptr<bound::LabelTest> test);
  bool settle_conditions();

  bound::GraphPattern pattern_;
  std::map<VariableId, std::uint32_t> nodes_;
  std::vector<const bound::Expression*> conditions_;
  std::vector<std::pair<VariableId, VariableId>> different_;
  bool whole_ = false;
  bool joined_ = false;  ///< a later clause began where an earlier one had been
};

std::uint32_t JoinedPattern::node(VariableId variable) {
  const auto [found, added] =
      nodes_.emplace(variable, static_cast<std::uint32_t>(pattern_.nodes.size()));
  if (added) pattern_.nodes.emplace_back().variable = variable;
  return found->second;
}

void JoinedPattern::require(VariableId variable, std::unique_ptr<bound::LabelTest> test) {
  std::unique_ptr<bound::LabelTest>& labels = pattern_.nodes[node(variable)].labels;
  if (!labels) {
    labels = std::move(test);
    return;
  }
  auto both = std::make_unique<bound::LabelTest>();
  both->kind = ast::LabelExpression::Kind::kAnd;
  both->graph = test->graph;
  both->left = std::move(labels);
  both->right = std::move(test);
  labels = std::move(both);
}

bool JoinedPattern::read(const plan::NodeScan& scan, const LogicalOp& below) {
  if (scan.empty || scan.hint || !std::holds_alternative<plan::Argument>(below.node) ||
      !below.outputs.empty()) {
    return false;
  }
  pattern_.graph = scan.graph;
  // What has to differ is in the plan already.
  pattern_.mode = ast::MatchMode::kRepeatableElements;
  node(scan.variable);
  if (!scan.label) return true;
  auto test = std::make_unique<bound::LabelTest>();
  test->kind = ast::LabelExpression::Kind::kName;
  test->name = scan.label_name;
  test->graph = scan.graph;
  test->node_label = static_cast<std::uint32_t>(*scan.label);
  require(scan.variable, std::move(test));
  return true;
}

bool JoinedPattern::read(const plan::Expand& expand) {
  if (expand.labels.empty()) return false;
  bound::PatternEdge& edge = pattern_.edges.emplace_back();
  edge.variable = expand.edge;
  edge.left = node(expand.from);
  edge.right = node(expand.to);
  edge.orientation = orientation_of(expand.direction);
  edge.labels = expand.labels;
  return true;
}

bool JoinedPattern::read(const plan::Filter& filter) {
  for (const bound::ExpressionPtr& condition : filter.conditions) {
    if (!is_deterministic(*condition)) return false;
    conditions_.push_back(condition.get());
  }
  return true;
}

/// Label tests become part of the nodes; that a node of an earlier clause is there goes without
/// saying.
bool JoinedPattern::settle_conditions() {
  for (const bound::Expression* condition : conditions_) {
    const bool of_variable = !condition->children.empty() && condition->children[0] &&
                             condition->children[0]->kind == ExpressionKind::kVariable &&
                             nodes_.contains(condition->children[0]->variable);
    if (of_variable && condition->kind == ExpressionKind::kIsNull && condition->negated) {
      joined_ = true;
      continue;
    }
    if (of_variable && condition->kind == ExpressionKind::kLabelTest && !condition->negated &&
        condition->label_test->graph == pattern_.graph) {
      require(condition->children[0]->variable, bound::clone(*condition->label_test));
      continue;
    }
    pattern_.conditions.push_back(bound::clone(*condition));
  }
  return joined_;
}

LogicalOp* JoinedPattern::read(LogicalOp& top) {
  LogicalOp* op = &top;
  while (true) {
    if (const auto* filter = std::get_if<plan::Filter>(&op->node)) {
      if (!read(*filter)) return op;
    } else if (const auto* different = std::get_if<plan::DifferentEdges>(&op->node)) {
      different_.insert(different_.end(), different->pairs.begin(), different->pairs.end());
    } else if (const auto* expand = std::get_if<plan::Expand>(&op->node)) {
      if (!read(*expand)) return op;
    } else if (const auto* scan = std::get_if<plan::NodeScan>(&op->node)) {
      whole_ = read(*scan, *op->inputs[0]);
      return op;
    } else if (!std::holds_alternative<plan::Select>(op->node)) {
      return op;
    }
    op = op->inputs[0].get();
  }
}

/// Puts the comparison of two edges as low as both are there.
void compare_edges(LogicalOpPtr& op, std::pair<VariableId, VariableId> pair) {
  LogicalOpPtr* at = &op;
  while ((*at)->inputs.size() == 1 && plan::has_output(*(*at)->inputs[0], pair.first) &&
         plan::has_output(*(*at)->inputs[0], pair.second)) {
    at = &(*at)->inputs[0];
  }
  if (auto* different = std::get_if<plan::DifferentEdges>(&(*at)->node)) {
    different->pairs.push_back(pair);
    return;
  }
  std::vector<VariableId> outputs = (*at)->outputs;
  *at = plan::make_op(plan::DifferentEdges{{pair}}, std::move(outputs), std::move(*at));
}

LogicalOpPtr JoinedPattern::plan(const LogicalOp& top, const plan::PatternOrder& order,
                                 std::uint32_t& next_variable,
                                 const base::Interrupt& interrupt) const {
  plan::Planner planner(order, next_variable, interrupt);
  LogicalOpPtr made = planner.plan_pattern(pattern_, plan::argument_of({}));
  for (const auto& pair : different_) compare_edges(made, pair);
  if (made->outputs == top.outputs) return made;
  const double rows = made->rows;
  made = plan::make_op(plan::Select{top.outputs}, top.outputs, std::move(made));
  made->rows = rows;
  return made;
}

/// Plans the pattern that begins at `op` again, when it is one of several clauses; else gives the
/// operator below which to look on. Apart from rewrite(), whose frames would hold what it needs.
[[gnu::noinline]] LogicalOp* join(LogicalOpPtr& op, const plan::PatternOrder& order,
                                  std::uint32_t& next_variable, const base::Interrupt& interrupt) {
  JoinedPattern pattern;
  LogicalOp* last = pattern.read(*op);
  if (!pattern.is_whole()) return last;
  op = pattern.plan(*op, order, next_variable, interrupt);
  return nullptr;
}

void rewrite(LogicalOpPtr& op, const plan::PatternOrder& order, std::uint32_t& next_variable,
             const base::Interrupt& interrupt) {
  base::check_stack();
  LogicalOp* last = join(op, order, next_variable, interrupt);
  if (last == nullptr) return;
  for (LogicalOpPtr& input : last->inputs) rewrite(input, order, next_variable, interrupt);
}

}  // namespace

void join_matches(LogicalOp& root, const plan::PatternOrder& order, std::uint32_t& next_variable,
                  const base::Interrupt& interrupt) {
  for (LogicalOpPtr& input : root.inputs) rewrite(input, order, next_variable, interrupt);
}

}  // namespace geode::gql::optimize
