#include <utility>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {

// ---- RETURN, WITH

ast::ReturnClause Parser::parse_return() {
  const std::size_t start = next_;
  ast::ReturnClause clause;
  if (accept(Keyword::kFinish)) {
    clause.finish = true;
  } else {
    skip();
    parse_projection_items(clause.projection);
    parse_projection_tail(clause.projection);
  }
  clause.projection.position = span(start);
  return clause;
}

ast::WithClause Parser::parse_with() {
  const std::size_t start = next_;
  skip();
  ast::WithClause clause;
  parse_projection_items(clause.projection);
  parse_projection_tail(clause.projection);
  if (accept(Keyword::kWhere)) clause.projection.condition = parse_condition();
  clause.projection.position = span(start);
  return clause;
}

void Parser::parse_projection_items(ast::Projection& projection) {
  if (at(Keyword::kDistinct) && !ends_expression(1)) {
    skip();
    projection.distinct = true;
  } else if (at(Keyword::kAll) &&
             (at_name(1) || at(TokenKind::kStar, 1) || at(TokenKind::kParameter, 1) ||
              token(1).is_number() || at(TokenKind::kString, 1)) &&
             !at(Keyword::kAs, 1)) {
    skip();
  }
  if (accept(TokenKind::kStar)) {
    projection.star = true;
    if (!accept(TokenKind::kComma)) return;
  }
  do {
    projection.items.push_back(parse_projection_item());
  } while (accept(TokenKind::kComma));
}

ast::ProjectionItem Parser::parse_projection_item() {
  const std::size_t start = next_;
  ast::ProjectionItem item;
  item.expression = parse_expression();
  item.text = source(start);
  if (accept(Keyword::kAs)) item.alias = parse_name("a name after AS");
  return item;
}

/// GROUP BY, HAVING, ORDER BY and the page, in any order: HAVING after ORDER BY is unusual but
/// clear.
void Parser::parse_projection_tail(ast::Projection& projection) {
  const std::size_t start = next_;
  while (true) {
    if (at_words({Keyword::kGroup, Keyword::kBy}) && !projection.group_by) {
      skip(2);
      projection.group_by.emplace();
      if (at(TokenKind::kLeftParen) && at(TokenKind::kRightParen, 1)) {
        skip(2);
        continue;
      }
      do {
        projection.group_by->push_back(parse_expression());
      } while (accept(TokenKind::kComma));
    } else if (at(Keyword::kHaving) && !projection.having) {
      skip();
      projection.having = parse_condition();
    } else if (at_page()) {
      parse_page_part(projection.page);
      projection.page.position = span(start);
    } else {
      return;
    }
  }
}

// ---- ORDER BY, SKIP, LIMIT

bool Parser::at_page() const {
  return at_any(
      {Keyword::kOrder, Keyword::kSkip, Keyword::kOffset, Keyword::kLimit, Keyword::kFetch});
}

void Parser::parse_page_part(ast::OrderAndPage& page) {
  const Position written = token().position;
  const auto once = [&](bool before) {
    if (before) fail("this clause is written twice", written);
  };
  if (accept(Keyword::kOrder)) {
    expect(Keyword::kBy, "ORDER");
    once(!page.order_by.empty());
    do {
      ast::SortItem item;
      item.expression = parse_expression();
      if (accept(Keyword::kDesc) || accept(Keyword::kDescending)) {
        item.descending = true;
      } else if (!accept(Keyword::kAsc)) {
        accept(Keyword::kAscending);
      }
      if (accept(Keyword::kNulls)) {
        if (!at_any({Keyword::kFirst, Keyword::kLast})) {
          fail_expected("FIRST or LAST after NULLS", {Keyword::kFirst, Keyword::kLast});
        }
        item.nulls =
            at(Keyword::kFirst) ? ast::SortItem::Nulls::kFirst : ast::SortItem::Nulls::kLast;
        skip();
      }
      page.order_by.push_back(std::move(item));
    } while (accept(TokenKind::kComma));
  } else if (accept(Keyword::kLimit)) {
    once(page.limit != nullptr);
    page.limit = parse_expression();
  } else if (accept(Keyword::kFetch)) {
    // FETCH FIRST n ROWS ONLY is SQL's LIMIT n; without n it is one row.
    once(page.limit != nullptr);
    if (!accept(Keyword::kFirst)) expect(Keyword::kNext, "FETCH");
    page.limit = at_any({Keyword::kRow, Keyword::kRows}) ? make(next_, ast::Literal{Value(1)})
                                                         : parse_arithmetic(0);
    if (!accept(Keyword::kRow)) expect(Keyword::kRows, "the number of rows");
    expect(Keyword::kOnly, "FETCH ... ROWS");
  } else {
    skip();
    once(page.offset != nullptr);
    page.offset = parse_expression();
    if (!accept(Keyword::kRow)) accept(Keyword::kRows);
  }
}

