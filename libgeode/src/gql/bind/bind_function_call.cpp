#include <algorithm>
#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/statement_binder.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using bound::ExpressionKind;
using value::Type;

namespace {

std::string lower_case(std::string_view name) {
  std::string result(name);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return result;
}

bool is_normal_form(std::string_view name) {
  const std::string lower = lower_case(name);
  return lower == "nfc" || lower == "nfd" || lower == "nfkc" || lower == "nfkd";
}

std::string count_text(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

[[noreturn]] void fail_argument_count(std::string_view name, std::size_t minimum,
                                      std::size_t maximum, std::size_t given,
                                      const std::string& signature, Position position) {
  std::string wanted;
  if (minimum == maximum) {
    wanted = count_text(minimum);
  } else if (maximum == ScalarFunction::kVariadic) {
    wanted = "at least " + count_text(minimum);
  } else {
    wanted = std::to_string(minimum) + " to " + count_text(maximum);
  }
  throw syntax_error("InvalidNumberOfArguments",
                     quoted(name) + " takes " + wanted + ", " + std::to_string(given) + " given",
                     position, signature);
}

/// Looks for uses of group variables in the arguments of an aggregate. Subqueries and pattern
/// expressions are left out: they have rows of their own to aggregate.
class GroupVariableSearch {
 public:
  GroupVariableSearch(const Scope& scope, const FunctionRegistry& functions)
      : scope_(scope), functions_(functions) {}

  void visit(const ast::ExpressionPtr& expression) {
    if (expression) visit(*expression);
  }
  void visit(const ast::Expression& expression) {
    std::visit([this](const auto& node) { visit_node(node); }, expression.node);
  }
  const std::vector<std::string>& found() const { return found_; }

 private:
  void visit_node(const ast::Variable& node) {
    const Binding* binding = scope_.find(node.name);
    if (binding && binding->group &&
        std::find(found_.begin(), found_.end(), node.name) == found_.end()) {
      found_.push_back(node.name);
    }
  }
  void visit_node(const ast::PropertyAccess& node) { visit(node.base); }
  void visit_node(const ast::Unary& node) { visit(node.operand); }
  void visit_node(const ast::Binary& node) {
    visit(node.left);
    visit(node.right);
  }
  void visit_node(const ast::IsNull& node) { visit(node.operand); }
  void visit_node(const ast::IsLabeled& node) { visit(node.operand); }
  void visit_node(const ast::Cast& node) { visit(node.operand); }
  void visit_node(const ast::FunctionCall& node) {
    const ScalarFunction* function = functions_.find_scalar(node.name);
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
      // A function of lists, such as size(), takes the list; no element would fit.
      bool takes_list = false;
      if (function && !function->parameters.empty()) {
        const value::Type& type =
            function->parameters[std::min(i, function->parameters.size() - 1)];
        takes_list = type.may_be(ValueType::kList) && !type.may_be(ValueType::kEdge) &&
                     !type.may_be(ValueType::kNode);
      }
      if (!takes_list) visit(node.arguments[i]);
    }
  }
  void visit_node(const ast::Case& node) {
    visit(node.operand);
    for (const ast::CaseBranch& branch : node.branches) {
      for (const ast::ExpressionPtr& when : branch.when) visit(when);
      visit(branch.then);
    }
    visit(node.otherwise);
  }
  // Lists made of a group variable are used as lists, not element by element.
  template <class Node>
  void visit_node(const Node&) {}

  const Scope& scope_;
  const FunctionRegistry& functions_;
  std::vector<std::string> found_;
};

/// A call whose value differs from row to row although nothing in the row says so.
bool is_random(const bound::Expression& expression) {
  if (expression.kind == ExpressionKind::kFunction && !expression.function->deterministic &&
      expression.function->result.is_number()) {
    return true;
  }
  return std::any_of(expression.children.begin(), expression.children.end(),
                     [](const bound::ExpressionPtr& child) { return child && is_random(*child); });
}

}  // namespace

