#include <algorithm>
#include <optional>

#include "gql/plan/planner.hpp"

namespace geode::gql::plan {

namespace {

using bound::GraphPattern;
using bound::PatternEdge;
using bound::PatternNode;
using bound::PatternPath;

bool covers(const std::vector<VariableId>& outputs, const bound::Expression& expression) {
  bool covered = true;
  bound::for_each_free_variable(expression, [&](VariableId variable) {
    covered = covered && std::find(outputs.begin(), outputs.end(), variable) != outputs.end();
  });
  return covered;
}

bool overlap(const std::vector<catalog::EdgeLabelId>& a,
             const std::vector<catalog::EdgeLabelId>& b) {
  return std::any_of(a.begin(), a.end(), [&](catalog::EdgeLabelId label) {
    return std::find(b.begin(), b.end(), label) != b.end();
  });
}

std::vector<catalog::EdgeLabelId> labels_of(const PatternEdge& edge) {
  if (!edge.segment) return edge.labels;
  std::vector<catalog::EdgeLabelId> labels;
  for (const PatternEdge& inner : edge.segment->edges) {
    labels.insert(labels.end(), inner.labels.begin(), inner.labels.end());
  }
  return labels;
}

std::unique_ptr<bound::LabelTest> clone_test(const bound::LabelTest& test) {
  auto copy = std::make_unique<bound::LabelTest>();
  copy->kind = test.kind;
  copy->name = test.name;
  copy->node_label = test.node_label;
  copy->edge_label = test.edge_label;
  if (test.left) copy->left = clone_test(*test.left);
  if (test.right) copy->right = clone_test(*test.right);
  return copy;
}

/// A label that every node passing the test has, when there is one.
const bound::LabelTest* required_label(const bound::LabelTest& test, bool& unknown) {
  using Kind = ast::LabelExpression::Kind;
  if (test.kind == Kind::kName) {
    if (test.node_label == bound::kUnknownName) {
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

ExpressionPtr label_condition(const PatternNode& node) {
  auto condition = std::make_unique<bound::Expression>();
  condition->kind = bound::ExpressionKind::kLabelTest;
  condition->type = value::Type::of(ValueType::kBool);
  condition->children.push_back(
      bound::make_variable(node.variable, value::Type::of(ValueType::kNode)));
  condition->label_test = clone_test(*node.labels);
  return condition;
}

ast::PathMode mode_of(const GraphPattern& pattern, const PatternPath& path,
                      const PatternEdge& edge) {
  ast::PathMode mode = path.prefix.mode;
  if (edge.segment && edge.segment->mode != ast::PathMode::kUnspecified) mode = edge.segment->mode;
  if (mode == ast::PathMode::kUnspecified) {
    mode = pattern.mode == ast::MatchMode::kRepeatableElements ? ast::PathMode::kWalk
                                                               : ast::PathMode::kTrail;
  }
  // Where the match mode is left out, WALK says that edges may repeat; without an upper bound that
  // would never end, and DIFFERENT EDGES written out forbids it.
  bool endless = !edge.maximum && path.prefix.search == ast::PathSearch::kAll;
  if (mode == ast::PathMode::kWalk &&
      (pattern.mode == ast::MatchMode::kDifferentEdges || endless)) {
    mode = ast::PathMode::kTrail;
  }
  return mode;
}

/// The work of planning one graph pattern, step by step.
class PatternPlanner {
 public:
  PatternPlanner(Planner& planner, const PatternOrder& order, const GraphPattern& pattern,
                 LogicalOpPtr plan)
      : planner_(planner), order_(order), pattern_(pattern), plan_(std::move(plan)) {
    edge_done_.resize(pattern.edges.size());
    node_done_.resize(pattern.nodes.size());
    pair_done_.assign(pattern.edges.size(), std::vector<bool>(pattern.edges.size()));
    for (const ExpressionPtr& condition : pattern.conditions)
      conditions_.push_back(condition.get());
  }

  LogicalOpPtr run() {
    start_from_input();
    for (std::size_t edge = 0; edge < pattern_.edges.size(); ++edge) {
      const PatternEdge& e = pattern_.edges[edge];
      if (!edge_done_[edge] && !e.quantified && has_output(*plan_, e.variable)) add_edge_ends(edge);
    }
    while (true) {
      if (std::optional<Step> step = cheapest_edge()) {
        // Paths between two nodes that are both easily found are searched from both ends.
        const PatternEdge& edge = pattern_.edges[step->edge];
        std::uint32_t far = step->from_left ? edge.right : edge.left;
        if (edge.quantified && !step->into && order_.seekable(pattern_, far, plan_->outputs)) {
          start_at(far);
        } else {
          add_edge(*step);
        }
        continue;
      }
      std::optional<std::uint32_t> node = cheapest_start();
      if (!node) break;
      start_at(*node);
    }
    finish_conditions();
    add_paths();
    return std::move(plan_);
  }

 private:
  struct Step {
    std::uint32_t edge = 0;
    bool from_left = true;
    bool into = false;
  };

  const PatternPath& path_of(const PatternEdge& edge) const { return pattern_.paths[edge.path]; }

  bool searched(const PatternPath& path) const {
    return path.prefix.search != ast::PathSearch::kAll;
  }

  void start_from_input() {
    for (std::size_t i = 0; i < pattern_.nodes.size(); ++i) {
      const PatternNode& node = pattern_.nodes[i];
      if (!has_output(*plan_, node.variable)) continue;
      node_done_[i] = true;
      // A node that an earlier clause left null matches nothing.
      if (node.bound_before) add_not_null(node.variable);
      if (node.labels) add_condition(label_condition(node));
    }
    add_ready_conditions();
  }

  void add_not_null(VariableId variable) {
    auto condition = std::make_unique<bound::Expression>();
    condition->kind = bound::ExpressionKind::kIsNull;
    condition->negated = true;
    condition->type = value::Type::of(ValueType::kBool);
    condition->children.push_back(
        bound::make_variable(variable, value::Type::of(ValueType::kNode)));
    add_condition(std::move(condition));
  }

  void add_condition(ExpressionPtr condition) {
    std::vector<VariableId> outputs = plan_->outputs;
    if (auto* filter = std::get_if<Filter>(&plan_->node)) {
      filter->conditions.push_back(std::move(condition));
      return;
    }
    Filter filter;
    filter.conditions.push_back(std::move(condition));
    plan_ = make_op(std::move(filter), std::move(outputs), std::move(plan_));
  }

  void add_ready_conditions() {
    for (const bound::Expression*& condition : conditions_) {
      if (!condition || !covers(plan_->outputs, *condition)) continue;
      add_condition(bound::clone(*condition));
      condition = nullptr;
    }
  }

  /// Conditions on variables made at the end (path variables) come after the paths.
  void finish_conditions() { add_ready_conditions(); }

  std::optional<Step> cheapest_edge() const {
    std::optional<Step> best;
    double best_cost = 0;
    for (std::uint32_t i = 0; i < pattern_.edges.size(); ++i) {
      if (edge_done_[i]) continue;
      const PatternEdge& edge = pattern_.edges[i];
      bool left = node_done_[edge.left], right = node_done_[edge.right];
      if (!left && !right) continue;
      bool into = left && right;
      for (bool from_left : {true, false}) {
        if (from_left ? !left : !right) continue;
        double cost = order_.expand_factor(pattern_, i, from_left, into);
        if (!best || cost < best_cost) {
          best = Step{i, from_left, into};
          best_cost = cost;
        }
      }
    }
    return best;
  }

  std::optional<std::uint32_t> cheapest_start() const {
    std::optional<std::uint32_t> best;
    double best_cost = 0;
    for (std::uint32_t i = 0; i < pattern_.nodes.size(); ++i) {
      if (node_done_[i]) continue;
      double cost = order_.start_rows(pattern_, i);
      if (!best || cost < best_cost) {
        best = i;
        best_cost = cost;
      }
    }
    return best;
  }

  LogicalOpPtr scan(std::uint32_t index, LogicalOpPtr input) {
    const PatternNode& node = pattern_.nodes[index];
    NodeScan scan;
    scan.variable = node.variable;
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
    std::vector<VariableId> outputs = with_added(input->outputs, {node.variable});
    double rows = input->rows * order_.start_rows(pattern_, index);
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
  void start_at(std::uint32_t index) {
    bool first = std::holds_alternative<Argument>(plan_->node);
    if (first || order_.seekable(pattern_, index, plan_->outputs)) {
      plan_ = scan(index, std::move(plan_));
      node_done_[index] = true;
      add_ready_conditions();
      return;
    }
    // The unconnected part is planned on its own and joined.
    LogicalOpPtr left = std::move(plan_);
    plan_ = scan(index, argument_of({}));
    node_done_[index] = true;
    add_ready_conditions();
    std::vector<VariableId> left_outputs = left->outputs;
    while (std::optional<Step> step = cheapest_edge_within(plan_->outputs)) add_edge(*step);
    Join join;
    for (const bound::Expression*& condition : conditions_) {
      if (!condition || condition->kind != bound::ExpressionKind::kBinary ||
          condition->binary != ast::BinaryOperator::kEqual) {
        continue;
      }
      const bound::Expression& a = *condition->children[0];
      const bound::Expression& b = *condition->children[1];
      bool straight = covers(left_outputs, a) && covers(plan_->outputs, b);
      bool crossed = covers(left_outputs, b) && covers(plan_->outputs, a);
      if (straight == crossed) continue;
      join.left_keys.push_back(bound::clone(straight ? a : b));
      join.right_keys.push_back(bound::clone(straight ? b : a));
      condition = nullptr;
    }
    std::vector<VariableId> outputs = std::move(left_outputs);
    outputs.insert(outputs.end(), plan_->outputs.begin(), plan_->outputs.end());
    double rows =
        join.left_keys.empty() ? left->rows * plan_->rows : std::max(left->rows, plan_->rows);
    plan_ = make_op(std::move(join), std::move(outputs), std::move(left), std::move(plan_));
    plan_->rows = rows;
    add_uniqueness();
    add_ready_conditions();
  }

  /// The next edge whose start is in `outputs` itself: edges that also touch the other part wait
  /// for the join.
  std::optional<Step> cheapest_edge_within(const std::vector<VariableId>& outputs) const {
    auto here = [&](std::uint32_t node) {
      return std::find(outputs.begin(), outputs.end(), pattern_.nodes[node].variable) !=
             outputs.end();
    };
    std::optional<Step> best;
    double best_cost = 0;
    for (std::uint32_t i = 0; i < pattern_.edges.size(); ++i) {
      if (edge_done_[i]) continue;
      const PatternEdge& edge = pattern_.edges[i];
      for (bool from_left : {true, false}) {
        std::uint32_t from = from_left ? edge.left : edge.right;
        std::uint32_t to = from_left ? edge.right : edge.left;
        if (!here(from) || (node_done_[to] && !here(to))) continue;
        double cost = order_.expand_factor(pattern_, i, from_left, here(to));
        if (!best || cost < best_cost) {
          best = Step{i, from_left, here(to)};
          best_cost = cost;
        }
      }
    }
    return best;
  }

  void add_edge_ends(std::size_t index) {
    const PatternEdge& edge = pattern_.edges[index];
    EdgeEnds ends{
        edge.variable,    pattern_.nodes[edge.left].variable, pattern_.nodes[edge.right].variable,
        edge.orientation, bool(node_done_[edge.left]),        bool(node_done_[edge.right]),
        edge.labels};
    std::vector<VariableId> outputs = with_added(plan_->outputs, {ends.left, ends.right});
    plan_ = make_op(std::move(ends), std::move(outputs), std::move(plan_));
    reach(edge.left);
    reach(edge.right);
    edge_done_[index] = true;
    add_uniqueness();
    add_ready_conditions();
  }

  void reach(std::uint32_t node) {
    if (node_done_[node]) return;
    node_done_[node] = true;
    if (pattern_.nodes[node].labels) add_condition(label_condition(pattern_.nodes[node]));
  }

  void add_edge(const Step& step) {
    const PatternEdge& edge = pattern_.edges[step.edge];
    std::uint32_t from = step.from_left ? edge.left : edge.right;
    std::uint32_t to = step.from_left ? edge.right : edge.left;
    ExpandDirection direction = ExpandDirection::kBoth;
    if (edge.orientation != bound::EdgeOrientation::kEither) {
      bool along = (edge.orientation == bound::EdgeOrientation::kLeftToRight) == step.from_left;
      direction = along ? ExpandDirection::kOut : ExpandDirection::kIn;
    }
    VariableId from_variable = pattern_.nodes[from].variable;
    VariableId to_variable = pattern_.nodes[to].variable;
    std::vector<VariableId> outputs = with_added(plan_->outputs, {to_variable, edge.variable});
    double rows =
        plan_->rows * order_.expand_factor(pattern_, step.edge, step.from_left, step.into);
    if (edge.quantified) {
      plan_ = quantified(edge, step, from_variable, to_variable, direction, std::move(outputs));
    } else {
      plan_ = make_op(Expand{from_variable, to_variable, edge.variable, edge.labels, direction,
                             step.into, false},
                      std::move(outputs), std::move(plan_));
    }
    plan_->rows = rows;
    edge_done_[step.edge] = true;
    reach(to);
    add_uniqueness();
    add_ready_conditions();
  }

  LogicalOpPtr quantified(const PatternEdge& edge, const Step& step, VariableId from, VariableId to,
                          ExpandDirection direction, std::vector<VariableId> outputs) {
    const PatternPath& path = path_of(edge);
    ExpandQuantified expand;
    expand.from = from;
    expand.to = to;
    expand.edge = edge.variable;
    expand.labels = edge.labels;
    expand.direction = direction;
    expand.into = step.into;
    expand.reversed = !step.from_left;
    expand.minimum = edge.minimum;
    expand.maximum = edge.maximum;
    expand.element = edge.element;
    for (const ExpressionPtr& condition : edge.element_conditions) {
      expand.element_conditions.push_back(bound::clone(*condition));
    }
    expand.mode = mode_of(pattern_, path, edge);
    if (edge.segment) {
      expand.segment = edge.segment;
      for (const auto& group : edge.segment->groups)
        outputs = with_added(std::move(outputs), {group.second});
    }
    // The search is part of the walk only when the whole path is this one step.
    if (searched(path) && path.edges.size() == 1 && !edge.segment) {
      expand.kind = PathKind::kShortest;
      expand.search = path.prefix.search;
      expand.count = path.prefix.count;
    }
    return make_op(std::move(expand), std::move(outputs), std::move(plan_));
  }

  /// Edges that have come together in the plan must differ (LANGUAGE: DIFFERENT EDGES), each pair
  /// once.
  void add_uniqueness() {
    if (pattern_.mode == ast::MatchMode::kRepeatableElements) return;
    DifferentEdges different;
    for (std::size_t i = 0; i < pattern_.edges.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const PatternEdge& a = pattern_.edges[j];
        const PatternEdge& b = pattern_.edges[i];
        if (pair_done_[i][j] || !edge_done_[i] || !edge_done_[j] || a.variable == b.variable)
          continue;
        if (!has_output(*plan_, a.variable) || !has_output(*plan_, b.variable)) continue;
        pair_done_[i][j] = true;
        if (overlap(labels_of(a), labels_of(b)))
          different.pairs.emplace_back(a.variable, b.variable);
      }
    }
    if (different.pairs.empty()) return;
    std::vector<VariableId> outputs = plan_->outputs;
    plan_ = make_op(std::move(different), std::move(outputs), std::move(plan_));
  }

  ExpressionPtr path_value(const PatternPath& path) const {
    auto expression = std::make_unique<bound::Expression>();
    expression->kind = bound::ExpressionKind::kPath;
    expression->type = value::Type::of(ValueType::kPath);
    for (std::size_t i = 0; i < path.nodes.size(); ++i) {
      expression->children.push_back(bound::make_variable(pattern_.nodes[path.nodes[i]].variable,
                                                          value::Type::of(ValueType::kNode)));
      if (i < path.edges.size()) {
        const PatternEdge& edge = pattern_.edges[path.edges[i]];
        expression->children.push_back(bound::make_variable(
            edge.variable, value::Type::of(edge.quantified ? ValueType::kList : ValueType::kEdge)));
      }
    }
    return expression;
  }

  /// SIMPLE and ACYCLIC are about the nodes of the whole path; a path of one quantified step is
  /// searched so at once.
  void add_path_mode(const PatternPath& path) {
    const char* test = path.prefix.mode == ast::PathMode::kSimple    ? "is_simple"
                       : path.prefix.mode == ast::PathMode::kAcyclic ? "is_acyclic"
                                                                     : nullptr;
    if (!test || path.edges.empty() ||
        (path.edges.size() == 1 && pattern_.edges[path.edges[0]].quantified))
      return;
    auto condition = std::make_unique<bound::Expression>();
    condition->kind = bound::ExpressionKind::kFunction;
    condition->type = value::Type::of(ValueType::kBool);
    condition->function = FunctionRegistry::builtin().find_scalar(test);
    condition->children.push_back(path_value(path));
    add_condition(std::move(condition));
  }

  void add_paths() {
    for (const PatternPath& path : pattern_.paths) {
      add_path_mode(path);
      if (searched(path) && !(path.edges.size() == 1 && pattern_.edges[path.edges[0]].quantified &&
                              !pattern_.edges[path.edges[0]].segment)) {
        SelectPaths select;
        select.source = pattern_.nodes[path.nodes.front()].variable;
        select.target = pattern_.nodes[path.nodes.back()].variable;
        for (std::uint32_t edge : path.edges) select.edges.push_back(pattern_.edges[edge].variable);
        select.search = path.prefix.search;
        select.count = path.prefix.count;
        std::vector<VariableId> outputs = plan_->outputs;
        plan_ = make_op(std::move(select), std::move(outputs), std::move(plan_));
      }
      if (path.variable == bound::kNoVariable) continue;
      Compute compute;
      compute.bindings.emplace_back(path.variable, path_value(path));
      std::vector<VariableId> outputs = with_added(plan_->outputs, {path.variable});
      plan_ = make_op(std::move(compute), std::move(outputs), std::move(plan_));
    }
    add_ready_conditions();
  }

  Planner& planner_;
  const PatternOrder& order_;
  const GraphPattern& pattern_;
  LogicalOpPtr plan_;
  std::vector<bool> edge_done_, node_done_;
  std::vector<std::vector<bool>> pair_done_;
  std::vector<const bound::Expression*> conditions_;
};

bool has_search_over_several_steps(const GraphPattern& pattern) {
  return std::any_of(pattern.paths.begin(), pattern.paths.end(), [&](const PatternPath& path) {
    return path.prefix.search != ast::PathSearch::kAll &&
           !(path.edges.size() == 1 && pattern.edges[path.edges[0]].quantified &&
             !pattern.edges[path.edges[0]].segment);
  });
}

}  // namespace

LogicalOpPtr Planner::plan_pattern(const GraphPattern& pattern, LogicalOpPtr input) {
  // A search compares paths between the same ends of one input row: it is run for each row on its
  // own.
  if (has_search_over_several_steps(pattern) && !std::holds_alternative<Argument>(input->node)) {
    std::vector<VariableId> outer = input->outputs;
    LogicalOpPtr inner = PatternPlanner(*this, order_, pattern, argument_of(outer)).run();
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
  return PatternPlanner(*this, order_, pattern, std::move(input)).run();
}

LogicalOpPtr Planner::plan_optional(std::vector<VariableId> introduces, LogicalOpPtr input,
                                    LogicalOpPtr inner) {
  std::vector<VariableId> outputs = input->outputs;
  for (VariableId variable : introduces) outputs = with_added(std::move(outputs), {variable});
  return make_op(Apply{ApplyKind::kOptional, std::move(introduces), false}, std::move(outputs),
                 std::move(input), std::move(inner));
}

LogicalOpPtr Planner::plan_match(const bound::Match& match, LogicalOpPtr input) {
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
