#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/nearest_name.hpp"
#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {
using value::DeclaredType;
using Kind = DeclaredType::Kind;

/// `member | member`
ast::TypeSpecification Parser::parse_type() {
  const std::size_t start = next_;
  DeclaredType type = parse_union_type();
  return {std::move(type), span(start)};
}

DeclaredType Parser::parse_union_type() {
  Nesting nesting(*this);
  DeclaredType type = parse_type_member();
  if (pipe_ends_ || !at(TokenKind::kPipe)) return type;
  DeclaredType any_of = DeclaredType::of(Kind::kUnion);
  any_of.parts.push_back(std::move(type));
  while (accept(TokenKind::kPipe)) any_of.parts.push_back(parse_type_member());
  return any_of;
}

/// A type with what may stand behind it: `NOT NULL`, and `LIST` or `ARRAY` for a list of it.
DeclaredType Parser::parse_type_member() {
  DeclaredType type = parse_type_name();
  const auto not_null = [&] {
    if (accept_words({Keyword::kNot, Keyword::kNull})) type.not_null = true;
  };
  not_null();
  std::uint32_t lists = 0;
  while (at_any({Keyword::kList, Keyword::kArray})) {
    if (++lists > 100) fail_too_deep();
    skip();
    DeclaredType list = DeclaredType::of(Kind::kList);
    list.parts.push_back(std::move(type));
    type = std::move(list);
    parse_list_bound(type);
    not_null();
  }
  return type;
}

/// `[n]`
void Parser::parse_list_bound(DeclaredType& type) {
  const std::size_t open = next_;
  if (!accept(TokenKind::kLeftBracket)) return;
  type.maximum = parse_count("the largest number of elements");
  expect_close(TokenKind::kRightBracket, open, "the length");
}

DeclaredType Parser::parse_type_name() {
  if (at(TokenKind::kLeftBrace)) {
    DeclaredType type = DeclaredType::of(Kind::kRecord);
    parse_record_fields(type);
    return type;
  }
  if (!at(TokenKind::kWord)) fail_expected("a type such as INT or STRING");
  if (std::optional<DeclaredType> type = parse_temporal_type()) return *std::move(type);
  if (at(Keyword::kAny)) return parse_any_type();
  if (accept_words({Keyword::kProperty, Keyword::kValue})) {
    return DeclaredType::of(Kind::kPropertyValue);
  }
  if (at_any({Keyword::kSigned, Keyword::kUnsigned, Keyword::kSmall, Keyword::kBig}) &&
      at(TokenKind::kWord, 1)) {
    return parse_verbose_integer();
  }
  // BINDING TABLE, PROPERTY GRAPH and DOUBLE PRECISION have a word that adds nothing.
  if ((at_word("BINDING") && at(Keyword::kTable, 1)) ||
      (at(Keyword::kProperty) && at(Keyword::kGraph, 1))) {
    skip();
  }
  const Token& word = token();
  std::optional<DeclaredType> type = value::find_type(word.text);
  if (!type) fail_unknown_type(word);
  const bool is_double = at(Keyword::kDouble);
  const bool fixed = at(Keyword::kChar) || at(Keyword::kBinary);
  skip();
  if (is_double) accept(Keyword::kPrecision);
  parse_type_arguments(*type);
  if (type->bits > 64 && type->kind == Kind::kFloat) {
    throw Error(status::kNotSupported,
                type->name() + " is not supported: FLOAT64 is the widest type of its kind",
                word.position)
        .phase(Phase::kCompile);
  }
  // CHAR(n) and BINARY(n) are exactly n long, and one long when nothing is said.
  if (fixed) {
    if (type->maximum == DeclaredType::kUnlimited) type->maximum = 1;
    type->minimum = type->maximum;
  }
  return *std::move(type);
}

