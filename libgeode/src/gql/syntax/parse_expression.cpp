#include <bit>
#include <utility>

#include "gql/syntax/operator_chain.hpp"
#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {
namespace {

using ast::BinaryOperator;
using ast::ExpressionPtr;

/// Chains of comparisons copy their middle operands, so that nested chains could grow without
/// bound.
constexpr std::uint64_t kMaximumClonedNodes = 10'000;

struct Operator {
  BinaryOperator op;
  int precedence;
};

std::optional<Operator> boolean_operator(const Token& token) {
  switch (token.keyword) {
    case Keyword::kOr:
      return Operator{BinaryOperator::kOr, 1};
    case Keyword::kXor:
      return Operator{BinaryOperator::kXor, 2};
    case Keyword::kAnd:
      return Operator{BinaryOperator::kAnd, 3};
    default:
      return std::nullopt;
  }
}

std::optional<BinaryOperator> comparison_operator(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEqual:
      return BinaryOperator::kEqual;
    case TokenKind::kNotEqual:
      return BinaryOperator::kNotEqual;
    case TokenKind::kLess:
      return BinaryOperator::kLess;
    case TokenKind::kLessOrEqual:
      return BinaryOperator::kLessOrEqual;
    case TokenKind::kGreater:
      return BinaryOperator::kGreater;
    case TokenKind::kGreaterOrEqual:
      return BinaryOperator::kGreaterOrEqual;
    default:
      return std::nullopt;
  }
}

std::optional<Operator> arithmetic_operator(const Token& token) {
  switch (token.kind) {
    case TokenKind::kPlus:
      return Operator{BinaryOperator::kAdd, 1};
    case TokenKind::kMinus:
      return Operator{BinaryOperator::kSubtract, 1};
    case TokenKind::kDoublePipe:
      return Operator{BinaryOperator::kConcatenate, 1};
    case TokenKind::kStar:
      return Operator{BinaryOperator::kMultiply, 2};
    case TokenKind::kSlash:
      return Operator{BinaryOperator::kDivide, 2};
    case TokenKind::kPercent:
      return Operator{BinaryOperator::kModulo, 2};
    case TokenKind::kCaret:
      return Operator{BinaryOperator::kPower, 3};
    default:
      return std::nullopt;
  }
}

}  // namespace

// ---- making nodes

ExpressionPtr Parser::make(std::size_t start, ast::ExpressionNode node) {
  ++nodes_;
  return std::make_unique<ast::Expression>(ast::Expression{span(start), std::move(node)});
}

ExpressionPtr Parser::join(BinaryOperator op, ExpressionPtr left, ExpressionPtr right) {
  ++nodes_;
  Position position = left->position;
  position.length = right->position.offset + right->position.length - position.offset;
  return std::make_unique<ast::Expression>(
      ast::Expression{position, ast::Binary{op, std::move(left), std::move(right)}});
}

ExpressionPtr Parser::join_all(BinaryOperator op, ExpressionPtr* first, std::size_t count) {
  if (count == 1) return std::move(*first);
  const std::size_t left = left_operands_of_chain(count);
  ExpressionPtr left_part = join_all(op, first, left);
  return join(op, std::move(left_part), join_all(op, first + left, count - left));
}

// ---- from the weakest operator to the strongest

ExpressionPtr Parser::parse_expression() {
  Nesting nesting(*this);
  return parse_boolean(0);
}

ExpressionPtr Parser::parse_condition() {
  Setting paths(path_predicates_, true);
  return parse_expression();
}

ExpressionPtr Parser::parse_enclosed() {
  Setting pipe(pipe_ends_, false);
  Setting in(in_ends_, false);
  return parse_expression();
}

ExpressionPtr Parser::parse_boolean(int minimum) {
  Height height(*this);
  ExpressionPtr left = parse_not();
  while (const auto found = boolean_operator(token())) {
    if (found->precedence < minimum) break;
    const Keyword word = token().keyword;
    std::vector<ExpressionPtr> operands;
    operands.push_back(std::move(left));
    while (accept(word)) operands.push_back(parse_boolean(found->precedence + 1));
    const std::size_t levels = operands.size() <= kLongestLeftChain
                                   ? operands.size()
                                   : kLongestLeftChain + std::bit_width(operands.size());
    for (std::size_t i = 1; i < levels; ++i) height.grow();
    left = join_all(found->op, operands.data(), operands.size());
  }
  return left;
}

