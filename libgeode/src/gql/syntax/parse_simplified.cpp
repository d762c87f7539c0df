#include <utility>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {

using ast::EdgeDirection;
using ast::LabelExpression;
using ast::PathFactor;
using ast::PathTerm;

bool Parser::at_simplified_path() const {
  return at(TokenKind::kSlash) &&
         (at_name(1) || at(TokenKind::kExclamation, 1) || at(TokenKind::kPercent, 1) ||
          at(TokenKind::kLeftParen, 1) || at(TokenKind::kLess, 1) || at(TokenKind::kTilde, 1) ||
          at(TokenKind::kMinus, 1));
}

/// The part between the slashes, with `|` and `|+|`.
Parser::Simplified Parser::parse_simplified_contents() {
  Nesting nesting(*this);
  const std::size_t start = next_;
  Simplified first = parse_simplified_term();
  if (!at(TokenKind::kPipe) && !at(TokenKind::kMultisetPipe)) return first;
  const TokenKind separator = token().kind;
  Simplified either;
  either.kind =
      separator == TokenKind::kPipe ? Simplified::Kind::kUnion : Simplified::Kind::kMultiset;
  either.parts.push_back(std::move(first));
  while (accept(separator)) {
    Simplified next = parse_simplified_term();
    Simplified& last = either.parts.back();
    // An edge has one label: a union of labels is a label expression.
    if (either.kind == Simplified::Kind::kUnion && last.kind == Simplified::Kind::kLabel &&
        next.kind == Simplified::Kind::kLabel) {
      last.label =
          ast::make_label(LabelExpression::Kind::kOr, std::move(last.label), std::move(next.label));
      last.position = span(start);
      continue;
    }
    either.parts.push_back(std::move(next));
  }
  if (at(TokenKind::kPipe) || at(TokenKind::kMultisetPipe)) {
    fail("`|` and `|+|` cannot be mixed without parentheses", token().position);
  }
  if (either.parts.size() == 1) return std::move(either.parts[0]);
  either.position = span(start);
  return either;
}

/// Factors one after another.
Parser::Simplified Parser::parse_simplified_term() {
  const std::size_t start = next_;
  Simplified sequence;
  sequence.kind = Simplified::Kind::kSequence;
  while (true) {
    sequence.parts.push_back(parse_simplified_factor());
    const bool more = at_name() || at(TokenKind::kExclamation) || at(TokenKind::kPercent) ||
                      at(TokenKind::kLeftParen) || at(TokenKind::kLess) || at(TokenKind::kTilde) ||
                      (at(TokenKind::kMinus) && !at(TokenKind::kGreater, 1));
    if (!more) break;
  }
  if (sequence.parts.size() == 1) return std::move(sequence.parts[0]);
  sequence.position = span(start);
  return sequence;
}

/// A conjunction of labels, or one part with its direction and quantifier.
Parser::Simplified Parser::parse_simplified_factor() {
  const std::size_t start = next_;
  Simplified factor = parse_simplified_directed();
  while (at(TokenKind::kAmpersand)) {
    const Position ampersand = token().position;
    skip();
    Simplified other = parse_simplified_directed();
    if (factor.kind != Simplified::Kind::kLabel || other.kind != Simplified::Kind::kLabel) {
      fail("`&` joins labels, not paths", ampersand, "UnexpectedSyntax");
    }
    factor.label = ast::make_label(LabelExpression::Kind::kAnd, std::move(factor.label),
                                   std::move(other.label));
    factor.position = span(start);
  }
  if (auto quantifier = parse_quantifier()) {
    Simplified quantified;
    quantified.kind = Simplified::Kind::kQuantified;
    quantified.quantifier = *quantifier;
    quantified.parts.push_back(std::move(factor));
    quantified.position = span(start);
    return quantified;
  }
  return factor;
}

/// The overrides `<A`, `<A>`, `<~A`, `~A`, `~A>`, `-A` and `A>`.
Parser::Simplified Parser::parse_simplified_directed() {
  const std::size_t start = next_;
  const bool left = accept(TokenKind::kLess);
  const bool tilde = accept(TokenKind::kTilde);
  const bool any = !left && !tilde && accept(TokenKind::kMinus);
  Simplified inner = parse_simplified_primary();
  const bool right = !any && !(left && tilde) && accept(TokenKind::kGreater);
  if (!left && !tilde && !any && !right) return inner;
  Simplified directed;
  directed.kind = Simplified::Kind::kDirected;
  if (tilde) {
    directed.direction = left    ? EdgeDirection::kLeftOrUndirected
                         : right ? EdgeDirection::kUndirectedOrRight
                                 : EdgeDirection::kUndirected;
  } else {
    directed.direction = any             ? EdgeDirection::kAny
                         : left && right ? EdgeDirection::kLeftOrRight
                         : left          ? EdgeDirection::kLeft
                                         : EdgeDirection::kRight;
  }
  directed.parts.push_back(std::move(inner));
  directed.position = span(start);
  return directed;
}

