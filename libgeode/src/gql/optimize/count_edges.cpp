#include "gql/optimize/count_edges.hpp"

#include <algorithm>
#include <optional>

#include "gql/optimize/pattern_tree.hpp"
#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

using bound::ExpressionKind;
using bound::ExpressionPtr;
using bound::VariableId;
using plan::LogicalOp;
using plan::LogicalOpPtr;

namespace {

using Variables = std::vector<VariableId>;

bool contains(const Variables& variables, VariableId variable) {
  return std::find(variables.begin(), variables.end(), variable) != variables.end();
}

/// Whether the aggregate sees no more of n equal rows than that there are n.
bool takes_multiplicity(const bound::Expression& call) {
  static constexpr std::string_view kNames[] = {"count", "sum", "avg", "min", "max"};
  return !call.aggregate->maker &&
         std::find(std::begin(kNames), std::end(kNames), call.aggregate->name) != std::end(kNames);
}

/// count(*), or count of a variable that is never null.
bool counts_rows(const bound::Expression& call) {
  if (call.aggregate->name != "count" || call.distinct || call.filtered) return false;
  return call.children.empty() || (call.children[0]->kind == ExpressionKind::kVariable &&
                                   !call.children[0]->type.may_be_null());
}

void replace(LogicalOpPtr& op, LogicalOpPtr by) {
  // What stands in `op` may own what is put in its place.
  LogicalOpPtr made = std::move(by);
  op = std::move(made);
}

// ---- aggregate_at_node

/// What the rule needs to know of `MATCH (leaf)-[]-(node)-[]-(leaf) RETURN node.k, count(*)`.
class StarAggregate {
 public:
  StarAggregate(const plan::Aggregate& aggregate, const PatternTree& tree,
                const graph::GraphTransaction& graph)
      : aggregate_(aggregate), tree_(tree), graph_(graph) {}

  bool read() {
    return find_node() && read_legs() && read_conditions() && node_.label && read_calls() &&
           tree_.rows >= static_cast<double>(graph_.node_count(*node_.label));
  }
  LogicalOpPtr make(std::uint32_t& next_variable);
  std::vector<plan::WhenPresent::Property>& needed() { return needed_; }

 private:
  struct Position {
    VariableId variable{};
    std::optional<catalog::LabelId> label;
    std::string label_name;
  };
  struct Leg {
    const plan::Expand* expand = nullptr;
    Position end;
  };

  bool find_node();
  bool read_legs();
  bool read_conditions();
  bool read_calls();
  bool counts_present(const bound::Expression& call);
  bool is_one_group_a_node();
  void need(const Position& position, const bound::Expression& property);
  bool take_label(Position& position, const bound::Expression& condition) const {
    const std::optional<catalog::LabelId> label = plain_label(condition, tree_.scan->graph);
    if (!label || position.label) return false;
    position.label = label;
    position.label_name = condition.label_test->name;
    return true;
  }

