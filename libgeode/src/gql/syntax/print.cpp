#include "gql/syntax/print.hpp"

#include <array>

#include "gql/syntax/keywords.hpp"
#include "gql/syntax/printer.hpp"

namespace geode::gql {

bool is_plain_name(std::string_view name) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  constexpr std::string_view kRest =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
  return !name.empty() && kFirst.find(name[0]) != std::string_view::npos &&
         name.find_first_not_of(kRest) == std::string_view::npos;
}

// ---- names

namespace {

/// Words that some place of a name would take for a keyword.
bool reads_as_keyword(Keyword keyword) {
  switch (keyword) {
    case Keyword::kAll:
    case Keyword::kAnd:
    case Keyword::kAs:
    case Keyword::kBoth:
    case Keyword::kCall:
    case Keyword::kCase:
    case Keyword::kCast:
    case Keyword::kCollect:
    case Keyword::kCount:
    case Keyword::kCreate:
    case Keyword::kCurrentDate:
    case Keyword::kCurrentTime:
    case Keyword::kCurrentTimestamp:
    case Keyword::kDelete:
    case Keyword::kDistinct:
    case Keyword::kElse:
    case Keyword::kEnd:
    case Keyword::kExists:
    case Keyword::kFalse:
    case Keyword::kFetch:
    case Keyword::kFilter:
    case Keyword::kFinish:
    case Keyword::kFor:
    case Keyword::kFrom:
    case Keyword::kGraph:
    case Keyword::kIf:
    case Keyword::kIn:
    case Keyword::kInsert:
    case Keyword::kInterval:
    case Keyword::kIs:
    case Keyword::kLeading:
    case Keyword::kLet:
    case Keyword::kLimit:
    case Keyword::kLocalTime:
    case Keyword::kLocalTimestamp:
    case Keyword::kMatch:
    case Keyword::kMerge:
    case Keyword::kNext:
    case Keyword::kNot:
    case Keyword::kNull:
    case Keyword::kOffset:
    case Keyword::kOn:
    case Keyword::kOptional:
    case Keyword::kOr:
    case Keyword::kOrder:
    case Keyword::kProperty:
    case Keyword::kReturn:
    case Keyword::kSelect:
    case Keyword::kSessionUser:
    case Keyword::kSet:
    case Keyword::kSkip:
    case Keyword::kThen:
    case Keyword::kTrailing:
    case Keyword::kTrue:
    case Keyword::kUnion:
    case Keyword::kUnknown:
    case Keyword::kUnwind:
    case Keyword::kUse:
    case Keyword::kValue:
    case Keyword::kWhen:
    case Keyword::kWhere:
    case Keyword::kWith:
    case Keyword::kXor:
    case Keyword::kYield:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Printer::write_name(std::string_view name) {
  if (is_plain_name(name) && !reads_as_keyword(find_keyword(name))) return add(name);
  write_quoted_name(name);
}

void Printer::write_key(std::string_view name) {
  if (is_plain_name(name)) return add(name);
  write_quoted_name(name);
}

void Printer::write_quoted_name(std::string_view name) {
  out_ += '`';
  for (const char c : name) {
    if (c == '`') out_ += '`';
    out_ += c;
  }
  out_ += '`';
}

void Printer::write_dotted_name(std::string_view name) {
  while (true) {
    const std::size_t dot = name.find('.');
    const std::string_view part = name.substr(0, dot);
    // Keywords stay bare here: the parenthesis or clause around them leaves no doubt.
    if (is_plain_name(part)) {
      add(part);
    } else {
      write_quoted_name(part);
    }
    if (dot == std::string_view::npos) return;
    add(".");
    name.remove_prefix(dot + 1);
  }
}

void Printer::write_names(const std::vector<ast::Name>& names, std::string_view separator) {
  write_list(
      names, [this](const ast::Name& name) { write_name(name); }, separator);
}

void Printer::write_labels(const std::vector<ast::Name>& labels) {
  write_list(
      labels, [this](const ast::Name& label) { write_key(label); }, ":");
}

// ---- queries

void Printer::write(const ast::Query& query) {
  if (query.at) {
    add("AT ");
    write(*query.at);
    add(" ");
  }
  write_list(
      query.parts, [this](const ast::CompositeQuery& part) { write(part); }, " NEXT ");
}

void Printer::write(const ast::CompositeQuery& query) {
  static constexpr std::array<std::string_view, 7> kOperators = {
      " UNION ",     " UNION ALL ",     " EXCEPT ",   " EXCEPT ALL ",
      " INTERSECT ", " INTERSECT ALL ", " OTHERWISE "};
  write(query.first.clauses);
  for (const auto& [op, linear] : query.rest) {
    add(kOperators[static_cast<std::size_t>(op)]);
    write(linear.clauses);
  }
}

void Printer::write(const std::vector<ast::Clause>& clauses) {
  write_list(
      clauses,
      [this](const ast::Clause& x) { std::visit([this](const auto& kind) { clause(kind); }, x); },
      " ");
}

void Printer::clause(const ast::MatchClause& x) {
  if (x.optional) add("OPTIONAL ");
  if (!x.block.empty()) {
    add("{ ");
    write_list(
        x.block, [this](const ast::MatchClause& match) { clause(match); }, " ");
    return add(" }");
  }
  add("MATCH ");
  write(x.pattern);
}

void Printer::clause(const ast::FilterClause& x) {
  add("FILTER ");
  write(*x.condition);
}

void Printer::clause(const ast::LetClause& x) {
  add("LET ");
  write_list(x.bindings, [this](const auto& binding) {
    write_name(binding.first);
    add(" = ");
    write(*binding.second);
  });
}

void Printer::clause(const ast::ForClause& x) {
  if (!x.only_lists) {
    add("UNWIND ");
    write(*x.list);
    add(" AS ");
    return write_name(x.variable);
  }
  add("FOR ");
  write_name(x.variable);
  add(" IN ");
  write(*x.list);
  if (!x.counter) return;
  add(x.counter_from_one ? " WITH ORDINALITY " : " WITH OFFSET ");
  write_name(*x.counter);
}

void Printer::clause(const ast::WithClause& x) {
  add("WITH ");
  write(x.projection);
  if (!x.projection.condition) return;
  add(" WHERE ");
  write(*x.projection.condition);
}

void Printer::clause(const ast::ReturnClause& x) {
  if (x.finish) return add("FINISH");
  add("RETURN ");
  write(x.projection);
}

void Printer::write(const ast::Projection& projection) {
  if (projection.distinct) add("DISTINCT ");
  if (projection.star) add(projection.items.empty() ? "*" : "*, ");
  write_list(projection.items, [this](const ast::ProjectionItem& item) {
    write(*item.expression);
    if (!item.alias) return;
    add(" AS ");
    write_name(*item.alias);
  });
  if (projection.group_by) {
    add(projection.group_by->empty() ? " GROUP BY ()" : " GROUP BY ");
    write_all(*projection.group_by);
  }
  if (projection.having) {
    add(" HAVING ");
    write(*projection.having);
  }
  const ast::OrderAndPage& page = projection.page;
  if (page.order_by.empty() && !page.offset && !page.limit) return;
  add(" ");
  write(page);
}

void Printer::write(const ast::OrderAndPage& page) {
  const std::size_t start = out_.size();
  const auto part = [&](std::string_view text) {
    if (out_.size() > start) add(" ");
    add(text);
  };
  if (!page.order_by.empty()) {
    part("ORDER BY ");
    write_list(page.order_by, [this](const ast::SortItem& item) {
      write(*item.expression);
      if (item.descending) add(" DESC");
      if (item.nulls == ast::SortItem::Nulls::kFirst) add(" NULLS FIRST");
      if (item.nulls == ast::SortItem::Nulls::kLast) add(" NULLS LAST");
    });
  }
  if (page.offset) {
    part("OFFSET ");
    write(*page.offset);
  }
  if (page.limit) {
    part("LIMIT ");
    write(*page.limit);
  }
}

void Printer::clause(const ast::PageClause& x) { write(x.page); }

void Printer::clause(const ast::CallSubquery& x) {
  add(x.optional ? "OPTIONAL CALL " : "CALL ");
  if (x.scope) {
    add("(");
    write_names(*x.scope, ", ");
    add(") ");
  }
  add("{ ");
  write(*x.query);
  add(" }");
}

void Printer::clause(const ast::CallProcedure& x) {
  add(x.optional ? "OPTIONAL CALL " : "CALL ");
  write_dotted_name(x.name.text);
  if (!x.implicit_arguments) {
    add("(");
    write_all(x.arguments);
    add(")");
  }
  if (!x.has_yield) return;
  add(" YIELD ");
  if (x.yield_star) {
    add("*");
  } else if (x.yield.empty()) {
    add("-");
  }
  write_list(x.yield, [this](const auto& column) {
    write_name(column.first);
    if (!column.second) return;
    add(" AS ");
    write_name(*column.second);
  });
  if (!x.condition) return;
  add(" WHERE ");
  write(*x.condition);
}

void Printer::clause(const ast::UseClause& x) {
  add("USE ");
  write(x.graph);
}

// ---- data modification

void Printer::clause(const ast::InsertClause& x) {
  add(x.cypher ? "CREATE " : "INSERT ");
  write_list(x.paths, [this](const ast::PathPattern& path) { write(path); });
}

void Printer::write(const std::vector<ast::SetItem>& items) {
  using Kind = ast::SetItem::Kind;
  // A target binds like the operand of a dot.
  constexpr int kTarget = 11;
  write_list(items, [this](const ast::SetItem& item) {
    write(*item.target, kTarget);
    switch (item.kind) {
      case Kind::kProperty:
        add(".");
        write_key(item.key);
        add(" = ");
        break;
      case Kind::kAllProperties:
        add(" = ");
        break;
      case Kind::kAddProperties:
        add(" += ");
        break;
      case Kind::kLabels:
        add(":");
        return write_labels(item.labels);
    }
    write(*item.value);
  });
}

void Printer::clause(const ast::SetClause& x) {
  add("SET ");
  write(x.items);
}

void Printer::clause(const ast::RemoveClause& x) {
  constexpr int kTarget = 11;
  add("REMOVE ");
  write_list(x.items, [this](const ast::RemoveItem& item) {
    write(*item.target, kTarget);
    add(item.key ? "." : ":");
    if (item.key) {
      write_key(*item.key);
    } else {
      write_labels(item.labels);
    }
  });
}

void Printer::clause(const ast::DeleteClause& x) {
  add(x.detach ? "DETACH DELETE " : "DELETE ");
  write_all(x.targets);
}

void Printer::clause(const ast::MergeClause& x) {
  add("MERGE ");
  write(x.path);
  if (!x.on_create.empty()) {
    add(" ON CREATE SET ");
    write(x.on_create);
  }
  if (!x.on_match.empty()) {
    add(" ON MATCH SET ");
    write(x.on_match);
  }
}

void Printer::clause(const std::unique_ptr<ast::ForeachClause>& x) {
  add("FOREACH (");
  write_name(x->variable);
  add(" IN ");
  write(*x->list);
  add(" | ");
  write(x->body);
  add(")");
}

// ---- other statements

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
  add(x.on_edge ? "FOR ()-[x:" : "FOR (x:");
  write_key(x.label);
  add(x.on_edge ? "]-() REQUIRE (" : ") REQUIRE (");
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
    const auto& clauses = x.value->parts.front().first.clauses;
    const auto* result = std::get_if<ast::ReturnClause>(&clauses.front());
    if (result && !result->projection.items.empty() && !result->projection.items.front().alias)
      return write(*result->projection.items.front().expression);
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

// ---- the way in

std::string print(const ast::Statement& statement) {
  Printer printer;
  printer.write(statement);
  return printer.take();
}

std::string print_node(const ast::StatementNode& statement) {
  Printer printer;
  printer.write_node(statement);
  return printer.take();
}

std::string print(const ast::Query& query) {
  Printer printer;
  printer.write(query);
  return printer.take();
}

std::string print(const ast::Expression& expression) {
  Printer printer;
  printer.write(expression);
  return printer.take();
}

}  // namespace geode::gql
