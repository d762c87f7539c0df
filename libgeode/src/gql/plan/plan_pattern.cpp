#include <algorithm>
#include <unordered_set>

#include "base/neutral_plans.hpp"
#include "gql/plan/pattern_planner.hpp"

namespace geode::gql::plan {

using bound::GraphPattern;
using bound::PatternNode;
using bound::PatternPath;

namespace {

/// A label that every node passing the test has, when there is one.
const bound::LabelTest* required_label(const bound::LabelTest& test, bool& unknown) {
  using Kind = ast::LabelExpression::Kind;
  if (test.kind == Kind::kName) {
    if (test.node_label == bound::kUnknownName && !base::NeutralPlans::on()) {
      unknown = true;
      return nullptr;
    }
    return &test;
  }
  if (test.kind == Kind::kAnd) {
    const bound::LabelTest* left = required_label(*test.left, unknown);
    const bound::LabelTest* right = required_label(*test.right, unknown);
    return left ? left : right;
  }
  return nullptr;
}

/// Every pattern carries the columns of all before it: this many take about a second.
constexpr std::size_t kMaximumCarried = std::size_t{8} << 20;

ExpressionPtr label_condition(const PatternNode& node) {
  ExpressionPtr condition =
      bound::make_expression(bound::ExpressionKind::kLabelTest, value::Type::of(ValueType::kBool));
  condition->children.push_back(
      bound::make_variable(node.variable, value::Type::of(ValueType::kNode)));
  condition->label_test = bound::clone(*node.labels);
  return condition;
}

ExpressionPtr not_null(VariableId variable) {
  ExpressionPtr condition =
      bound::make_expression(bound::ExpressionKind::kIsNull, value::Type::of(ValueType::kBool));
  condition->negated = true;
  condition->children.push_back(bound::make_variable(variable, value::Type::of(ValueType::kNode)));
  return condition;
}

}  // namespace

PatternPlanner::PatternPlanner(const PatternOrder& order, const GraphPattern& pattern,
                               ast::MatchMode mode, LogicalOpPtr plan,
                               const base::Interrupt& interrupt)
    : pattern_(pattern),
      mode_(mode),
      costs_(order.study(pattern)),
      interrupt_(interrupt),
      plan_(std::move(plan)),
      edge_done_(pattern.edges.size()),
      node_done_(pattern.nodes.size()),
      edges_of_node_(pattern.nodes.size()),
      needs_of_edge_(pattern.edges.size()),
      steps_of_edge_(pattern.edges.size()) {
  std::unordered_set<VariableId> own;
  for (VariableId variable : plan_->outputs) own.insert(variable);
  for (const PatternNode& node : pattern.nodes) own.insert(node.variable);
  for (const bound::PatternEdge& edge : pattern.edges) {
    own.insert(edge.variable);
    if (!edge.segment) continue;
    for (const bound::PathExport& name : edge.segment->exports) own.insert(name.outer);
  }
  for (std::uint32_t i = 0; i < pattern.edges.size(); ++i) {
    const bound::PatternEdge& edge = pattern.edges[i];
    edges_of_node_[edge.left].push_back(i);
    if (edge.right != edge.left) edges_of_node_[edge.right].push_back(i);
    bound::for_each_condition(edge, [&](const bound::Expression& condition) {
      bound::for_each_free_variable(condition, [&](VariableId variable) {
        if (!own.contains(variable)) return;
        needs_of_edge_[i].push_back(variable);
        waiting_edges_[variable].push_back(i);
      });
    });
  }
  for (std::uint32_t i = 0; i < pattern.conditions.size(); ++i) {
    conditions_.push_back(pattern.conditions[i].get());
    ready_.push_back(i);
    bound::for_each_free_variable(
        *conditions_[i], [&](VariableId variable) { waiting_conditions_[variable].push_back(i); });
  }
}

LogicalOpPtr PatternPlanner::run() {
  start_from_input();
  for (std::uint32_t edge = 0; edge < pattern_.edges.size(); ++edge) {
    const bound::PatternEdge& e = pattern_.edges[edge];
    if (!edge_done_[edge] && !e.quantified && here(e.variable)) add_edge_ends(edge);
  }
  while (true) {
    interrupt_.check();
    if (!frontier_.empty()) {
      follow(*frontier_.begin());
      continue;
    }
    std::optional<std::uint32_t> node = cheapest_start();
    if (!node) break;
    start_at(*node);
  }
  if (std::find(edge_done_.begin(), edge_done_.end(), false) != edge_done_.end()) {
    throw Error(status::kSyntaxError,
                "conditions within quantified or alternative paths read each other's variables")
        .category("SyntaxError", "UnexpectedSyntax")
        .hint("move one of them to the WHERE of the MATCH")
        .phase(Phase::kCompile);
  }
  for (const bound::ScanHint& hint : pattern_.hints) {
    if (scanned_.contains(hint.node)) continue;
    throw Error(status::kSyntaxError,
                "this hint cannot be followed: the node is reached along an edge, from a node that "
                "is found first",
                hint.position)
        .category("SyntaxError", "InvalidHint")
        .hint("leave it out, or the hint for the other node")
        .phase(Phase::kCompile);
  }
  add_paths();
  return std::move(plan_);
}

PatternPlanner::Part PatternPlanner::part_of(VariableId variable) const {
  const auto found = parts_.find(variable);
  return found == parts_.end() ? kNowhere : found->second;
}

bool PatternPlanner::covers(const bound::Expression& condition) const {
  bool covered = true;
  bound::for_each_free_variable(condition,
                                [&](VariableId variable) { covered = covered && here(variable); });
  return covered;
}

void PatternPlanner::arrive(const std::vector<VariableId>& variables) {
  for (VariableId variable : variables) {
    if (variable == bound::kNoVariable || part_of(variable) == part_) continue;
    parts_[variable] = part_;
    if (const auto found = waiting_conditions_.find(variable); found != waiting_conditions_.end()) {
      ready_.insert(ready_.end(), found->second.begin(), found->second.end());
    }
    if (const auto found = waiting_edges_.find(variable); found != waiting_edges_.end()) {
      for (std::uint32_t edge : found->second) consider(edge);
    }
  }
}

void PatternPlanner::start_from_input() {
  arrive(plan_->outputs);
  double rows = plan_->rows;
  for (std::uint32_t i = 0; i < pattern_.nodes.size(); ++i) {
    const PatternNode& node = pattern_.nodes[i];
    if (!here(node.variable)) continue;
    node_done_[i] = true;
    rows *= costs_->kept(i);
    // A node that an earlier clause left null matches nothing.
    if (node.bound_before) add_condition(not_null(node.variable));
    if (node.labels) add_condition(label_condition(node));
  }
  for (std::uint32_t edge = 0; edge < pattern_.edges.size(); ++edge) consider(edge);
  add_ready_conditions();
  if (std::holds_alternative<Filter>(plan_->node)) plan_->rows = rows;
}

void PatternPlanner::add_condition(ExpressionPtr condition) {
  if (auto* filter = std::get_if<Filter>(&plan_->node)) {
    filter->conditions.push_back(std::move(condition));
    return;
  }
  std::vector<VariableId> outputs = plan_->outputs;
  Filter filter;
  filter.conditions.push_back(std::move(condition));
  plan_ = make_op(std::move(filter), std::move(outputs), std::move(plan_));
}

void PatternPlanner::add_ready_conditions() {
  std::sort(ready_.begin(), ready_.end());
  ready_.erase(std::unique(ready_.begin(), ready_.end()), ready_.end());
  for (std::uint32_t i : ready_) {
    if (!conditions_[i] || !covers(*conditions_[i])) continue;
    add_condition(bound::clone(*conditions_[i]));
    conditions_[i] = nullptr;
  }
  ready_.clear();
}

void PatternPlanner::reach(std::uint32_t node) {
  if (node_done_[node]) return;
  node_done_[node] = true;
  arrive({pattern_.nodes[node].variable});
  if (pattern_.nodes[node].labels) add_condition(label_condition(pattern_.nodes[node]));
  for (std::uint32_t edge : edges_of_node_[node]) consider(edge);
}

std::optional<std::uint32_t> PatternPlanner::cheapest_start() const {
  for (const bound::ScanHint& hint : pattern_.hints) {
    if (!node_done_[hint.node]) return hint.node;
  }
  std::optional<std::uint32_t> best;
  double best_cost = 0;
  for (std::uint32_t i = 0; i < pattern_.nodes.size(); ++i) {
    if (node_done_[i]) continue;
    double cost = costs_->start_cost(i);
    if (!best || cost < best_cost) {
      best = i;
      best_cost = cost;
    }
  }
  return best;
}

LogicalOpPtr PatternPlanner::scan(std::uint32_t index, LogicalOpPtr input) {
  const PatternNode& node = pattern_.nodes[index];
  NodeScan scan;
  scan.variable = node.variable;
  scan.graph = pattern_.graph;
  bool unknown = false;
  bool whole = !node.labels;
  if (node.labels) {
    if (const bound::LabelTest* label = required_label(*node.labels, unknown)) {
      scan.label = catalog::LabelId{label->node_label};
      scan.label_name = label->name;
      whole = node.labels->kind == ast::LabelExpression::Kind::kName;
    }
    scan.empty = unknown;
  }
  for (const bound::ScanHint& hint : pattern_.hints) {
    if (hint.node == index) scan.hint = hint;
  }
  std::vector<VariableId> outputs = with_added(input->outputs, {node.variable});
  double rows = input->rows * costs_->start_rows(index);
  LogicalOpPtr op = make_op(std::move(scan), outputs, std::move(input));
  op->rows = rows;
  if (!whole && !unknown) {
    Filter filter;
    filter.conditions.push_back(label_condition(node));
    op = make_op(std::move(filter), std::move(outputs), std::move(op));
  }
  return op;
}

/// A first node, or the first node of a part that no edge connects with what is there.
void PatternPlanner::start_at(std::uint32_t index) {
  scanned_.insert(index);
  const bool first = std::holds_alternative<Argument>(plan_->node);
  if (!first && !costs_->seekable(index, [this](VariableId v) { return here(v); })) {
    return join_part(index);
  }
  plan_ = scan(index, std::move(plan_));
  node_done_[index] = true;
  arrive({pattern_.nodes[index].variable});
  for (std::uint32_t edge : edges_of_node_[index]) consider(edge);
  add_ready_conditions();
}

/// The unconnected part is planned on its own and joined.
void PatternPlanner::join_part(std::uint32_t index) {
  LogicalOpPtr left = std::move(plan_);
  const Part left_part = part_;
  std::set<Step> left_frontier = std::move(frontier_);
  auto left_edges = std::move(done_by_label_);
  frontier_.clear();
  done_by_label_.clear();
  part_ = ++last_part_;

  plan_ = scan(index, argument_of({}));
  node_done_[index] = true;
  arrive({pattern_.nodes[index].variable});
  for (std::uint32_t edge : edges_of_node_[index]) consider(edge);
  add_ready_conditions();
  while (!frontier_.empty()) {
    interrupt_.check();
    add_edge(*frontier_.begin());
  }
  const Part right_part = part_;
  part_ = left_part;

  Join join;
  std::vector<std::uint32_t> candidates;
  for (VariableId variable : plan_->outputs) {
    const auto found = waiting_conditions_.find(variable);
    if (found == waiting_conditions_.end()) continue;
    candidates.insert(candidates.end(), found->second.begin(), found->second.end());
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  const auto covered_by = [&](Part part, const bound::Expression& side) {
    part_ = part;
    const bool covered = covers(side);
    part_ = left_part;
    return covered;
  };
  for (std::uint32_t i : candidates) {
    const bound::Expression* condition = conditions_[i];
    if (!condition || condition->kind != bound::ExpressionKind::kBinary ||
        condition->binary != ast::BinaryOperator::kEqual) {
      continue;
    }
    const bound::Expression& a = *condition->children[0];
    const bound::Expression& b = *condition->children[1];
    const bool straight = covered_by(left_part, a) && covered_by(right_part, b);
    const bool crossed = covered_by(left_part, b) && covered_by(right_part, a);
    if (straight == crossed) continue;
    join.left_keys.push_back(bound::clone(straight ? a : b));
    join.right_keys.push_back(bound::clone(straight ? b : a));
    conditions_[i] = nullptr;
  }
  std::vector<VariableId> right_outputs = plan_->outputs;
  std::vector<VariableId> outputs = left->outputs;
  outputs.insert(outputs.end(), right_outputs.begin(), right_outputs.end());
  double rows =
      join.left_keys.empty() ? left->rows * plan_->rows : std::max(left->rows, plan_->rows);
  plan_ = make_op(std::move(join), std::move(outputs), std::move(left), std::move(plan_));
  plan_->rows = rows;

  const auto right_edges = std::move(done_by_label_);
  frontier_ = std::move(left_frontier);
  done_by_label_ = std::move(left_edges);
  arrive(right_outputs);
  std::set<std::uint32_t> edges;
  for (const auto& [label, list] : right_edges) edges.insert(list.begin(), list.end());
  add_different_edges({edges.begin(), edges.end()});
  for (std::uint32_t node = 0; node < pattern_.nodes.size(); ++node) {
    if (!node_done_[node]) continue;
    for (std::uint32_t edge : edges_of_node_[node]) {
      if (!edge_done_[edge]) consider(edge);
    }
  }
  add_ready_conditions();
}

LogicalOpPtr Planner::plan_pattern(const GraphPattern& pattern, LogicalOpPtr input) {
  const bool search_over_steps =
      std::any_of(pattern.paths.begin(), pattern.paths.end(), [&](const PatternPath& path) {
        return path.prefix.search != ast::PathSearch::kAll && !searched_by_walk(pattern, path);
      });
  // A search compares paths between the same ends of one input row: it is run for each row on its
  // own.
  if (search_over_steps && !std::holds_alternative<Argument>(input->node)) {
    std::vector<VariableId> outer = input->outputs;
    LogicalOpPtr inner =
        PatternPlanner(order_, pattern, pattern.mode, argument_of(outer), interrupt_).run();
    std::vector<VariableId> introduces;
    for (VariableId variable : inner->outputs) {
      if (std::find(outer.begin(), outer.end(), variable) == outer.end())
        introduces.push_back(variable);
    }
    std::vector<VariableId> outputs = outer;
    outputs.insert(outputs.end(), introduces.begin(), introduces.end());
    return make_op(Apply{ApplyKind::kCall, introduces, false}, std::move(outputs), std::move(input),
                   std::move(inner));
  }
  return PatternPlanner(order_, pattern, pattern.mode, std::move(input), interrupt_).run();
}

LogicalOpPtr Planner::plan_branch(const bound::PathBranch& branch, ast::MatchMode mode,
                                  LogicalOpPtr input) {
  LogicalOpPtr plan =
      PatternPlanner(order_, branch.pattern, mode, std::move(input), interrupt_).run();
  if (branch.computed.empty()) return plan;
  Compute compute;
  std::vector<VariableId> outputs = plan->outputs;
  for (const auto& [variable, expression] : branch.computed) {
    compute.bindings.emplace_back(variable, bound::clone(*expression));
    outputs.push_back(variable);
  }
  return make_op(std::move(compute), std::move(outputs), std::move(plan));
}

LogicalOpPtr Planner::plan_optional(std::vector<VariableId> introduces, LogicalOpPtr input,
                                    LogicalOpPtr inner) {
  std::vector<VariableId> outputs = input->outputs;
  for (VariableId variable : introduces) outputs = with_added(std::move(outputs), {variable});
  return make_op(Apply{ApplyKind::kOptional, std::move(introduces), false}, std::move(outputs),
                 std::move(input), std::move(inner));
}

LogicalOpPtr Planner::plan_match(const bound::Match& match, LogicalOpPtr input) {
  carried_ += input->outputs.size();
  if (carried_ > kMaximumCarried) {
    throw Error(status::kLimitExceeded, "this statement has too many patterns one after another")
        .hint("divide it into several statements, or keep what is needed: WITH a, b")
        .phase(Phase::kCompile);
  }
  if (!match.optional) {
    for (const bound::Match& inner : match.block) input = plan_match(inner, std::move(input));
    return match.block.empty() ? plan_pattern(match.pattern, std::move(input)) : std::move(input);
  }
  LogicalOpPtr inner = argument_of(input->outputs);
  if (match.block.empty()) {
    inner = plan_pattern(match.pattern, std::move(inner));
  } else {
    for (const bound::Match& part : match.block) inner = plan_match(part, std::move(inner));
  }
  return plan_optional(match.introduces, std::move(input), std::move(inner));
}

}  // namespace geode::gql::plan
