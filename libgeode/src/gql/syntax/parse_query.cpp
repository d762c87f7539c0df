#include <utility>

#include <fmt/core.h>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {
namespace {

using ast::Clause;
using ast::SetOperator;

template <class T>
bool is(const Clause& clause) {
  return std::holds_alternative<T>(clause);
}

}  // namespace

// ---- queries

ast::Query Parser::parse_query() {
  Nesting nesting(*this);
  Height height(*this);
  height.grow();
  Setting pipe(pipe_ends_, false);
  Setting in(in_ends_, false);
  Setting paths(path_predicates_, false);
  Setting sources(sources_follow_, false);
  const std::size_t start = next_;
  ast::Query query;
  if (accept(Keyword::kAt)) query.at = parse_schema_reference();
  while (at_definition()) query.definitions.push_back(parse_definition());
  query.parts.push_back(parse_composite_query());
  while (accept(Keyword::kNext)) {
    std::vector<Clause> yielded;
    if (accept(Keyword::kYield)) parse_next_yield(yielded);
    ast::CompositeQuery part = parse_composite_query();
    auto& clauses = part.first.clauses;
    clauses.insert(clauses.begin(), std::make_move_iterator(yielded.begin()),
                   std::make_move_iterator(yielded.end()));
    query.parts.push_back(std::move(part));
  }
  query.position = span(start);
  return query;
}

/// `[PROPERTY] GRAPH g` and a type or `=`.
bool Parser::at_graph_definition(std::size_t ahead) const {
  if (at(Keyword::kProperty, ahead)) ++ahead;
  return at(Keyword::kGraph, ahead) && at_name(ahead + 1);
}

/// `VALUE v` and a type or `=`, `[BINDING] TABLE t`, `[PROPERTY] GRAPH g`.
bool Parser::at_definition(std::size_t ahead) const {
  if (at_graph_definition(ahead)) return true;
  if (at_word("BINDING", ahead) && at(Keyword::kTable, ahead + 1)) return at_name(ahead + 2);
  return at_any({Keyword::kValue, Keyword::kTable}, ahead) && at_name(ahead + 1);
}

ast::Definition Parser::parse_definition() {
  using Kind = ast::Definition::Kind;
  const std::size_t start = next_;
  ast::Definition definition;
  definition.kind = at(Keyword::kValue)      ? Kind::kValue
                    : at_graph_definition(0) ? Kind::kGraph
                                             : Kind::kTable;
  skip(at_word("BINDING") || at(Keyword::kProperty) ? 2 : 1);
  definition.variable = parse_name("a variable");
  definition.type = parse_declared_type();
  expect(TokenKind::kEqual, "`=` and what the variable stands for");
  const bool subquery =
      at_subquery_body(0) && (at_clause(1) || at_definition(1)) && !at(TokenKind::kEqual, 2);
  if (subquery) {
    const std::size_t begin = next_;
    std::unique_ptr<ast::Query> query = parse_braced_query("the subquery");
    const auto kind =
        definition.kind == Kind::kTable ? ast::SubqueryKind::kTable : ast::SubqueryKind::kValue;
    definition.value = make(begin, ast::Subquery{kind, std::move(query)});
  } else if (definition.kind == Kind::kGraph) {
    definition.value = parse_graph_expression();
  } else {
    definition.value = parse_expression();
  }
  definition.position = span(start);
  return definition;
}

/// `[TYPED | ::] type` between a variable and its `=`.
std::optional<ast::TypeSpecification> Parser::parse_declared_type() {
  if (!accept(Keyword::kTyped) && !accept(TokenKind::kDoubleColon) &&
      (at(TokenKind::kEqual) || !(at_name() || at(TokenKind::kLeftBrace)))) {
    return std::nullopt;
  }
  return parse_type();
}

/// `NEXT YIELD a, b AS c` hands on only these columns, as WITH does.
void Parser::parse_next_yield(std::vector<Clause>& out) {
  const std::size_t start = next_;
  ast::WithClause with;
  do {
    ast::ProjectionItem item;
    const std::size_t begin = next_;
    ast::Name name = parse_name("a column of the query before NEXT");
    item.expression = make(begin, ast::Variable{name.text});
    item.text = source(begin);
    if (accept(Keyword::kAs)) item.alias = parse_name("a name after AS");
    with.projection.items.push_back(std::move(item));
  } while (accept(TokenKind::kComma));
  with.projection.position = span(start);
  out.emplace_back(std::move(with));
}

