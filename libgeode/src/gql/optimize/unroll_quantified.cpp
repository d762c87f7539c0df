#include "gql/optimize/unroll_quantified.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/neutral_plans.hpp"
#include "gql/optimize/plan_tools.hpp"
#include "gql/plan/pattern_planner.hpp"

namespace geode::gql::optimize {

using bound::ExpressionPtr;
using bound::VariableId;
using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

/// More are left to the search, which holds one path at a time.
constexpr std::uint64_t kMostSteps = 8;

/// Calls visit(op) for the operators of a plan, as long as it gives true; whether it always did. A
/// plan is deeper than a stack may be.
template <class Visit>
bool for_each_op_in(const LogicalOp& root, Visit visit) {
  std::vector<const LogicalOp*> left{&root};
  while (!left.empty()) {
    const LogicalOp& op = *left.back();
    left.pop_back();
    if (!visit(op)) return false;
    for (const LogicalOpPtr& input : op.inputs) left.push_back(input.get());
  }
  return true;
}

/// The variables that something in a plan looks at. What only hands them on, or asks that edges
/// differ, does not.
class Readers {
 public:
  explicit Readers(const LogicalOp& root) {
    add(root.outputs);
    for_each_op_in(root, [this](const LogicalOp& op) {
      std::visit([this](const auto& node) { of(node); }, op.node);
      return true;
    });
  }
  bool read(VariableId variable) const { return read_.contains(variable); }

 private:
  void add(const std::vector<VariableId>& variables) {
    read_.insert(variables.begin(), variables.end());
  }
  void add(const bound::Expression& expression) {
    bound::for_each_free_variable(expression,
                                  [this](VariableId variable) { read_.insert(variable); });
  }
  void add(const ExpressionPtr& expression) {
    if (expression) add(*expression);
  }
  void add(const std::vector<ExpressionPtr>& expressions) {
    for (const ExpressionPtr& expression : expressions) add(expression);
  }
  void add(const std::vector<std::pair<VariableId, ExpressionPtr>>& bindings) {
    for (const auto& binding : bindings) add(binding.second);
  }
  void of(const plan::IndexSeek& seek) {
    add(seek.equal);
    add(seek.among);
    add(seek.low);
    add(seek.high);
  }
  void of(const plan::ExpandQuantified& paths) {
    add(paths.element_conditions);
    if (!paths.segment) return;
    for (const bound::PathBranch& branch : paths.segment->branches)
      bound::for_each_condition(branch, [this](const bound::Expression& e) { add(e); });
  }
  void of(const plan::SelectPaths& select) { add(select.edges); }
  void of(const plan::Filter& filter) { add(filter.conditions); }
  void of(const plan::Compute& compute) { add(compute.bindings); }
  void of(const plan::Unwind& unwind) { add(unwind.list); }
  void of(const plan::LoadCsv& load) { add(load.source); }
  void of(const plan::ProcedureCall& call) { add(call.arguments); }
  void of(const plan::Aggregate& aggregate) {
    add(aggregate.groups);
    add(aggregate.aggregates);
  }
  void of(const plan::Distinct& distinct) { add(distinct.variables); }
  void of(const plan::Sort& sort) {
    for (const plan::SortKey& key : sort.keys) add(key.expression);
  }
  void of(const plan::Join& join) {
    add(join.left_keys);
    add(join.right_keys);
  }
  void of(const plan::SetOperation& set) {
    for (const std::vector<VariableId>& columns : set.columns) add(columns);
  }
  template <class Other>
  void of(const Other&) {}

