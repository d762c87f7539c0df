#include <limits>
#include <utility>

#include <fmt/core.h>

#include "gql/syntax/recursive_descent.hpp"
#include "value/decimal.hpp"

namespace geode::gql {

using ast::ExpressionPtr;

ExpressionPtr Parser::parse_primary() {
  Height height(*this);
  height.grow();
  const std::size_t start = next_;
  const auto literal = [&](Value value) {
    skip();
    return make(start, ast::Literal{std::move(value)});
  };
  switch (token().kind) {
    case TokenKind::kInteger:
    case TokenKind::kFloat:
    case TokenKind::kDecimal:
      return parse_number(start, false);
    case TokenKind::kMinus:
      if (!token(1).is_number()) break;
      skip();
      return parse_number(start, true);
    case TokenKind::kString:
      return literal(Value(token().text));
    case TokenKind::kBytes:
      return literal(Value(Bytes{token().text}));
    case TokenKind::kDuration: {
      ExpressionPtr text = literal(Value(token().text));
      return call(start, "duration", std::move(text));
    }
    case TokenKind::kParameter: {
      std::string name = token().text;
      skip();
      return make(start, ast::Parameter{std::move(name)});
    }
    case TokenKind::kLeftParen:
      return parse_parenthesized();
    case TokenKind::kLeftBracket:
      return parse_list();
    case TokenKind::kLeftBrace:
      return parse_record();
    case TokenKind::kWord:
    case TokenKind::kQuotedName:
      return parse_word();
    default:
      break;
  }
  fail_expected("an expression", {Keyword::kCase, Keyword::kExists, Keyword::kNot});
}

ExpressionPtr Parser::parse_number(std::size_t start, bool negative) {
  const Token& number = token();
  if (number.kind == TokenKind::kFloat) {
    skip();
    return make(start, ast::Literal{Value(negative ? -number.real : number.real)});
  }
  if (number.kind == TokenKind::kDecimal) {
    const Decimal magnitude = *Decimal::parse(number.text);
    skip();
    return make(start, ast::Literal{Value(negative ? value::negate(magnitude) : magnitude)});
  }
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::uint64_t limit = negative ? kLargest + 1 : kLargest;
  if (number.overflow || number.integer > limit) {
    skip();
    fail(fmt::format("the integer {} does not fit into 64 bits", source(start)), span(start),
         "IntegerOverflow");
  }
  // In two's complement the negation of the bits is the bits of the negation, the smallest integer
  // included.
  const auto value = static_cast<std::int64_t>(negative ? 0 - number.integer : number.integer);
  skip();
  return make(start, ast::Literal{Value(static_cast<long long>(value))});
}

// ---- words

/// What can only stand behind a whole operand: a word before it is a name, whatever else it may
/// mean (`RETURN match + 1`).
bool Parser::ends_expression(std::size_t ahead) const {
  switch (token(ahead).kind) {
    case TokenKind::kEnd:
    case TokenKind::kComma:
    case TokenKind::kSemicolon:
    case TokenKind::kRightParen:
    case TokenKind::kRightBracket:
    case TokenKind::kRightBrace:
    case TokenKind::kPlus:
    case TokenKind::kEqual:
    case TokenKind::kNotEqual:
      return true;
    default:
      return at(Keyword::kAs, ahead);
  }
}

/// A word that begins or joins something else and so is no expression, unless what follows shows
/// that it is a variable.
bool Parser::at_reserved_word() const {
  if (at(TokenKind::kDot, 1) || ends_expression(1)) return false;
  switch (token().keyword) {
    case Keyword::kAnd:
    case Keyword::kAs:
    case Keyword::kElse:
    case Keyword::kIn:
    case Keyword::kIs:
    case Keyword::kMatch:
    case Keyword::kNot:
    case Keyword::kOr:
    case Keyword::kReturn:
    case Keyword::kThen:
    case Keyword::kUnion:
    case Keyword::kWhen:
    case Keyword::kWhere:
    case Keyword::kWith:
    case Keyword::kXor:
      return true;
    case Keyword::kOrder:
      return at(Keyword::kBy, 1);
    case Keyword::kLimit:
    case Keyword::kSkip:
    case Keyword::kOffset:
      return token(1).is_number() || at(TokenKind::kParameter, 1);
    default:
      return false;
  }
}

ExpressionPtr Parser::parse_word() {
  const std::size_t start = next_;
  if (at(TokenKind::kWord)) {
    if (ExpressionPtr form = parse_special_form()) return form;
    if (at_word("BINDING") && at(Keyword::kTable, 1)) {
      if (ExpressionPtr table = parse_table_value()) return table;
    }
    if (at_reserved_word()) fail_expected("an expression");
  }
  if (const std::size_t length = function_name_length()) return parse_function_call(length);
  std::string name = token().text;
  skip();
  return make(start, ast::Variable{std::move(name)});
}

/// The number of tokens of `a.b.c` when a parenthesis follows; else 0.
std::size_t Parser::function_name_length() const {
  std::size_t length = 1;
  while (at(TokenKind::kDot, length) && at_name(length + 1)) length += 2;
  return at(TokenKind::kLeftParen, length) ? length : 0;
}

ExpressionPtr Parser::parse_function_call(std::size_t name_length) {
  const std::size_t start = next_;
  ast::FunctionCall function;
  for (std::size_t i = 0; i < name_length; ++i) {
    function.name += at(TokenKind::kDot) ? "." : token().text;
    skip();
  }
  const std::size_t open = next_;
  skip();
  Setting paths(path_predicates_, false);
  if (at(TokenKind::kStar) && at(TokenKind::kRightParen, 1)) {
    skip();
    function.star = true;
  } else {
    if (accept(Keyword::kDistinct)) {
      function.distinct = true;
    } else if (at(Keyword::kAll) && !at(TokenKind::kLeftParen, 1) &&
               !at(TokenKind::kRightParen, 1) && !at(TokenKind::kComma, 1) &&
               !at(TokenKind::kDot, 1)) {
      skip();
    }
    function.arguments = parse_arguments(TokenKind::kRightParen);
  }
  expect_close(TokenKind::kRightParen, open, "the argument list");
  if (at_word("FILTER") && at(TokenKind::kLeftParen, 1) && at(Keyword::kWhere, 2)) {
    const std::size_t filter = next_ + 1;
    skip(3);
    function.filter = parse_condition();
    expect_close(TokenKind::kRightParen, filter, "FILTER");
  }
  // The second argument of these two is a word, not a variable.
  if (function.arguments.size() == 2 && (equals_ignoring_case(function.name, "PROPERTY_EXISTS") ||
                                         equals_ignoring_case(function.name, "NORMALIZE"))) {
    auto& second = function.arguments[1]->node;
    if (auto* word = std::get_if<ast::Variable>(&second))
      second = ast::Literal{Value(std::string(word->name))};
  }
  // DURATION_BETWEEN(a, b) may say which kind of duration it gives.
  if (equals_ignoring_case(function.name, "DURATION_BETWEEN")) {
    if (accept_words({Keyword::kYear, Keyword::kTo, Keyword::kMonth})) {
      function.name = "duration.inMonths";
    } else if (accept_words({Keyword::kDay, Keyword::kTo, Keyword::kSecond})) {
      function.name = "duration.inSeconds";
    }
  }
  return make(start, std::move(function));
}

std::vector<ExpressionPtr> Parser::parse_arguments(TokenKind close) {
  std::vector<ExpressionPtr> arguments;
  if (at(close)) return arguments;
  do {
    arguments.push_back(parse_enclosed());
  } while (accept(TokenKind::kComma));
  return arguments;
}

ExpressionPtr Parser::call(std::size_t start, std::string name, ExpressionPtr argument) {
  ast::FunctionCall function;
  function.name = std::move(name);
  if (argument) function.arguments.push_back(std::move(argument));
  return make(start, std::move(function));
}

// ---- brackets

bool Parser::has_top_level(TokenKind kind, std::size_t open) const {
  const std::size_t end = closing(open);
  for (std::size_t i = open + 1; i < end && i < tokens_.size(); ++i) {
    if (tokens_[i].kind == kind) return true;
    if (closing_[i] < end) i = closing_[i];
  }
  return false;
}

ExpressionPtr Parser::parse_parenthesized() {
  const std::size_t start = next_;
  if (at_path_in_expression()) {
    if (!path_predicates_) {
      fail("a path pattern is not a value here", span(start + 1), "UnexpectedSyntax",
           "write EXISTS { ... } to test it, COUNT { ... } to count it, or [(a)-->(b) | b.name] to "
           "list it");
    }
    auto pattern = std::make_unique<ast::PathPattern>();
    pattern->term.factors = parse_path_factors();
    pattern->position = span(start);
    return make(start, ast::PatternPredicate{std::move(pattern)});
  }
  skip();
  ExpressionPtr inner = parse_enclosed();
  expect_close(TokenKind::kRightParen, start, "the parenthesis");
  inner->position = span(start);
  return inner;
}

ExpressionPtr Parser::parse_list() {
  const std::size_t start = next_;
  if (at_pattern_comprehension()) return parse_pattern_comprehension();
  skip();
  Setting paths(path_predicates_, false);
  if (at_name() && at(Keyword::kIn, 1) && !has_top_level(TokenKind::kComma, start)) {
    Setting pipe(pipe_ends_, true);
    Setting in(in_ends_, false);
    ast::ListComprehension list;
    list.variable = parse_name("a variable");
    expect(Keyword::kIn);
    list.list = parse_expression();
    if (accept(Keyword::kWhere)) list.condition = parse_condition();
    if (accept(TokenKind::kPipe)) list.result = parse_expression();
    expect_close(TokenKind::kRightBracket, start, "the list comprehension");
    return make(start, std::move(list));
  }
  std::vector<ExpressionPtr> elements = parse_arguments(TokenKind::kRightBracket);
  expect_close(TokenKind::kRightBracket, start, "the list");
  return make(start, ast::ListConstructor{std::move(elements)});
}

/// `[ [p =] path ... | ... ]`
bool Parser::at_pattern_comprehension() const {
  const std::size_t path = at_name(1) && at(TokenKind::kEqual, 2) ? 3 : 1;
  return at_path_in_expression(path) && has_top_level(TokenKind::kPipe, next_);
}

ExpressionPtr Parser::parse_pattern_comprehension() {
  const std::size_t start = next_;
  skip();
  Setting pipe(pipe_ends_, true);
  Setting in(in_ends_, false);
  Setting paths(path_predicates_, false);
  ast::PatternComprehension comprehension;
  const std::size_t begin = next_;
  comprehension.pattern = std::make_unique<ast::PathPattern>();
  if (at(TokenKind::kEqual, 1)) {
    comprehension.pattern->variable = parse_name("a path variable");
    skip();
  }
  comprehension.pattern->term.factors = parse_path_factors();
  comprehension.pattern->position = span(begin);
  if (accept(Keyword::kWhere)) comprehension.condition = parse_condition();
  expect(TokenKind::kPipe, "WHERE or `|` and a result after the pattern");
  comprehension.result = parse_expression();
  expect_close(TokenKind::kRightBracket, start, "the pattern comprehension");
  return make(start, std::move(comprehension));
}

ExpressionPtr Parser::parse_record() {
  const std::size_t start = next_;
  ast::RecordConstructor record;
  parse_property_map(record.fields);
  return make(start, std::move(record));
}

/// `base {.a, .*, b, c: 1}`; other braces after a variable belong to what stands around it.
bool Parser::at_map_projection() const {
  if (!at(TokenKind::kLeftBrace)) return false;
  if (at(TokenKind::kDot, 1) || at(TokenKind::kRightBrace, 1)) return true;
  return at_name(1) &&
         (at(TokenKind::kColon, 2) || at(TokenKind::kComma, 2) || at(TokenKind::kRightBrace, 2));
}

ExpressionPtr Parser::parse_map_projection(ExpressionPtr base, std::size_t start) {
  using Kind = ast::MapProjection::Item::Kind;
  const std::size_t open = next_;
  skip();
  ast::MapProjection projection;
  projection.base = std::move(base);
  while (!at(TokenKind::kRightBrace)) {
    ast::MapProjection::Item item{};
    if (accept(TokenKind::kDot)) {
      item.kind = Kind::kAllProperties;
      item.name.position = token().position;
      if (!accept(TokenKind::kStar)) {
        item.kind = Kind::kProperty;
        item.name = parse_name("a property name or `*`");
      }
    } else {
      item.kind = Kind::kVariable;
      item.name = parse_name("`.property`, `.*`, a variable or `key: value`");
      if (accept(TokenKind::kColon)) {
        item.kind = Kind::kField;
        item.value = parse_enclosed();
      }
    }
    projection.items.push_back(std::move(item));
    if (!accept(TokenKind::kComma)) break;
  }
  expect_close(TokenKind::kRightBrace, open, "the map projection");
  return make(start, std::move(projection));
}

}  // namespace geode::gql