  const plan::Aggregate& aggregate_;
  const PatternTree& tree_;
  const graph::GraphTransaction& graph_;
  Position node_;
  std::vector<Leg> legs_;
  std::vector<const bound::Expression*> conditions_;  ///< on the node, but for its label
  std::vector<bool> counts_;                          ///< by call: it counts the rows
  std::vector<plan::WhenPresent::Property> needed_;
};

bool StarAggregate::find_node() {
  if (aggregate_.groups.empty() || tree_.expands.empty() || !tree_.different.empty() ||
      tree_.scan->hint) {
    return false;
  }
  std::optional<VariableId> node;
  for (const auto& [variable, expression] : aggregate_.groups) {
    if (!is_deterministic(*expression)) return false;
    for (VariableId read : free_variables(*expression)) {
      if (node && *node != read) return false;
      node = read;
    }
  }
  if (!node) return false;
  node_.variable = *node;
  return true;
}

bool StarAggregate::read_legs() {
  for (const plan::Expand* expand : tree_.expands) {
    if (expand->from == expand->to) return false;
    Leg leg{expand, {}};
    if (expand->from == node_.variable) {
      leg.end.variable = expand->to;
    } else if (expand->to == node_.variable) {
      leg.end.variable = expand->from;
    } else {
      return false;
    }
    legs_.push_back(std::move(leg));
  }
  auto take_scan_label = [&](Position& position) {
    if (position.variable != tree_.scan->variable) return;
    position.label = tree_.scan->label;
    position.label_name = tree_.scan->label_name;
  };
  take_scan_label(node_);
  for (Leg& leg : legs_) take_scan_label(leg.end);
  return true;
}

bool StarAggregate::read_conditions() {
  for (const bound::Expression* condition : tree_.conditions) {
    const Variables read = free_variables(*condition);
    if (read.size() != 1 || !is_deterministic(*condition)) return false;
    if (read[0] == node_.variable) {
      if (!take_label(node_, *condition)) conditions_.push_back(condition);
      continue;
    }
    const auto leg = std::find_if(legs_.begin(), legs_.end(),
                                  [&](const Leg& l) { return l.end.variable == read[0]; });
    if (leg == legs_.end() || !take_label(leg->end, *condition)) return false;
  }
  return true;
}

void StarAggregate::need(const Position& position, const bound::Expression& property) {
  needed_.push_back(
      {*position.label, catalog::PropertyKeyId{property.key}, position.label_name, property.name});
}

/// count(leaf.key): as many as there are edges, where every such node has the property.
bool StarAggregate::counts_present(const bound::Expression& call) {
  if (call.aggregate->name != "count" || call.distinct || call.filtered) return false;
  for (const Leg& leg : legs_) {
    const bound::Expression& argument = *call.children[0];
    if (!is_property_of(argument, leg.end.variable)) continue;
    if (!leg.end.label || argument.key == bound::kUnknownName) return false;
    need(leg.end, argument);
    return true;
  }
  return false;
}

bool StarAggregate::read_calls() {
  for (const auto& [variable, call] : aggregate_.aggregates) {
    counts_.push_back(counts_rows(*call) || counts_present(*call));
    if (counts_.back()) continue;
    const Variables read = free_variables(*call);
    if (!takes_multiplicity(*call) || !is_deterministic(*call) ||
        !std::all_of(read.begin(), read.end(), [&](VariableId v) { return v == node_.variable; })) {
      return false;
    }
  }
  return true;
}

/// Sets what has to be present for that.
bool StarAggregate::is_one_group_a_node() {
  if (std::find(counts_.begin(), counts_.end(), false) != counts_.end()) return false;
  for (const auto& group : aggregate_.groups) {
    if (group.second->kind == ExpressionKind::kVariable) return true;
  }
  for (const auto& group : aggregate_.groups) {
    if (!is_property_of(*group.second, node_.variable)) continue;
    for (const catalog::IndexDefinition& index : graph_.catalog().indexes()) {
      if (index.kind == catalog::IndexKind::kUnique && index.label == *node_.label &&
          index.keys.size() == 1 &&
          static_cast<std::uint32_t>(index.keys[0]) == group.second->key) {
        need(node_, *group.second);
        return true;
      }
    }
  }
  return false;
}

LogicalOpPtr StarAggregate::make(std::uint32_t& next_variable) {
  const double nodes = static_cast<double>(graph_.node_count(*node_.label));
  plan::NodeScan scan;
  scan.variable = node_.variable;
  scan.graph = tree_.scan->graph;
  scan.label = node_.label;
  scan.label_name = node_.label_name;
  Variables outputs{node_.variable};
  LogicalOpPtr op = plan::make_op(std::move(scan), outputs, plan::make_op(plan::Argument{}, {}));
  op->rows = nodes;
  if (!conditions_.empty()) {
    plan::Filter filter;
    for (const bound::Expression* condition : conditions_)
      filter.conditions.push_back(bound::clone(*condition));
    op = plan::make_op(std::move(filter), outputs, std::move(op));
  }
  Variables counts;
  for (const Leg& leg : legs_) {
    plan::CountExpand count;
    count.from = node_.variable;
    count.labels = leg.expand->labels;
    count.direction = leg.expand->from == node_.variable ? leg.expand->direction
                                                         : plan::reversed(leg.expand->direction);
    count.to_label = leg.end.label;
    count.to_label_name = leg.end.label_name;
    count.count = VariableId{next_variable++};
    counts.push_back(count.count);
    outputs.push_back(count.count);
    op = plan::make_op(std::move(count), outputs, std::move(op));
  }
  Variables results;
  for (const auto& group : aggregate_.groups) results.push_back(group.first);
  for (const auto& call : aggregate_.aggregates) results.push_back(call.first);
  if (is_one_group_a_node()) {
    plan::Compute compute;
    for (const auto& [variable, expression] : aggregate_.groups)
      compute.bindings.emplace_back(variable, bound::clone(*expression));
    for (const auto& [variable, call] : aggregate_.aggregates) {
      ExpressionPtr product = bound::make_variable(counts[0], call->type, call->position);
      for (std::size_t i = 1; i < counts.size(); ++i) {
        ExpressionPtr factor = bound::make_variable(counts[i], call->type, call->position);
        product = bound::make_binary(ast::BinaryOperator::kMultiply, std::move(product),
                                     std::move(factor));
      }
      compute.bindings.emplace_back(variable, std::move(product));
    }
    return plan::make_op(std::move(compute), results, std::move(op));
  }
  plan::Aggregate aggregate;
  for (const auto& [variable, expression] : aggregate_.groups)
    aggregate.groups.emplace_back(variable, bound::clone(*expression));
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const auto& [variable, call] = aggregate_.aggregates[i];
    ExpressionPtr copy = bound::clone(*call);
    if (counts_[i]) copy->children.clear();
    aggregate.aggregates.emplace_back(variable, std::move(copy));
  }
  aggregate.multiplicities = counts;
  return plan::make_op(std::move(aggregate), results, std::move(op));
}