  std::unordered_set<VariableId> read_;
};

/// One repetition, in the direction in which it is walked.
struct Repetition {
  struct Step {
    std::vector<catalog::EdgeLabelId> labels;
    plan::ExpandDirection direction{};
    VariableId edge = bound::kNoVariable;
    const bound::PatternNode* to = nullptr;
  };
  const bound::PatternNode* first = nullptr;
  std::vector<Step> steps;
  std::vector<const bound::Expression*> conditions;
};

bool has_subquery(const bound::Expression& expression) {
  return expression.kind == bound::ExpressionKind::kSubquery ||
         std::any_of(expression.children.begin(), expression.children.end(),
                     [](const ExpressionPtr& child) { return child && has_subquery(*child); });
}

bool is_plain_path(const bound::GraphPattern& pattern) {
  if (pattern.paths.size() != 1 || !pattern.hints.empty()) return false;
  const bound::PatternPath& path = pattern.paths[0];
  return path.variable == bound::kNoVariable && path.prefix.search == ast::PathSearch::kAll &&
         path.prefix.mode == ast::PathMode::kUnspecified && !path.edges.empty() &&
         path.edges.size() == pattern.edges.size() && path.nodes.size() == pattern.nodes.size() &&
         path.nodes.size() == path.edges.size() + 1 &&
         std::none_of(pattern.nodes.begin(), pattern.nodes.end(),
                      [](const bound::PatternNode& node) { return node.bound_before; });
}

std::optional<Repetition> read_segment(const bound::PathSegment& segment, bool reversed) {
  if (!segment.repeated || segment.branches.size() != 1 || !segment.branches[0].computed.empty())
    return std::nullopt;
  const bound::GraphPattern& pattern = segment.branches[0].pattern;
  if (!is_plain_path(pattern)) return std::nullopt;
  const bound::PatternPath& path = pattern.paths[0];
  Repetition made;
  made.first = &pattern.nodes[reversed ? path.nodes.back() : path.nodes.front()];
  for (std::size_t i = 0; i < path.edges.size(); ++i) {
    const std::size_t at = reversed ? path.edges.size() - 1 - i : i;
    const bound::PatternEdge& edge = pattern.edges[path.edges[at]];
    if (edge.quantified || edge.segment || edge.bound_before || edge.labels.empty() ||
        edge.left != path.nodes[at] || edge.right != path.nodes[at + 1]) {
      return std::nullopt;
    }
    const plan::ExpandDirection direction = plan::direction_of(edge.orientation);
    made.steps.push_back({edge.labels, reversed ? plan::reversed(direction) : direction,
                          edge.variable, &pattern.nodes[reversed ? edge.left : edge.right]});
  }
  for (const ExpressionPtr& condition : pattern.conditions)
    made.conditions.push_back(condition.get());
  return made;
}

std::optional<Repetition> read_repetition(const plan::ExpandQuantified& paths) {
  std::optional<Repetition> made;
  if (paths.segment) {
    made = read_segment(*paths.segment, paths.reversed);
  } else if (!paths.labels.empty()) {
    made.emplace();
    made->steps.push_back({paths.labels, paths.direction, paths.element, nullptr});
    for (const ExpressionPtr& condition : paths.element_conditions)
      made->conditions.push_back(condition.get());
  }
  if (made && std::any_of(made->conditions.begin(), made->conditions.end(),
                          [](const bound::Expression* e) { return has_subquery(*e); })) {
    return std::nullopt;
  }
  return made;
}

using Names = std::unordered_map<VariableId, VariableId>;

void rename(bound::Expression& expression, const Names& names) {
  if (expression.kind == bound::ExpressionKind::kVariable) {
    if (const auto found = names.find(expression.variable); found != names.end())
      expression.variable = found->second;
  }
  for (const ExpressionPtr& child : expression.children) {
    if (child) rename(*child, names);
  }
}

ExpressionPtr label_condition(const bound::PatternNode& node, VariableId variable) {
  ExpressionPtr condition =
      bound::make_expression(bound::ExpressionKind::kLabelTest, value::Type::of(ValueType::kBool));
  condition->children.push_back(bound::make_variable(variable, value::Type::of(ValueType::kNode)));
  condition->label_test = bound::clone(*node.labels);
  return condition;
}

bool share_label(const plan::Expand& a, const plan::Expand& b) {
  if (base::NeutralPlans::on()) return true;
  return std::any_of(a.labels.begin(), a.labels.end(), [&](catalog::EdgeLabelId label) {
    return std::find(b.labels.begin(), b.labels.end(), label) != b.labels.end();
  });
}

/// The steps that take the place of a quantified one.
class Steps {
 public:
  Steps(const plan::ExpandQuantified& paths, const Repetition& repetition,
        std::uint32_t& next_variable)
      : paths_(paths), repetition_(repetition), next_variable_(next_variable) {}

