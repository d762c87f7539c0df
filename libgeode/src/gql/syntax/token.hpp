#pragma once

#include <cstdint>
#include <string>

#include <geode/error.hpp>
#include "gql/syntax/keywords.hpp"

namespace geode::gql {

enum class TokenKind : std::uint8_t {
  kEnd,
  kInvalid,     ///< what the lexer could not read; Lexer::error() says why
  kWord,        ///< a bare name or a keyword: context decides
  kQuotedName,  ///< `name`
  kString,
  kBytes,  ///< X'0F'
  kInteger,
  kFloat,
  kDecimal,
  kDuration,   ///< 10s
  kParameter,  ///< $name, $1, $`a name`
  kDollar,     ///< $ before a parenthesis
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kComma,
  kSemicolon,
  kDot,
  kDotDot,
  kColon,
  kDoubleColon,
  kPlus,
  kPlusEqual,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kCaret,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kMatchesRegex,
  kPipe,
  kDoublePipe,
  kMultisetPipe,  ///< |+|
  kAmpersand,
  kExclamation,
  kQuestion,
  kTilde,
};

/// Arrows are not tokens: `-`, `<`, `>` and `~` come one by one, and the pattern grammar puts them
/// together, because `a<-1` and `(a)<-(b)` differ only by where they stand.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  Keyword keyword = Keyword::kNotAKeyword;
  bool double_quoted = false;  ///< kString written with "
  bool overflow = false;       ///< kInteger above 2^64 - 1
  Position position;
  /// kWord as written; kQuotedName, kString, kBytes and kParameter without quotes and escapes;
  /// kDuration in ISO 8601; the digits of kDecimal.
  std::string text;
  std::uint64_t integer = 0;
  double real = 0;

  std::uint32_t end() const { return position.offset + position.length; }
  bool is_number() const {
    return kind == TokenKind::kInteger || kind == TokenKind::kFloat || kind == TokenKind::kDecimal;
  }
};

}  // namespace geode::gql
