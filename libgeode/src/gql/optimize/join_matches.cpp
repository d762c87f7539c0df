#include "gql/optimize/join_matches.hpp"

#include <algorithm>
#include <map>

#include "base/stack.hpp"
#include "gql/optimize/exists_steps.hpp"
#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

using bound::ExpressionKind;
using bound::ExpressionPtr;
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

/// Estimated rows that the operators of a plan make: what it takes to run it.
double all_rows(const LogicalOp& op) {
  const bool makes_rows = std::holds_alternative<plan::NodeScan>(op.node) ||
                          std::holds_alternative<plan::IndexSeek>(op.node) ||
                          std::holds_alternative<plan::Expand>(op.node) ||
                          std::holds_alternative<plan::Join>(op.node);
  double rows = makes_rows ? op.rows : 0;
  for (const LogicalOpPtr& input : op.inputs) rows += all_rows(*input);
  return rows;
}

/// Becomes a look at a count.
bool is_counted(const bound::GraphPattern& existing) {
  return existing.edges.size() == 1 && existing.conditions.empty();
}

/// What asking for it row by row costs, in rows: anything but a look at a count is a plan that is
/// begun again, and run until it makes a row.
double cost_of_asking(const bound::GraphPattern& existing, const LogicalOp& asked) {
  constexpr double kBeginning = 20;
  return is_counted(existing) ? 1 : kBeginning + all_rows(asked) / std::max(asked.rows, 1.0);
}

/// A node has to pass `test`, too.
void add_labels(std::unique_ptr<bound::LabelTest>& labels, std::unique_ptr<bound::LabelTest> test) {
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

/// Adds the nodes, edges and conditions of a pattern of single edges; nodes that both have are one.
void add_pattern(bound::GraphPattern& to, const bound::GraphPattern& pattern) {
  std::vector<std::uint32_t> places;
  for (const bound::PatternNode& node : pattern.nodes) {
    auto found = std::find_if(
        to.nodes.begin(), to.nodes.end(),
        [&](const bound::PatternNode& other) { return other.variable == node.variable; });
    if (found == to.nodes.end()) {
      to.nodes.emplace_back().variable = node.variable;
      found = to.nodes.end() - 1;
    }
    if (node.labels) add_labels(found->labels, bound::clone(*node.labels));
    places.push_back(static_cast<std::uint32_t>(found - to.nodes.begin()));
  }
  for (const bound::PatternEdge& edge : pattern.edges) {
    bound::PatternEdge& made = to.edges.emplace_back();
    made.variable = edge.variable;
    made.left = places[edge.left];
    made.right = places[edge.right];
    made.orientation = edge.orientation;
    made.labels = edge.labels;
  }
  for (const ExpressionPtr& condition : pattern.conditions)
    to.conditions.push_back(bound::clone(*condition));
}

/// A pattern of single edges whose nodes all are to be found.
bound::GraphPattern unbound_copy(const bound::GraphPattern& pattern) {
  bound::GraphPattern copy;
  copy.graph = pattern.graph;
  copy.mode = pattern.mode;
  for (const bound::PatternNode& node : pattern.nodes) {
    bound::PatternNode& made = copy.nodes.emplace_back();
    made.variable = node.variable;
    if (node.labels) made.labels = bound::clone(*node.labels);
  }
  for (const bound::PatternEdge& edge : pattern.edges) {
    bound::PatternEdge& made = copy.edges.emplace_back();
    made.variable = edge.variable;
    made.left = edge.left;
    made.right = edge.right;
    made.orientation = edge.orientation;
    made.labels = edge.labels;
    made.path = edge.path;
  }
  for (const bound::PatternPath& path : pattern.paths) {
    bound::PatternPath& made = copy.paths.emplace_back();
    made.prefix = path.prefix;
    made.nodes = path.nodes;
    made.edges = path.edges;
  }
  for (const ExpressionPtr& condition : pattern.conditions)
    copy.conditions.push_back(bound::clone(*condition));
  return copy;
}

/// Estimated rows that reach the filter with this subquery.
double rows_asked(const LogicalOp& op, const bound::Query* subquery) {
  if (const auto* filter = std::get_if<plan::Filter>(&op.node)) {
    for (const ExpressionPtr& condition : filter->conditions) {
      if (condition->subquery.get() == subquery) return op.inputs[0]->rows;
    }
  }
  double rows = 0;
  for (const LogicalOpPtr& input : op.inputs) rows = std::max(rows, rows_asked(*input, subquery));
  return rows;
}

/// The steps below an operator, as the pattern they follow.
class JoinedPattern {
 public:
  explicit JoinedPattern(VariableId first_unrolled) : first_unrolled_(first_unrolled) {}
  /// Reads down from `top` to the first operator that is no part of such a pattern, or to the scan
  /// it begins with; gives that operator.
  LogicalOp* read(LogicalOp& top);
  /// Whether all was read, and there is a reason to plan it again: more than one clause, or steps
  /// that were one.
  bool is_whole() { return whole_ && settle_conditions(); }
  /// Plans the pattern; the plan has the columns of `top`.
  LogicalOpPtr plan(const LogicalOp& top, const plan::PatternOrder& order,
                    std::uint32_t& next_variable, const base::Interrupt& interrupt);

 private:
  bool is_found_by(const bound::Expression& condition) const;
  LogicalOpPtr plan_existing(plan::Planner& planner, LogicalOpPtr otherwise) const;
  LogicalOpPtr plan_from_existing(plan::Planner& planner, std::size_t condition) const;
  LogicalOpPtr plan_with_existing(plan::Planner& planner, std::size_t condition) const;
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
  const VariableId first_unrolled_;
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
  add_labels(pattern_.nodes[node(variable)].labels, std::move(test));
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
  if (expand.labels.empty() || expand.once) return false;
  joined_ = joined_ || expand.edge >= first_unrolled_;
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
    joined_ = joined_ || is_found_by(*condition);
    pattern_.conditions.push_back(bound::clone(*condition));
  }
  return joined_;
}

