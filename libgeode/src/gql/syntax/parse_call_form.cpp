#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {
namespace {

using ast::ExpressionPtr;

/// From the largest to the smallest; weeks stand apart in intervals of several units.
constexpr std::array<std::pair<Keyword, Keyword>, 7> kIntervalUnits = {
    {{Keyword::kYear, Keyword::kYears},
     {Keyword::kMonth, Keyword::kMonths},
     {Keyword::kWeek, Keyword::kWeeks},
     {Keyword::kDay, Keyword::kDays},
     {Keyword::kHour, Keyword::kHours},
     {Keyword::kMinute, Keyword::kMinutes},
     {Keyword::kSecond, Keyword::kSeconds}}};
constexpr std::size_t kWeekUnit = 2;

/// True for a text of a time or datetime that ends in a zone: Z, an offset, or a name in brackets.
bool has_zone(std::string_view text) {
  if (text.empty()) return false;
  if (text.back() == 'Z' || text.back() == 'z' || text.back() == ']') return true;
  const std::size_t time = text.find_first_of("Tt ");
  if (time == std::string_view::npos && text.find(':') == std::string_view::npos) return false;
  const std::string_view clock = time == std::string_view::npos ? text : text.substr(time + 1);
  return clock.find_first_of("+-") != std::string_view::npos;
}

}  // namespace

/// Forms that begin with a word and have a grammar of their own. Null when there is none here: the
/// word is then a name.
ExpressionPtr Parser::parse_special_form() {
  const std::size_t start = next_;
  const auto literal = [&](Value value) {
    skip();
    return make(start, ast::Literal{std::move(value)});
  };
  const auto function = [&](std::string_view name) {
    skip();
    return call(start, std::string(name), nullptr);
  };
  const bool call_follows = at(TokenKind::kLeftParen, 1);
  const bool over_list = call_follows && at_name(2) && at(Keyword::kIn, 3);
  switch (token().keyword) {
    case Keyword::kNull:
      return literal(Value());
    case Keyword::kTrue:
      return literal(Value(true));
    case Keyword::kFalse:
      return literal(Value(false));
    case Keyword::kUnknown:
      return at(TokenKind::kDot, 1) || call_follows ? nullptr : literal(Value());
    case Keyword::kCase:
      return at(TokenKind::kDot, 1) || ends_expression(1) ? nullptr : parse_case();
    case Keyword::kCast:
      return call_follows ? parse_cast() : nullptr;
    case Keyword::kExists:
      return parse_exists();
    case Keyword::kCount:
      return at_subquery_body(1) ? parse_subquery(ast::SubqueryKind::kCount, "the COUNT subquery")
                                 : nullptr;
    case Keyword::kValue:
      return at_subquery_body(1) ? parse_subquery(ast::SubqueryKind::kValue, "the VALUE subquery")
                                 : nullptr;
    case Keyword::kCollect:
      return at_subquery_body(1)
                 ? parse_subquery(ast::SubqueryKind::kCollect, "the COLLECT subquery")
                 : nullptr;
    case Keyword::kTable:
      return parse_table_value();
    case Keyword::kProperty:
    case Keyword::kGraph:
      return parse_graph_value();
    case Keyword::kAll:
      return over_list ? parse_quantified_predicate(ast::QuantifierKind::kAll) : nullptr;
    case Keyword::kAny:
      return over_list ? parse_quantified_predicate(ast::QuantifierKind::kAny) : nullptr;
    case Keyword::kNone:
      return over_list ? parse_quantified_predicate(ast::QuantifierKind::kNone) : nullptr;
    case Keyword::kSingle:
      return over_list ? parse_quantified_predicate(ast::QuantifierKind::kSingle) : nullptr;
    case Keyword::kReduce:
      return call_follows && at_name(2) && at(TokenKind::kEqual, 3) ? parse_reduce() : nullptr;
    case Keyword::kLet:
      return at_name(1) && (at(TokenKind::kEqual, 2) || (at(Keyword::kValue, 1) && at_name(2)))
                 ? parse_let_in()
                 : nullptr;
    case Keyword::kTrim:
      return call_follows ? parse_trim() : nullptr;
    case Keyword::kDate:
    case Keyword::kTime:
    case Keyword::kDatetime:
    case Keyword::kTimestamp:
    case Keyword::kDuration:
    case Keyword::kZoned:
    case Keyword::kLocal:
      return parse_typed_literal();
    case Keyword::kInterval:
      return at(TokenKind::kString, 1) || at_signed_interval() ? parse_interval() : nullptr;
    case Keyword::kCurrentDate:
      return call_follows ? nullptr : function("date");
    case Keyword::kCurrentTime:
      return call_follows ? nullptr : function("time");
    case Keyword::kCurrentTimestamp:
      return call_follows ? nullptr : function("datetime");
    case Keyword::kLocalTime:
      return call_follows ? nullptr : function("localtime");
    case Keyword::kLocalTimestamp:
      return call_follows ? nullptr : function("localdatetime");
    case Keyword::kSessionUser:
      return call_follows ? nullptr : function("session_user");
    case Keyword::kList:
    case Keyword::kArray:
      if (!at(TokenKind::kLeftBracket, 1) || !has_top_level(TokenKind::kComma, next_ + 1))
        return nullptr;
      skip();
      return parse_list();
    case Keyword::kPath: {
      // PATH[n, e, m]; one element would be an index into a variable named path.
      if (!at(TokenKind::kLeftBracket, 1) || !has_top_level(TokenKind::kComma, next_ + 1))
        return nullptr;
      skip(2);
      ast::FunctionCall path;
      path.name = "path";
      path.arguments = parse_arguments(TokenKind::kRightBracket);
      expect_close(TokenKind::kRightBracket, start + 1, "the path");
      return make(start, std::move(path));
    }
    case Keyword::kRecord:
      if (!at(TokenKind::kLeftBrace, 1) ||
          !(at(TokenKind::kRightBrace, 2) || (at_name(2) && at(TokenKind::kColon, 3)))) {
        return nullptr;
      }
      skip();
      return parse_record();
    default:
      return nullptr;
  }
}