ExpressionPtr Parser::parse_not() {
  Height height(*this);
  const std::size_t start = next_;
  while (at(Keyword::kNot) && !ends_expression(1)) {
    skip();
    height.grow();
  }
  std::size_t count = next_ - start;
  ExpressionPtr operand = parse_comparison();
  for (; count > 0; --count) {
    height.grow();
    operand = make(start + count - 1, ast::Unary{ast::UnaryOperator::kNot, std::move(operand)});
  }
  return operand;
}

/// At what a predicate has behind its first operand: `< 3`, `IS NULL`, `:: INT`.
bool Parser::at_predicate_rest() const {
  return comparison_operator(token()) || at(TokenKind::kDoubleColon) ||
         (at(Keyword::kIs) && !ends_expression(1));
}

ExpressionPtr Parser::parse_comparison() {
  Height height(*this);
  ExpressionPtr left = parse_predicate();
  auto op = comparison_operator(token());
  if (!op) return left;
  ExpressionPtr result;
  while (op) {
    skip();
    const std::uint64_t nodes_before = nodes_;
    ExpressionPtr right = parse_predicate();
    const auto next = comparison_operator(token());
    ExpressionPtr middle;
    if (next) {
      const std::uint64_t cloned = nodes_ - nodes_before;
      cloned_nodes_ += cloned;
      if (cloned_nodes_ > kMaximumClonedNodes) fail_too_deep();
      nodes_ += cloned;
      middle = ast::clone(*right);
    }
    ExpressionPtr link = join(*op, std::move(left), std::move(right));
    height.grow();
    if (result) height.grow();
    result =
        result ? join(BinaryOperator::kAnd, std::move(result), std::move(link)) : std::move(link);
    left = std::move(middle);
    op = next;
  }
  return result;
}

/// IN, STARTS WITH, ENDS WITH, CONTAINS, =~, BETWEEN and IS: stronger than a comparison, weaker
/// than `+`.
ExpressionPtr Parser::parse_predicate() {
  Height height(*this);
  const std::size_t start = next_;
  ExpressionPtr left = implied_left_ ? std::move(implied_left_) : parse_arithmetic(0);
  while (true) {
    const bool negated =
        at(Keyword::kNot) && at_any({Keyword::kIn, Keyword::kBetween, Keyword::kStarts,
                                     Keyword::kEnds, Keyword::kContains, Keyword::kLike},
                                    1);
    const std::size_t word = negated ? 1 : 0;
    std::optional<BinaryOperator> op;
    std::size_t length = 1;
    if (at(Keyword::kIn, word) && !in_ends_) {
      op = BinaryOperator::kIn;
    } else if (at(Keyword::kStarts, word) && at(Keyword::kWith, word + 1)) {
      op = BinaryOperator::kStartsWith;
      length = 2;
    } else if (at(Keyword::kEnds, word) && at(Keyword::kWith, word + 1)) {
      op = BinaryOperator::kEndsWith;
      length = 2;
    } else if (at(Keyword::kContains, word)) {
      op = BinaryOperator::kContains;
    } else if (at(TokenKind::kMatchesRegex) || at(Keyword::kLike, word)) {
      op = BinaryOperator::kMatchesRegex;
    }
    if (op) {
      const bool like = at(Keyword::kLike, word);
      skip(word + length);
      ExpressionPtr right = *op == BinaryOperator::kIn ? parse_in_list()
                            : like                     ? parse_like_pattern()
                                                       : parse_arithmetic(0);
      left = join(*op, std::move(left), std::move(right));
      if (negated) left = make(start, ast::Unary{ast::UnaryOperator::kNot, std::move(left)});
    } else if (at(Keyword::kBetween, word)) {
      skip(word + 1);
      ExpressionPtr low = parse_arithmetic(0);
      expect(Keyword::kAnd, "the lower end of BETWEEN");
      ExpressionPtr high = parse_arithmetic(0);
      left = make(start, ast::Between{std::move(left), std::move(low), std::move(high), negated});
    } else if (!parse_is_predicate(left, start)) {
      return left;
    }
    height.grow();
    if (negated) height.grow();
  }
}

