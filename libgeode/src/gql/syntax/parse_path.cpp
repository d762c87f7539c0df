#include <limits>
#include <utility>

#include <fmt/core.h>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {
namespace {

using ast::EdgeDirection;
using ast::EdgePattern;
using ast::NodePattern;
using ast::PathFactor;

bool is_edge(const PathFactor& factor) { return std::holds_alternative<EdgePattern>(factor); }

}  // namespace

/// GQL lets a path begin and end with an edge and lets edges touch; what it leaves out are node
/// patterns without a filler.
std::vector<PathFactor> Parser::insert_implied_nodes(std::vector<PathFactor> written) {
  std::vector<PathFactor> factors;
  const auto add_node = [&](const PathFactor& beside) {
    NodePattern node;
    node.element.position = std::get<EdgePattern>(beside).element.position;
    node.element.position.length = 0;
    factors.emplace_back(std::move(node));
  };
  for (PathFactor& factor : written) {
    if (is_edge(factor) && (factors.empty() || is_edge(factors.back()))) add_node(factor);
    factors.push_back(std::move(factor));
  }
  if (!factors.empty() && is_edge(factors.back())) {
    const PathFactor& last = factors.back();
    NodePattern node;
    node.element.position = std::get<EdgePattern>(last).element.position;
    node.element.position.offset += node.element.position.length;
    node.element.position.length = 0;
    factors.emplace_back(std::move(node));
  }
  return factors;
}

// ---- terms and factors

ast::PathTerm Parser::parse_path_term(bool alternatives) {
  Nesting nesting(*this);
  ast::PathTerm term;
  term.factors = parse_path_factors();
  if (!alternatives || (!at(TokenKind::kPipe) && !at(TokenKind::kMultisetPipe))) return term;
  ast::PathTerm either;
  either.multiset = at(TokenKind::kMultisetPipe);
  const TokenKind separator = token().kind;
  either.alternatives.push_back(std::move(term));
  while (accept(separator)) {
    ast::PathTerm other;
    other.factors = parse_path_factors();
    either.alternatives.push_back(std::move(other));
  }
  if (at(TokenKind::kPipe) || at(TokenKind::kMultisetPipe)) {
    fail("`|` and `|+|` cannot be mixed without parentheses", token().position);
  }
  return either;
}

std::vector<PathFactor> Parser::parse_path_factors() {
  std::vector<PathFactor> factors;
  while (true) {
    if (at(TokenKind::kLeftParen)) {
      if (at_parenthesized_path()) {
        factors.push_back(parse_parenthesized_path());
      } else {
        factors.emplace_back(parse_node_pattern());
      }
    } else if (at_edge()) {
      factors.push_back(parse_edge_pattern());
    } else {
      break;
    }
  }
  if (factors.empty()) {
    fail_expected(
        "a node pattern such as (n:Label)",
        {Keyword::kAny, Keyword::kAll, Keyword::kShortest, Keyword::kTrail, Keyword::kWalk,
         Keyword::kSimple, Keyword::kAcyclic, Keyword::kDifferent, Keyword::kRepeatable});
  }
  return insert_implied_nodes(std::move(factors));
}

bool Parser::at_edge() const {
  if (at(TokenKind::kMinus) || at(TokenKind::kTilde)) return true;
  return at(TokenKind::kLess) && (at(TokenKind::kMinus, 1) || at(TokenKind::kTilde, 1));
}

/// `((a)-->(b))`, `(p = (a)-->(b))`, `(TRAIL (a)-->(b))`, `(-->)`: a parenthesis that holds a path
/// and not a node's filler.
bool Parser::at_parenthesized_path() const {
  if (at(TokenKind::kLeftParen, 1) || at(TokenKind::kMinus, 1) || at(TokenKind::kTilde, 1) ||
      at(TokenKind::kLess, 1)) {
    return true;
  }
  if (at_name(1) && at(TokenKind::kEqual, 2)) return true;
  return at_path_mode(1) &&
         (at(TokenKind::kLeftParen, 2) || at_any({Keyword::kPath, Keyword::kPaths}, 2));
}

PathFactor Parser::parse_parenthesized_path() {
  const std::size_t start = next_;
  skip();
  ast::ParenthesizedPath path;
  if (at_name() && at(TokenKind::kEqual, 1)) {
    path.variable = parse_name("a path variable");
    skip();
  }
  path.mode = accept_path_mode();
  if (path.mode != ast::PathMode::kUnspecified && !accept(Keyword::kPath)) accept(Keyword::kPaths);
  path.term = std::make_unique<ast::PathTerm>(parse_path_term(true));
  if (accept(Keyword::kWhere)) {
    Setting pipe(pipe_ends_, false);
    Setting in(in_ends_, false);
    path.condition = parse_condition();
  }
  expect_close(TokenKind::kRightParen, start, "the path pattern");
  path.quantifier = parse_quantifier();
  path.position = span(start);
  return path;
}

