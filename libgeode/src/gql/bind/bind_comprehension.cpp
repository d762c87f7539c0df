#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/statement_binder.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using bound::ExpressionKind;
using value::Type;

namespace {

/// The place of what is evaluated for each element of a list: aggregates have no group there.
ExpressionPlace inner_place(const ExpressionPlace& place, const Scope& names) {
  ExpressionPlace inner(names);
  inner.inside_aggregate = place.inside_aggregate;
  return inner;
}

/// A value is written out at each of its uses up to this many nodes; a larger one is computed once.
constexpr std::size_t kLargestCopy = 16;

/// Counts nodes down; false when there are more than `left`, or when a second evaluation could give
/// another value.
bool can_be_copied(const bound::Expression& expression, std::size_t& left) {
  if (left == 0) return false;
  --left;
  if (expression.subquery || (expression.function && !expression.function->deterministic)) {
    return false;
  }
  for (const bound::ExpressionPtr& child : expression.children) {
    if (child && !can_be_copied(*child, left)) return false;
  }
  return true;
}

bool can_be_copied(const bound::Expression& expression) {
  std::size_t left = kLargestCopy;
  return can_be_copied(expression, left);
}

/// `[each IN [value] | body][0]`
bound::ExpressionPtr compute_once(bound::VariableId each, bound::ExpressionPtr value,
                                  bound::ExpressionPtr body) {
  const Position position = body->position;
  const Type type = body->type;
  bound::ExpressionPtr single =
      bound::make_expression(ExpressionKind::kList, Type::list_of(value->type), value->position);
  single->children.push_back(std::move(value));
  bound::ExpressionPtr list =
      bound::make_expression(ExpressionKind::kListComprehension, Type::list_of(type), position);
  list->variable = each;
  list->children.push_back(std::move(single));
  list->children.push_back(nullptr);
  list->children.push_back(std::move(body));
  bound::ExpressionPtr result = bound::make_expression(ExpressionKind::kIndex, type, position);
  result->children.push_back(std::move(list));
  result->children.push_back(bound::make_literal(0, position));
  return result;
}

}  // namespace

bound::ExpressionPtr StatementBinder::bind_list(const ast::Expression& list, const Place& place,
                                                std::string_view where) {
  ExpressionPtr result = bind_expression(list, place);
  if (!fits(result->type, ValueType::kList)) {
    throw argument_type_error(
        std::string(where) + " needs a list, but this is " + result->type.name(), list.position);
  }
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::ListComprehension& node,
                                                Position position, const Place& place) {
  ExpressionPtr list = bind_list(*node.list, place.part(), "a list comprehension");
  const VariableId each = new_variable(node.variable.text, list->type.element_type());
  Scope scope(place.scope);
  scope.declare(node.variable.text, {each, false, nullptr});
  const Place inner = inner_place(place, scope);
  ExpressionPtr condition =
      node.condition ? bind_condition(*node.condition, inner, "WHERE") : nullptr;
  ExpressionPtr item = node.result ? bind_expression(*node.result, inner) : nullptr;

  Type type = Type::list_of(item ? item->type : list->type.element_type());
  if (list->type.may_be_null()) type = type.with_null();
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kListComprehension, std::move(type), position);
  result->variable = each;
  result->children.push_back(std::move(list));
  result->children.push_back(std::move(condition));
  result->children.push_back(std::move(item));
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Quantifier& node, Position position,
                                                const Place& place) {
  ExpressionPtr list = bind_list(*node.list, place.part(), "a quantifier over a list");
  const VariableId each = new_variable(node.variable.text, list->type.element_type());
  Scope scope(place.scope);
  scope.declare(node.variable.text, {each, false, nullptr});
  ExpressionPtr condition = bind_condition(*node.condition, inner_place(place, scope), "WHERE");

  ExpressionPtr result = bound::make_expression(ExpressionKind::kQuantifier,
                                                Type::nullable(ValueType::kBool), position);
  result->quantifier = node.kind;
  result->variable = each;
  result->children.push_back(std::move(list));
  result->children.push_back(std::move(condition));
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Reduce& node, Position position,
                                                const Place& place) {
  ExpressionPtr initial = bind_expression(*node.initial, place.part());
  ExpressionPtr list = bind_list(*node.list, place.part(), "reduce()");
  // The accumulator takes the type of what the steps make of it, which is known only after they are
  // bound.
  const VariableId total = new_variable(node.accumulator.text, Type::any());
  const VariableId each = new_variable(node.variable.text, list->type.element_type());
  Scope scope(place.scope);
  scope.declare(node.accumulator.text, {total, false, nullptr});
  scope.declare(node.variable.text, {each, false, nullptr});
  ExpressionPtr next = bind_expression(*node.result, inner_place(place, scope));

  Type type = initial->type.unite(next->type);
  if (list->type.may_be_null()) type = type.with_null();
  ExpressionPtr result = bound::make_expression(ExpressionKind::kReduce, std::move(type), position);
  result->accumulator = total;
  result->variable = each;
  result->children.push_back(std::move(initial));
  result->children.push_back(std::move(list));
  result->children.push_back(std::move(next));
  return result;
}

