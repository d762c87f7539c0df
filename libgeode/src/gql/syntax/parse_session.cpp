#include <algorithm>
#include <utility>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {
namespace {

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

}  // namespace

// ---- transactions

ast::StatementNode Parser::parse_start_transaction() {
  const bool begin = at(Keyword::kBegin);
  skip();
  if (!accept(Keyword::kTransaction) && !accept(Keyword::kWork) && !begin) {
    fail_expected("TRANSACTION after START", {Keyword::kTransaction});
  }
  ast::StartTransaction start;
  parse_transaction_characteristics(start);
  return start;
}

void Parser::parse_transaction_characteristics(ast::StartTransaction& start) {
  do {
    if (accept(Keyword::kRead)) {
      if (!at(Keyword::kOnly) && !at(Keyword::kWrite)) {
        fail_expected("ONLY or WRITE after READ", {Keyword::kOnly, Keyword::kWrite});
      }
      start.read_only = at(Keyword::kOnly);
      skip();
    } else if (accept(Keyword::kIsolation)) {
      expect(Keyword::kLevel, "ISOLATION");
      start.isolation = upper_case(parse_name("an isolation level such as SERIALIZABLE").text);
      // READ COMMITTED, READ UNCOMMITTED and REPEATABLE READ are two words.
      const bool second = start.isolation == "READ" || start.isolation == "REPEATABLE";
      if (second)
        start.isolation +=
            " " + upper_case(parse_name("the second word of the isolation level").text);
    } else {
      break;
    }
    accept(TokenKind::kComma);
  } while (true);
}

ast::StatementNode Parser::parse_rollback() {
  skip();
  if (!accept(Keyword::kTransaction)) accept(Keyword::kWork);
  if (!accept(Keyword::kTo)) return ast::Rollback{};
  accept(Keyword::kSavepoint);
  return ast::RollbackTo{parse_name("the name of the savepoint")};
}

// ---- sessions

ast::StatementNode Parser::parse_session() {
  skip();
  if (accept(Keyword::kClose)) return ast::SessionClose{};
  if (accept(Keyword::kSet)) return parse_session_set();
  if (accept(Keyword::kReset)) return parse_session_reset();
  fail_expected("SET, RESET or CLOSE after SESSION",
                {Keyword::kSet, Keyword::kReset, Keyword::kClose});
}

ast::StatementNode Parser::parse_session_set() {
  using Kind = ast::SessionSet::Kind;
  ast::SessionSet set;
  const std::size_t start = next_;
  if (accept(Keyword::kSchema)) {
    set.kind = Kind::kSchema;
    set.schema = parse_schema_reference();
  } else if (at_words({Keyword::kTime, Keyword::kZone})) {
    skip(2);
    set.kind = Kind::kTimeZone;
    set.value = parse_session_value(Kind::kValue);
  } else if (at_name() && at(TokenKind::kEqual, 1)) {
    set.kind = Kind::kOption;
    set.name = parse_name("an option");
    skip();
    set.value = parse_session_value(Kind::kValue);
  } else {
    if (at(Keyword::kProperty) && at(Keyword::kGraph, 1)) skip();
    const bool parameter =
        at_words({Keyword::kGraph, Keyword::kIf, Keyword::kNot}) ||
        (at(TokenKind::kParameter, 1) && !at(TokenKind::kEnd, 2) && !at(TokenKind::kSemicolon, 2) &&
         !at(TokenKind::kSlash, 2) && !at(TokenKind::kDot, 2));
    if (accept(Keyword::kGraph)) {
      set.kind = parameter ? Kind::kGraphParameter : Kind::kGraph;
    } else if (at(Keyword::kTable) || (at_word("BINDING") && at(Keyword::kTable, 1))) {
      skip(at(Keyword::kTable) ? 1 : 2);
      set.kind = Kind::kTable;
    } else {
      set.kind = Kind::kValue;
      if (!accept(Keyword::kValue)) accept(Keyword::kParameter);
    }
    if (set.kind == Kind::kGraph) {
      set.graph = parse_graph_reference("a graph");
    } else {
      parse_session_parameter(set);
    }
  }
  set.position = span(start);
  return set;
}

