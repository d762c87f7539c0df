#include <utility>

#include <fmt/core.h>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {

using ast::Clause;

// ---- CALL

Clause Parser::parse_call(bool optional, std::size_t start) {
  skip();
  if (at(TokenKind::kLeftBrace) || at(TokenKind::kLeftParen)) {
    ast::CallSubquery call;
    call.optional = optional;
    if (at(TokenKind::kLeftParen)) {
      const std::size_t open = next_;
      skip();
      if (!accept(TokenKind::kStar)) {
        call.scope.emplace();
        while (!at(TokenKind::kRightParen)) {
          call.scope->push_back(parse_name("a variable of the scope, or `)`"));
          if (!accept(TokenKind::kComma)) break;
        }
      }
      expect_close(TokenKind::kRightParen, open, "the scope of CALL");
    }
    call.query = parse_braced_query("the subquery");
    if (at(Keyword::kIn) && at(Keyword::kTransactions, 1))
      call.batches = parse_transaction_batches();
    call.position = span(start);
    return call;
  }
  ast::CallProcedure call;
  call.optional = optional;
  call.name = parse_dotted_name("the name of a procedure, or `{` and a subquery, after CALL");
  call.implicit_arguments = !at(TokenKind::kLeftParen);
  if (!call.implicit_arguments) {
    const std::size_t open = next_;
    skip();
    call.arguments = parse_arguments(TokenKind::kRightParen);
    expect_close(TokenKind::kRightParen, open, "the arguments");
  }
  if (accept(Keyword::kYield)) parse_yield(call);
  call.position = span(start);
  return call;
}

/// `IN TRANSACTIONS [OF n ROWS] [ON ERROR FAIL | BREAK | CONTINUE] [REPORT STATUS AS s]`
ast::TransactionBatches Parser::parse_transaction_batches() {
  using OnError = ast::TransactionBatches::OnError;
  const std::size_t start = next_;
  skip(2);
  ast::TransactionBatches batches;
  if (accept(Keyword::kOf)) {
    batches.rows = parse_arithmetic(0);
    if (!accept(Keyword::kRow)) expect(Keyword::kRows, "the number of rows");
  }
  if (at(Keyword::kOn) && at_word("ERROR", 1)) {
    skip(2);
    if (at_word("FAIL")) {
      batches.on_error = OnError::kFail;
    } else if (at_word("BREAK")) {
      batches.on_error = OnError::kBreak;
    } else if (at_word("CONTINUE")) {
      batches.on_error = OnError::kContinue;
    } else {
      fail_expected("FAIL, BREAK or CONTINUE after ON ERROR");
    }
    skip();
  }
  if (at_word("REPORT") && at_word("STATUS", 1)) {
    skip(2);
    expect(Keyword::kAs, "REPORT STATUS");
    batches.status = parse_name("a variable after AS");
  }
  batches.position = span(start);
  return batches;
}

// ---- LOAD CSV

ast::LoadCsv Parser::parse_load_csv() {
  const std::size_t start = next_;
  skip(2);
  ast::LoadCsv load;
  if (accept(Keyword::kWith)) {
    if (!at_word("HEADERS")) fail_expected("HEADERS after WITH");
    skip();
    load.headers = true;
  }
  expect(Keyword::kFrom, load.headers ? "HEADERS" : "LOAD CSV");
  load.source = parse_expression();
  expect(Keyword::kAs, "the file");
  load.variable = parse_name("a variable after AS");
  if (at_word("FIELDTERMINATOR")) {
    skip();
    if (!at(TokenKind::kString) || token().text.size() != 1 || token().text == "\n" ||
        token().text == "\"") {
      fail_expected("one character in quotes, such as ';', after FIELDTERMINATOR");
    }
    load.separator = token().text;
    skip();
  }
  load.position = span(start);
  return load;
}

/// `* | - | column [AS name], .. [WHERE condition]`
void Parser::parse_yield(ast::CallProcedure& call) {
  call.has_yield = true;
  if (accept(TokenKind::kStar)) {
    call.yield_star = true;
  } else if (!accept(TokenKind::kMinus)) {
    do {
      ast::Name column = parse_name("a result column after YIELD");
      std::optional<ast::Name> alias;
      if (accept(Keyword::kAs)) alias = parse_name("a name after AS");
      call.yield.emplace_back(std::move(column), std::move(alias));
    } while (accept(TokenKind::kComma));
  }
  if (accept(Keyword::kWhere)) call.condition = parse_condition();
}

// ---- subqueries

std::unique_ptr<ast::Query> Parser::parse_braced_query(std::string_view construct) {
  const std::size_t open = next_;
  expect(TokenKind::kLeftBrace, "`{` and a query");
  Setting full(return_optional_, false);
  auto query = std::make_unique<ast::Query>(parse_query());
  expect_close(TokenKind::kRightBrace, open, construct);
  return query;
}

std::unique_ptr<ast::Query> Parser::parse_subquery_body(bool return_optional) {
  Setting optional(return_optional_, return_optional);
  if (at_clause() || at_definition() || at(Keyword::kAt))
    return std::make_unique<ast::Query>(parse_query());
  Nesting nesting(*this);
  Setting paths(path_predicates_, false);
  Setting sources(sources_follow_, false);
  const std::size_t start = next_;
  ast::MatchClause match;
  match.pattern = parse_graph_pattern();
  match.position = span(start);
  auto query = std::make_unique<ast::Query>();
  query->position = span(start);
  query->parts.emplace_back();
  query->parts[0].position = span(start);
  query->parts[0].first.clauses.emplace_back(std::move(match));
  return query;
}

/// Tells COUNT { .. } from a variable named count and what comes after it, such as the braces of a
/// map projection.
bool Parser::at_subquery_body(std::size_t ahead) const {
  if (!at(TokenKind::kLeftBrace, ahead)) return false;
  const std::size_t first = ahead + 1;
  if (at(TokenKind::kLeftParen, first) || at(TokenKind::kLeftBrace, first)) return true;
  if (at_name(first) && at(TokenKind::kEqual, first + 1)) return true;
  const bool named = at(TokenKind::kColon, first + 1) || at(TokenKind::kComma, first + 1) ||
                     at(TokenKind::kRightBrace, first + 1);
  if (named && !at(Keyword::kFinish, first)) return false;
  return at_clause(first) || at_definition(first) || at(Keyword::kAt, first) ||
         at_path_mode(first) || at_any({Keyword::kAny, Keyword::kAll, Keyword::kShortest}, first);
}

}  // namespace geode::gql
