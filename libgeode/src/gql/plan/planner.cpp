#include "gql/plan/planner.hpp"

#include <algorithm>
#include <string>

#include "base/stack.hpp"

namespace geode::gql::plan {

bool has_output(const LogicalOp& op, VariableId variable) {
  return std::find(op.outputs.begin(), op.outputs.end(), variable) != op.outputs.end();
}

std::vector<VariableId> with_added(std::vector<VariableId> outputs,
                                   std::initializer_list<VariableId> added) {
  for (VariableId variable : added) {
    if (variable == bound::kNoVariable) continue;
    if (std::find(outputs.begin(), outputs.end(), variable) == outputs.end())
      outputs.push_back(variable);
  }
  return outputs;
}

LogicalOp::~LogicalOp() {
  // A plan is deeper than a stack may be.
  std::vector<LogicalOpPtr> below = std::move(inputs);
  while (!below.empty()) {
    const LogicalOpPtr op = std::move(below.back());
    below.pop_back();
    if (!op) continue;  // moved into another plan
    for (LogicalOpPtr& input : op->inputs) below.push_back(std::move(input));
    op->inputs.clear();
  }
}

std::vector<VariableId> argument_variables(const LogicalOp& subplan) {
  base::check_stack();
  if (std::holds_alternative<Argument>(subplan.node)) return subplan.outputs;
  std::vector<VariableId> variables;
  const auto* join = std::get_if<Join>(&subplan.node);
  const bool all = std::holds_alternative<SetOperation>(subplan.node) ||
                   (join != nullptr && join->with_outer_row);
  const std::size_t count = all ? subplan.inputs.size() : 1;
  for (std::size_t i = 0; i < std::min(count, subplan.inputs.size()); ++i) {
    for (VariableId variable : argument_variables(*subplan.inputs[i]))
      variables = with_added(std::move(variables), {variable});
  }
  return variables;
}

bool modifies(const LogicalOp& op) {
  base::check_stack();
  if (std::holds_alternative<Insert>(op.node) || std::holds_alternative<SetProperties>(op.node) ||
      std::holds_alternative<RemoveProperties>(op.node) ||
      std::holds_alternative<DeleteElements>(op.node) ||
      std::holds_alternative<CheckElements>(op.node) || std::holds_alternative<Merge>(op.node) ||
      std::holds_alternative<Foreach>(op.node)) {
    return true;
  }
  return std::any_of(op.inputs.begin(), op.inputs.end(),
                     [](const LogicalOpPtr& input) { return modifies(*input); });
}

LogicalOpPtr argument_of(const std::vector<VariableId>& outputs) {
  return make_op(Argument{}, outputs);
}

namespace {

ExpressionPtr clone_or_null(const ExpressionPtr& expression) {
  return expression ? bound::clone(*expression) : nullptr;
}

std::vector<SortKey> clone_sort(const std::vector<bound::SortKey>& keys) {
  std::vector<SortKey> out;
  for (const bound::SortKey& key : keys) {
    out.push_back({bound::clone(*key.expression), key.descending, key.nulls_first});
  }
  return out;
}

LogicalOpPtr add_filter(const ExpressionPtr& condition, LogicalOpPtr input) {
  if (!condition) return input;
  Filter filter;
  bound::split_conjunction(bound::clone(*condition), filter.conditions);
  std::vector<VariableId> outputs = input->outputs;
  return make_op(std::move(filter), std::move(outputs), std::move(input));
}

LogicalOpPtr add_page(const std::vector<bound::SortKey>& sort, const ExpressionPtr& offset,
                      const ExpressionPtr& limit, LogicalOpPtr input) {
  std::vector<VariableId> outputs = input->outputs;
  if (!sort.empty())
    input = make_op(Sort{clone_sort(sort), nullptr, nullptr}, outputs, std::move(input));
  if (offset || limit) {
    input = make_op(Limit{clone_or_null(offset), clone_or_null(limit)}, outputs, std::move(input));
  }
  return input;
}

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

}  // namespace

LogicalOpPtr Planner::restore_outer(std::span<const ExpressionPtr* const> readers,
                                    LogicalOpPtr input) {
  std::vector<VariableId> dropped;
  for (const ExpressionPtr* reader : readers) {
    if (!*reader) continue;
    bound::for_each_free_variable(**reader, [&](VariableId variable) {
      if (!has_output(*input, variable) &&
          std::find(outer_.begin(), outer_.end(), variable) != outer_.end()) {
        dropped = with_added(std::move(dropped), {variable});
      }
    });
  }
  return with_outer(dropped, std::move(input));
}

LogicalOpPtr Planner::with_outer(std::span<const VariableId> wanted, LogicalOpPtr input) {
  std::vector<VariableId> outputs = input->outputs;
  for (const VariableId variable : wanted) {
    if (!has_output(*input, variable)) outputs.push_back(variable);
  }
  if (outputs.size() == input->outputs.size()) return input;
  return make_op(Join{{}, {}, true}, std::move(outputs), std::move(input), argument_of(outer_));
}

LogicalOpPtr Planner::plan_project(const bound::Project& project, LogicalOpPtr input) {
  if (project.aggregating) {
    Aggregate aggregate;
    std::vector<VariableId> outputs;
    for (const auto& [variable, expression] : project.groups) {
      aggregate.groups.emplace_back(variable, bound::clone(*expression));
      outputs.push_back(variable);
    }
    for (const auto& [variable, expression] : project.aggregates) {
      aggregate.aggregates.emplace_back(variable, bound::clone(*expression));
      outputs.push_back(variable);
    }
    input = make_op(std::move(aggregate), std::move(outputs), std::move(input));
    std::vector<const ExpressionPtr*> readers{&project.having, &project.condition};
    for (const auto& item : project.items) readers.push_back(&item.second);
    for (const bound::SortKey& key : project.sort) readers.push_back(&key.expression);
    input = restore_outer(readers, std::move(input));
    input = add_filter(project.having, std::move(input));
  }
  Compute compute;
  std::vector<VariableId> kept;
  for (const auto& [variable, expression] : project.items) {
    kept.push_back(variable);
    if (has_output(*input, variable)) continue;
    compute.bindings.emplace_back(variable, bound::clone(*expression));
  }
  if (!compute.bindings.empty()) {
    std::vector<VariableId> outputs = input->outputs;
    for (const auto& binding : compute.bindings) outputs.push_back(binding.first);
    input = make_op(std::move(compute), std::move(outputs), std::move(input));
  }
  if (project.distinct) {
    input = make_op(Select{kept}, kept, std::move(input));
    input = make_op(Distinct{kept}, kept, std::move(input));
  }
  input = add_page(project.sort, project.offset, project.limit, std::move(input));
  if (project.distinct) {
    const ExpressionPtr* const reader[] = {&project.condition};
    input = restore_outer(reader, std::move(input));
  }
  input = add_filter(project.condition, std::move(input));
  return input->outputs == kept ? std::move(input) : make_op(Select{kept}, kept, std::move(input));
}

LogicalOpPtr Planner::plan_clause(const bound::Clause& clause, LogicalOpPtr input) {
  interrupt_.check();
  std::vector<VariableId> outputs = input->outputs;
  return std::visit(
      Overload{
          [&](const bound::Match& match) { return plan_match(match, std::move(input)); },
          [&](const bound::Filter& filter) {
            return add_filter(filter.condition, std::move(input));
          },
          [&](const bound::Let& let) {
            for (const auto& [variable, expression] : let.bindings) {
              Compute compute;
              compute.bindings.emplace_back(variable, bound::clone(*expression));
              outputs.push_back(variable);
              input = make_op(std::move(compute), outputs, std::move(input));
            }
            return std::move(input);
          },
          [&](const bound::Unwind& unwind) {
            outputs = with_added(std::move(outputs), {unwind.variable, unwind.counter});
            return make_op(Unwind{unwind.variable, bound::clone(*unwind.list), unwind.only_lists,
                                  unwind.counter, unwind.counter_from_one},
                           std::move(outputs), std::move(input));
          },
          [&](const bound::LoadCsv& load) {
            outputs = with_added(std::move(outputs), {load.row, load.line, load.file});
            return make_op(LoadCsv{bound::clone(*load.source), load.headers, load.separator,
                                   load.row, load.line, load.file},
                           std::move(outputs), std::move(input));
          },
          [&](const bound::Project& project) { return plan_project(project, std::move(input)); },
          [&](const bound::Page& page) {
            return add_page(page.sort, page.offset, page.limit, std::move(input));
          },
          [&](const bound::CallSubquery& call) {
            LogicalOpPtr inner = plan_query(*call.query, argument_of(call.query->imports));
            for (VariableId variable : call.introduces) outputs.push_back(variable);
            Apply apply{call.optional ? ApplyKind::kOptionalCall : ApplyKind::kCall,
                        call.introduces, !call.returns, call.in_transactions};
            return make_op(std::move(apply), std::move(outputs), std::move(input),
                           std::move(inner));
          },
          [&](const bound::CallProcedure& call) {
            ProcedureCall op{call.procedure, call.graph, {}, call.columns};
            for (const ExpressionPtr& argument : call.arguments)
              op.arguments.push_back(bound::clone(*argument));
            for (VariableId column : call.columns)
              outputs = with_added(std::move(outputs), {column});
            return make_op(std::move(op), std::move(outputs), std::move(input));
          },
          [&](const bound::Insert& insert) {
            for (const bound::InsertNode& node : insert.nodes) outputs.push_back(node.variable);
            for (const bound::InsertEdge& edge : insert.edges) outputs.push_back(edge.variable);
            LogicalOpPtr op = make_op(Insert{&insert}, outputs, std::move(input));
            if (insert.paths.empty()) return op;
            Compute compute;
            for (const auto& [variable, path] : insert.paths) {
              compute.bindings.emplace_back(variable, bound::clone(*path));
              outputs.push_back(variable);
            }
            return make_op(std::move(compute), std::move(outputs), std::move(op));
          },
          [&](const bound::Set& set) {
            return make_op(SetProperties{&set.items}, std::move(outputs), std::move(input));
          },
          [&](const bound::Remove& remove) {
            return make_op(RemoveProperties{&remove.items}, std::move(outputs), std::move(input));
          },
          [&](const bound::Delete& deletion) {
            return make_op(DeleteElements{&deletion}, std::move(outputs), std::move(input));
          },
          [&](const bound::Check& check) {
            return make_op(CheckElements{&check}, std::move(outputs), std::move(input));
          },
          [&](const bound::Merge& merge) {
            LogicalOpPtr match = plan_pattern(merge.pattern, argument_of(outputs));
            for (VariableId variable : merge.introduces) outputs.push_back(variable);
            return make_op(Merge{&merge}, std::move(outputs), std::move(input), std::move(match));
          },
          [&](const bound::Foreach& foreach) {
            std::vector<VariableId> inner_outputs = outputs;
            inner_outputs.push_back(foreach.variable);
            LogicalOpPtr body = argument_of(inner_outputs);
            for (const bound::Clause& inner : foreach.body)
              body = plan_clause(inner, std::move(body));
            return make_op(Foreach{foreach.variable, bound::clone(*foreach.list)},
                           std::move(outputs), std::move(input), std::move(body));
          },
      },
      clause.node);
}

LogicalOpPtr Planner::plan_linear(const bound::LinearQuery& linear, LogicalOpPtr input) {
  for (const bound::Clause& clause : linear.clauses) input = plan_clause(clause, std::move(input));
  return input;
}

LogicalOpPtr Planner::plan_composite(const bound::CompositeQuery& composite, LogicalOpPtr input) {
  if (composite.rest.empty()) return plan_linear(composite.first, std::move(input));
  auto columns_of = [](const bound::LinearQuery& linear) {
    std::vector<VariableId> columns;
    for (const auto& column : linear.columns) columns.push_back(column.second);
    return columns;
  };
  // Every operand reads the same outer rows; a set operation is planned only below a subquery's or
  // a statement's Argument.
  std::vector<VariableId> outer = input->outputs;
  std::vector<VariableId> result;
  for (const auto& column : composite.columns) result.push_back(column.second);
  LogicalOpPtr left = plan_linear(composite.first, std::move(input));
  std::vector<VariableId> left_columns = columns_of(composite.first);
  for (std::size_t i = 0; i < composite.rest.size(); ++i) {
    const auto& [op, linear] = composite.rest[i];
    LogicalOpPtr right = plan_linear(linear, argument_of(outer));
    const bool flat = op == ast::SetOperator::kUnion || op == ast::SetOperator::kUnionAll ||
                      op == ast::SetOperator::kOtherwise;
    if (flat && i > 0) {
      std::get<SetOperation>(left->node).columns.push_back(columns_of(linear));
      left->inputs.push_back(std::move(right));
      continue;
    }
    SetOperation set{op, {left_columns, columns_of(linear)}, result};
    left = make_op(std::move(set), result, std::move(left), std::move(right));
    left_columns = result;
  }
  return left;
}

LogicalOpPtr Planner::plan_query(const bound::Query& query, LogicalOpPtr input) {
  base::check_stack();
  std::vector<VariableId> outer = input->outputs;
  outer.swap(outer_);
  for (const bound::CompositeQuery& part : query.parts) {
    // What stands behind NEXT sees the variables from outside as well.
    input = plan_composite(part, with_outer(outer_, std::move(input)));
  }
  outer.swap(outer_);
  return input;
}

namespace {

class TextCosts final : public PatternCosts {
 public:
  double start_rows(std::uint32_t node) const override { return node; }
  double start_cost(std::uint32_t node) const override { return node; }
  double kept(std::uint32_t) const override { return 1; }
  double expand_factor(std::uint32_t edge, bool, bool, const std::vector<bool>&) const override {
    return edge;
  }
  bool seekable(std::uint32_t, const std::function<bool(VariableId)>&) const override {
    return false;
  }
};

/// What comes after planning follows a plan from operator to operator by calls within calls: this
/// many fit into a stack of 8 MB. In a smaller one the calls themselves find out.
constexpr std::size_t kMaximumDepth = 8192;

/// Throws Error 54X01 when a plan is too deep.
void check_depth(const LogicalOpPtr& root) {
  std::vector<std::pair<const LogicalOp*, std::size_t>> open = {{root.get(), 1}};
  std::size_t deepest = 0;
  while (!open.empty()) {
    const auto [op, depth] = open.back();
    open.pop_back();
    deepest = std::max(deepest, depth);
    for (const LogicalOpPtr& input : op->inputs) open.emplace_back(input.get(), depth + 1);
  }
  if (deepest <= kMaximumDepth) return;
  throw Error(status::kLimitExceeded,
              "this statement has too many steps: its plan would be " + std::to_string(deepest) +
                  " operators deep, and at most " + std::to_string(kMaximumDepth) + " are possible")
      .hint("divide it into several statements, or give it its values as a list: FOR x IN $list")
      .phase(Phase::kCompile);
}

}  // namespace

std::unique_ptr<PatternCosts> TextOrder::study(const bound::GraphPattern&) const {
  return std::make_unique<TextCosts>();
}

LogicalPlan plan_query(const bound::Query& query, const std::vector<VariableId>& outer,
                       const PatternOrder& order, std::uint32_t& next_variable,
                       const base::Interrupt& interrupt) {
  Planner planner(order, next_variable, interrupt);
  LogicalPlan plan;
  plan.root = planner.plan_query(query, argument_of(outer));
  check_depth(plan.root);
  plan.columns = query.columns;
  plan.returns = query.returns;
  if (query.returns) {
    std::vector<VariableId> variables;
    for (const auto& column : query.columns) variables.push_back(column.second);
    if (variables != plan.root->outputs) {
      plan.root = make_op(Select{variables}, variables, std::move(plan.root));
    }
  } else if (std::holds_alternative<Insert>(plan.root->node) ||
             std::holds_alternative<SetProperties>(plan.root->node) ||
             std::holds_alternative<RemoveProperties>(plan.root->node) ||
             std::holds_alternative<DeleteElements>(plan.root->node)) {
    plan.root->outputs.clear();  // nobody reads what an update at the end hands on
  }
  return plan;
}

}  // namespace geode::gql::plan