bound::ExpressionPtr StatementBinder::make_function(std::string_view name,
                                                    std::vector<ExpressionPtr> arguments,
                                                    Position position) const {
  const FunctionRegistry& registry = routines_.functions;
  const ScalarFunction* function = registry.find_scalar(name);
  if (!function) {
    const std::string nearest = registry.nearest(name);
    throw syntax_error(
        "UnknownFunction", "there is no function " + quoted(name), position,
        nearest.empty() ? "SHOW FUNCTIONS lists them" : "did you mean " + quoted(nearest) + "?");
  }
  if (arguments.size() < function->minimum_arguments ||
      arguments.size() > function->maximum_arguments) {
    fail_argument_count(function->name, function->minimum_arguments, function->maximum_arguments,
                        arguments.size(), function->signature, position);
  }
  std::vector<Type> types;
  bool may_be_null = false;
  bool always_null = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bound::Expression& argument = *arguments[i];
    if (!function->parameters.empty()) {
      const Type& allowed = function->parameters[std::min(i, function->parameters.size() - 1)];
      if (!fits(argument.type, allowed)) {
        throw argument_type_error(
            quoted(function->name) + " takes " + allowed.without_null().name() + " here, not " +
                argument.type.without_null().name(),
            argument.position.line ? argument.position : position, function->signature);
      }
    }
    types.push_back(argument.type);
    may_be_null = may_be_null || argument.type.may_be_null();
    always_null = always_null || argument.type.is_always_null();
  }

  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kFunction,
                             function->typer ? function->typer(types) : function->result, position);
  result->function = function;
  result->name = function->name;
  if (function->null_in_null_out && may_be_null) result->type = result->type.with_null();
  if (function->null_in_null_out && always_null) result->type = Type::null();
  result->children = std::move(arguments);
  return result;
}

bound::ExpressionPtr StatementBinder::bind_special_call(const ast::FunctionCall& call,
                                                        Position position, const Place& place,
                                                        const std::string& lower_name) {
  if (lower_name == "normalize" && call.arguments.size() == 2) {
    const auto* form = std::get_if<ast::Literal>(&call.arguments[1]->node);
    const bool known = !form || form->value.type() != ValueType::kString ||
                       is_normal_form(form->value.as_string());
    if (!known) {
      throw syntax_error("UnexpectedSyntax",
                         form->value.to_string() + " is no normal form of Unicode",
                         call.arguments[1]->position, "write NFC, NFD, NFKC or NFKD");
    }
  }
  if (lower_name == "path") return make_path(call.arguments, position, place);
  if ((lower_name == "linenumber" || lower_name == "file") && call.arguments.empty()) {
    // Null where no file is being read.
    const FileRow* row = place.scope->file_row();
    if (!row) return bound::make_literal(Value(), position);
    return use_variable(lower_name == "file" ? row->file : row->line, position);
  }
  if (lower_name != "exists" || call.arguments.size() != 1) return nullptr;
  const ast::Expression& argument = *call.arguments.front();
  if (const auto* pattern = std::get_if<ast::PatternPredicate>(&argument.node)) {
    return make_pattern_predicate(*pattern->pattern, position, place);
  }
  return make_is_null(bind_expression(argument, place.part()), true, position);
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::FunctionCall& node, Position position,
                                                const Place& place) {
  const FunctionRegistry& registry = routines_.functions;
  if (const AggregateFunction* aggregate = registry.find_aggregate(node.name)) {
    // min and max of several values may also be scalar functions: the number of arguments decides.
    const bool scalar = !node.distinct && !node.star && registry.find_scalar(node.name) &&
                        node.arguments.size() > aggregate->maximum_arguments;
    if (!scalar) return bind_aggregate(node, *aggregate, position, place);
  }
  if (ExpressionPtr special = bind_special_call(node, position, place, lower_case(node.name))) {
    return special;
  }
  if (node.star || node.distinct || node.filter) {
    const bool known = registry.find_scalar(node.name) != nullptr;
    throw syntax_error(known ? "InvalidAggregation" : "UnknownFunction",
                       quoted(node.name) + " is not an aggregate function", position);
  }
  std::vector<ExpressionPtr> arguments;
  arguments.reserve(node.arguments.size());
  for (const ast::ExpressionPtr& argument : node.arguments) {
    arguments.push_back(bind_expression(*argument, place.part()));
  }
  if (auto value = user_value(lower_case(node.name), arguments)) {
    return bound::make_literal(*std::move(value), position);
  }
  if (lower_case(node.name) == "id") {
    warn(status::kDeprecated,
         "`id` may give a node and an edge the same number; `element_id` tells them apart",
         position);
  }
  return make_function(node.name, std::move(arguments), position);
}

/// current_user(), current_user_<attribute>(), current_user_property('attribute'): known when the
/// statement is bound, as it is bound anew when they change. Null where the session has no user.
std::optional<Value> StatementBinder::user_value(const std::string& name,
                                                 const std::vector<ExpressionPtr>& arguments) {
  constexpr std::string_view kPrefix = "current_user";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const security::Access* access = context_.access.get();
  if (name == "current_user_property" && arguments.size() == 1 &&
      arguments[0]->kind == ExpressionKind::kLiteral &&
      arguments[0]->literal.type() == ValueType::kString) {
    return access ? access->attribute(arguments[0]->literal.as_string()) : Value();
  }
  const bool attribute = name.size() > kPrefix.size() + 1 && name[kPrefix.size()] == '_';
  if (!arguments.empty() || (name != kPrefix && !attribute)) return std::nullopt;
  return access ? access->function(name) : Value();
}

