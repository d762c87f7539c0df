#include <charconv>
#include <string>

#include <fmt/format.h>

#include <geode/decimal.hpp>
#include "gql/syntax/lexer.hpp"

namespace geode::gql {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void Lexer::read_number(Token& token) {
  if (peek() == '0') {
    const char radix = peek(1);
    if (radix == 'x' || radix == 'X') return read_radix_number(token, 4);
    if (radix == 'o' || radix == 'O') return read_radix_number(token, 3);
    if (radix == 'b' || radix == 'B') return read_radix_number(token, 1);
  }
  token.kind = TokenKind::kInteger;
  std::string digits;
  const auto read_digits = [&] {
    while (is_digit(peek()) || (peek() == '_' && is_digit(peek(1)))) {
      if (peek() != '_') digits += peek();
      advance();
    }
  };
  read_digits();
  // `1.` is a number too, but the dot of `1..3` is a range's and that of `1.x` a property's.
  const char next = peek(1);
  const bool name_follows = next == '_' || (next >= 'a' && next <= 'z') ||
                            (next >= 'A' && next <= 'Z') ||
                            static_cast<unsigned char>(next) >= 0x80;
  const bool ends_with_point = !digits.empty() && next != '.' && !name_follows;
  if (peek() == '.' && (is_digit(next) || ends_with_point)) {
    token.kind = TokenKind::kFloat;
    if (digits.empty()) digits = "0";
    digits += '.';
    advance();
    read_digits();
  }
  if (peek() == 'e' || peek() == 'E') {
    const bool sign = peek(1) == '+' || peek(1) == '-';
    if (is_digit(peek(sign ? 2 : 1))) {
      token.kind = TokenKind::kFloat;
      digits += 'e';
      if (peek(1) == '-') digits += '-';
      advance(sign ? 2 : 1);
      read_digits();
    }
  }
  const std::string_view suffix = read_name_bytes();
  if (!apply_suffix(token, suffix, digits)) {
    const std::string_view written =
        text_.substr(token.position.offset, offset_ - token.position.offset);
    return fail(token, fmt::format("`{}` is not a number", written), "InvalidNumberLiteral",
                "a name that begins with a digit is written in backquotes");
  }
  if (token.kind == TokenKind::kInteger) {
    const auto [end, code] =
        std::from_chars(digits.data(), digits.data() + digits.size(), token.integer);
    token.overflow = code != std::errc();
  } else if (token.kind == TokenKind::kDecimal) {
    token.text = digits;
    if (!Decimal::parse(digits)) {
      fail(token, "this number does not fit into a DECIMAL", "FloatingPointOverflow",
           "exact numbers have 256 bits, and 76 of their digits behind the point");
    }
  } else if (token.kind == TokenKind::kFloat) {
    const auto [end, code] =
        std::from_chars(digits.data(), digits.data() + digits.size(), token.real);
    if (code == std::errc::result_out_of_range) {
      // Too small is zero, too large is a mistake; from_chars does not tell one from the other.
      const bool small = digits.find("e-") != std::string::npos || digits.compare(0, 2, "0.") == 0;
      token.real = 0;
      if (!small) fail(token, "this number is too large for a FLOAT64", "FloatingPointOverflow");
    }
  }
}

bool Lexer::apply_suffix(Token& token, std::string_view suffix, const std::string& digits) {
  if (suffix.empty()) return true;
  if (suffix == "f" || suffix == "F" || suffix == "d" || suffix == "D") {
    token.kind = TokenKind::kFloat;
    return true;
  }
  if (suffix == "M" || suffix == "m") {
    token.kind = TokenKind::kDecimal;
    return true;
  }
  if (token.kind == TokenKind::kFloat && digits.find('e') != std::string::npos) return false;
  const auto duration = [&](std::string_view before, const std::string& amount, char unit) {
    token.kind = TokenKind::kDuration;
    token.text = fmt::format("{}{}{}", before, amount, unit);
    return true;
  };
  if (suffix == "s") return duration("PT", digits, 'S');
  if (suffix == "min") return duration("PT", digits, 'M');
  if (suffix == "h") return duration("PT", digits, 'H');
  if (suffix == "days") return duration("P", digits, 'D');
  // Parts of a second become a fraction by moving the point.
  const std::size_t shift = suffix == "ms" ? 3 : suffix == "us" ? 6 : suffix == "ns" ? 9 : 0;
  if (shift == 0 || token.kind == TokenKind::kFloat) return false;
  std::string amount(digits.size() <= shift ? shift + 1 - digits.size() : 0, '0');
  amount += digits;
  amount.insert(amount.size() - shift, 1, '.');
  return duration("PT", amount, 'S');
}

}  // namespace geode::gql