  LogicalOpPtr make(LogicalOpPtr input, double rows) {
    const std::uint64_t count = paths_.minimum * repetition_.steps.size();
    const double factor = std::pow(std::max(rows, 1.0) / std::max(input->rows, 1.0),
                                   1.0 / static_cast<double>(count));
    plan_ = std::move(input);
    VariableId at = paths_.from;
    for (std::uint64_t i = 0; i < paths_.minimum; ++i) {
      Names names;
      if (repetition_.first) add_node(*repetition_.first, at, names);
      for (std::size_t k = 0; k < repetition_.steps.size(); ++k) {
        const Repetition::Step& step = repetition_.steps[k];
        const bool last = edges_.size() + 1 == count;
        const VariableId to = last ? paths_.to : VariableId{next_variable_++};
        add_step(plan::Expand{at, to, VariableId{next_variable_++}, step.labels, step.direction,
                              last && paths_.into},
                 factor);
        names[step.edge] = edges_.back();
        if (step.to) add_node(*step.to, to, names);
        at = to;
      }
      for (const bound::Expression* condition : repetition_.conditions) {
        ExpressionPtr copy = bound::clone(*condition);
        rename(*copy, names);
        add_condition(std::move(copy));
      }
    }
    return std::move(plan_);
  }
  const std::vector<VariableId>& edges() const { return edges_; }

 private:
  void add_node(const bound::PatternNode& node, VariableId variable, Names& names) {
    names[node.variable] = variable;
    if (node.labels) add_condition(label_condition(node, variable));
  }
  void add_condition(ExpressionPtr condition) {
    plan::Filter filter;
    filter.conditions.push_back(std::move(condition));
    std::vector<VariableId> outputs = plan_->outputs;
    plan_ = plan::make_op(std::move(filter), std::move(outputs), std::move(plan_));
  }
  void add_step(plan::Expand expand, double factor) {
    plan::DifferentEdges different;
    for (const plan::Expand& before : steps_) {
      if (paths_.mode == ast::PathMode::kTrail && share_label(before, expand))
        different.pairs.emplace_back(before.edge, expand.edge);
    }
    steps_.push_back(expand);
    edges_.push_back(expand.edge);
    std::vector<VariableId> outputs = plan::with_added(plan_->outputs, {expand.to, expand.edge});
    const double rows = plan_->rows * factor;
    plan_ = plan::make_op(std::move(expand), outputs, std::move(plan_));
    plan_->rows = rows;
    if (different.pairs.empty()) return;
    plan_ = plan::make_op(std::move(different), std::move(outputs), std::move(plan_));
  }

  const plan::ExpandQuantified& paths_;
  const Repetition& repetition_;
  std::uint32_t& next_variable_;
  LogicalOpPtr plan_;
  std::vector<plan::Expand> steps_;
  std::vector<VariableId> edges_;
};

/// What stands for a variable that is no more: the single edges of a list, or nothing.
using Replacements = std::unordered_map<VariableId, std::vector<VariableId>>;

void replace(std::vector<VariableId>& variables, const Replacements& by) {
  std::vector<VariableId> made;
  for (VariableId variable : variables) {
    const auto found = by.find(variable);
    if (found == by.end()) {
      made.push_back(variable);
    } else {
      made.insert(made.end(), found->second.begin(), found->second.end());
    }
  }
  variables = std::move(made);
}

void replace(std::vector<std::pair<VariableId, VariableId>>& pairs, const Replacements& by) {
  std::vector<std::pair<VariableId, VariableId>> made;
  for (const auto& [a, b] : pairs) {
    std::vector<VariableId> left{a}, right{b};
    replace(left, by);
    replace(right, by);
    for (VariableId first : left) {
      for (VariableId second : right) made.emplace_back(first, second);
    }
  }
  pairs = std::move(made);
}

class Unroll {
 public:
  Unroll(const LogicalOp& root, std::uint32_t& next_variable)
      : readers_(root), next_variable_(next_variable) {}

  void rewrite(LogicalOpPtr& op);
  void replace_everywhere(LogicalOp& root) const;