void Parser::fail_unknown_type(const Token& word) const {
  const std::string_view nearest = base::nearest_name(word.text, value::type_names());
  throw Error(status::kInvalidReference, fmt::format("there is no type {}", describe(word)),
              word.position)
      .hint(nearest.empty() ? "INT, FLOAT, STRING, BOOL, DATE, LIST<INT>, RECORD {a INT} are types"
                            : fmt::format("did you mean `{}`?", nearest))
      .category("SyntaxError", "UnknownType")
      .phase(Phase::kCompile);
}

/// The names of dates and times of several words.
std::optional<DeclaredType> Parser::parse_temporal_type() {
  if (accept_words({Keyword::kZoned, Keyword::kDatetime}) ||
      accept_words({Keyword::kZoned, Keyword::kTimestamp})) {
    return DeclaredType::of(Kind::kZonedDateTime);
  }
  if (accept_words({Keyword::kZoned, Keyword::kTime})) return DeclaredType::of(Kind::kZonedTime);
  if (accept_words({Keyword::kLocal, Keyword::kDatetime}) ||
      accept_words({Keyword::kLocal, Keyword::kTimestamp})) {
    return DeclaredType::of(Kind::kLocalDateTime);
  }
  if (accept_words({Keyword::kLocal, Keyword::kTime})) return DeclaredType::of(Kind::kLocalTime);
  if (!at_any({Keyword::kTime, Keyword::kTimestamp}) || !at(Keyword::kTime, 2) ||
      !at(Keyword::kZone, 3)) {
    return std::nullopt;
  }
  const bool zoned = at(Keyword::kWith, 1);
  if (!zoned && !at(Keyword::kWithout, 1)) return std::nullopt;
  const bool time = at(Keyword::kTime);
  skip(4);
  if (zoned) return DeclaredType::of(time ? Kind::kZonedTime : Kind::kZonedDateTime);
  return DeclaredType::of(time ? Kind::kLocalTime : Kind::kLocalDateTime);
}

/// `ANY [VALUE] [<union>]`, `ANY PROPERTY VALUE`, `ANY RECORD`, `ANY NODE`, `ANY EDGE`, ...
DeclaredType Parser::parse_any_type() {
  skip();
  if (accept_words({Keyword::kProperty, Keyword::kValue})) {
    return DeclaredType::of(Kind::kPropertyValue);
  }
  if (at_any({Keyword::kNode, Keyword::kVertex, Keyword::kEdge, Keyword::kRelationship,
              Keyword::kGraph, Keyword::kRecord}) ||
      (at(Keyword::kProperty) && at(Keyword::kGraph, 1))) {
    accept(Keyword::kProperty);
    const DeclaredType type = *value::find_type(token().text);
    skip();
    return type;
  }
  accept(Keyword::kValue);
  const std::size_t open = next_;
  if (!accept(TokenKind::kLess)) return DeclaredType::of(Kind::kAny);
  Setting pipe(pipe_ends_, false);
  DeclaredType type = parse_union_type();
  expect_close(TokenKind::kGreater, open, "the type");
  return type;
}

/// `[SIGNED | UNSIGNED] [SMALL | BIG] INTEGER`
DeclaredType Parser::parse_verbose_integer() {
  const bool is_unsigned = at(Keyword::kUnsigned);
  if (at_any({Keyword::kSigned, Keyword::kUnsigned})) skip();
  const bool small = accept(Keyword::kSmall);
  if (!small) accept(Keyword::kBig);
  const std::optional<DeclaredType> named = value::find_type(token().text);
  if (!named || named->kind != Kind::kInteger) fail_expected("INTEGER", {Keyword::kInteger});
  DeclaredType type = *named;
  skip();
  if (is_unsigned) type.kind = Kind::kUnsigned;
  if (small) {
    type.bits = 16;
    type.bare = false;
  }
  parse_type_arguments(type);
  return type;
}