ast::CompositeQuery Parser::parse_composite_query() {
  const std::size_t start = next_;
  ast::CompositeQuery query;
  query.first = parse_linear_query();
  std::optional<SetOperator> previous;
  while (true) {
    const Position written = token().position;
    const auto op = parse_set_operator();
    if (!op) break;
    const bool unions = previous &&
                        (*previous == SetOperator::kUnion || *previous == SetOperator::kUnionAll) &&
                        (*op == SetOperator::kUnion || *op == SetOperator::kUnionAll);
    if (unions && *previous != *op) {
      fail("UNION and UNION ALL cannot be mixed in one query", written, "InvalidClauseComposition",
           "put one of them in `{ }`");
    }
    previous = op;
    query.rest.emplace_back(*op, parse_linear_query());
  }
  query.position = span(start);
  return query;
}

std::optional<SetOperator> Parser::parse_set_operator() {
  const auto with_quantifier = [&](SetOperator distinct, SetOperator all) {
    skip();
    if (accept(Keyword::kAll)) return all;
    accept(Keyword::kDistinct);
    return distinct;
  };
  switch (token().keyword) {
    case Keyword::kUnion:
      return with_quantifier(SetOperator::kUnion, SetOperator::kUnionAll);
    case Keyword::kExcept:
      return with_quantifier(SetOperator::kExcept, SetOperator::kExceptAll);
    case Keyword::kIntersect:
      return with_quantifier(SetOperator::kIntersect, SetOperator::kIntersectAll);
    case Keyword::kOtherwise:
      skip();
      return SetOperator::kOtherwise;
    default:
      return std::nullopt;
  }
}

ast::LinearQuery Parser::parse_linear_query() {
  ast::LinearQuery query;
  // `(q1 UNION q2) EXCEPT q3`: parentheses around a whole operand do what braces do.
  if (at(TokenKind::kLeftParen)) {
    parse_nested_query(query.clauses);
    return query;
  }
  if (!at_clause()) {
    fail_expected(
        "a clause such as MATCH or RETURN",
        {Keyword::kMatch, Keyword::kReturn, Keyword::kOptional, Keyword::kWith, Keyword::kUnwind,
         Keyword::kCall, Keyword::kCreate, Keyword::kInsert, Keyword::kMerge});
  }
  parse_clauses(query.clauses);
  return query;
}

bool Parser::at_end_of_linear_query() const {
  switch (token().kind) {
    case TokenKind::kEnd:
    case TokenKind::kSemicolon:
    case TokenKind::kRightBrace:
    case TokenKind::kRightParen:
      return true;
    default:
      return at_any({Keyword::kNext, Keyword::kUnion, Keyword::kExcept, Keyword::kIntersect,
                     Keyword::kOtherwise});
  }
}

bool Parser::at_clause(std::size_t ahead) const {
  switch (token(ahead).keyword) {
    case Keyword::kCall:
    case Keyword::kCreate:
    case Keyword::kDelete:
    case Keyword::kDetach:
    case Keyword::kFetch:
    case Keyword::kFilter:
    case Keyword::kFinish:
    case Keyword::kFor:
    case Keyword::kForeach:
    case Keyword::kInsert:
    case Keyword::kLet:
    case Keyword::kLimit:
    case Keyword::kMatch:
    case Keyword::kMerge:
    case Keyword::kNodetach:
    case Keyword::kOffset:
    case Keyword::kOptional:
    case Keyword::kOrder:
    case Keyword::kRemove:
    case Keyword::kReturn:
    case Keyword::kSelect:
    case Keyword::kSet:
    case Keyword::kSkip:
    case Keyword::kUnwind:
    case Keyword::kUse:
    case Keyword::kWhere:
    case Keyword::kWith:
      return true;
    default:
      return at(TokenKind::kLeftBrace, ahead) ||
             (at_word("LOAD", ahead) && at_word("CSV", ahead + 1));
  }
}

void Parser::parse_clauses(std::vector<Clause>& out) {
  const auto only_use = [&] {
    for (const Clause& clause : out) {
      if (!is<ast::UseClause>(clause)) return false;
    }
    return true;
  };
  while (!at_end_of_linear_query()) {
    if (!out.empty() && is<ast::ReturnClause>(out.back())) fail_after_clause(out);
    if (!at_clause() || (at(TokenKind::kLeftBrace) && !only_use())) fail_after_clause(out);
    parse_clause(out);
  }
  if (out.empty() || !may_end_with(out.back())) fail_after_clause(out);
}

