// Strings and their escapes, byte strings.

#include <fmt/core.h>

#include "gql/syntax/characters.hpp"
#include "gql/syntax/lexer.hpp"

namespace geode::gql {
namespace {

void append_utf8(std::string& out, char32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

}  // namespace

void Lexer::read_string(Token& token, bool escapes) {
  const char quote = peek();
  token.kind = TokenKind::kString;
  token.double_quoted = quote == '"';
  advance();
  while (!done()) {
    const char c = peek();
    if (c == quote) {
      advance();
      if (peek() != quote) return;
      token.text += quote;
      advance();
    } else if (c == '\\' && escapes) {
      if (!read_escape(token)) {
        // The rest of the string is stepped over, so that a script is still cut at the right `;`.
        while (!done() && peek() != quote) advance(peek() == '\\' ? 2 : 1);
        advance();
        return;
      }
    } else {
      token.text += c;
      advance();
    }
  }
  const Position open{token.position.offset, token.position.line, token.position.column, 1};
  fail_at(token, open, "this string is not closed", "UnexpectedSyntax",
          fmt::format("end it with {}", quote));
}

bool Lexer::read_escape(Token& token) {
  const Position place = here(2);
  const char c = peek(1);
  constexpr std::string_view kLetters = "ntrbf\\'\"`/";
  constexpr std::string_view kMeanings = "\n\t\r\b\f\\'\"`/";
  if (const std::size_t i = kLetters.find(c); i != std::string_view::npos) {
    token.text += kMeanings[i];
    advance(2);
    return true;
  }
  if (c == 'u' && peek(2) == '{') return read_braced_escape(token);
  if (c == 'u') return read_unicode_escape(token, 4);
  if (c == 'U') {
    // GQL writes six digits, openCypher eight, of which the first two are always 00.
    const bool eight =
        peek(2) == '0' && peek(3) == '0' && hex_value(peek(8)) >= 0 && hex_value(peek(9)) >= 0;
    return read_unicode_escape(token, eight ? 8 : 6);
  }
  advance();
  fail_at(token, place,
          fmt::format("unknown escape `{}` in a string", text_.substr(place.offset, 2)),
          "UnexpectedSyntax", "write `\\\\` for a backslash");
  return false;
}

/// `\u{1F600}`: one to six digits.
bool Lexer::read_braced_escape(Token& token) {
  const Position place = here(2);
  char32_t point = 0;
  std::size_t digits = 0;
  while (digits < 7 && hex_value(peek(3 + digits)) >= 0) {
    point = point * 16 + static_cast<char32_t>(hex_value(peek(3 + digits)));
    ++digits;
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (digits == 0 || digits > 6 || peek(3 + digits) != '}' || point > 0x10FFFF || surrogate) {
    advance();
    fail_at(token, place, "`\\u{` must be followed by the number of a character and `}`",
            "InvalidUnicodeLiteral", "one to six hexadecimal digits, as in \\u{1F600}");
    return false;
  }
  append_utf8(token.text, point);
  advance(digits + 4);
  return true;
}

bool Lexer::read_unicode_escape(Token& token, std::size_t digits) {
  const auto read = [&](std::size_t from) -> char32_t {
    char32_t point = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const int value = hex_value(peek(from + i));
      if (value < 0) return kInvalidCodePoint;
      point = point * 16 + static_cast<char32_t>(value);
    }
    return point;
  };
  const Position place = here(2);
  char32_t point = read(2);
  std::size_t length = digits + 2;
  if (digits == 4 && point >= 0xD800 && point <= 0xDBFF && peek(6) == '\\' && peek(7) == 'u') {
    const char32_t low = read(8);
    if (low >= 0xDC00 && low <= 0xDFFF) {
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      length = 12;
    }
  }
  if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
    advance();
    fail_at(token, place,
            fmt::format("`\\{}` must be followed by {} hexadecimal digits of a character", peek(),
                        digits),
            "InvalidUnicodeLiteral");
    return false;
  }
  append_utf8(token.text, point);
  advance(length);
  return true;
}

void Lexer::read_bytes(Token& token) {
  token.kind = TokenKind::kBytes;
  advance(2);
  std::string digits;
  while (!done() && peek() != '\'') {
    if (peek() != ' ') digits += peek();
    advance();
  }
  const bool closed = !done();
  advance();
  bool valid = closed && digits.size() % 2 == 0;
  for (std::size_t i = 0; valid && i < digits.size(); i += 2) {
    const int high = hex_value(digits[i]);
    const int low = hex_value(digits[i + 1]);
    valid = high >= 0 && low >= 0;
    token.text += static_cast<char>((high << 4) | low);
  }
  if (!valid) {
    fail(token, "a byte string needs pairs of hexadecimal digits in quotes, as in X'0AFF'",
         "InvalidNumberLiteral");
  }
}

}  // namespace geode::gql