/// What stands behind the name: `(10, 2)`, `<INT>[3]`, `{a INT}`, `(YEAR TO MONTH)`.
void Parser::parse_type_arguments(DeclaredType& type) {
  const std::size_t open = next_;
  switch (type.kind) {
    case Kind::kList:
      if (!accept(TokenKind::kLess)) return;
      {
        Setting pipe(pipe_ends_, false);
        type.parts.push_back(parse_union_type());
        expect_close(TokenKind::kGreater, open, "the list type");
      }
      return parse_list_bound(type);
    case Kind::kRecord:
    case Kind::kTable:
      if (at(TokenKind::kLeftBrace)) parse_record_fields(type);
      return;
    case Kind::kDuration:
      // DURATION (YEAR TO MONTH) and DURATION (DAY TO SECOND) restrict what a duration holds.
      if (!accept(TokenKind::kLeftParen)) return;
      if (accept_words({Keyword::kYear, Keyword::kTo, Keyword::kMonth})) {
        type.kind = Kind::kYearMonthDuration;
      } else if (accept_words({Keyword::kDay, Keyword::kTo, Keyword::kSecond})) {
        type.kind = Kind::kDayTimeDuration;
      } else {
        fail_expected("YEAR TO MONTH or DAY TO SECOND", {Keyword::kYear, Keyword::kDay});
      }
      return expect_close(TokenKind::kRightParen, open, "the type");
    case Kind::kInteger:
    case Kind::kUnsigned:
    case Kind::kDecimal:
    case Kind::kFloat:
    case Kind::kString:
    case Kind::kBytes:
      if (at(TokenKind::kLeftParen)) parse_type_sizes(type);
      return;
    case Kind::kNode:
    case Kind::kEdge:
      return parse_element_reference(type);
    default:
      return;
  }
}

/// `(:City {name STRING})` behind NODE, `()-[:KNOWS {since INT}]->()` behind EDGE: what an element
/// has, among other things.
void Parser::parse_element_reference(DeclaredType& type) {
  if (!at(TokenKind::kLeftParen)) return;
  const auto end = [this](bool closing) {
    const std::size_t open = next_;
    expect(TokenKind::kLeftParen, closing ? "`()` behind the edge" : "`()` before the edge");
    expect_close(TokenKind::kRightParen, open, "the end of the edge");
  };
  const bool edge = type.kind == Kind::kEdge;
  if (edge) {
    end(false);
    expect(TokenKind::kMinus, "`-[` and the label of the edge");
  }
  const std::size_t open = next_;
  expect(edge ? TokenKind::kLeftBracket : TokenKind::kLeftParen, "the labels");
  const ast::ElementTypeSpecification filler = parse_element_filler_type({});
  for (const auto* labels : {&filler.key_labels, &filler.labels}) {
    for (const ast::Name& label : *labels) type.labels.push_back(label.text);
  }
  type.open = filler.properties.empty();
  for (const auto& [name, property] : filler.properties) {
    type.field_names.push_back(name.text);
    type.parts.push_back(property.type);
  }
  expect_close(edge ? TokenKind::kRightBracket : TokenKind::kRightParen, open, "the element type");
  if (!edge) return;
  expect(TokenKind::kMinus, "`->` behind the edge");
  expect(TokenKind::kGreater, "`->` behind the edge");
  end(true);
}