void Parser::parse_clause(std::vector<Clause>& out) {
  const std::size_t start = next_;
  switch (token().keyword) {
    case Keyword::kMatch:
      out.emplace_back(parse_match());
      return;
    case Keyword::kOptional:
      out.push_back(parse_optional());
      return;
    case Keyword::kWhere:
    case Keyword::kFilter:
      out.emplace_back(parse_filter());
      return;
    case Keyword::kLet:
      out.emplace_back(parse_let());
      return;
    case Keyword::kFor:
      out.emplace_back(parse_for());
      return;
    case Keyword::kUnwind:
      out.emplace_back(parse_unwind());
      return;
    case Keyword::kWith:
      out.emplace_back(parse_with());
      return;
    case Keyword::kReturn:
    case Keyword::kFinish:
      out.emplace_back(parse_return());
      return;
    case Keyword::kSelect:
      parse_select(out);
      return;
    case Keyword::kCall:
      out.push_back(parse_call(false, start));
      return;
    case Keyword::kUse:
      out.emplace_back(parse_use());
      return;
    case Keyword::kInsert:
    case Keyword::kCreate:
      out.emplace_back(parse_insert());
      return;
    case Keyword::kSet:
      out.emplace_back(parse_set());
      return;
    case Keyword::kRemove:
      out.emplace_back(parse_remove());
      return;
    case Keyword::kDelete:
    case Keyword::kDetach:
    case Keyword::kNodetach:
      out.emplace_back(parse_delete());
      return;
    case Keyword::kMerge:
      out.emplace_back(parse_merge());
      return;
    case Keyword::kForeach:
      out.emplace_back(parse_foreach());
      return;
    case Keyword::kOrder:
    case Keyword::kSkip:
    case Keyword::kOffset:
    case Keyword::kLimit:
    case Keyword::kFetch: {
      ast::PageClause clause;
      while (at_page()) parse_page_part(clause.page);
      clause.page.position = span(start);
      out.emplace_back(std::move(clause));
      return;
    }
    default:
      if (at(TokenKind::kLeftBrace)) {
        parse_nested_query(out);
      } else {
        out.emplace_back(parse_load_csv());
      }
      return;
  }
}

bool Parser::may_end_with(const Clause& clause) const {
  if (return_optional_) return true;
  return !(is<ast::MatchClause>(clause) || is<ast::FilterClause>(clause) ||
           is<ast::LetClause>(clause) || is<ast::ForClause>(clause) || is<ast::LoadCsv>(clause) ||
           is<ast::WithClause>(clause) || is<ast::PageClause>(clause));
}

/// What could come next depends on what stands before.
void Parser::fail_after_clause(const std::vector<Clause>& clauses) const {
  std::string_view what = "RETURN or a further clause";
  const bool ended = at_end_of_linear_query();
  if (!clauses.empty()) {
    const Clause& last = clauses.back();
    if (const auto* match = std::get_if<ast::MatchClause>(&last)) {
      if (!match->pattern.condition && match->block.empty() && !ended)
        what = "WHERE, RETURN or a further clause";
    } else if (const auto* with = std::get_if<ast::WithClause>(&last)) {
      if (!with->projection.condition && !ended) what = "WHERE, RETURN or a further clause";
    } else if (const auto* end = std::get_if<ast::ReturnClause>(&last)) {
      what = end->finish ? "the end of the query after FINISH"
             : end->projection.page.order_by.empty()
                 ? "ORDER BY, LIMIT, UNION, NEXT or the end of the query after RETURN"
                 : "LIMIT, UNION, NEXT or the end of the query after RETURN";
      if (at(Keyword::kWhere)) {
        fail(fmt::format("expected {}, found {}", what, describe(token())), token().position,
             "UnexpectedSyntax", "WHERE stands before RETURN, HAVING behind it");
      }
    } else if (may_end_with(last)) {
      what = "RETURN, a further clause or the end of the query";
    }
  }
  fail_expected(what, {Keyword::kWhere,   Keyword::kReturn,    Keyword::kMatch,  Keyword::kOptional,
                       Keyword::kWith,    Keyword::kOrder,     Keyword::kLimit,  Keyword::kSkip,
                       Keyword::kOffset,  Keyword::kUnion,     Keyword::kSet,    Keyword::kDelete,
                       Keyword::kRemove,  Keyword::kCreate,    Keyword::kInsert, Keyword::kMerge,
                       Keyword::kUnwind,  Keyword::kFor,       Keyword::kLet,    Keyword::kFilter,
                       Keyword::kCall,    Keyword::kDetach,    Keyword::kNext,   Keyword::kFinish,
                       Keyword::kForeach, Keyword::kGroup,     Keyword::kHaving, Keyword::kAs,
                       Keyword::kExcept,  Keyword::kIntersect, Keyword::kKeep,   Keyword::kYield,
                       Keyword::kAnd,     Keyword::kOtherwise, Keyword::kSelect});
}

// ---- clauses that read

ast::MatchClause Parser::parse_match() {
  const std::size_t start = next_;
  skip();
  ast::MatchClause match;
  match.pattern = parse_graph_pattern();
  match.position = span(start);
  return match;
}

