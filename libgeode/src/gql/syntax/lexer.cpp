#include "gql/syntax/lexer.hpp"

#include <array>
#include <utility>

#include <fmt/core.h>

#include "base/running_limits.hpp"
#include "gql/syntax/characters.hpp"

namespace geode::gql {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// The code point at the start of `text` and its length in bytes; kInvalidCodePoint and 1 where it
/// is not UTF-8.
std::pair<char32_t, std::size_t> decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {kInvalidCodePoint, 1};
  char32_t point = first & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {kInvalidCodePoint, 1};
    point = (point << 6) | (byte(i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kSmallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
    return {kInvalidCodePoint, 1};
  }
  return {point, length};
}

/// Pattern_White_Space and the blanks of other scripts that editors and word processors put in.
bool is_blank(char32_t point) {
  return (point >= 0x09 && point <= 0x0D) || (point >= 0x1C && point <= 0x20) || point == 0x85 ||
         point == 0xA0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200A) ||
         point == 0x2028 || point == 0x2029 || point == 0x202F || point == 0x205F ||
         point == 0x3000 || point == 0xFEFF;
}

/// Outside of ASCII everything may be in a name but blanks, punctuation and symbols.
bool is_name_point(char32_t point) {
  if (point == kInvalidCodePoint || is_blank(point)) return false;
  if (point < 0xC0) return point == 0xAA || point == 0xB5 || point == 0xB7 || point == 0xBA;
  if (point == 0xD7 || point == 0xF7) return false;
  if (point >= 0x2000 && point <= 0x206F)
    return point == 0x203F || point == 0x2040 || point == 0x2054;
  if (point >= 0x2190 && point <= 0x2BFF) return false;
  if (point >= 0x3001 && point <= 0x3003) return false;
  return !(point >= 0x3008 && point <= 0x3020);
}

/// What a dot right behind it would ask for a property; elsewhere `.5` is a number.
bool may_have_property(TokenKind kind) {
  return kind == TokenKind::kRightParen || kind == TokenKind::kRightBracket ||
         kind == TokenKind::kRightBrace || kind == TokenKind::kWord ||
         kind == TokenKind::kQuotedName || kind == TokenKind::kParameter;
}

bool is_name_byte(std::string_view rest) {
  if (rest.empty()) return false;
  if (is_ascii(rest[0])) return is_letter(rest[0]) || is_digit(rest[0]);
  return is_name_point(decode(rest).first);
}

/// The mark that two characters are together; kInvalid where the first stands for itself.
TokenKind mark_of(char first, char second) {
  const auto either = [&](char expected, TokenKind kind) {
    return second == expected ? kind : TokenKind::kInvalid;
  };
  switch (first) {
    case '|':
      return either('|', TokenKind::kDoublePipe);
    case '.':
      return either('.', TokenKind::kDotDot);
    case ':':
      return either(':', TokenKind::kDoubleColon);
    case '+':
      return either('=', TokenKind::kPlusEqual);
    case '!':
      return either('=', TokenKind::kNotEqual);
    case '<':
      return second == '>' ? TokenKind::kNotEqual : either('=', TokenKind::kLessOrEqual);
    case '>':
      return either('=', TokenKind::kGreaterOrEqual);
    case '=':
      return either('~', TokenKind::kMatchesRegex);
    default:
      return TokenKind::kInvalid;
  }
}

/// The mark of one character; kInvalid for what is none.
TokenKind mark_of(char c) {
  constexpr std::string_view kMarks = "()[]{},;.:+-*/%^=<>|&!?~";
  using enum TokenKind;
  constexpr std::array<TokenKind, kMarks.size()> kKinds = {
      kLeftParen, kRightParen, kLeftBracket, kRightBracket, kLeftBrace, kRightBrace,
      kComma,     kSemicolon,  kDot,         kColon,        kPlus,      kMinus,
      kStar,      kSlash,      kPercent,     kCaret,        kEqual,     kLess,
      kGreater,   kPipe,       kAmpersand,   kExclamation,  kQuestion,  kTilde};
  const std::size_t found = kMarks.find(c);
  return found == std::string_view::npos ? kInvalid : kKinds[found];
}

}  // namespace

Lexer::Lexer(std::string_view text) : text_(text) {
  // A byte order mark counts as no column.
  if (text.substr(0, 3) == "\xEF\xBB\xBF") offset_ = 3;
}

void Lexer::advance(std::size_t bytes) {
  for (; bytes > 0 && !done(); --bytes, ++offset_) {
    if (text_[offset_] == '\n') {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(text_[offset_]) & 0xC0) != 0x80) {
      ++column_;
    }
  }
}

Position Lexer::here(std::size_t length) const {
  return {static_cast<std::uint32_t>(offset_), line_, column_, static_cast<std::uint32_t>(length)};
}

void Lexer::fail(Token& token, std::string message, std::string_view detail, std::string hint) {
  Position position = token.position;
  position.length = static_cast<std::uint32_t>(offset_) - position.offset;
  fail_at(token, position, std::move(message), detail, std::move(hint));
}