/// Whether it is an EXISTS that asks of one node of the pattern, and of nothing else.
bool JoinedPattern::is_found_by(const bound::Expression& condition) const {
  const bound::GraphPattern* existing = existing_pattern(condition);
  const std::vector<VariableId> read = free_variables(condition);
  return existing && existing->graph == pattern_.graph && read.size() == 1 &&
         nodes_.contains(read[0]) &&
         std::any_of(existing->nodes.begin(), existing->nodes.end(),
                     [&](const bound::PatternNode& node) { return node.variable == read[0]; });
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

/// Takes condition `answered` out of `outer`, and gives `inner` what else is asked of the node
/// alone.
void move_conditions(VariableId node, std::size_t answered, bound::GraphPattern& outer,
                     bound::GraphPattern& inner) {
  std::vector<ExpressionPtr> left;
  for (std::size_t i = 0; i < outer.conditions.size(); ++i) {
    if (i == answered) continue;
    const bool alone = free_variables(*outer.conditions[i]) == std::vector<VariableId>{node} &&
                       !existing_pattern(*outer.conditions[i]);
    (alone ? inner.conditions : left).push_back(std::move(outer.conditions[i]));
  }
  outer.conditions = std::move(left);
  for (bound::PatternNode& to : inner.nodes) {
    if (to.variable != node || to.labels) continue;
    for (bound::PatternNode& from : outer.nodes) {
      if (from.variable == node) to.labels = std::move(from.labels);
    }
  }
}

/// `MATCH pattern WHERE EXISTS { inner }`, where inner asks of one node p: the nodes p for which
/// there is such a thing are found first, each once, and the pattern is followed from them.
///
/// Proof: the pattern's matches with a p among a set of nodes are its matches that begin with each
/// p of the set, and each of these occurs as often as without the condition, as p comes once.
LogicalOpPtr JoinedPattern::plan_from_existing(plan::Planner& planner,
                                               std::size_t condition) const {
  const ExpressionPtr& existing = pattern_.conditions[condition];
  const VariableId node = free_variables(*existing)[0];
  bound::GraphPattern inner = unbound_copy(*existing_pattern(*existing)),
                      outer = unbound_copy(pattern_);
  move_conditions(node, condition, outer, inner);
  LogicalOpPtr found = planner.plan_pattern(inner, plan::argument_of({}));
  const std::vector<VariableId> only{node};
  found = plan::make_op(plan::Select{only}, only, std::move(found));
  found = plan::make_op(plan::Distinct{only}, only, std::move(found));
  return planner.plan_pattern(outer, std::move(found));
}

/// The same, as matches of both patterns at once, of which each match of the outer one is kept
/// once: its nodes and edges say which it is. The inner pattern has one edge, which may be one of
/// the outer pattern.
LogicalOpPtr JoinedPattern::plan_with_existing(plan::Planner& planner,
                                               std::size_t condition) const {
  bound::GraphPattern both = unbound_copy(pattern_);
  std::vector<VariableId> match;
  for (const bound::PatternNode& node : both.nodes) match.push_back(node.variable);
  for (const bound::PatternEdge& edge : both.edges) match.push_back(edge.variable);
  both.conditions.erase(both.conditions.begin() + static_cast<std::ptrdiff_t>(condition));
  add_pattern(both, *existing_pattern(*pattern_.conditions[condition]));
  LogicalOpPtr made = planner.plan_pattern(both, plan::argument_of({}));
  const double rows = made->rows;
  made = plan::make_op(plan::Select{match}, match, std::move(made));
  made->rows = rows;
  made = plan::make_op(plan::Distinct{match}, match, std::move(made));
  made->rows = rows;
  return made;
}

/// Takes one of these plans when it promises fewer rows than asking for each p that the pattern
/// finds.
LogicalOpPtr JoinedPattern::plan_existing(plan::Planner& planner, LogicalOpPtr otherwise) const {
  for (std::size_t i = 0; i < pattern_.conditions.size(); ++i) {
    if (!is_found_by(*pattern_.conditions[i])) continue;
    const bound::GraphPattern& existing = *existing_pattern(*pattern_.conditions[i]);
    const LogicalOpPtr asked = planner.plan_pattern(
        existing, plan::argument_of({free_variables(*pattern_.conditions[i])[0]}));
    double least =
        all_rows(*otherwise) + rows_asked(*otherwise, pattern_.conditions[i]->subquery.get()) *
                                   cost_of_asking(existing, *asked);
    LogicalOpPtr best;
    const auto consider = [&](LogicalOpPtr made, double cost) {
      if (cost >= least) return;
      least = cost;
      best = std::move(made);
    };
    LogicalOpPtr made = plan_from_existing(planner, i);
    double cost = all_rows(*made);
    consider(std::move(made), cost);
    if (existing.edges.size() == 1 && !is_counted(existing)) {
      made = plan_with_existing(planner, i);
      cost = all_rows(*made) + made->rows;
      consider(std::move(made), cost);
    }
    if (best) return best;
  }
  return otherwise;
}

LogicalOpPtr JoinedPattern::plan(const LogicalOp& top, const plan::PatternOrder& order,
                                 std::uint32_t& next_variable, const base::Interrupt& interrupt) {
  plan::Planner planner(order, next_variable, interrupt);
  LogicalOpPtr made = planner.plan_pattern(pattern_, plan::argument_of({}));
  made = plan_existing(planner, std::move(made));
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
                                  VariableId first_unrolled, std::uint32_t& next_variable,
                                  const base::Interrupt& interrupt) {
  JoinedPattern pattern(first_unrolled);
  LogicalOp* last = pattern.read(*op);
  if (!pattern.is_whole()) return last;
  op = pattern.plan(*op, order, next_variable, interrupt);
  return nullptr;
}

void rewrite(LogicalOpPtr& op, const plan::PatternOrder& order, VariableId first_unrolled,
             std::uint32_t& next_variable, const base::Interrupt& interrupt) {
  base::check_stack();
  LogicalOp* last = join(op, order, first_unrolled, next_variable, interrupt);
  if (last == nullptr) return;
  for (LogicalOpPtr& input : last->inputs)
    rewrite(input, order, first_unrolled, next_variable, interrupt);
}

}  // namespace

void join_matches(LogicalOp& root, const plan::PatternOrder& order, VariableId first_unrolled,
                  std::uint32_t& next_variable, const base::Interrupt& interrupt) {
  for (LogicalOpPtr& input : root.inputs)
    rewrite(input, order, first_unrolled, next_variable, interrupt);
}

}  // namespace geode::gql::optimize