bound::ExpressionPtr StatementBinder::with_value(
    ExpressionPtr value, const std::function<ExpressionPtr(const Use& use)>& body) {
  if (can_be_copied(*value)) return body([&]() { return bound::clone(*value); });
  const VariableId each = new_variable("", value->type);
  ExpressionPtr result =
      body([&]() { return bound::make_variable(each, value->type, value->position); });
  return compute_once(each, std::move(value), std::move(result));
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::LetIn& node, Position,
                                                const Place& place) {
  Scope scope(place.scope);
  Place inner = place.part();
  inner.scope = &scope;
  // Larger values are computed once, in a list of one element around everything that follows.
  std::vector<std::pair<VariableId, ExpressionPtr>> computed;
  for (const ast::ValueBinding& binding : node.bindings) {
    const ast::Name& name = binding.variable;
    ExpressionPtr expression = bind_assigned(binding, inner);
    if (can_be_copied(*expression)) {
      scope.declare(name.text, {bound::kNoVariable, false,
                                std::shared_ptr<const bound::Expression>(std::move(expression))});
      continue;
    }
    const VariableId each = new_variable(name.text, expression->type);
    scope.declare(name.text, {each, false, nullptr});
    computed.emplace_back(each, std::move(expression));
    inner.aggregates = false;
  }
  inner.condition = place.condition;
  ExpressionPtr result = bind_expression(*node.body, inner);
  for (auto binding = computed.rbegin(); binding != computed.rend(); ++binding) {
    result = compute_once(binding->first, std::move(binding->second), std::move(result));
  }
  return result;
}

bound::ExpressionPtr StatementBinder::make_subquery(ast::SubqueryKind kind,
                                                    std::shared_ptr<bound::Query> query, Type type,
                                                    Position position) const {
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kSubquery, std::move(type), position);
  result->subquery_kind = kind;
  result->subquery = std::move(query);
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Subquery& node, Position position,
                                                const Place& place) {
  using Kind = ast::SubqueryKind;
  const bool table = node.kind == Kind::kTable;
  const bool values = node.kind == Kind::kValue || node.kind == Kind::kCollect || table;
  auto query =
      bind_query(*node.query, place.scope, values ? QueryUse::kValue : QueryUse::kPredicate);
  if (query->modifies) {
    throw syntax_error("InvalidClauseComposition",
                       "a subquery within an expression cannot change the graph",
                       node.query->position);
  }
  Type type = Type::of(ValueType::kBool);
  if (node.kind == ast::SubqueryKind::kCount) type = Type::of(ValueType::kInt64);
  std::vector<std::string> names;
  if (table) {
    if (query->columns.empty()) {
      throw syntax_error("InvalidClauseComposition", "TABLE needs a query that returns columns",
                         node.query->position);
    }
    for (const auto& column : query->columns) names.push_back(column.first);
    type = Type::list_of(Type::of(ValueType::kRecord));
  } else if (values) {
    if (query->columns.size() != 1) {
      throw syntax_error("InvalidClauseComposition",
                         std::string(node.kind == ast::SubqueryKind::kValue ? "VALUE" : "COLLECT") +
                             " needs a query that returns one column, this one returns " +
                             std::to_string(query->columns.size()),
                         node.query->position);
    }
    const Type& column = type_of(query->columns.front().second);
    type = node.kind == ast::SubqueryKind::kValue ? column.with_null() : Type::list_of(column);
  }
  ExpressionPtr result = make_subquery(node.kind, std::move(query), std::move(type), position);
  result->field_names = std::move(names);
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::PatternComprehension& node,
                                                Position position, const Place& place) {
  begin_query();
  Scope scope(place.scope);
  bound::LinearQuery linear;
  linear.clauses = bind_single_path(*node.pattern, node.condition.get(), scope);
  bound::Project project;
  ExpressionPtr item = bind_expression(*node.result, inner_place(place, scope));
  const VariableId column = new_variable("", item->type);
  const Type type = Type::list_of(item->type);
  project.items.emplace_back(column, std::move(item));
  linear.clauses.push_back({std::move(project), position});
  linear.columns.emplace_back("", column);
  linear.returns = true;

  auto query = std::make_shared<bound::Query>();
  query->columns = linear.columns;
  query->returns = true;
  bound::CompositeQuery composite;
  composite.columns = linear.columns;
  composite.first = std::move(linear);
  query->parts.push_back(std::move(composite));
  end_query(*query);
  return make_subquery(ast::SubqueryKind::kCollect, std::move(query), type, position);
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::PatternPredicate& node,
                                                Position position, const Place& place) {
  if (!place.condition) {
    throw syntax_error("UnexpectedSyntax", "a path pattern can stand only where a condition can",
                       position, "write EXISTS { (a)-->(b) } to get a truth value");
  }
  return make_pattern_predicate(*node.pattern, position, place);
}

