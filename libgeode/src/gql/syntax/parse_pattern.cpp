#include <utility>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {

using ast::LabelExpression;
using ast::LabelExpressionPtr;
using ast::make_label;

// ---- graph patterns

ast::GraphPattern Parser::parse_graph_pattern() {
  Setting pipe(pipe_ends_, false);
  Setting in(in_ends_, false);
  ast::GraphPattern pattern;
  if (at(Keyword::kDifferent) &&
      at_any({Keyword::kEdge, Keyword::kEdges, Keyword::kRelationship, Keyword::kRelationships},
             1)) {
    skip(2);
    accept(Keyword::kBindings);
    pattern.mode = ast::MatchMode::kDifferentEdges;
  } else if (at(Keyword::kRepeatable) && at_any({Keyword::kElement, Keyword::kElements}, 1)) {
    skip(2);
    accept(Keyword::kBindings);
    pattern.mode = ast::MatchMode::kRepeatableElements;
  }
  do {
    pattern.paths.push_back(parse_path_pattern());
  } while (!at_next_source() && accept(TokenKind::kComma));
  if (accept(Keyword::kKeep)) {
    pattern.keep = parse_path_prefix();
    if (!pattern.keep) {
      fail_expected("a path mode or path search such as TRAIL or ANY SHORTEST after KEEP",
                    {Keyword::kTrail, Keyword::kWalk, Keyword::kSimple, Keyword::kAcyclic,
                     Keyword::kAny, Keyword::kAll, Keyword::kShortest});
    }
  }
  while (at(Keyword::kUsing)) pattern.hints.push_back(parse_scan_hint());
  if (accept(Keyword::kWhere)) pattern.condition = parse_condition();
  if (accept(Keyword::kYield)) {
    pattern.yield.emplace();
    do {
      pattern.yield->push_back(parse_name("a variable of the pattern"));
    } while (accept(TokenKind::kComma));
  }
  return pattern;
}

/// The comma before another source of SELECT: what follows begins no path.
bool Parser::at_next_source() const {
  if (!sources_follow_ || !at(TokenKind::kComma)) return false;
  const bool path = at(TokenKind::kLeftParen, 1) || at(TokenKind::kMinus, 1) ||
                    at(TokenKind::kTilde, 1) || at(TokenKind::kLess, 1) || at_path_mode(1) ||
                    at_any({Keyword::kAll, Keyword::kAny, Keyword::kShortest}, 1) ||
                    (at_name(1) && at(TokenKind::kEqual, 2)) || at_cypher_path_function(1);
  return !path;
}

/// `USING INDEX n:Label(key, ..)`, `USING SCAN n:Label`
ast::ScanHint Parser::parse_scan_hint() {
  const std::size_t start = next_;
  skip();
  ast::ScanHint hint;
  if (accept(Keyword::kIndex)) {
    hint.index = true;
    // Neo4j also names the kind: USING INDEX SEEK n:Label(key).
    if (at_word("SEEK") && at_name(1)) skip();
  } else if (at_word("SCAN")) {
    skip();
  } else {
    fail_expected("INDEX or SCAN after USING", {Keyword::kIndex});
  }
  hint.variable = parse_name("a variable of the pattern");
  expect(TokenKind::kColon, "`:` and a label after the variable");
  hint.label = parse_name("a label");
  if (hint.index) {
    const std::size_t open = next_;
    expect(TokenKind::kLeftParen, "`(` and the keys of the index");
    do {
      hint.keys.push_back(parse_name("a property key of the index"));
    } while (accept(TokenKind::kComma));
    expect_close(TokenKind::kRightParen, open, "the keys of the index");
  }
  hint.position = span(start);
  return hint;
}

ast::PathPattern Parser::parse_path_pattern() {
  const std::size_t start = next_;
  ast::PathPattern path;
  if (at_name() && at(TokenKind::kEqual, 1)) {
    path.variable = parse_name("a path variable");
    skip();
  }
  if (at_cypher_path_function(0)) {
    parse_cypher_path_function(path);
  } else {
    if (auto prefix = parse_path_prefix()) path.prefix = *prefix;
    // `ANY SHORTEST p = ...` is as clear as `p = ANY SHORTEST ...`.
    if (!path.variable && at_name() && at(TokenKind::kEqual, 1)) {
      path.variable = parse_name("a path variable");
      skip();
    }
    path.term = parse_path_term(true);
  }
  path.position = span(start);
  return path;
}

bool Parser::at_cypher_path_function(std::size_t ahead) const {
  return (at_word("SHORTESTPATH", ahead) || at_word("ALLSHORTESTPATHS", ahead)) &&
         at(TokenKind::kLeftParen, ahead + 1);
}

void Parser::parse_cypher_path_function(ast::PathPattern& path) {
  path.prefix.search =
      at_word("SHORTESTPATH") ? ast::PathSearch::kAnyShortest : ast::PathSearch::kAllShortest;
  path.prefix.written = true;
  path.prefix.cypher_function = true;
  const std::size_t open = next_ + 1;
  skip(2);
  path.term = parse_path_term(false);
  expect_close(TokenKind::kRightParen, open, "the shortest path");
}