void Lexer::fail_at(Token& token, Position position, std::string message, std::string_view detail,
                    std::string hint) {
  token.kind = TokenKind::kInvalid;
  if (error_) return;
  error_ = Error(status::kSyntaxError, std::move(message), position)
               .hint(std::move(hint))
               .category("SyntaxError", detail)
               .phase(Phase::kCompile);
}

Token Lexer::next() {
  Token token;
  if (skip_blanks_and_comments(token)) {
    token.position = here();
    const char c = peek();
    if (done()) {
      token.kind = TokenKind::kEnd;
    } else if ((c == 'x' || c == 'X') && peek(1) == '\'') {
      read_bytes(token);
    } else if (is_name_byte(text_.substr(offset_)) && !is_digit(c)) {
      read_word(token);
    } else if (is_digit(c)) {
      read_number(token);
    } else if (c == '.' && is_digit(peek(1)) &&
               (previous_end_ != offset_ || !may_have_property(previous_))) {
      read_number(token);
    } else if (c == '\'' || c == '"') {
      read_string(token, true);
    } else if (c == '@' && (peek(1) == '\'' || peek(1) == '"')) {
      advance();
      read_string(token, false);
    } else if (c == '`') {
      read_quoted_name(token);
    } else if (c == '$') {
      read_parameter(token);
    } else {
      read_punctuation(token);
    }
  }
  token.position.length = static_cast<std::uint32_t>(offset_) - token.position.offset;
  previous_ = token.kind;
  previous_end_ = offset_;
  return token;
}

bool Lexer::skip_blanks_and_comments(Token& token) {
  while (!done()) {
    if (is_ascii(peek())) {
      if (is_blank(static_cast<unsigned char>(peek()))) {
        advance();
        continue;
      }
    } else {
      const auto [point, length] = decode(text_.substr(offset_));
      if (!is_blank(point)) return true;
      advance(length);
      continue;
    }
    if ((peek() == '/' && peek(1) == '/') ||
        (peek() == '-' && peek(1) == '-' && dashes_begin_comment())) {
      while (!done() && peek() != '\n') advance();
    } else if (peek() == '/' && peek(1) == '*') {
      const std::size_t close = text_.find("*/", offset_ + 2);
      if (close == std::string_view::npos) {
        token.position = here(2);
        const Position place = here(2);
        advance(text_.size() - offset_);
        fail_at(token, place, "this comment is not closed", "UnexpectedSyntax", "end it with `*/`");
        return false;
      }
      advance(close + 2 - offset_);
    } else {
      return true;
    }
  }
  return true;
}

/// `--` is an edge between two node patterns and a comment elsewhere. It is an edge after `<`, as
/// in `<--`, and between what ends a node pattern, path or quantifier and what goes on with one,
/// when the two touch. With blanks on a side, `(a) -- (b)`, only a clause that holds a pattern
/// makes it an edge.
bool Lexer::dashes_begin_comment() const {
  const bool touches = previous_end_ == offset_;
  if (previous_ == TokenKind::kLess && touches) return false;
  const bool closes = previous_ == TokenKind::kRightParen || previous_ == TokenKind::kRightBrace ||
                      ((previous_ == TokenKind::kPlus || previous_ == TokenKind::kStar ||
                        previous_ == TokenKind::kQuestion) &&
                       touches);
  if (!closes) {
    // `MATCH p = -->(b)`: a pattern may begin with an edge.
    return !(peek(2) == '>' && in_pattern_clause_);
  }
  const char after = peek(2);
  if (after == '>') return false;
  if (touches && (after == '(' || after == '{' || after == '+' || after == '?' || after == '*'))
    return false;
  if (!in_pattern_clause_) return true;
  const std::size_t next = text_.find_first_not_of(" \t\r\n", offset_ + 2);
  return next == std::string_view::npos || text_[next] != '(';
}

void Lexer::read_word(Token& token) {
  const std::size_t begin = offset_;
  while (is_name_byte(text_.substr(offset_))) advance(decode(text_.substr(offset_)).second);
  token.kind = TokenKind::kWord;
  token.text = text_.substr(begin, offset_ - begin);
  token.keyword = find_keyword(token.text);
  switch (token.keyword) {
    case Keyword::kMatch:
    case Keyword::kCreate:
    case Keyword::kInsert:
    case Keyword::kMerge:
    case Keyword::kWhere:
    case Keyword::kExists:
    case Keyword::kCount:
    case Keyword::kFilter:
      in_pattern_clause_ = true;
      break;
    case Keyword::kReturn:
    case Keyword::kWith:
    case Keyword::kSet:
    case Keyword::kOrder:
    case Keyword::kLimit:
    case Keyword::kDelete:
    case Keyword::kCall:
    case Keyword::kYield:
    case Keyword::kSelect:
      in_pattern_clause_ = false;
      break;
    default:
      // Every other word leaves the clause as it is.
      break;
  }
}