bool Parser::parse_is_predicate(ExpressionPtr& left, std::size_t start) {
  if (accept(TokenKind::kDoubleColon)) {
    ast::TypeSpecification type = parse_type();
    left = make(start, ast::IsTyped{std::move(left), std::move(type), false});
    return true;
  }
  if (!accept(Keyword::kIs)) return false;
  const bool negated = accept(Keyword::kNot);
  const auto truth = [&](ast::TruthValue value) {
    skip();
    left = make(start, ast::IsTruth{std::move(left), value, negated});
  };
  const auto end_of = [&](bool source) {
    skip(2);
    ExpressionPtr edge = parse_arithmetic(0);
    left = make(start, ast::IsEndOf{std::move(left), std::move(edge), source, negated});
  };
  if (accept(Keyword::kNull)) {
    left = make(start, ast::IsNull{std::move(left), negated});
  } else if (at(Keyword::kTrue)) {
    truth(ast::TruthValue::kTrue);
  } else if (at(Keyword::kFalse)) {
    truth(ast::TruthValue::kFalse);
  } else if (at(Keyword::kUnknown)) {
    truth(ast::TruthValue::kUnknown);
  } else if (accept(Keyword::kTyped) || accept(TokenKind::kDoubleColon)) {
    ast::TypeSpecification type = parse_type();
    left = make(start, ast::IsTyped{std::move(left), std::move(type), negated});
  } else if (at_words({Keyword::kSource, Keyword::kOf})) {
    end_of(true);
  } else if (at_words({Keyword::kDestination, Keyword::kOf})) {
    end_of(false);
  } else if (accept(Keyword::kDirected)) {
    left = make(start, ast::IsDirected{std::move(left), negated});
  } else if (accept(Keyword::kNormalized)) {
    left = make(start, ast::IsNormalized{std::move(left), "NFC", negated});
  } else if (at_any({Keyword::kNfc, Keyword::kNfd, Keyword::kNfkc, Keyword::kNfkd}) &&
             at(Keyword::kNormalized, 1)) {
    std::string form(spelling(token().keyword));
    skip(2);
    left = make(start, ast::IsNormalized{std::move(left), std::move(form), negated});
  } else {
    if (!accept(Keyword::kLabeled)) accept(TokenKind::kColon);
    if (!at_name() && !at(TokenKind::kExclamation) && !at(TokenKind::kPercent) &&
        !at(TokenKind::kLeftParen) && !at(TokenKind::kDollar) &&
        !(at(TokenKind::kParameter) && at(TokenKind::kLeftParen, 1))) {
      fail_expected("NULL, TRUE, FALSE, UNKNOWN, TYPED, LABELED or a label after IS", {});
    }
    ast::LabelExpressionPtr labels = parse_label_expression();
    left = make(start, ast::IsLabeled{std::move(left), std::move(labels), negated});
  }
  return true;
}

/// `x IN (1, 2)` is a list in parentheses, as SQL writes it; so is `x IN ('a')`, where a lone
/// literal would make no sense. In `x IN (1)[0]` it is the beginning of an expression.
ExpressionPtr Parser::parse_in_list() {
  if (!at(TokenKind::kLeftParen) || at_path_in_expression()) return parse_arithmetic(0);
  const bool lone_literal = at(TokenKind::kRightParen, 2) && !at(TokenKind::kLeftBracket, 3) &&
                            !at(TokenKind::kDot, 3) &&
                            (token(1).is_number() || at(TokenKind::kString, 1));
  if (!lone_literal && !has_top_level(TokenKind::kComma, next_)) return parse_arithmetic(0);
  const std::size_t start = next_;
  skip();
  std::vector<ExpressionPtr> elements = parse_arguments(TokenKind::kRightParen);
  expect_close(TokenKind::kRightParen, start, "the list");
  return make(start, ast::ListConstructor{std::move(elements)});
}