ExpressionPtr Parser::parse_case() {
  const std::size_t start = next_;
  skip();
  ast::Case expression;
  Setting pipe(pipe_ends_, false);
  Setting in(in_ends_, false);
  const bool searched = at(Keyword::kWhen) && !at(Keyword::kWhen, 1);
  if (!searched) expression.operand = parse_expression();
  if (!at(Keyword::kWhen)) fail_expected("WHEN", {Keyword::kWhen});
  // `WHEN < 3, IS NULL`: the rest of a predicate about the operand, which then needs a name.
  const std::string operand = "case operand";
  std::vector<bool> is_value;
  bool predicates = false;
  while (accept(Keyword::kWhen)) {
    ast::CaseBranch branch;
    do {
      const std::size_t when = next_;
      if (!searched && at_predicate_rest()) {
        predicates = true;
        implied_left_ = make(when, ast::Variable{operand});
        branch.when.push_back(parse_comparison());
        is_value.push_back(false);
      } else {
        branch.when.push_back(parse_condition());
        is_value.push_back(true);
      }
    } while (!searched && accept(TokenKind::kComma));
    expect(Keyword::kThen, "the condition");
    branch.then = parse_expression();
    expression.branches.push_back(std::move(branch));
  }
  if (accept(Keyword::kElse)) expression.otherwise = parse_expression();
  if (!accept(Keyword::kEnd)) {
    fail_expected(fmt::format("WHEN, ELSE or END to close the CASE opened at {}:{}",
                              tokens_[start].position.line, tokens_[start].position.column),
                  {Keyword::kEnd, Keyword::kWhen, Keyword::kElse});
  }
  if (!predicates) return make(start, std::move(expression));
  // CASE x WHEN < 3, 7 THEN .. is LET o = x IN CASE WHEN o < 3 OR o = 7 THEN .. END END.
  std::size_t at_value = 0;
  for (ast::CaseBranch& branch : expression.branches) {
    ExpressionPtr condition;
    for (ExpressionPtr& when : branch.when) {
      if (is_value[at_value++]) {
        ExpressionPtr variable = make(start, ast::Variable{operand});
        variable->position = when->position;
        when = join(ast::BinaryOperator::kEqual, std::move(variable), std::move(when));
      }
      condition = condition ? join(ast::BinaryOperator::kOr, std::move(condition), std::move(when))
                            : std::move(when);
    }
    branch.when.clear();
    branch.when.push_back(std::move(condition));
  }
  ast::LetIn let;
  let.bindings.push_back({ast::Name{operand, expression.operand->position}, std::nullopt,
                          std::move(expression.operand)});
  let.body = make(start, std::move(expression));
  return make(start, std::move(let));
}

