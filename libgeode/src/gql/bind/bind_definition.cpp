#include <algorithm>
#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/statement_binder.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using bound::ExpressionKind;
using value::Type;

namespace {

using Kind = value::DeclaredType::Kind;

value::DeclaredType not_null(Kind kind) {
  value::DeclaredType type = value::DeclaredType::of(kind);
  type.not_null = true;
  return type;
}

/// None when the type does not say which there are.
std::shared_ptr<const TableColumns> declared_columns(
    const std::optional<ast::TypeSpecification>& type) {
  auto columns = std::make_shared<TableColumns>();
  if (!type) return columns;
  for (std::size_t i = 0; i < type->type.parts.size(); ++i) {
    columns->emplace_back(type->type.field_names[i], type->type.parts[i].value_type());
  }
  return columns;
}

void check_kind(const std::optional<ast::TypeSpecification>& type, Kind kind, std::string_view what,
                std::string hint) {
  if (!type || type->type.kind == kind) return;
  throw argument_type_error("the type of a " + std::string(what) + " is a " + std::string(what) +
                                " type, not " + type->type.name(),
                            type->position, std::move(hint));
}

}  // namespace

/// The body runs below its definitions, as CALL { .. } runs below the clauses before it: so all of
/// its parts see the variables from outside, and none hands them on.
void StatementBinder::bind_defined(const ast::Query& query, const Scope* outer, QueryUse use,
                                   bound::Query& out) {
  Scope scope(outer);
  bound::LinearQuery linear;
  const std::string schema = context_.schema;
  if (query.at) context_.schema = find_schema(*query.at, context_, catalog_);
  for (const ast::Definition& definition : query.definitions) {
    Binding binding = bind_definition(definition, scope, linear);
    declare_new(scope, definition.variable, std::move(binding));
  }
  context_.schema = schema;
  auto body = std::make_shared<bound::Query>();
  begin_query();
  bind_parts(query, &scope, use, *body);
  end_query(*body);

  linear.columns = body->columns;
  linear.returns = body->returns;
  out.columns = body->columns;
  out.returns = body->returns;
  bound::CallSubquery call;
  // Within EXISTS and COUNT the rows count, whether they have columns or not.
  call.returns = body->returns || use == QueryUse::kPredicate;
  for (const auto& [name, variable] : body->columns) call.introduces.push_back(variable);
  call.query = std::move(body);
  linear.clauses.push_back({std::move(call), query.position});
  bound::CompositeQuery composite;
  composite.columns = linear.columns;
  composite.first = std::move(linear);
  out.parts.push_back(std::move(composite));
}

Binding StatementBinder::bind_definition(const ast::Definition& definition, const Scope& scope,
                                         bound::LinearQuery& out) {
  ExpressionPtr value = bind_expression(*definition.value, Place(scope));
  const Position position = definition.value->position;
  Binding binding;
  switch (definition.kind) {
    case ast::Definition::Kind::kTable:
      check_kind(definition.type, Kind::kTable, "table", "TABLE {column TYPE, ...}");
      binding.table = table_columns(*definition.value, *value, scope);
      value = as_table(std::move(value), binding.table != nullptr, position);
      if (!binding.table) binding.table = declared_columns(definition.type);
      break;
    case ast::Definition::Kind::kGraph:
      check_kind(definition.type, Kind::kGraph, "graph", "GRAPH g TYPED ANY GRAPH = ...");
      value = as_graph(std::move(value), position);
      break;
    case ast::Definition::Kind::kValue:
      break;
  }
  if (definition.type) value = checked_value(std::move(value), definition.type->type);
  binding.variable = new_variable(definition.variable.text, value->type);
  note_graph(binding.variable, *value);
  bound::Let let;
  let.bindings.emplace_back(binding.variable, std::move(value));
  out.clauses.push_back({std::move(let), definition.position});
  return binding;
}

KnownGraphs StatementBinder::graphs_in(const Scope& scope) const {
  return [this, &scope](std::string_view name) {
    const Binding* binding = scope.find(name);
    if (binding == nullptr || !binding_type(*binding).may_be(ValueType::kGraph)) {
      return KnownGraph();
    }
    const auto found = known_graphs_.find(binding->variable);
    if (found == known_graphs_.end()) return KnownGraph{true, std::nullopt};
    return KnownGraph{true, found->second};
  };
}

void StatementBinder::note_graph(VariableId variable, const bound::Expression& value) {
  if (value.kind == ExpressionKind::kCast && value.checked) {
    return note_graph(variable, *value.children[0]);
  }
  if (value.kind == ExpressionKind::kLiteral && value.literal.type() == ValueType::kGraph) {
    known_graphs_[variable] = value.literal.as_graph().id;
  } else if (value.kind == ExpressionKind::kVariable) {
    const auto found = known_graphs_.find(value.variable);
    if (found != known_graphs_.end()) known_graphs_[variable] = found->second;
  }
}