Clause Parser::parse_optional() {
  const std::size_t start = next_;
  skip();
  if (at(Keyword::kCall)) return parse_call(true, start);
  ast::MatchClause match;
  if (at(Keyword::kMatch)) {
    match = parse_match();
  } else if (at(TokenKind::kLeftBrace) || at(TokenKind::kLeftParen)) {
    const std::size_t open = next_;
    const TokenKind close =
        at(TokenKind::kLeftBrace) ? TokenKind::kRightBrace : TokenKind::kRightParen;
    skip();
    while (at_any({Keyword::kMatch, Keyword::kOptional})) {
      const bool nested = at(Keyword::kOptional);
      if (nested) skip();
      if (!at(Keyword::kMatch)) fail_expected("MATCH after OPTIONAL", {Keyword::kMatch});
      match.block.push_back(parse_match());
      match.block.back().optional = nested;
    }
    if (match.block.empty()) fail_expected("MATCH", {Keyword::kMatch});
    expect_close(close, open, "the OPTIONAL block");
  } else {
    fail_expected("MATCH, CALL or `{` after OPTIONAL", {Keyword::kMatch, Keyword::kCall});
  }
  match.optional = true;
  match.position = span(start);
  return match;
}

ast::FilterClause Parser::parse_filter() {
  const std::size_t start = next_;
  skip();
  if (tokens_[start].keyword == Keyword::kFilter) accept(Keyword::kWhere);
  ast::FilterClause filter;
  filter.condition = parse_condition();
  filter.position = span(start);
  return filter;
}

ast::LetClause Parser::parse_let() {
  const std::size_t start = next_;
  skip();
  ast::LetClause let;
  let.bindings = parse_bindings();
  let.position = span(start);
  return let;
}

std::vector<ast::ValueBinding> Parser::parse_bindings() {
  std::vector<ast::ValueBinding> bindings;
  do {
    ast::ValueBinding binding;
    const bool typed = at(Keyword::kValue) && at_name(1);
    if (typed) skip();
    binding.variable = parse_name("a variable");
    if (typed) binding.type = parse_declared_type();
    expect(TokenKind::kEqual, "`=` and a value after the variable");
    binding.value = parse_expression();
    bindings.push_back(std::move(binding));
  } while (accept(TokenKind::kComma));
  return bindings;
}

ast::ForClause Parser::parse_for() {
  const std::size_t start = next_;
  skip();
  ast::ForClause clause;
  clause.variable = parse_name("a variable");
  expect(Keyword::kIn, "the variable of FOR");
  clause.list = parse_expression();
  const bool counter = at(Keyword::kWith) && at_any({Keyword::kOrdinality, Keyword::kOffset}, 1) &&
                       at_name(2) && !at(Keyword::kAs, 2);
  if (counter) {
    clause.counter_from_one = at(Keyword::kOrdinality, 1);
    skip(2);
    clause.counter = parse_name("a variable for the counter");
  }
  clause.position = span(start);
  return clause;
}

ast::ForClause Parser::parse_unwind() {
  const std::size_t start = next_;
  skip();
  ast::ForClause clause;
  clause.only_lists = false;
  clause.list = parse_expression();
  expect(Keyword::kAs, "the list of UNWIND");
  clause.variable = parse_name("a variable after AS");
  clause.position = span(start);
  return clause;
}

ast::UseClause Parser::parse_use() {
  skip();
  return {parse_graph_reference("the name of a graph")};
}

/// `{ .. }` or `( .. )` as a whole query: one linear query is as good without them; others run as a
/// subquery whose columns are handed on.
void Parser::parse_nested_query(std::vector<Clause>& out) {
  const std::size_t start = next_;
  ast::CallSubquery nested;
  if (at(TokenKind::kLeftParen)) {
    skip();
    Setting full(return_optional_, false);
    nested.query = std::make_unique<ast::Query>(parse_query());
    expect_close(TokenKind::kRightParen, start, "the nested query");
  } else {
    nested.query = parse_braced_query("the nested query");
  }
  const bool linear =
      nested.query->parts.size() == 1 && !nested.query->at && nested.query->parts[0].rest.empty();
  if (linear && nested.query->definitions.empty()) {
    for (Clause& clause : nested.query->parts[0].first.clauses) out.push_back(std::move(clause));
    return;
  }
  nested.position = span(start);
  const Clause& last = nested.query->parts.back().first.clauses.back();
  const auto* ending = std::get_if<ast::ReturnClause>(&last);
  const bool returns = ending != nullptr && !ending->finish;
  out.emplace_back(std::move(nested));
  if (!returns) return;
  ast::ReturnClause all;
  all.projection.star = true;
  all.projection.position = span(start);
  out.emplace_back(std::move(all));
}

}  // namespace geode::gql