/// `[IF NOT EXISTS] $name [[TYPED] type] = value`
void Parser::parse_session_parameter(ast::SessionSet& set) {
  set.if_not_exists = accept_if_not_exists();
  if (!at(TokenKind::kParameter)) {
    fail_expected(
        "SCHEMA, GRAPH, TIME ZONE or a parameter after SESSION SET",
        {Keyword::kSchema, Keyword::kGraph, Keyword::kTime, Keyword::kValue, Keyword::kTable});
  }
  set.name = {token().text, token().position};
  skip();
  const bool typed = accept(Keyword::kTyped) || accept(TokenKind::kDoubleColon);
  if (typed || !at(TokenKind::kEqual)) set.type = parse_type();
  expect(TokenKind::kEqual, "`=` and a value after the parameter");
  if (set.kind == ast::SessionSet::Kind::kGraphParameter) {
    // A graph is named; it is no value of an expression.
    set.graph = parse_graph_reference("a graph");
    return;
  }
  set.value = parse_session_value(set.kind);
}

/// A query in braces, or an expression, which is a query of one RETURN.
std::unique_ptr<ast::Query> Parser::parse_session_value(ast::SessionSet::Kind kind) {
  const std::size_t start = next_;
  const bool table = kind == ast::SessionSet::Kind::kTable;
  const std::size_t word = table && at(Keyword::kTable) ? 1 : 0;
  if (at_subquery_body(word) && at_clause(word + 1)) {
    skip(word);
    return parse_braced_query("the query");
  }
  ast::ReturnClause result;
  ast::ProjectionItem& item = result.projection.items.emplace_back();
  item.expression = parse_expression();
  item.text = source(start);
  result.projection.position = span(start);
  auto query = std::make_unique<ast::Query>();
  query->position = span(start);
  ast::CompositeQuery& part = query->parts.emplace_back();
  part.position = span(start);
  part.first.clauses.emplace_back(std::move(result));
  return query;
}

ast::StatementNode Parser::parse_session_reset() {
  using Kind = ast::SessionReset::Kind;
  const bool all = accept(Keyword::kAll);
  if (accept(Keyword::kParameters)) return ast::SessionReset{Kind::kParameters, {}};
  if (accept(Keyword::kCharacteristics) || all) return ast::SessionReset{Kind::kAll, {}};
  if (accept(Keyword::kSchema)) return ast::SessionReset{Kind::kSchema, {}};
  if (at(Keyword::kGraph) || (at(Keyword::kProperty) && at(Keyword::kGraph, 1))) {
    skip(at(Keyword::kGraph) ? 1 : 2);
    return ast::SessionReset{Kind::kGraph, {}};
  }
  if (accept_words({Keyword::kTime, Keyword::kZone})) return ast::SessionReset{Kind::kTimeZone, {}};
  if (at(Keyword::kParameter) || at(TokenKind::kParameter)) {
    accept(Keyword::kParameter);
    if (!at(TokenKind::kParameter)) fail_expected("a parameter such as $x");
    ast::SessionReset reset{Kind::kParameter, {token().text, token().position}};
    skip();
    return reset;
  }
  return ast::SessionReset{Kind::kAll, {}};
}

/// KILL QUERY 'id' is CALL system.kill_query('id').
ast::StatementNode Parser::parse_kill() {
  const std::size_t start = next_;
  skip();
  if (!accept(Keyword::kQuery)) expect(Keyword::kTransaction, "KILL");
  ast::CallProcedure kill;
  kill.name = {"system.kill_query", tokens_[start].position};
  kill.arguments.push_back(parse_expression());
  kill.position = span(start);
  ast::Query query;
  query.position = span(start);
  query.parts.emplace_back();
  query.parts[0].position = span(start);
  query.parts[0].first.clauses.emplace_back(std::move(kill));
  return query;
}

}  // namespace geode::gql