ExpressionPtr Parser::parse_cast() {
  const std::size_t start = next_;
  skip(2);
  ExpressionPtr operand = parse_enclosed();
  expect(Keyword::kAs, "the value to cast");
  Setting pipe(pipe_ends_, false);
  ast::TypeSpecification type = parse_type();
  expect_close(TokenKind::kRightParen, start + 1, "CAST");
  return make(start, ast::Cast{std::move(operand), std::move(type)});
}

// ---- subqueries

/// EXISTS { .. } and EXISTS (pattern) are subqueries; exists(n.p) is a function; a lone `exists` is
/// a name.
ExpressionPtr Parser::parse_exists() {
  const std::size_t start = next_;
  if (at(TokenKind::kLeftBrace, 1))
    return parse_subquery(ast::SubqueryKind::kExists, "the EXISTS subquery");
  if (!at(TokenKind::kLeftParen, 1)) return nullptr;
  bool subquery = at_clause(2) && !at(TokenKind::kLeftBrace, 2) && !at(TokenKind::kDot, 3) &&
                  !at(TokenKind::kRightParen, 3);
  if (at_name(2) && at(TokenKind::kEqual, 3) && at(TokenKind::kLeftParen, 4)) subquery = true;
  if (at(TokenKind::kLeftParen, 2)) {
    const std::size_t close = closing(next_ + 2);
    const TokenKind after = close < tokens_.size() ? tokens_[close + 1].kind : TokenKind::kEnd;
    const bool labelled = at(TokenKind::kColon, 3) || at(TokenKind::kColon, 4) ||
                          at(Keyword::kIs, 3) || at(TokenKind::kLeftBrace, 4);
    subquery = at_path_in_expression(2) || after == TokenKind::kMinus ||
               after == TokenKind::kTilde || (after == TokenKind::kRightParen && labelled) ||
               (after == TokenKind::kLess && labelled) || (at(Keyword::kWhere, 4));
  }
  if (!subquery) return nullptr;
  skip(2);
  std::unique_ptr<ast::Query> query = parse_subquery_body(true);
  expect_close(TokenKind::kRightParen, start + 1, "EXISTS");
  return make(start, ast::Subquery{ast::SubqueryKind::kExists, std::move(query)});
}

ExpressionPtr Parser::parse_subquery(ast::SubqueryKind kind, std::string_view construct) {
  const std::size_t start = next_;
  skip(2);
  const bool return_optional =
      kind == ast::SubqueryKind::kExists || kind == ast::SubqueryKind::kCount;
  std::unique_ptr<ast::Query> query = parse_subquery_body(return_optional);
  expect_close(TokenKind::kRightBrace, start + 1, construct);
  return make(start, ast::Subquery{kind, std::move(query)});
}

// ---- over lists

