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
  return start;
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
  ast::SessionSet set{};
  const auto reference = [&](std::string_view what) {
    // `/`, `/a/b` and `..` are references to schemas.
    const std::size_t start = next_;
    while (at(TokenKind::kSlash) || at(TokenKind::kDotDot) || at(TokenKind::kDot)) skip();
    if (next_ == start || at_name()) {
      std::string name = parse_name(what).text;
      while ((at(TokenKind::kSlash) || at(TokenKind::kDot)) && at_name(1)) skip(2);
      if (next_ == start + 1) return name;
    }
    return source(start);
  };
  if (accept(Keyword::kSchema)) {
    set.kind = Kind::kSchema;
    set.name = reference("a schema");
    return set;
  }
  if (at_words({Keyword::kTime, Keyword::kZone})) {
    skip(2);
    set.kind = Kind::kTimeZone;
    set.value = parse_expression();
    return set;
  }
  if (at(Keyword::kProperty) && at(Keyword::kGraph, 1)) skip();
  const bool graph = accept(Keyword::kGraph);
  if (graph && !at(TokenKind::kParameter) && !at(Keyword::kIf)) {
    set.kind = Kind::kGraph;
    set.name = reference("a graph");
    return set;
  }
  set.kind = Kind::kParameter;
  if (!graph && !accept(Keyword::kValue) && !accept(Keyword::kTable)) accept(Keyword::kParameter);
  accept_if_not_exists();
  if (!at(TokenKind::kParameter)) {
    fail_expected(
        "SCHEMA, GRAPH, TIME ZONE or a parameter after SESSION SET",
        {Keyword::kSchema, Keyword::kGraph, Keyword::kTime, Keyword::kValue, Keyword::kParameter});
  }
  set.name = token().text;
  skip();
  if (accept(Keyword::kTyped) || accept(TokenKind::kDoubleColon)) parse_type();
  expect(TokenKind::kEqual, "`=` and a value after the parameter");
  set.value = parse_expression();
  return set;
}

ast::StatementNode Parser::parse_session_reset() {
  ast::SessionReset reset;
  const bool all = accept(Keyword::kAll);
  if (accept(Keyword::kParameters)) {
    reset.what = "PARAMETERS";
  } else if (accept(Keyword::kCharacteristics) || all) {
    reset.what = "ALL";
  } else if (accept(Keyword::kSchema)) {
    reset.what = "SCHEMA";
  } else if (at(Keyword::kGraph) || (at(Keyword::kProperty) && at(Keyword::kGraph, 1))) {
    skip(at(Keyword::kGraph) ? 1 : 2);
    reset.what = "GRAPH";
  } else if (accept_words({Keyword::kTime, Keyword::kZone})) {
    reset.what = "TIME ZONE";
  } else if (at(Keyword::kParameter) || at(TokenKind::kParameter)) {
    accept(Keyword::kParameter);
    if (!at(TokenKind::kParameter)) fail_expected("a parameter such as $x");
    reset.what = "PARAMETER";
    reset.name = token().text;
    skip();
  }
  return reset;
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
