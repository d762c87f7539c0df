#include "gql/syntax/print.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "gql/syntax/keywords.hpp"
#include "gql/syntax/operator_text.hpp"
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
    case Keyword::kTable:
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
  for (std::string_view rest = name;;) {
    const std::size_t dot = rest.find('.');
    if (!is_plain_name(rest.substr(0, dot))) return write_quoted_name(name);
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  // Keywords stay bare here: the parenthesis or clause around them leaves no doubt.
  add(name);
}

void Printer::write_names(const std::vector<ast::Name>& names, std::string_view separator) {
  write_list(
      names, [this](const ast::Name& name) { write_name(name); }, separator);
}

void Printer::write_labels(const std::vector<ast::WrittenLabel>& labels) {
  write_list(
      labels,
      [this](const ast::WrittenLabel& label) {
        if (!label.dynamic) return write_key(label.name);
        add("$(");
        write(*label.dynamic);
        add(")");
      },
      ":");
}

// ---- queries

void Printer::write(const ast::Definition& definition) {
  static constexpr std::array<std::string_view, 3> kWords = {"VALUE ", "TABLE ", "GRAPH "};
  add(kWords[static_cast<std::size_t>(definition.kind)]);
  write_name(definition.variable);
  if (definition.type) {
    add(" ");
    add(definition.type->type.name());
  }
  add(" = ");
  // Behind the `=` of a graph a name is that of a graph, and no variable.
  const ast::Expression& value = *definition.value;
  const bool plain = definition.kind != ast::Definition::Kind::kGraph ||
                     std::holds_alternative<ast::GraphValue>(value.node) ||
                     std::holds_alternative<ast::Subquery>(value.node);
  if (!plain) add("(");
  write(value);
  if (!plain) add(")");
  add(" ");
}

void Printer::write(const ast::Query& query) {
  if (query.at) {
    add("AT ");
    write(*query.at);
    add(" ");
  }
  for (const ast::Definition& definition : query.definitions) write(definition);
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
  // Only SELECT names a table as one of its sources.
  const auto table = std::find_if(clauses.begin(), clauses.end(), [](const ast::Clause& x) {
    const auto* call = std::get_if<ast::CallProcedure>(&x);
    return call != nullptr && call->table;
  });
  write_list(
      std::span(clauses.begin(), table), [this](const ast::Clause& x) { write_clause(x); }, " ");
  if (table == clauses.end()) return;
  if (table != clauses.begin()) add(" ");
  write_select(std::span(table, clauses.end()));
}

void Printer::write_clause(const ast::Clause& x) {
  std::visit([this](const auto& kind) { clause(kind); }, x);
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
  write_bindings(x.bindings, 0);
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
  if (!x.batches) return;
  const ast::TransactionBatches& batches = *x.batches;
  add(" IN TRANSACTIONS");
  if (batches.rows) {
    add(" OF ");
    write(*batches.rows, strength::kSum);
    add(" ROWS");
  }
  using OnError = ast::TransactionBatches::OnError;
  if (batches.on_error == OnError::kBreak) add(" ON ERROR BREAK");
  if (batches.on_error == OnError::kContinue) add(" ON ERROR CONTINUE");
  if (!batches.status) return;
  add(" REPORT STATUS AS ");
  write_name(*batches.status);
}

void Printer::clause(const ast::LoadCsv& x) {
  add(x.headers ? "LOAD CSV WITH HEADERS FROM " : "LOAD CSV FROM ");
  write(*x.source);
  add(" AS ");
  write_name(x.variable);
  if (x.separator == ",") return;
  add(" FIELDTERMINATOR ");
  write_literal(Value(x.separator));
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
  write_list(items, [this](const ast::SetItem& item) {
    write(*item.target, strength::kPostfix);
    switch (item.kind) {
      case Kind::kProperty:
        if (item.key_expression) {
          add("[");
          write(*item.key_expression);
          add("]");
        } else {
          add(".");
          write_key(item.key);
        }
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
  add("REMOVE ");
  write_list(x.items, [this](const ast::RemoveItem& item) {
    write(*item.target, strength::kPostfix);
    if (item.key_expression) {
      add("[");
      write(*item.key_expression);
      return add("]");
    }
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