/// `(n)` or `(n, m)`: digits and fraction digits of numbers, lengths of texts and byte strings.
void Parser::parse_type_sizes(DeclaredType& type) {
  const std::size_t open = next_;
  const bool number =
      type.kind == Kind::kInteger || type.kind == Kind::kUnsigned || type.kind == Kind::kFloat;
  if (number && type.bits != 64) {
    fail(type.name() + " has a size of its own, and no precision", token().position,
         "UnexpectedSyntax", "INT(n), UINT(n) and FLOAT(n) have one");
  }
  skip();
  type.bare = false;
  const Position first_place = token().position;
  const std::uint64_t first = parse_count("a length or a precision");
  std::optional<std::uint64_t> second;
  Position second_place;
  const bool takes_two = type.kind != Kind::kInteger && type.kind != Kind::kUnsigned;
  if (takes_two && accept(TokenKind::kComma)) {
    second_place = token().position;
    second = parse_count("a length or a scale");
  }
  expect_close(TokenKind::kRightParen, open, "the type");
  const auto require = [this](bool holds, std::string_view message, Position place) {
    if (!holds) fail(std::string(message), place);
  };
  if (type.kind == Kind::kString || type.kind == Kind::kBytes) {
    type.minimum = second ? first : 0;
    type.maximum = second.value_or(first);
    return require(type.minimum <= type.maximum && type.maximum > 0,
                   "the largest length is at least 1 and not below the smallest",
                   second ? second_place : first_place);
  }
  require(first > 0, "a precision is at least 1", first_place);
  if (type.kind == Kind::kFloat) {
    // Digits of the fraction and of the exponent, in binary: the smallest type that has both.
    type.bits = first <= 24 && second.value_or(0) <= 8 ? 32 : 64;
    return require(first <= 53 && second.value_or(0) <= 11,
                   "FLOAT64 is the widest type of its kind: 53 binary digits, 11 of the exponent",
                   first_place);
  }
  require(first <= DeclaredType::kMaxPrecision, "exact numbers have at most 76 digits",
          first_place);
  require(second.value_or(0) <= first, "the scale is one of the digits of the precision",
          second_place);
  type.precision = static_cast<std::uint32_t>(first);
  type.scale = static_cast<std::uint32_t>(second.value_or(0));
}

/// `{name TYPE, name :: TYPE}`
void Parser::parse_record_fields(DeclaredType& type) {
  const std::size_t open = next_;
  skip();
  type.open = false;
  while (!at(TokenKind::kRightBrace)) {
    ast::Name name = parse_name("a field name");
    if (std::find(type.field_names.begin(), type.field_names.end(), name.text) !=
        type.field_names.end()) {
      fail(fmt::format("the field `{}` is declared twice", name.text), name.position);
    }
    type.field_names.push_back(std::move(name.text));
    if (!accept(TokenKind::kDoubleColon)) accept(Keyword::kTyped);
    type.parts.push_back(parse_union_type());
    if (!accept(TokenKind::kComma)) break;
  }
  expect_close(TokenKind::kRightBrace, open, "the record type");
}

// ---- signatures

/// A type, or NUMBER: what functions of numbers take.
ast::TypeSpecification Parser::parse_signature_type() {
  if (!at_word("NUMBER")) return parse_type();
  const std::size_t start = next_;
  skip();
  DeclaredType number = DeclaredType::of(Kind::kUnion);
  number.parts = {DeclaredType::of(Kind::kInteger), DeclaredType::of(Kind::kFloat),
                  DeclaredType::of(Kind::kDecimal)};
  return {std::move(number), span(start)};
}

/// `(name TYPE [?], name :: TYPE, ..)`
std::vector<std::pair<ast::Name, ast::TypeSpecification>> Parser::parse_signature_fields() {
  std::vector<std::pair<ast::Name, ast::TypeSpecification>> fields;
  const std::size_t open = next_;
  expect(TokenKind::kLeftParen, "`(`");
  while (!at(TokenKind::kRightParen)) {
    ast::Name name = parse_name("a name, or `)`");
    accept(TokenKind::kDoubleColon);
    fields.emplace_back(std::move(name), parse_signature_type());
    accept(TokenKind::kQuestion);
    if (!accept(TokenKind::kComma)) break;
  }
  expect_close(TokenKind::kRightParen, open, "the list");
  return fields;
}

ast::RoutineSignature Parser::parse_signature() {
  ast::RoutineSignature signature;
  signature.name = parse_dotted_name("the name of a function or a procedure");
  signature.parameters = parse_signature_fields();
  if (accept(TokenKind::kDoubleColon)) {
    if (at(TokenKind::kLeftParen)) {
      signature.columns = parse_signature_fields();
    } else {
      signature.result = parse_signature_type();
      accept(TokenKind::kQuestion);
    }
  }
  if (!at(TokenKind::kEnd)) fail_expected("the end of the signature");
  return signature;
}

ast::RoutineSignature parse_signature(std::string_view text) {
  return Parser(text).parse_signature();
}

}  // namespace geode::gql