Parser::Simplified Parser::parse_simplified_primary() {
  Nesting nesting(*this);
  const std::size_t start = next_;
  Simplified primary;
  if (accept(TokenKind::kExclamation)) {
    primary = parse_simplified_primary();
    if (primary.kind != Simplified::Kind::kLabel) {
      fail("`!` negates labels, not paths", span(start), "UnexpectedSyntax");
    }
    primary.label = ast::make_label(LabelExpression::Kind::kNot, std::move(primary.label), nullptr);
  } else if (at(TokenKind::kLeftParen)) {
    skip();
    primary = parse_simplified_contents();
    expect_close(TokenKind::kRightParen, start, "the simplified path pattern");
  } else {
    if (!at_name() && !at(TokenKind::kPercent))
      fail_expected("a label of a simplified path pattern");
    primary.label = parse_label_primary();
  }
  primary.position = span(start);
  return primary;
}

/// Adds what a simplified path means to `factors`.
void Parser::write_out(Simplified& path, EdgeDirection direction,
                       std::vector<PathFactor>& factors) {
  using Kind = Simplified::Kind;
  switch (path.kind) {
    case Kind::kLabel: {
      ast::EdgePattern edge;
      edge.element.labels = std::move(path.label);
      edge.element.position = path.position;
      edge.direction = direction;
      factors.emplace_back(std::move(edge));
      return;
    }
    case Kind::kSequence:
      for (Simplified& part : path.parts) write_out(part, direction, factors);
      return;
    case Kind::kDirected:
      return write_out(path.parts[0], path.direction, factors);
    case Kind::kUnion:
    case Kind::kMultiset: {
      ast::ParenthesizedPath either;
      either.position = path.position;
      either.term = std::make_unique<PathTerm>();
      either.term->multiset = path.kind == Kind::kMultiset;
      for (Simplified& part : path.parts)
        either.term->alternatives.push_back(simplified_term(part, direction));
      factors.emplace_back(std::move(either));
      return;
    }
    case Kind::kQuantified: {
      PathTerm term;
      write_out(path.parts[0], direction, term.factors);
      auto* edge =
          term.factors.size() == 1 ? std::get_if<ast::EdgePattern>(&term.factors[0]) : nullptr;
      if (edge != nullptr && !edge->quantifier) {
        edge->quantifier = path.quantifier;
        factors.push_back(std::move(term.factors[0]));
        return;
      }
      ast::ParenthesizedPath repeated;
      repeated.position = path.position;
      repeated.quantifier = path.quantifier;
      term.factors = insert_implied_nodes(std::move(term.factors));
      repeated.term = std::make_unique<PathTerm>(std::move(term));
      factors.emplace_back(std::move(repeated));
      return;
    }
  }
}

PathTerm Parser::simplified_term(Simplified& path, EdgeDirection direction) {
  PathTerm term;
  write_out(path, direction, term.factors);
  term.factors = insert_implied_nodes(std::move(term.factors));
  return term;
}

/// At the slash. `edge` has the direction, known only behind the other slash, afterwards.
Parser::Simplified Parser::parse_simplified(TokenKind line) {
  skip();
  Simplified path = parse_simplified_contents();
  expect(TokenKind::kSlash, "`/` to close the simplified path pattern");
  expect(line, "`-` or `~` after the simplified path pattern");
  return path;
}

PathFactor Parser::simplified_factor(Simplified& path, const ast::EdgePattern& edge) {
  std::vector<PathFactor> factors;
  write_out(path, edge.direction, factors);
  if (factors.size() == 1) {
    if (auto* single = std::get_if<ast::EdgePattern>(&factors[0])) {
      single->element.position = edge.element.position;
      if (!single->quantifier || !edge.quantifier) {
        if (edge.quantifier) single->quantifier = edge.quantifier;
        return std::move(factors[0]);
      }
    } else if (auto* parentheses = std::get_if<ast::ParenthesizedPath>(&factors[0]);
               parentheses != nullptr && (!parentheses->quantifier || !edge.quantifier)) {
      if (edge.quantifier) parentheses->quantifier = edge.quantifier;
      return std::move(factors[0]);
    }
  }
  ast::ParenthesizedPath whole;
  whole.position = edge.element.position;
  whole.quantifier = edge.quantifier;
  whole.term = std::make_unique<PathTerm>();
  whole.term->factors = insert_implied_nodes(std::move(factors));
  return whole;
}

}  // namespace geode::gql
