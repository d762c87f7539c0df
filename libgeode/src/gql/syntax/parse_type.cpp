#include <array>
#include <utility>

#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {
namespace {

/// Names of one word and the canonical name each stands for.
constexpr std::pair<std::string_view, std::string_view> kSynonyms[] = {
    {"BOOL", "BOOL"},
    {"BOOLEAN", "BOOL"},
    {"STRING", "STRING"},
    {"VARCHAR", "STRING"},
    {"TEXT", "STRING"},
    {"CHAR", "STRING"},
    {"BYTES", "BYTES"},
    {"BINARY", "BYTES"},
    {"VARBINARY", "BYTES"},
    {"INT", "INT64"},
    {"INTEGER", "INT64"},
    {"BIGINT", "INT64"},
    {"SMALLINT", "INT16"},
    {"INT8", "INT8"},
    {"INT16", "INT16"},
    {"INT32", "INT32"},
    {"INT64", "INT64"},
    {"INT128", "INT128"},
    {"INT256", "INT256"},
    {"INTEGER8", "INT8"},
    {"INTEGER16", "INT16"},
    {"INTEGER32", "INT32"},
    {"INTEGER64", "INT64"},
    {"INTEGER128", "INT128"},
    {"INTEGER256", "INT256"},
    {"UINT", "UINT64"},
    {"UBIGINT", "UINT64"},
    {"USMALLINT", "UINT16"},
    {"UINT8", "UINT8"},
    {"UINT16", "UINT16"},
    {"UINT32", "UINT32"},
    {"UINT64", "UINT64"},
    {"UINT128", "UINT128"},
    {"UINT256", "UINT256"},
    {"DECIMAL", "DECIMAL"},
    {"DEC", "DECIMAL"},
    {"NUMERIC", "DECIMAL"},
    {"FLOAT", "FLOAT64"},
    {"REAL", "FLOAT32"},
    {"DOUBLE", "FLOAT64"},
    {"FLOAT16", "FLOAT16"},
    {"FLOAT32", "FLOAT32"},
    {"FLOAT64", "FLOAT64"},
    {"FLOAT128", "FLOAT128"},
    {"FLOAT256", "FLOAT256"},
    {"DATE", "DATE"},
    {"TIME", "LOCAL TIME"},
    {"DATETIME", "ZONED DATETIME"},
    {"LOCALTIME", "LOCAL TIME"},
    {"LOCALDATETIME", "LOCAL DATETIME"},
    {"TIMESTAMP", "LOCAL DATETIME"},
    {"TIMESTAMPTZ", "ZONED DATETIME"},
    {"TIMETZ", "ZONED TIME"},
    {"DURATION", "DURATION"},
    {"INTERVAL", "DURATION"},
    {"NODE", "NODE"},
    {"VERTEX", "NODE"},
    {"EDGE", "EDGE"},
    {"RELATIONSHIP", "EDGE"},
    {"PATH", "PATH"},
    {"NULL", "NULL"},
    {"NOTHING", "NOTHING"},
    {"LIST", "LIST"},
    {"ARRAY", "LIST"},
    {"RECORD", "RECORD"},
    {"MAP", "RECORD"},
    {"GRAPH", "GRAPH"},
    {"TABLE", "TABLE"},
};

}  // namespace

/// `member | member`
ast::TypeSpecification Parser::parse_type() {
  Nesting nesting(*this);
  const std::size_t start = next_;
  ast::TypeSpecification type = parse_type_member();
  if (pipe_ends_ || !at(TokenKind::kPipe)) return type;
  ast::TypeSpecification any_of;
  any_of.name = "UNION";
  any_of.elements.push_back(std::move(type));
  while (accept(TokenKind::kPipe)) any_of.elements.push_back(parse_type_member());
  any_of.position = span(start);
  return any_of;
}

/// A type with what may stand behind it: `NOT NULL`, and `LIST` or `ARRAY` for a list of it.
ast::TypeSpecification Parser::parse_type_member() {
  const std::size_t start = next_;
  ast::TypeSpecification type = parse_type_name();
  const auto not_null = [&] {
    if (!accept_words({Keyword::kNot, Keyword::kNull})) return;
    type.not_null = true;
  };
  not_null();
  std::uint32_t lists = 0;
  while (at_any({Keyword::kList, Keyword::kArray})) {
    if (++lists > 100) fail_too_deep();
    skip();
    ast::TypeSpecification list;
    list.name = "LIST";
    list.elements.push_back(std::move(type));
    type = std::move(list);
    if (at(TokenKind::kLeftBracket)) {
      const std::size_t open = next_;
      skip();
      type.arguments.push_back(
          static_cast<std::int64_t>(parse_count("the largest number of elements")));
      expect_close(TokenKind::kRightBracket, open, "the length");
    }
    not_null();
  }
  type.position = span(start);
  return type;
}