void rewrite_star(LogicalOpPtr& op, const graph::GraphTransaction& graph,
                  std::uint32_t& next_variable) {
  const auto* aggregate = std::get_if<plan::Aggregate>(&op->node);
  if (!aggregate || !aggregate->multiplicities.empty()) return;
  const std::optional<PatternTree> tree = read_pattern_tree(*op->inputs[0]);
  if (!tree) return;
  StarAggregate star(*aggregate, *tree, graph);
  if (!star.read()) return;
  LogicalOpPtr made = star.make(next_variable);
  if (!star.needed().empty()) {
    const double rows = made->rows;
    const Variables outputs = made->outputs;
    made = plan::make_op(plan::WhenPresent{std::move(star.needed())}, outputs, std::move(made),
                         std::move(op));
    made->rows = rows;
  }
  replace(op, std::move(made));
}

// ---- count_last_edges

/// The operators above the last step of a pattern, from the aggregate's input down to it.
class LastStep {
 public:
  LastStep(LogicalOpPtr& aggregate, const catalog::Catalog& catalog)
      : aggregate_(aggregate), catalog_(catalog) {}

  bool find();
  void count(VariableId count);

 private:
  plan::Aggregate& call() { return std::get<plan::Aggregate>(aggregate_->node); }
  bool is_step(const LogicalOp& op);
  bool is_own(VariableId edge) const { return contains(edges_, edge); }
  bool reads(const bound::Expression& expression) const {
    const Variables read = free_variables(expression);
    return std::any_of(read.begin(), read.end(),
                       [this](VariableId v) { return v == to_ || is_own(v); });
  }
  bool can_be_counted(const bound::Expression& call) const;
  bool can_be_counted(const LogicalOp& above);
  bool is_single_edge(VariableId edge) const;
  std::optional<catalog::LabelId> label_of_end(const bound::Expression& condition) const {
    return plain_label(condition, catalog_.graph_of(label_of_step_));
  }
  Variables different_from(VariableId edge) const;
  LogicalOp::Node counting_step(VariableId count) const;
  void remove_conditions(LogicalOpPtr& op) const;