bound::ExpressionPtr StatementBinder::as_table(ExpressionPtr value, bool known, Position position) {
  if (known) return value;
  if (!fits(value->type, ValueType::kList)) {
    throw argument_type_error("a table is wanted here, not " + value->type.without_null().name(),
                              position, "TABLE { MATCH ... RETURN ... }");
  }
  return checked_value(std::move(value), not_null(Kind::kTable));
}

bound::ExpressionPtr StatementBinder::as_graph(ExpressionPtr value, Position position) {
  if (value->type == Type::of(ValueType::kGraph)) return value;
  if (!fits(value->type, ValueType::kGraph)) {
    throw argument_type_error("a graph is wanted here, not " + value->type.without_null().name(),
                              position, "CURRENT_GRAPH, or GRAPH and a name");
  }
  return checked_value(std::move(value), not_null(Kind::kGraph));
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::GraphValue& node, Position position,
                                                const Place& place) {
  const KnownGraphs known = graphs_in(*place.scope);
  const bool bare = node.graph.kind == ast::GraphReference::Kind::kNamed && !node.graph.schema;
  if (bare && known(node.graph.name.text).variable) {
    return as_graph(use_binding(*place.scope->find(node.graph.name.text), position), position);
  }
  return bound::make_literal(graph_value(find_graph(node.graph, context_, catalog_), catalog_),
                             position);
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::TableValue& node, Position,
                                                const Place& place) {
  ExpressionPtr value = bind_expression(*node.table, place.part());
  const bool known = table_columns(*node.table, *value, *place.scope) != nullptr;
  return as_table(std::move(value), known, node.table->position);
}

/// Null when the expression is not known to be a table.
std::shared_ptr<const TableColumns> StatementBinder::table_columns(const ast::Expression& written,
                                                                   const bound::Expression& value,
                                                                   const Scope& scope) const {
  if (const auto* table = std::get_if<ast::TableValue>(&written.node)) {
    return table_columns(*table->table, value, scope);
  }
  if (const auto* variable = std::get_if<ast::Variable>(&written.node)) {
    const Binding* binding = scope.find(variable->name);
    return binding ? binding->table : nullptr;
  }
  if (value.kind != ExpressionKind::kSubquery || value.subquery_kind != ast::SubqueryKind::kTable)
    return nullptr;
  auto columns = std::make_shared<TableColumns>();
  for (const auto& [name, variable] : value.subquery->columns)
    columns->emplace_back(name, type_of(variable));
  return columns;
}

bool StatementBinder::bind_table_source(const ast::CallProcedure& clause, Scope& scope,
                                        Clauses& out) {
  const Binding* found = clause.table ? scope.find(clause.name.text) : nullptr;
  if (!found || !clause.arguments.empty()) return false;
  const Binding table = *found;
  if (!table.table || table.table->empty()) {
    throw Error(status::kInvalidReference,
                "the columns of " + quoted(clause.name.text) + " are not known",
                clause.name.position)
        .category("SyntaxError", "UndefinedVariable")
        .hint(
            "TABLE t = { MATCH ... RETURN ... } makes a table; FOR row IN t reads the rows of "
            "any list")
        .phase(Phase::kCompile);
  }
  bound::Unwind rows;
  rows.list = use_binding(table, clause.name.position);
  rows.variable = new_variable("", Type::of(ValueType::kRecord));
  const VariableId row = rows.variable;
  out.push_back({std::move(rows), clause.position});
  bound::Let columns;
  for (const auto& [name, type] : *table.table) {
    ExpressionPtr field =
        bound::make_expression(ExpressionKind::kProperty, type, clause.name.position);
    field->name = name;
    field->children.push_back(bound::make_variable(row, type_of(row), clause.name.position));
    const VariableId column = new_variable(name, type);
    declare_new(scope, {name, clause.name.position}, {column, false, nullptr, nullptr});
    columns.bindings.emplace_back(column, std::move(field));
  }
  out.push_back({std::move(columns), clause.position});
  return true;
}

bound::ExpressionPtr StatementBinder::checked_value(ExpressionPtr value,
                                                    const value::DeclaredType& type) {
  Type declared = type.value_type();
  if (!fits(value->type, declared)) {
    throw argument_type_error("a value of the type " + type.name() + " is wanted here, not " +
                                  value->type.without_null().name(),
                              value->position);
  }
  const Position position = value->position;
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kCast, std::move(declared), position);
  result->declared_type = type;
  result->checked = true;
  result->children.push_back(std::move(value));
  return result;
}

bound::ExpressionPtr StatementBinder::bind_assigned(const ast::ValueBinding& binding,
                                                    const Place& place) {
  ExpressionPtr value = bind_expression(*binding.value, place);
  return binding.type ? checked_value(std::move(value), binding.type->type) : std::move(value);
}

}  // namespace geode::gql