ast::TypeSpecification Parser::parse_type_name() {
  ast::TypeSpecification type;
  if (!at(TokenKind::kWord)) fail_expected("a type such as INT or STRING");
  if (accept_words({Keyword::kZoned, Keyword::kDatetime}) ||
      accept_words({Keyword::kZoned, Keyword::kTimestamp})) {
    type.name = "ZONED DATETIME";
  } else if (accept_words({Keyword::kZoned, Keyword::kTime})) {
    type.name = "ZONED TIME";
  } else if (accept_words({Keyword::kLocal, Keyword::kDatetime}) ||
             accept_words({Keyword::kLocal, Keyword::kTimestamp})) {
    type.name = "LOCAL DATETIME";
  } else if (accept_words({Keyword::kLocal, Keyword::kTime})) {
    type.name = "LOCAL TIME";
  } else if (at_any({Keyword::kTime, Keyword::kTimestamp}) &&
             (at(Keyword::kWith, 1) || at(Keyword::kWithout, 1)) && at(Keyword::kTime, 2) &&
             at(Keyword::kZone, 3)) {
    const bool zoned = at(Keyword::kWith, 1);
    type.name = zoned ? "ZONED " : "LOCAL ";
    type.name += at(Keyword::kTime) ? "TIME" : "DATETIME";
    skip(4);
  } else if (accept(Keyword::kAny)) {
    type.name = "ANY";
    if (accept(Keyword::kRecord)) {
      type.name = "RECORD";
    } else if (accept_words({Keyword::kProperty, Keyword::kValue})) {
      type.name = "PROPERTY VALUE";
    } else if (at_any({Keyword::kNode, Keyword::kVertex})) {
      skip();
      type.name = "NODE";
    } else if (at_any({Keyword::kEdge, Keyword::kRelationship})) {
      skip();
      type.name = "EDGE";
    } else {
      accept(Keyword::kValue);
      if (at(TokenKind::kLess)) {
        const std::size_t open = next_;
        skip();
        Setting pipe(pipe_ends_, false);
        type = parse_type();
        expect_close(TokenKind::kGreater, open, "the type");
      }
    }
  } else if (accept_words({Keyword::kProperty, Keyword::kValue})) {
    type.name = "PROPERTY VALUE";
  } else if (at_any({Keyword::kSigned, Keyword::kUnsigned, Keyword::kSmall, Keyword::kBig}) &&
             at(TokenKind::kWord, 1)) {
    const bool is_unsigned = at(Keyword::kUnsigned);
    if (at_any({Keyword::kSigned, Keyword::kUnsigned})) skip();
    const bool small = accept(Keyword::kSmall);
    if (!small) accept(Keyword::kBig);
    const ast::TypeSpecification number = parse_type_name();
    type.arguments = number.arguments;
    type.name = is_unsigned ? "U" : "";
    type.name += small && number.name == "INT64" ? "INT16" : number.name;
  } else {
    const bool precision = at_words({Keyword::kDouble, Keyword::kPrecision});
    const bool fixed = at(Keyword::kChar) || at(Keyword::kBinary);
    for (const auto& [written, canonical] : kSynonyms) {
      if (at_word(written)) type.name = canonical;
    }
    if (type.name.empty()) {
      // A name this parser does not know is for the binder to judge.
      for (const char c : token().text)
        type.name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    skip(precision ? 2 : 1);
    parse_type_arguments(type);
    // CHAR(n) and BINARY(n) are exactly n long.
    if (fixed && type.arguments.size() == 1) type.arguments.push_back(type.arguments[0]);
  }
  return type;
}

void Parser::parse_type_arguments(ast::TypeSpecification& type) {
  const std::size_t open = next_;
  if (type.name == "LIST" && accept(TokenKind::kLess)) {
    Setting pipe(pipe_ends_, false);
    type.elements.push_back(parse_type());
    expect_close(TokenKind::kGreater, open, "the list type");
    if (at(TokenKind::kLeftBracket)) {
      skip();
      type.arguments.push_back(
          static_cast<std::int64_t>(parse_count("the largest number of elements")));
      expect(TokenKind::kRightBracket, "`]`");
    }
  } else if (type.name == "RECORD" && at(TokenKind::kLeftBrace)) {
    parse_record_fields(type);
  } else if (type.name == "DURATION" && accept(TokenKind::kLeftParen)) {
    // DURATION (YEAR TO MONTH) and DURATION (DAY TO SECOND) restrict what a duration holds.
    const bool months = at_words({Keyword::kYear, Keyword::kTo, Keyword::kMonth});
    if (!months && !at_words({Keyword::kDay, Keyword::kTo, Keyword::kSecond})) {
      fail_expected("YEAR TO MONTH or DAY TO SECOND", {Keyword::kYear, Keyword::kDay});
    }
    skip(3);
    expect_close(TokenKind::kRightParen, open, "the type");
    type.name = months ? "DURATION YEAR TO MONTH" : "DURATION DAY TO SECOND";
  } else if (at(TokenKind::kLeftParen) && at(TokenKind::kInteger, 1)) {
    skip();
    do {
      type.arguments.push_back(static_cast<std::int64_t>(parse_count("a length or a precision")));
    } while (accept(TokenKind::kComma));
    expect_close(TokenKind::kRightParen, open, "the type");
  }
}

/// `{name TYPE, name :: TYPE}`
void Parser::parse_record_fields(ast::TypeSpecification& type) {
  const std::size_t open = next_;
  skip();
  while (!at(TokenKind::kRightBrace)) {
    std::string name = parse_name("a field name").text;
    if (!accept(TokenKind::kDoubleColon)) accept(Keyword::kTyped);
    type.fields.emplace_back(std::move(name), parse_type());
    if (!accept(TokenKind::kComma)) break;
  }
  expect_close(TokenKind::kRightBrace, open, "the record type");
}

// ---- signatures

/// `(name TYPE [?], name :: TYPE, ..)`
std::vector<std::pair<ast::Name, ast::TypeSpecification>> Parser::parse_signature_fields() {
  std::vector<std::pair<ast::Name, ast::TypeSpecification>> fields;
  const std::size_t open = next_;
  expect(TokenKind::kLeftParen, "`(`");
  while (!at(TokenKind::kRightParen)) {
    ast::Name name = parse_name("a name, or `)`");
    accept(TokenKind::kDoubleColon);
    fields.emplace_back(std::move(name), parse_type());
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
      signature.result = parse_type();
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