  LogicalOpPtr& aggregate_;
  const catalog::Catalog& catalog_;
  std::vector<LogicalOpPtr*> above_;
  LogicalOpPtr* step_ = nullptr;
  VariableId to_{};
  Variables edges_;
  catalog::EdgeLabelId label_of_step_{};
  const bound::Expression* label_ = nullptr;
  std::vector<std::pair<VariableId, VariableId>> different_;  ///< an edge of the step, another
};

/// Whether it is one that can be counted; notes what it makes.
bool LastStep::is_step(const LogicalOp& op) {
  if (const auto* expand = std::get_if<plan::Expand>(&op.node)) {
    if (expand->into || !plan::is_one_way(expand->direction) || expand->from == expand->to ||
        expand->labels.empty()) {
      return false;
    }
    to_ = expand->to;
    edges_ = {expand->edge};
    label_of_step_ = expand->labels[0];
    return true;
  }
  if (const auto* intersect = std::get_if<plan::Intersect>(&op.node)) {
    if (intersect->first.labels.empty() || intersect->second.labels.empty()) return false;
    to_ = intersect->to;
    edges_ = {intersect->first.edge, intersect->second.edge};
    label_of_step_ = intersect->first.labels[0];
    return true;
  }
  return false;
}

bool LastStep::find() {
  LogicalOpPtr* at = &aggregate_->inputs[0];
  while (std::holds_alternative<plan::Filter>((*at)->node) ||
         std::holds_alternative<plan::DifferentEdges>((*at)->node) ||
         std::holds_alternative<plan::CountExpand>((*at)->node)) {
    above_.push_back(at);
    at = &(*at)->inputs[0];
  }
  if (!is_step(**at)) return false;
  step_ = at;
  for (const auto& group : call().groups) {
    if (reads(*group.second) || !is_deterministic(*group.second)) return false;
  }
  for (const auto& aggregate : call().aggregates) {
    if (!can_be_counted(*aggregate.second)) return false;
  }
  return std::all_of(above_.begin(), above_.end(),
                     [this](const LogicalOpPtr* op) { return can_be_counted(**op); });
}

bool LastStep::can_be_counted(const bound::Expression& call) const {
  return counts_rows(call) || (takes_multiplicity(call) && is_deterministic(call) && !reads(call));
}

bool LastStep::is_single_edge(VariableId edge) const {
  for (const LogicalOp* op = (*step_)->inputs[0].get();;) {
    if (const auto* expand = std::get_if<plan::Expand>(&op->node)) {
      if (expand->edge == edge) return true;
    }
    if (op->inputs.size() != 1) return false;
    op = op->inputs[0].get();
  }
}

bool LastStep::can_be_counted(const LogicalOp& above) {
  if (const auto* filter = std::get_if<plan::Filter>(&above.node)) {
    for (const ExpressionPtr& condition : filter->conditions) {
      if (!is_deterministic(*condition)) return false;
      if (!reads(*condition)) continue;
      if (label_ || !label_of_end(*condition) || free_variables(*condition)[0] != to_) return false;
      label_ = condition.get();
    }
    return true;
  }
  if (const auto* different = std::get_if<plan::DifferentEdges>(&above.node)) {
    for (const auto& [a, b] : different->pairs) {
      if (!is_own(a) && !is_own(b)) continue;
      const VariableId own = is_own(a) ? a : b;
      const VariableId other = is_own(a) ? b : a;
      if (!is_own(other) && !is_single_edge(other)) return false;
      different_.emplace_back(own, other);
    }
    return true;
  }
  const auto& count = std::get<plan::CountExpand>(above.node);
  return count.from != to_ && std::none_of(count.other_edges.begin(), count.other_edges.end(),
                                           [this](VariableId edge) { return is_own(edge); });
}

