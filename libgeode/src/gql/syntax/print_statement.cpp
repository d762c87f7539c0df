#include "gql/syntax/printer.hpp"

namespace geode::gql {
namespace {

/// The expression that, written instead of a query, makes this query; null for another one.
const ast::Expression* only_expression(const ast::Query& query) {
  if (query.at || !query.definitions.empty() || query.parts.size() != 1) return nullptr;
  const ast::CompositeQuery& part = query.parts[0];
  if (!part.rest.empty() || part.first.clauses.size() != 1) return nullptr;
  const auto* result = std::get_if<ast::ReturnClause>(&part.first.clauses[0]);
  if (result == nullptr || result->finish) return nullptr;
  const ast::Projection& projection = result->projection;
  const ast::OrderAndPage& page = projection.page;
  const bool plain = !projection.distinct && !projection.star && !projection.group_by &&
                     !projection.having && page.order_by.empty() && !page.offset && !page.limit;
  if (!plain || projection.items.size() != 1 || projection.items[0].alias) return nullptr;
  return projection.items[0].expression.get();
}

}  // namespace

void Printer::write(const ast::Statement& x) {
  if (x.explain == ast::ExplainMode::kExplain) add("EXPLAIN ");
  if (x.explain == ast::ExplainMode::kProfile) add("PROFILE ");
  write_node(x.node);
}

void Printer::write_node(const ast::StatementNode& x) {
  std::visit([this](const auto& kind) { statement(kind); }, x);
}

void Printer::statement(const ast::CreateIndex& x) {
  add(x.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
  if (x.if_not_exists) add("IF NOT EXISTS ");
  if (x.name) {
    write_name(*x.name);
    add(" ");
  }
  add(x.on_edge ? "FOR ()-[x:" : "FOR (x:");
  write_key(x.label);
  add(x.on_edge ? "]-() ON (" : ") ON (");
  write_list(x.keys, [this](const ast::Name& key) {
    add("x.");
    write_key(key);
  });
  add(")");
  if (!x.method.empty()) {
    add(" USING ");
    write_key(x.method);
  }
  if (!x.options.empty()) {
    add(" OPTIONS ");
    write_fields(x.options);
  }
}

void Printer::statement(const ast::DropIndex& x) {
  add(x.if_exists ? "DROP INDEX IF EXISTS " : "DROP INDEX ");
  write_name(x.name);
}

void Printer::statement(const ast::CreateConstraint& x) {
  add("CREATE CONSTRAINT ");
  if (x.if_not_exists) add("IF NOT EXISTS ");
  if (x.name) {
    write_name(*x.name);
    add(" ");
  }
  const std::string_view variable = x.condition ? std::string_view(x.variable.text) : "x";
  add(x.on_edge ? "FOR ()-[" : "FOR (");
  write_name(variable);
  add(":");
  write_key(x.label);
  add(x.on_edge ? "]-() REQUIRE " : ") REQUIRE ");
  if (x.condition) return write(*x.condition);
  if (x.type) {
    add("x.");
    write_key(x.keys.front());
    add(" IS TYPED ");
    return add(x.type->type.name());
  }
  add("(");
  write_list(x.keys, [this](const ast::Name& key) {
    add("x.");
    write_key(key);
  });
  add(") IS ");
  add(x.unique && x.not_null ? "NODE KEY" : x.unique ? "UNIQUE" : "NOT NULL");
}

void Printer::statement(const ast::DropConstraint& x) {
  add(x.if_exists ? "DROP CONSTRAINT IF EXISTS " : "DROP CONSTRAINT ");
  write_name(x.name);
}

void Printer::statement(const ast::StartTransaction& x) {
  add("START TRANSACTION");
  write_characteristics(x);
}

void Printer::statement(const ast::SetTransaction& x) {
  add("SET TRANSACTION");
  write_characteristics(x.characteristics);
}

void Printer::write_characteristics(const ast::StartTransaction& x) {
  if (x.read_only) add(*x.read_only ? " READ ONLY" : " READ WRITE");
  if (x.isolation.empty()) return;
  add(" ISOLATION LEVEL ");
  add(x.isolation);
}

void Printer::statement(const ast::Savepoint& x) {
  add("SAVEPOINT ");
  write_name(x.name);
}

void Printer::statement(const ast::RollbackTo& x) {
  add("ROLLBACK TO SAVEPOINT ");
  write_name(x.name);
}

void Printer::statement(const ast::ReleaseSavepoint& x) {
  add("RELEASE SAVEPOINT ");
  write_name(x.name);
}

void Printer::statement(const ast::SessionSet& x) {
  using Kind = ast::SessionSet::Kind;
  const auto value = [&] {
    if (const ast::Expression* expression = only_expression(*x.value)) {
      // TABLE and braces would be read as the query itself.
      const auto* subquery = std::get_if<ast::Subquery>(&expression->node);
      if (x.kind != Kind::kTable || !subquery) return write(*expression);
    }
    add("{ ");
    write(*x.value);
    add(" }");
  };
  switch (x.kind) {
    case Kind::kSchema:
      add("SESSION SET SCHEMA ");
      return write(x.schema);
    case Kind::kGraph:
      add("SESSION SET GRAPH ");
      return write(x.graph);
    case Kind::kTimeZone:
      add("SESSION SET TIME ZONE ");
      return value();
    case Kind::kOption:
      add("SESSION SET ");
      write_name(x.name);
      add(" = ");
      return value();
    case Kind::kValue:
      add("SESSION SET VALUE ");
      break;
    case Kind::kTable:
      add("SESSION SET TABLE ");
      break;
    case Kind::kGraphParameter:
      add("SESSION SET GRAPH ");
      break;
  }
  if (x.if_not_exists) add("IF NOT EXISTS ");
  node(ast::Parameter{x.name.text});
  if (x.type) {
    add(" ");
    add(x.type->type.name());
  }
  add(" = ");
  if (x.kind == Kind::kGraphParameter) return write(x.graph);
  value();
}

void Printer::statement(const ast::SessionReset& x) {
  using Kind = ast::SessionReset::Kind;
  switch (x.kind) {
    case Kind::kAll:
      return add("SESSION RESET ALL");
    case Kind::kSchema:
      return add("SESSION RESET SCHEMA");
    case Kind::kGraph:
      return add("SESSION RESET GRAPH");
    case Kind::kTimeZone:
      return add("SESSION RESET TIME ZONE");
    case Kind::kParameters:
      return add("SESSION RESET PARAMETERS");
    case Kind::kParameter:
      add("SESSION RESET PARAMETER ");
      return node(ast::Parameter{x.name.text});
  }
}

}  // namespace geode::gql