bound::ExpressionPtr StatementBinder::bind_aggregate(const ast::FunctionCall& call,
                                                     const AggregateFunction& function,
                                                     Position position, const Place& place) {
  const Scope& scope =
      place.aggregate_scope && place.aggregates ? *place.aggregate_scope : *place.scope;
  if (!call.star && !call.arguments.empty()) {
    GroupVariableSearch search(scope, routines_.functions);
    search.visit(call.arguments.front());
    if (search.found().size() == 1) {
      return bind_horizontal_aggregate(call, function, search.found().front(), position, place);
    }
  }
  if (place.inside_aggregate) {
    throw syntax_error("NestedAggregation", "an aggregate cannot stand within another", position,
                       "compute the inner one in a WITH or LET before");
  }
  if (!place.aggregates) {
    throw syntax_error("InvalidAggregation",
                       "the aggregate " + quoted(call.name) + " cannot stand here", position,
                       "aggregates belong in RETURN, WITH, HAVING or the ORDER BY of an "
                       "aggregating projection");
  }
  Place inner(scope);
  inner.inside_aggregate = true;
  return aggregate_call(call, function, position, inner);
}

bound::ExpressionPtr StatementBinder::aggregate_call(const ast::FunctionCall& call,
                                                     const AggregateFunction& function,
                                                     Position position, const Place& place) {
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kAggregate, function.result, position);
  result->aggregate = &function;
  result->name = function.name;
  result->distinct = call.distinct;
  std::vector<Type> types;
  for (const ast::ExpressionPtr& argument : call.arguments) {
    ExpressionPtr bound = bind_expression(*argument, place);
    if (is_random(*bound)) {
      throw syntax_error("NonConstantExpression", "an aggregate's argument cannot be random",
                         argument->position);
    }
    if (!fits(bound->type, function.argument)) {
      throw argument_type_error(quoted(function.name) + " takes " + function.argument.name() +
                                    ", not " + bound->type.without_null().name(),
                                argument->position, function.signature);
    }
    types.push_back(bound->type);
    result->children.push_back(std::move(bound));
  }
  const bool star_allowed = lower_case(function.name) == "count";
  if (call.star && !star_allowed) {
    throw syntax_error("InvalidAggregation", quoted(function.name) + " does not take `*`",
                       position);
  }
  if (!call.star && (result->children.size() < function.minimum_arguments ||
                     result->children.size() > function.maximum_arguments ||
                     (star_allowed && result->children.empty()))) {
    fail_argument_count(function.name, std::max<std::size_t>(function.minimum_arguments, 1),
                        function.maximum_arguments, result->children.size(), function.signature,
                        position);
  }
  if (function.typer && !types.empty()) result->type = function.typer(types);
  if (call.filter) {
    result->children.push_back(bind_condition(*call.filter, place, "FILTER"));
    result->filtered = true;
  }
  return result;
}

/// `sum(e.weight)` where e is a group variable aggregates over the elements of e, one row at a
/// time: it is the subquery VALUE { FOR x IN e RETURN sum(x.weight) }.
bound::ExpressionPtr StatementBinder::bind_horizontal_aggregate(const ast::FunctionCall& call,
                                                                const AggregateFunction& function,
                                                                const std::string& group,
                                                                Position position,
                                                                const Place& place) {
  const Scope& names =
      place.aggregate_scope && place.aggregates ? *place.aggregate_scope : *place.scope;
  begin_query();
  ExpressionPtr list = use_binding(*names.find(group), position);
  bound::Unwind unwind;
  unwind.variable = new_variable(group, list->type.element_type());
  unwind.list = std::move(list);
  Scope scope(&names);
  scope.declare(group, {unwind.variable, false, nullptr});
  Place inner(scope);
  inner.inside_aggregate = true;
  ExpressionPtr aggregate = aggregate_call(call, function, position, inner);

  bound::Project project;
  project.aggregating = true;
  const Type type = aggregate->type;
  const VariableId value = new_variable("", type);
  project.aggregates.emplace_back(value, std::move(aggregate));
  project.items.emplace_back(value, bound::make_variable(value, type, position));

  bound::CompositeQuery composite;
  composite.first.clauses.push_back({std::move(unwind), position});
  composite.first.clauses.push_back({std::move(project), position});
  composite.first.columns.emplace_back("", value);
  composite.first.returns = true;
  composite.columns = composite.first.columns;
  auto query = std::make_shared<bound::Query>();
  query->columns = composite.columns;
  query->returns = true;
  query->parts.push_back(std::move(composite));
  end_query(*query);
  return make_subquery(ast::SubqueryKind::kValue, std::move(query), type.with_null(), position);
}

}  // namespace geode::gql