/// SQL's LIKE with a constant pattern is a regular expression: `%` is any text, `_` any character,
/// `\` takes both literally.
ExpressionPtr Parser::parse_like_pattern() {
  const std::size_t start = next_;
  if (!at(TokenKind::kString)) fail_expected("a pattern in quotes after LIKE");
  std::string regex = "(?s)";
  const std::string& pattern = token().text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '%') {
      regex += ".*";
      continue;
    }
    if (c == '_') {
      regex += '.';
      continue;
    }
    if (c == '\\' && i + 1 < pattern.size()) c = pattern[++i];
    const bool special = std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos;
    if (special) regex += '\\';
    regex += c;
  }
  skip();
  return make(start, ast::Literal{Value(regex)});
}

ExpressionPtr Parser::parse_arithmetic(int minimum) {
  Height height(*this);
  ExpressionPtr left = parse_unary();
  while (const auto found = arithmetic_operator(token())) {
    if (found->precedence < minimum) break;
    skip();
    ExpressionPtr right = parse_arithmetic(found->precedence + 1);
    left = join(found->op, std::move(left), std::move(right));
    height.grow();
  }
  return left;
}

/// A sign is stronger than ^, as in openCypher: -3 ^ 2 is 9.
ExpressionPtr Parser::parse_unary() {
  if (!at(TokenKind::kMinus) && !at(TokenKind::kPlus)) return parse_postfix(true);
  Height height(*this);
  const std::size_t start = next_;
  // The sign of a number belongs to it, because the smallest integer has no positive counterpart.
  while (at(TokenKind::kPlus) || (at(TokenKind::kMinus) && !token(1).is_number())) {
    skip();
    height.grow();
  }
  const std::size_t end = next_;
  ExpressionPtr operand = parse_postfix(true);
  for (std::size_t i = end; i > start; --i) {
    const bool minus = tokens_[i - 1].kind == TokenKind::kMinus;
    operand = make(i - 1, ast::Unary{minus ? ast::UnaryOperator::kMinus : ast::UnaryOperator::kPlus,
                                     std::move(operand)});
    height.grow();
  }
  return operand;
}

ExpressionPtr Parser::parse_postfix(bool labels) {
  Height height(*this);
  const std::size_t start = next_;
  ExpressionPtr base = parse_primary();
  while (true) {
    if (at(TokenKind::kDot)) {
      skip();
      ast::Name key = parse_name("a property name after `.`");
      base = make(start, ast::PropertyAccess{std::move(base), std::move(key)});
    } else if (at(TokenKind::kLeftBracket)) {
      const std::size_t open = next_;
      skip();
      ExpressionPtr from = at(TokenKind::kDotDot) ? nullptr : parse_enclosed();
      if (accept(TokenKind::kDotDot)) {
        ExpressionPtr to = at(TokenKind::kRightBracket) ? nullptr : parse_enclosed();
        expect_close(TokenKind::kRightBracket, open, "the slice");
        base = make(start, ast::Slice{std::move(base), std::move(from), std::move(to)});
      } else {
        expect_close(TokenKind::kRightBracket, open, "the index");
        base = make(start, ast::Index{std::move(base), std::move(from)});
      }
    } else if (labels && at(TokenKind::kColon) &&
               !std::holds_alternative<ast::Literal>(base->node) &&
               (at_name(1) || at(TokenKind::kExclamation, 1) || at(TokenKind::kPercent, 1) ||
                at(TokenKind::kDollar, 1) || at(TokenKind::kLeftParen, 1) ||
                (at(TokenKind::kParameter, 1) && at(TokenKind::kLeftParen, 2)))) {
      skip();
      ast::LabelExpressionPtr tested = parse_label_expression();
      base = make(start, ast::IsLabeled{std::move(base), std::move(tested), false});
    } else if (at_map_projection() && std::holds_alternative<ast::Variable>(base->node)) {
      base = parse_map_projection(std::move(base), start);
    } else {
      return base;
    }
    height.grow();
  }
}

}  // namespace geode::gql