void Lexer::read_quoted_name(Token& token) {
  token.kind = TokenKind::kQuotedName;
  advance();
  while (!done()) {
    if (peek() != '`') {
      token.text += peek();
      advance();
    } else if (peek(1) == '`') {
      token.text += '`';
      advance(2);
    } else {
      advance();
      if (token.text.empty()) fail(token, "a name cannot be empty", "UnexpectedSyntax");
      return;
    }
  }
  const Position open{token.position.offset, token.position.line, token.position.column, 1};
  fail_at(token, open, "this quoted name is not closed", "UnexpectedSyntax",
          "end it with "
          "` (a backquote)");
}

void Lexer::read_parameter(Token& token) {
  if (peek(1) == '(') {
    token.kind = TokenKind::kDollar;
    return advance();
  }
  token.kind = TokenKind::kParameter;
  advance(peek(1) == '$' ? 2 : 1);
  if (peek() == '`' || peek() == '"') {
    Token name;
    name.position = here();
    if (peek() == '`') {
      read_quoted_name(name);
    } else {
      read_string(name, true);
    }
    if (name.kind == TokenKind::kInvalid) token.kind = TokenKind::kInvalid;
    token.text = std::move(name.text);
    return;
  }
  const std::size_t begin = offset_;
  while (is_name_byte(text_.substr(offset_))) advance(decode(text_.substr(offset_)).second);
  token.text = text_.substr(begin, offset_ - begin);
  if (token.text.empty()) {
    fail(token, "`$` must be followed by the name of a parameter", "UnexpectedSyntax");
  }
}

std::string_view Lexer::read_name_bytes() {
  const std::size_t begin = offset_;
  while (is_name_byte(text_.substr(offset_))) advance(decode(text_.substr(offset_)).second);
  return text_.substr(begin, offset_ - begin);
}

void Lexer::read_radix_number(Token& token, unsigned bits_per_digit) {
  token.kind = TokenKind::kInteger;
  advance(2);
  const int radix = 1 << bits_per_digit;
  const auto is_digit = [&](char c) { return hex_value(c) >= 0 && hex_value(c) < radix; };
  bool valid = false;
  while (is_name_byte(text_.substr(offset_))) {
    if (is_digit(peek())) {
      if (token.integer >> (64 - bits_per_digit) != 0) token.overflow = true;
      token.integer = (token.integer << bits_per_digit) | static_cast<unsigned>(hex_value(peek()));
      valid = true;
      advance();
    } else if (peek() == '_' && is_digit(peek(1))) {
      advance();
    } else {
      valid = false;
      break;
    }
  }
  read_name_bytes();
  if (valid) return;
  const std::string_view written =
      text_.substr(token.position.offset, offset_ - token.position.offset);
  fail(token, fmt::format("`{}` is not a number", written), "InvalidNumberLiteral",
       radix == 16  ? "a hexadecimal number has digits 0 to 9 and a to f after 0x"
       : radix == 8 ? "an octal number has digits 0 to 7 after 0o"
                    : "a binary number has digits 0 and 1 after 0b");
}

void Lexer::read_punctuation(Token& token) {
  const char first = peek();
  std::size_t bytes = 2;
  if (first == '|' && peek(1) == '+' && peek(2) == '|') {
    token.kind = TokenKind::kMultisetPipe;
    bytes = 3;
  } else if (const TokenKind both = mark_of(first, peek(1)); both != TokenKind::kInvalid) {
    token.kind = both;
  } else {
    token.kind = mark_of(first);
    bytes = 1;
  }
  if (token.kind != TokenKind::kInvalid) {
    if (token.kind == TokenKind::kSemicolon) in_pattern_clause_ = false;
    return advance(bytes);
  }
  const auto [point, length] = decode(text_.substr(offset_));
  const std::string_view written = text_.substr(offset_, length);
  advance(length);
  if (point == kInvalidCodePoint) {
    fail(token, "the text is not valid UTF-8", "InvalidUnicodeCharacter");
  } else if (point < 0x20 || point == 0x7F) {
    fail(token, fmt::format("unexpected control character U+{:04X}", static_cast<unsigned>(point)),
         "UnexpectedSyntax");
  } else {
    fail(token, fmt::format("unexpected character `{}`", written),
         point < 0x80 ? "UnexpectedSyntax" : "InvalidUnicodeCharacter");
  }
}

std::vector<Token> tokenize(std::string_view text, std::optional<Error>& error) {
  constexpr std::size_t kTokensBetween = 1024;
  Lexer lexer(text);
  std::vector<Token> tokens;
  do {
    if (tokens.size() % kTokensBetween == 0) {
      base::poll_interrupt();
      base::check_room(tokens.size() * kBytesPerToken);
    }
    tokens.push_back(lexer.next());
  } while (tokens.back().kind != TokenKind::kEnd && tokens.back().kind != TokenKind::kInvalid);
  error = lexer.error();
  return tokens;
}

}  // namespace geode::gql