ExpressionPtr Parser::parse_quantified_predicate(ast::QuantifierKind kind) {
  const std::size_t start = next_;
  skip(2);
  Setting in(in_ends_, false);
  Setting pipe(pipe_ends_, false);
  ast::Quantifier quantifier;
  quantifier.kind = kind;
  quantifier.variable = parse_name("a variable");
  expect(Keyword::kIn);
  quantifier.list = parse_expression();
  expect(Keyword::kWhere, "the list");
  quantifier.condition = parse_condition();
  expect_close(TokenKind::kRightParen, start + 1, "the quantified predicate");
  return make(start, std::move(quantifier));
}

ExpressionPtr Parser::parse_reduce() {
  const std::size_t start = next_;
  skip(2);
  Setting pipe(pipe_ends_, true);
  Setting in(in_ends_, false);
  ast::Reduce reduce;
  reduce.accumulator = parse_name("a variable");
  expect(TokenKind::kEqual, "`=`");
  reduce.initial = parse_expression();
  expect(TokenKind::kComma, "`,` and `variable IN list`");
  reduce.variable = parse_name("a variable");
  expect(Keyword::kIn, "the variable");
  reduce.list = parse_expression();
  expect(TokenKind::kPipe, "`|` and the expression to reduce by");
  reduce.result = parse_expression();
  expect_close(TokenKind::kRightParen, start + 1, "REDUCE");
  return make(start, std::move(reduce));
}

ExpressionPtr Parser::parse_let_in() {
  const std::size_t start = next_;
  skip();
  ast::LetIn let;
  {
    Setting in(in_ends_, true);
    let.bindings = parse_bindings();
  }
  expect(Keyword::kIn, "the bindings of LET");
  let.body = parse_enclosed();
  expect(Keyword::kEnd, "the expression of LET");
  return make(start, std::move(let));
}

ExpressionPtr Parser::parse_trim() {
  using Side = ast::Trim::Side;
  const std::size_t start = next_;
  ast::Trim trim;
  const bool side = at_any({Keyword::kLeading, Keyword::kTrailing, Keyword::kBoth}, 2) &&
                    !at(TokenKind::kRightParen, 3) && !at(TokenKind::kComma, 3) &&
                    !at(TokenKind::kDot, 3);
  if (side) {
    trim.side = at(Keyword::kLeading, 2)    ? Side::kLeading
                : at(Keyword::kTrailing, 2) ? Side::kTrailing
                                            : Side::kBoth;
    skip(3);
  } else {
    bool from = false;
    for (std::size_t i = next_ + 2; i < closing(next_ + 1) && i < tokens_.size() && !from; ++i) {
      from = tokens_[i].keyword == Keyword::kFrom;
      if (closing_[i] < tokens_.size()) i = closing_[i];
    }
    if (!from) return nullptr;
    skip(2);
  }
  if (!at(Keyword::kFrom)) trim.characters = parse_enclosed();
  expect(Keyword::kFrom, "the characters to trim");
  trim.source = parse_enclosed();
  expect_close(TokenKind::kRightParen, start + 1, "TRIM");
  return make(start, std::move(trim));
}

// ---- literals with a type before them

/// DATE '2024-01-01' is date('2024-01-01'), and so on for each temporal type.
ExpressionPtr Parser::parse_typed_literal() {
  const std::size_t start = next_;
  const bool prefixed = at_any({Keyword::kZoned, Keyword::kLocal});
  const std::size_t text = prefixed ? 2 : 1;
  if (!at(TokenKind::kString, text)) return nullptr;
  const Keyword type = token(text - 1).keyword;
  const bool zoned = at(Keyword::kZoned) || (!prefixed && has_zone(token(text).text));
  std::string_view name;
  switch (type) {
    case Keyword::kDate:
      name = prefixed ? "" : "date";
      break;
    case Keyword::kTime:
      name = zoned ? "time" : "localtime";
      break;
    case Keyword::kDatetime:
    case Keyword::kTimestamp:
      name = zoned ? "datetime" : "localdatetime";
      break;
    case Keyword::kDuration:
      name = prefixed ? "" : "duration";
      break;
    default:
      break;
  }
  if (name.empty()) return nullptr;
  skip(text);
  ExpressionPtr argument = make(next_, ast::Literal{Value(token().text)});
  argument->position = token().position;
  skip();
  return call(start, std::string(name), std::move(argument));
}