Variables LastStep::different_from(VariableId edge) const {
  Variables others;
  for (const auto& [own, other] : different_) {
    if (own == edge && !is_own(other)) others.push_back(other);
  }
  return others;
}

LogicalOp::Node LastStep::counting_step(VariableId count) const {
  const auto set_label = [this](auto& made) {
    if (!label_) return;
    made.to_label = label_of_end(*label_);
    made.to_label_name = label_->label_test->name;
  };
  if (const auto* expand = std::get_if<plan::Expand>(&(*step_)->node)) {
    plan::CountExpand made;
    made.from = expand->from;
    made.labels = expand->labels;
    made.direction = expand->direction;
    set_label(made);
    made.other_edges = different_from(expand->edge);
    made.count = count;
    return made;
  }
  const auto& intersect = std::get<plan::Intersect>((*step_)->node);
  plan::CountIntersect made;
  made.first = intersect.first;
  made.second = intersect.second;
  set_label(made);
  made.legs_differ = std::any_of(different_.begin(), different_.end(),
                                 [this](const auto& pair) { return is_own(pair.second); });
  made.first_differs = different_from(intersect.first.edge);
  made.second_differs = different_from(intersect.second.edge);
  // The first one's list is read once for a run of rows that share it, as those found early do.
  const LogicalOp& input = *(*step_)->inputs[0];
  if (!made.first.once && is_found_before(made.second.from, made.first.from, input)) {
    std::swap(made.first, made.second);
    std::swap(made.first_differs, made.second_differs);
  }
  made.count = count;
  return made;
}

/// Takes out what the counting step does by itself; an operator that is left without anything to do
/// goes.
void LastStep::remove_conditions(LogicalOpPtr& op) const {
  bool empty = false;
  if (auto* filter = std::get_if<plan::Filter>(&op->node)) {
    std::erase_if(filter->conditions, [&](const ExpressionPtr& c) { return c.get() == label_; });
    empty = filter->conditions.empty();
  } else if (auto* different = std::get_if<plan::DifferentEdges>(&op->node)) {
    std::erase_if(different->pairs,
                  [&](const auto& pair) { return is_own(pair.first) || is_own(pair.second); });
    empty = different->pairs.empty();
  }
  const Variables& in = op->inputs[0]->outputs;
  const auto* counted = std::get_if<plan::CountExpand>(&op->node);
  op->outputs = counted ? plan::with_added(in, {counted->count}) : in;
  op->rows = op->inputs[0]->rows;
  if (empty) replace(op, std::move(op->inputs[0]));
}

void LastStep::count(VariableId count) {
  LogicalOp& step = **step_;
  step.node = counting_step(count);
  step.outputs = plan::with_added(step.inputs[0]->outputs, {count});
  step.rows = step.inputs[0]->rows;
  for (std::size_t i = above_.size(); i-- > 0;) remove_conditions(*above_[i]);
  for (auto& aggregate : call().aggregates) {
    if (counts_rows(*aggregate.second)) aggregate.second->children.clear();
  }
  call().multiplicities.push_back(count);
}

void rewrite_last(LogicalOpPtr& op, const catalog::Catalog& catalog, std::uint32_t& next_variable) {
  if (!std::holds_alternative<plan::Aggregate>(op->node)) return;
  while (true) {
    LastStep step(op, catalog);
    if (!step.find()) return;
    step.count(VariableId{next_variable++});
  }
}

}  // namespace

void aggregate_at_node(LogicalOp& root, const graph::GraphTransaction& graph,
                       std::uint32_t& next_variable) {
  for_each_op_below(root, [&](LogicalOpPtr& op) { rewrite_star(op, graph, next_variable); });
}

void count_last_edges(LogicalOp& root, const catalog::Catalog& catalog,
                      std::uint32_t& next_variable) {
  for_each_op_below(root, [&](LogicalOpPtr& op) { rewrite_last(op, catalog, next_variable); });
}

}  // namespace geode::gql::optimize