// ---- SELECT

/// SELECT becomes what it means: its sources, a filter, and a RETURN.
void Parser::parse_select(std::vector<ast::Clause>& out) {
  const std::size_t start = next_;
  skip();
  ast::ReturnClause clause;
  parse_projection_items(clause.projection);
  if (accept(Keyword::kFrom)) {
    Setting sources(sources_follow_, true);
    do {
      parse_select_source(out);
    } while (accept(TokenKind::kComma));
  }
  if (at(Keyword::kWhere)) out.emplace_back(parse_filter());
  parse_projection_tail(clause.projection);
  clause.projection.position = span(start);
  out.emplace_back(std::move(clause));
}

void Parser::parse_select_source(std::vector<ast::Clause>& out) {
  const std::size_t start = next_;
  if (at(Keyword::kGraphTable) && at(TokenKind::kLeftParen, 1)) return parse_graph_table(out);
  if (!at_any({Keyword::kMatch, Keyword::kOptional}) && !at(TokenKind::kLeftBrace)) {
    constexpr std::string_view kSources = "MATCH, a graph, a table or `{` and a query after FROM";
    const std::size_t end = end_of_graph_reference(0);
    if (!at_any({Keyword::kMatch, Keyword::kOptional}, end) && !at(TokenKind::kLeftBrace, end)) {
      // A table of the system is a procedure whose columns are all taken.
      ast::CallProcedure table;
      table.name = parse_dotted_name(kSources);
      table.has_yield = true;
      table.yield_star = true;
      table.table = true;
      if (at(TokenKind::kLeftParen)) {
        const std::size_t open = next_;
        skip();
        table.arguments = parse_arguments(TokenKind::kRightParen);
        expect_close(TokenKind::kRightParen, open, "the arguments");
      }
      table.position = span(start);
      out.emplace_back(std::move(table));
      return;
    }
    out.emplace_back(ast::UseClause{parse_graph_reference(kSources)});
  }
  if (at(TokenKind::kLeftBrace)) {
    ast::CallSubquery nested;
    nested.query = parse_braced_query("the nested query");
    nested.position = span(start);
    out.emplace_back(std::move(nested));
    return;
  }
  while (at_any({Keyword::kMatch, Keyword::kOptional})) parse_clause(out);
}

/// SQL/PGQ's GRAPH_TABLE ( [graph] MATCH .. COLUMNS (a.b AS c, ..) )
void Parser::parse_graph_table(std::vector<ast::Clause>& out) {
  Setting sources(sources_follow_, false);
  const std::size_t open = next_ + 1;
  skip(2);
  if (!at(Keyword::kMatch))
    out.emplace_back(ast::UseClause{parse_graph_reference("MATCH or the name of a graph")});
  if (!at(Keyword::kMatch)) fail_expected("MATCH", {Keyword::kMatch});
  out.emplace_back(parse_match());
  const std::size_t start = next_;
  expect(Keyword::kColumns, "the pattern of GRAPH_TABLE");
  const std::size_t columns = next_;
  expect(TokenKind::kLeftParen, "`(` and columns");
  ast::WithClause with;
  do {
    ast::ProjectionItem item = parse_projection_item();
    // A column without a name of its own is named by its property.
    if (!item.alias) {
      if (const auto* property = std::get_if<ast::PropertyAccess>(&item.expression->node))
        item.alias = property->key;
    }
    with.projection.items.push_back(std::move(item));
  } while (accept(TokenKind::kComma));
  expect_close(TokenKind::kRightParen, columns, "the columns");
  with.projection.position = span(start);
  out.emplace_back(std::move(with));
  expect_close(TokenKind::kRightParen, open, "GRAPH_TABLE");
}

}  // namespace geode::gql