/// `INTERVAL -'5' HOUR`; without the unit it is a text taken from a variable named interval.
bool Parser::at_signed_interval() const {
  if ((!at(TokenKind::kMinus, 1) && !at(TokenKind::kPlus, 1)) || !at(TokenKind::kString, 2)) {
    return false;
  }
  return std::any_of(kIntervalUnits.begin(), kIntervalUnits.end(),
                     [this](const auto& unit) { return at(unit.first, 3) || at(unit.second, 3); });
}

/// INTERVAL '90' DAY is duration({days: 90}); INTERVAL '1-6' YEAR TO MONTH and INTERVAL '1
/// 02:30:00' DAY TO SECOND are durations with one field per number. A sign may stand before the
/// text. Without a unit the text is an ISO 8601 duration.
ExpressionPtr Parser::parse_interval() {
  const auto accept_unit = [&]() -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < kIntervalUnits.size(); ++i) {
      if (accept(kIntervalUnits[i].first) || accept(kIntervalUnits[i].second)) return i;
    }
    return std::nullopt;
  };
  const std::size_t start = next_;
  skip();
  const bool minus = accept(TokenKind::kMinus);
  if (!minus) accept(TokenKind::kPlus);
  const Token& literal = token();
  skip();
  auto unit = accept_unit();
  if (!unit) {
    ExpressionPtr text = make(start + 1, ast::Literal{Value(literal.text)});
    return call(start, "duration", std::move(text));
  }
  std::size_t last = *unit;
  if (accept(Keyword::kTo)) {
    const std::size_t smaller = next_;
    const auto to = accept_unit();
    if (!to || *to <= *unit) {
      next_ = smaller;
      fail_expected("a smaller unit, such as MONTH or SECOND");
    }
    last = *to;
  }
  std::string_view rest = literal.text;
  const bool minus_within = !rest.empty() && rest[0] == '-';
  if (minus_within) rest.remove_prefix(1);
  const bool negative = minus != minus_within;
  ast::RecordConstructor fields;
  for (std::size_t i = *unit; i <= last; ++i) {
    if (i == kWeekUnit && *unit != last) continue;
    const std::size_t end = i == last ? rest.size() : rest.find_first_of("-: ");
    const std::string_view digits = rest.substr(0, end);
    double number = 0;
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (end == std::string_view::npos || code != std::errc() ||
        stop != digits.data() + digits.size()) {
      fail(fmt::format("'{}' is not an interval of {}", literal.text,
                       spelling(kIntervalUnits[i].second)),
           literal.position, "UnexpectedSyntax",
           "write INTERVAL '90' DAY, INTERVAL '1-6' YEAR TO MONTH or INTERVAL '1 02:30:00' DAY TO "
           "SECOND");
    }
    if (negative) number = -number;
    std::string unit_name(spelling(kIntervalUnits[i].second));
    for (char& c : unit_name) c = static_cast<char>(c - 'A' + 'a');
    const bool whole =
        digits.find_first_not_of("0123456789") == std::string_view::npos && digits.size() < 16;
    Value value = whole ? Value(static_cast<long long>(number)) : Value(number);
    fields.fields.emplace_back(ast::Name{std::move(unit_name), literal.position},
                               make(start + 1, ast::Literal{std::move(value)}));
    rest.remove_prefix(i == last ? rest.size() : end + 1);
  }
  ExpressionPtr record = make(start + 1, std::move(fields));
  return call(start, "duration", std::move(record));
}

}  // namespace geode::gql