 private:
  bool can_be_taken_apart(const plan::ExpandQuantified& paths) const;
  void drop_names(const plan::ExpandQuantified& paths);
  bool become_edge(plan::ExpandQuantified& paths, const Repetition& repetition);

  Readers readers_;
  std::uint32_t& next_variable_;
  Replacements replacements_;
};

bool Unroll::can_be_taken_apart(const plan::ExpandQuantified& paths) const {
  if (paths.kind != plan::PathKind::kEnumerate ||
      (paths.mode != ast::PathMode::kTrail && paths.mode != ast::PathMode::kWalk)) {
    return false;
  }
  return !paths.segment ||
         std::none_of(paths.segment->exports.begin(), paths.segment->exports.end(),
                      [this](const bound::PathExport& name) { return readers_.read(name.outer); });
}

void Unroll::drop_names(const plan::ExpandQuantified& paths) {
  if (!paths.segment) return;
  for (const bound::PathExport& name : paths.segment->exports) replacements_[name.outer] = {};
}

/// `((x)-[e:X]->(y) WHERE e.k = 1){1,3}`
bool Unroll::become_edge(plan::ExpandQuantified& paths, const Repetition& repetition) {
  if (!paths.segment || repetition.steps.size() != 1) return false;
  const bound::PatternNode& from = *repetition.first;
  const Repetition::Step& step = repetition.steps[0];
  if (from.labels || step.to->labels) return false;
  std::vector<ExpressionPtr> conditions;
  for (const bound::Expression* condition : repetition.conditions) {
    for (VariableId variable : free_variables(*condition)) {
      if (variable == from.variable || variable == step.to->variable) return false;
    }
    conditions.push_back(bound::clone(*condition));
  }
  drop_names(paths);
  paths.labels = step.labels;
  paths.direction = step.direction;
  paths.element = step.edge;
  paths.element_conditions = std::move(conditions);
  paths.segment.reset();  // last: the repetition points into it
  return true;
}

void Unroll::rewrite(LogicalOpPtr& op) {
  auto* paths = std::get_if<plan::ExpandQuantified>(&op->node);
  if (!paths || !can_be_taken_apart(*paths)) return;
  const std::optional<Repetition> repetition = read_repetition(*paths);
  if (!repetition) return;
  const bool fixed = paths->maximum == paths->minimum && paths->minimum > 0 &&
                     paths->minimum * repetition->steps.size() <= kMostSteps &&
                     !readers_.read(paths->edge);
  if (!fixed) {
    become_edge(*paths, *repetition);
    return;
  }
  drop_names(*paths);
  Steps steps(*paths, *repetition, next_variable_);
  LogicalOpPtr made = steps.make(std::move(op->inputs[0]), op->rows);
  replacements_[paths->edge] = steps.edges();
  op = std::move(made);
}

void Unroll::replace_everywhere(LogicalOp& root) const {
  if (replacements_.empty()) return;
  const auto visit = [this](LogicalOpPtr& op) {
    replace(op->outputs, replacements_);
    if (auto* different = std::get_if<plan::DifferentEdges>(&op->node)) {
      replace(different->pairs, replacements_);
    } else if (auto* select = std::get_if<plan::Select>(&op->node)) {
      replace(select->variables, replacements_);
    } else if (auto* apply = std::get_if<plan::Apply>(&op->node)) {
      replace(apply->introduces, replacements_);
    }
  };
  for_each_op_below(root, visit);
  if (auto* select = std::get_if<plan::Select>(&root.node))
    replace(select->variables, replacements_);
}

bool has_quantified(const LogicalOp& root) {
  return !for_each_op_in(root, [](const LogicalOp& op) {
    return !std::holds_alternative<plan::ExpandQuantified>(op.node);
  });
}

}  // namespace

void unroll_quantified(LogicalOp& root, std::uint32_t& next_variable) {
  // What an update reads is not in the plan but in the statement.
  if (!has_quantified(root) || plan::modifies(root)) return;
  Unroll unroll(root, next_variable);
  for_each_op_below(root, [&](LogicalOpPtr& op) { unroll.rewrite(op); });
  unroll.replace_everywhere(root);
}

}  // namespace geode::gql::optimize