bound::ExpressionPtr StatementBinder::make_pattern_predicate(const ast::PathPattern& path,
                                                             Position position,
                                                             const Place& place) {
  const auto check = [&](const ast::Name& name) { resolve(*place.scope, name); };
  if (path.variable) check(*path.variable);
  visit_variables(path.term, check);

  begin_query();
  Scope scope(place.scope);
  bound::CompositeQuery composite;
  composite.first.clauses = bind_single_path(path, nullptr, scope);
  auto query = std::make_shared<bound::Query>();
  query->parts.push_back(std::move(composite));
  end_query(*query);
  return make_subquery(ast::SubqueryKind::kExists, std::move(query), Type::of(ValueType::kBool),
                       position);
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::MapProjection& node, Position position,
                                                const Place& place) {
  ExpressionPtr base = bind_expression(*node.base, place.part());
  if (!property_type(base->type)) {
    throw argument_type_error(base->type.name() + " has no properties to choose from",
                              base->position);
  }
  // Parts of the record from left to right; `.*` is a part of its own.
  std::vector<ExpressionPtr> parts;
  const auto record = [&]() -> bound::Expression& {
    if (parts.empty() || parts.back()->kind != ExpressionKind::kRecord) {
      parts.push_back(
          bound::make_expression(ExpressionKind::kRecord, Type::of(ValueType::kRecord), position));
    }
    return *parts.back();
  };
  for (const ast::MapProjection::Item& item : node.items) {
    using Kind = ast::MapProjection::Item::Kind;
    ExpressionPtr value;
    switch (item.kind) {
      case Kind::kAllProperties: {
        std::vector<ExpressionPtr> arguments;
        arguments.push_back(bound::clone(*base));
        parts.push_back(make_function("properties", std::move(arguments), position));
        continue;
      }
      case Kind::kProperty:
        value = bind_property_of(bound::clone(*base), item.name, item.name.position);
        break;
      case Kind::kVariable:
        value = use_binding(resolve(*place.scope, item.name), item.name.position);
        break;
      case Kind::kField:
        value = bind_expression(*item.value, place.part());
        break;
    }
    bound::Expression& fields = record();
    fields.field_names.push_back(item.name.text);
    fields.children.push_back(std::move(value));
  }
  ExpressionPtr whole;
  if (parts.empty()) {
    record();
    whole = std::move(parts.front());
  } else if (parts.size() == 1) {
    whole = std::move(parts.front());
  } else {
    whole = make_function("record_merge", std::move(parts), position);
  }
  if (!base->type.may_be_null()) return whole;
  // The projection of null is null.
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kCase, whole->type.with_null(), position);
  result->children.push_back(make_is_null(std::move(base), false, position));
  result->children.push_back(bound::make_literal(Value(), position));
  result->children.push_back(std::move(whole));
  return result;
}

}  // namespace geode::gql