ast::NodePattern Parser::parse_node_pattern() {
  const std::size_t start = next_;
  skip();
  NodePattern node;
  parse_element_filler(node.element, nullptr);
  expect_close(TokenKind::kRightParen, start, "the node pattern");
  node.element.position = span(start);
  return node;
}

// ---- edges

/// The seven directions come from three marks: `<` before, `-` or `~` as the line, `>` behind.
PathFactor Parser::parse_edge_pattern() {
  const std::size_t start = next_;
  EdgePattern edge;
  const bool left = accept(TokenKind::kLess);
  const TokenKind line = token().kind;
  skip();
  std::unique_ptr<Simplified> simplified;
  if (at(TokenKind::kLeftBracket)) {
    const std::size_t open = next_;
    skip();
    parse_element_filler(edge.element, &edge);
    expect_close(TokenKind::kRightBracket, open, "the edge pattern");
    if (!accept(line)) {
      fail_expected(line == TokenKind::kMinus ? "`-` or `->` after the edge pattern"
                                              : "`~` or `~>` after the edge pattern");
    }
  } else if (at_simplified_path()) {
    simplified = std::make_unique<Simplified>(parse_simplified(line));
  } else if (line == TokenKind::kMinus && at(TokenKind::kMinus)) {
    skip();
  }
  // In `(a)<-(b) > 1` the last mark is no arrow head, but there a pattern cannot be followed by a
  // comparison anyway.
  const bool right = accept(TokenKind::kGreater);
  if (line == TokenKind::kMinus) {
    edge.direction = left && right ? EdgeDirection::kLeftOrRight
                     : left        ? EdgeDirection::kLeft
                     : right       ? EdgeDirection::kRight
                                   : EdgeDirection::kAny;
  } else {
    if (left && right)
      fail("an edge pattern `<~ ~>` does not exist", span(start), "InvalidRelationshipPattern");
    edge.direction = left    ? EdgeDirection::kLeftOrUndirected
                     : right ? EdgeDirection::kUndirectedOrRight
                             : EdgeDirection::kUndirected;
  }
  edge.element.position = span(start);
  const Position written = token().position;
  if (auto quantifier = parse_quantifier()) {
    if (edge.cypher_range) {
      fail("an edge pattern has one quantifier: either `*` within the brackets or one behind them",
           written, "InvalidRelationshipPattern");
    }
    edge.quantifier = std::move(quantifier);
  }
  if (simplified) return simplified_factor(*simplified, edge);
  return edge;
}

/// `variable :labels *m..n {properties} WHERE condition`; `edge` is null for a node.
void Parser::parse_element_filler(ast::ElementPattern& element, EdgePattern* edge) {
  Setting pipe(pipe_ends_, false);
  Setting in(in_ends_, false);
  const bool keyword_first =
      (at(Keyword::kIs) && !at(TokenKind::kColon, 1)) ||
      (at(Keyword::kWhere) && !at(TokenKind::kColon, 1) && !at(TokenKind::kRightParen, 1));
  if (at_name() && !keyword_first) element.variable = parse_name("a variable");
  if (accept(TokenKind::kColon) || accept(Keyword::kIs)) {
    if (edge != nullptr && at(TokenKind::kDotDot)) {
      fail_expected("a label after `:`");
    }
    element.labels = parse_label_expression();
  }
  if (edge != nullptr && at(TokenKind::kStar)) {
    edge->quantifier = parse_cypher_range();
    edge->cypher_range = true;
  }
  if (edge != nullptr && at(TokenKind::kDotDot)) {
    fail("a range of lengths begins with `*`", token().position, "InvalidRelationshipPattern",
         "write `*1..3`");
  }
  if (at(TokenKind::kLeftBrace)) {
    element.has_properties = true;
    parse_property_map(element.properties);
  } else if (at(TokenKind::kParameter)) {
    const std::size_t start = next_;
    std::string name = token().text;
    skip();
    element.property_parameter = make(start, ast::Parameter{std::move(name)});
  }
  if (accept(Keyword::kWhere)) element.condition = parse_condition();
}

void Parser::parse_property_map(ast::PropertyMap& map) {
  Nesting nesting(*this);
  const std::size_t open = next_;
  skip();
  while (!at(TokenKind::kRightBrace)) {
    if (!at_name()) {
      const std::string what =
          fmt::format("a property key or '}}' to close the map opened at {}:{}",
                      tokens_[open].position.line, tokens_[open].position.column);
      // A word that begins with a digit is no number that went wrong when a key is due.
      if (at(TokenKind::kInvalid) && lexical_error_->detail() == "InvalidNumberLiteral") {
        fail(fmt::format("expected {}, found {}", what, describe(token())), token().position,
             "UnexpectedSyntax", lexical_error_->hint_text());
      }
      fail_expected(what);
    }
    ast::Name key = parse_name("a property key");
    expect(TokenKind::kColon, "`:` and a value after the property key");
    ast::ExpressionPtr value = parse_enclosed();
    map.emplace_back(std::move(key), std::move(value));
    if (!accept(TokenKind::kComma)) break;
  }
  expect_close(TokenKind::kRightBrace, open, "the map");
}

