#include "gql/optimize/prune_columns.hpp"

#include <algorithm>
#include <set>

#include "base/stack.hpp"
#include "gql/optimize/plan_tools.hpp"

namespace geode::gql::optimize {

using bound::VariableId;
using plan::LogicalOp;

namespace {

using Needed = std::set<VariableId>;

void add(Needed& needed, const bound::ExpressionPtr& expression) {
  if (!expression) return;
  bound::for_each_free_variable(*expression, [&](VariableId variable) { needed.insert(variable); });
}

void add(Needed& needed, const std::vector<bound::ExpressionPtr>& expressions) {
  for (const bound::ExpressionPtr& expression : expressions) add(needed, expression);
}

Needed all_of(const LogicalOp& op) { return Needed(op.outputs.begin(), op.outputs.end()); }

void prune(LogicalOp& op, Needed needed);

void keep_outputs(LogicalOp& op, const Needed& needed) {
  std::erase_if(op.outputs, [&](VariableId variable) { return !needed.contains(variable); });
}

class Pruner {
 public:
  Pruner(LogicalOp& op, Needed needed) : op_(op), needed_(std::move(needed)) {}

  void operator()(plan::Argument&) { keep_outputs(op_, needed_); }
  void operator()(plan::NodeScan&) { outputs_then_input(); }
  void operator()(plan::Gather&) { outputs_then_input(); }
  void operator()(plan::IndexSeek& seek) {
    keep_outputs(op_, needed_);
    for (const bound::ExpressionPtr& key : seek.equal) add(needed_, key);
    add(needed_, seek.among);
    add(needed_, seek.low);
    add(needed_, seek.high);
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::Expand& expand) {
    keep_outputs(op_, needed_);
    needed_.insert(expand.from);
    if (expand.into) needed_.insert(expand.to);
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::EdgeEnds& ends) {
    keep_outputs(op_, needed_);
    needed_.insert(ends.edge);
    if (ends.left_bound) needed_.insert(ends.left);
    if (ends.right_bound) needed_.insert(ends.right);
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::ExpandQuantified& expand) {
    keep_outputs(op_, needed_);
    needed_.insert(expand.from);
    if (expand.into) needed_.insert(expand.to);
    for (const bound::ExpressionPtr& condition : expand.element_conditions) add(needed_, condition);
    if (expand.segment) {
      for (const bound::PathBranch& branch : expand.segment->branches) {
        bound::for_each_condition(branch, [this](const bound::Expression& condition) {
          bound::for_each_free_variable(condition, [this](VariableId v) { needed_.insert(v); });
        });
      }
    }
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::SelectPaths& select) {
    needed_.insert({select.source, select.target});
    needed_.insert(select.edges.begin(), select.edges.end());
    pass();
  }
  void operator()(plan::Filter& filter) {
    for (const bound::ExpressionPtr& condition : filter.conditions) add(needed_, condition);
    pass();
  }
  void operator()(plan::DifferentEdges& different) {
    for (const auto& [a, b] : different.pairs) needed_.insert({a, b});
    pass();
  }
  void operator()(plan::Compute& compute) {
    std::erase_if(compute.bindings,
                  [&](const auto& binding) { return !needed_.contains(binding.first); });
    keep_outputs(op_, needed_);
    for (const auto& binding : compute.bindings) add(needed_, binding.second);
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::Select& select) {
    keep_outputs(op_, needed_);
    select.variables = op_.outputs;
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::Unwind& unwind) {
    keep_outputs(op_, needed_);
    add(needed_, unwind.list);
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::LoadCsv& load) {
    keep_outputs(op_, needed_);
    add(needed_, load.source);
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::ProcedureCall& call) {
    keep_outputs(op_, needed_);
    for (const bound::ExpressionPtr& argument : call.arguments) add(needed_, argument);
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::Aggregate& aggregate) {
    Needed inner;
    for (const auto& group : aggregate.groups) add(inner, group.second);
    for (const auto& call : aggregate.aggregates) add(inner, call.second);
    inner.insert(aggregate.multiplicities.begin(), aggregate.multiplicities.end());
    prune(*op_.inputs[0], std::move(inner));
  }
  void operator()(plan::Distinct& distinct) {
    needed_.insert(distinct.variables.begin(), distinct.variables.end());
    pass();
  }
  void operator()(plan::Sort& sort) {
    for (const plan::SortKey& key : sort.keys) add(needed_, key.expression);
    pass();
  }
  void operator()(plan::Limit&) { pass(); }
  void operator()(plan::Join& join) {
    keep_outputs(op_, needed_);
    Needed left = needed_, right = needed_;
    for (const bound::ExpressionPtr& key : join.left_keys) add(left, key);
    for (const bound::ExpressionPtr& key : join.right_keys) add(right, key);
    prune(*op_.inputs[0], std::move(left));
    prune(*op_.inputs[1], std::move(right));
  }
  void operator()(plan::Apply& apply) {
    keep_outputs(op_, needed_);
    Needed inner;
    for (VariableId variable : apply.introduces) {
      if (needed_.contains(variable)) inner.insert(variable);
    }
    // What a call returns is needed whole where rows are told apart by it.
    if (apply.kind != plan::ApplyKind::kOptional) inner = all_of(*op_.inputs[1]);
    prune(*op_.inputs[1], std::move(inner));
    std::vector<VariableId> outer = plan::argument_variables(*op_.inputs[1]);
    needed_.insert(outer.begin(), outer.end());
    prune(*op_.inputs[0], std::move(needed_));
  }
  // Both sides of a set operation, and what an update does for each row, keep what they have.
  void operator()(plan::SetOperation&) { whole(); }
  void operator()(plan::CountWalks&) {}
  void operator()(plan::CountExpand& count) {
    keep_outputs(op_, needed_);
    needed_.insert(count.from);
    needed_.insert(count.other_edges.begin(), count.other_edges.end());
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::WhenPresent&) {
    keep_outputs(op_, needed_);
    for (const plan::LogicalOpPtr& input : op_.inputs) prune(*input, needed_);
  }
  void operator()(plan::Intersect& intersect) {
    keep_outputs(op_, needed_);
    needed_.insert({intersect.first.from, intersect.second.from});
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::CountIntersect& count) {
    keep_outputs(op_, needed_);
    needed_.insert({count.first.from, count.second.from});
    for (const auto* edges : {&count.first_differs, &count.second_differs})
      needed_.insert(edges->begin(), edges->end());
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::Insert& insert) {
    keep_outputs(op_, needed_);
    for (const bound::InsertNode& node : insert.insert->nodes) {
      needed_.erase(node.variable);
      add(needed_, node.dynamic_labels);
      add_properties(node);
    }
    for (const bound::InsertEdge& edge : insert.insert->edges) {
      needed_.insert({edge.source, edge.target});
      add(needed_, edge.dynamic_label);
      add_properties(edge);
    }
    prune(*op_.inputs[0], std::move(needed_));
  }
  void operator()(plan::SetProperties& set) {
    for (const bound::SetItem& item : *set.items) {
      for (const auto* part : {&item.target, &item.dynamic_name, &item.value}) add(needed_, *part);
      add(needed_, item.dynamic_labels);
    }
    pass();
  }
  void operator()(plan::RemoveProperties& remove) {
    for (const bound::RemoveItem& item : *remove.items) {
      for (const auto* part : {&item.target, &item.dynamic_property}) add(needed_, *part);
      add(needed_, item.dynamic_labels);
    }
    pass();
  }
  void operator()(plan::DeleteElements& deletion) {
    add(needed_, deletion.deletion->targets);
    add(needed_, deletion.deletion->seen_edges);
    pass();
  }
  void operator()(plan::CheckElements& check) {
    add(needed_, check.check->conditions);
    pass();
  }
  void operator()(plan::Merge&) { whole(); }
  void operator()(plan::Foreach&) { whole(); }

 private:
  void outputs_then_input() {
    keep_outputs(op_, needed_);
    prune(*op_.inputs[0], std::move(needed_));
  }
  /// Operators whose outputs are those of their input.
  void pass() {
    prune(*op_.inputs[0], std::move(needed_));
    op_.outputs = op_.inputs[0]->outputs;
  }
  template <class Element>
  void add_properties(const Element& element) {
    for (const bound::NewProperty& property : element.properties) add(needed_, property.value);
    add(needed_, element.property_map);
  }
  void whole() {
    for (const plan::LogicalOpPtr& input : op_.inputs) prune(*input, all_of(*input));
  }

  LogicalOp& op_;
  Needed needed_;
};

void prune(LogicalOp& op, Needed needed) {
  base::check_stack();
  std::visit(Pruner(op, std::move(needed)), op.node);
}

}  // namespace

void prune_columns(LogicalOp& root) {
  Needed needed = all_of(root);
  prune(root, std::move(needed));
}

}  // namespace geode::gql::optimize