bool Parser::at_path_mode(std::size_t ahead) const {
  return at_any({Keyword::kWalk, Keyword::kTrail, Keyword::kSimple, Keyword::kAcyclic}, ahead);
}

ast::PathMode Parser::accept_path_mode() {
  if (accept(Keyword::kWalk)) return ast::PathMode::kWalk;
  if (accept(Keyword::kTrail)) return ast::PathMode::kTrail;
  if (accept(Keyword::kSimple)) return ast::PathMode::kSimple;
  if (accept(Keyword::kAcyclic)) return ast::PathMode::kAcyclic;
  return ast::PathMode::kUnspecified;
}

std::optional<ast::PathPrefix> Parser::parse_path_prefix() {
  ast::PathPrefix prefix;
  prefix.written = true;
  const auto accept_count = [&] {
    if (at(TokenKind::kInteger)) {
      const Position written = token().position;
      prefix.count = parse_count("a number of paths");
      if (prefix.count == 0) fail("a path search looks for at least one path", written);
    } else if (at(TokenKind::kParameter)) {
      prefix.count_parameter = token().text;
      skip();
    }
  };
  if (accept_words({Keyword::kAll, Keyword::kShortest})) {
    prefix.search = ast::PathSearch::kAllShortest;
  } else if (accept_words({Keyword::kAny, Keyword::kShortest})) {
    prefix.search = ast::PathSearch::kAnyShortest;
  } else if (accept(Keyword::kShortest)) {
    prefix.search = ast::PathSearch::kShortestK;
    accept_count();
  } else if (accept(Keyword::kAny)) {
    prefix.search = ast::PathSearch::kAny;
    accept_count();
  } else if (!accept(Keyword::kAll) && !at_path_mode()) {
    return std::nullopt;
  }
  prefix.mode = accept_path_mode();
  if (!accept(Keyword::kPath)) accept(Keyword::kPaths);
  if (prefix.search == ast::PathSearch::kShortestK &&
      (accept(Keyword::kGroup) || accept(Keyword::kGroups))) {
    prefix.search = ast::PathSearch::kShortestKGroup;
  }
  return prefix;
}

// ---- label expressions

LabelExpressionPtr Parser::parse_label_expression() {
  Nesting nesting(*this);
  Height height(*this);
  LabelExpressionPtr left = parse_label_conjunction();
  while (at(TokenKind::kPipe) && !pipe_ends_) {
    skip();
    // openCypher also writes [:A|:B].
    accept(TokenKind::kColon);
    LabelExpressionPtr right = parse_label_conjunction();
    left = make_label(LabelExpression::Kind::kOr, std::move(left), std::move(right));
    height.grow();
  }
  return left;
}

LabelExpressionPtr Parser::parse_label_conjunction() {
  Height height(*this);
  LabelExpressionPtr left = parse_label_primary();
  // In `(n:A:B)` a colon joins labels as `&` does.
  while (accept(TokenKind::kAmpersand) || accept(TokenKind::kColon)) {
    LabelExpressionPtr right = parse_label_primary();
    left = make_label(LabelExpression::Kind::kAnd, std::move(left), std::move(right));
    height.grow();
  }
  return left;
}

LabelExpressionPtr Parser::parse_label_primary() {
  Nesting nesting(*this);
  Height height(*this);
  height.grow();
  if (accept(TokenKind::kExclamation)) {
    return make_label(LabelExpression::Kind::kNot, parse_label_primary(), nullptr);
  }
  if (accept(TokenKind::kPercent))
    return make_label(LabelExpression::Kind::kWildcard, nullptr, nullptr);
  if (at(TokenKind::kLeftParen)) {
    const std::size_t open = next_;
    skip();
    Setting pipe(pipe_ends_, false);
    LabelExpressionPtr inner = parse_label_expression();
    expect_close(TokenKind::kRightParen, open, "the label expression");
    return inner;
  }
  bool any = false;
  if (ast::ExpressionPtr name = parse_dynamic_name(&any)) {
    LabelExpressionPtr label = make_label(LabelExpression::Kind::kDynamic, nullptr, nullptr);
    label->dynamic = std::move(name);
    label->any = any;
    return label;
  }
  LabelExpressionPtr label = make_label(LabelExpression::Kind::kName, nullptr, nullptr);
  label->name = parse_name("a label");
  return label;
}

ast::ExpressionPtr Parser::parse_dynamic_name(bool* any) {
  const bool chosen =
      at(TokenKind::kParameter) && any != nullptr && at(TokenKind::kLeftParen, 1) &&
      (equals_ignoring_case(token().text, "ANY") || equals_ignoring_case(token().text, "ALL"));
  if (!chosen && !at(TokenKind::kDollar)) return nullptr;
  if (chosen) *any = equals_ignoring_case(token().text, "ANY");
  skip();
  const std::size_t open = next_;
  expect(TokenKind::kLeftParen, "`(` after `$`");
  ast::ExpressionPtr name = parse_enclosed();
  expect_close(TokenKind::kRightParen, open, "the name");
  return name;
}

}  // namespace geode::gql