// ---- quantifiers

/// openCypher's `*`, `*n`, `*m..n`, `*..n`, `*m..`
ast::QuantifierRange Parser::parse_cypher_range() {
  const std::size_t start = next_;
  skip();
  ast::QuantifierRange range;
  range.maximum = std::nullopt;
  const bool from = at(TokenKind::kInteger);
  if (from) range.minimum = parse_count("a length");
  if (accept(TokenKind::kDotDot)) {
    if (at(TokenKind::kInteger)) range.maximum = parse_count("a length");
  } else if (from) {
    range.maximum = range.minimum;
  }
  if (at(TokenKind::kMinus)) {
    fail("a length cannot be negative", token().position, "InvalidRelationshipPattern");
  }
  range.position = span(start);
  return range;
}

std::optional<ast::QuantifierRange> Parser::parse_quantifier() {
  const std::size_t start = next_;
  ast::QuantifierRange range;
  if (accept(TokenKind::kStar)) {
    range.minimum = 0;
    range.maximum = std::nullopt;
  } else if (accept(TokenKind::kPlus)) {
    range.maximum = std::nullopt;
  } else if (accept(TokenKind::kQuestion)) {
    range.minimum = 0;
    range.questioned = true;
  } else if (at(TokenKind::kLeftBrace) &&
             (at(TokenKind::kInteger, 1) || at(TokenKind::kComma, 1))) {
    skip();
    range.minimum = at(TokenKind::kInteger) ? parse_count("a number") : 0;
    range.maximum = range.minimum;
    if (accept(TokenKind::kComma)) {
      range.maximum = std::nullopt;
      if (at(TokenKind::kInteger)) range.maximum = parse_count("a number");
    }
    expect_close(TokenKind::kRightBrace, start, "the quantifier");
  } else {
    return std::nullopt;
  }
  range.position = span(start);
  if (range.maximum && *range.maximum < range.minimum) {
    fail(fmt::format("the upper bound {} of a quantifier is below its lower bound {}",
                     *range.maximum, range.minimum),
         range.position);
  }
  return range;
}

// ---- in the place of an expression

/// `(a)-[..]-(b)` and the like. An abbreviated `-` or `<-` between parentheses is arithmetic or a
/// comparison there.
bool Parser::at_path_in_expression(std::size_t ahead) const {
  if (!at(TokenKind::kLeftParen, ahead)) return false;
  const std::size_t close = closing(next_ + ahead);
  if (close >= tokens_.size()) return false;
  // What the parenthesis holds must look like the filler of a node pattern.
  const std::size_t first = ahead + 1;
  const bool filler = at(TokenKind::kRightParen, first) || at(TokenKind::kColon, first) ||
                      at(TokenKind::kLeftBrace, first) ||
                      (at(Keyword::kIs, first) && at_name(first + 1)) ||
                      (at(Keyword::kWhere, first)) ||
                      (at_name(first) &&
                       (at(TokenKind::kRightParen, first + 1) || at(TokenKind::kColon, first + 1) ||
                        at(TokenKind::kLeftBrace, first + 1) || at(Keyword::kIs, first + 1) ||
                        at(Keyword::kWhere, first + 1) || at(TokenKind::kParameter, first + 1)));
  if (!filler) return false;
  const std::size_t after = close + 1 - next_;
  const auto touches_next = [&](std::size_t i) {
    return token(i).end() == token(i + 1).position.offset;
  };
  const auto bracket_then = [&](std::size_t i, TokenKind line) {
    if (!at(TokenKind::kLeftBracket, i)) return false;
    const std::size_t end = closing(next_ + i);
    // An unclosed bracket is taken for an edge pattern: the message about it is then the better
    // one.
    return end >= tokens_.size() || tokens_[end + 1].kind == line;
  };
  if (at(TokenKind::kTilde, after)) return true;
  if (at(TokenKind::kMinus, after)) {
    if (bracket_then(after + 1, TokenKind::kMinus)) return true;
    return touches_next(after) &&
           (at(TokenKind::kMinus, after + 1) || at(TokenKind::kGreater, after + 1));
  }
  if (at(TokenKind::kLess, after) && at(TokenKind::kMinus, after + 1)) {
    return bracket_then(after + 2, TokenKind::kMinus) ||
           (touches_next(after + 1) && at(TokenKind::kMinus, after + 2));
  }
  return at(TokenKind::kLess, after) && at(TokenKind::kTilde, after + 1);
}

}  // namespace geode::gql
