#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <geode/error.hpp>
#include "gql/syntax/token.hpp"

namespace geode::gql {

/// Cuts a text into tokens, one by one. Never throws for what it reads: a mistake is a token of
/// kind kInvalid, so that the parser may complain about an earlier place first.
class Lexer {
 public:
  explicit Lexer(std::string_view text);

  /// The next token; kEnd again and again at the end of the text.
  Token next();

  /// Why the first invalid token is one.
  const std::optional<Error>& error() const { return error_; }

 private:
  char peek(std::size_t ahead = 0) const {
    return offset_ + ahead < text_.size() ? text_[offset_ + ahead] : '\0';
  }
  bool done() const { return offset_ >= text_.size(); }
  /// Steps over `bytes` bytes and keeps line and column right.
  void advance(std::size_t bytes = 1);
  Position here(std::size_t length = 0) const;

  /// False when a comment is not closed; then `token` says so.
  bool skip_blanks_and_comments(Token& token);
  bool dashes_begin_comment() const;

  void read_punctuation(Token& token);
  void read_word(Token& token);
  void read_quoted_name(Token& token);
  void read_string(Token& token, bool escapes);
  void read_bytes(Token& token);
  void read_parameter(Token& token);
  void read_number(Token& token);  // lex_number.cpp
  void read_radix_number(Token& token, unsigned bits_per_digit);
  /// What of a name begins here, stepping over it.
  std::string_view read_name_bytes();
  bool read_escape(Token& token);
  bool read_braced_escape(Token& token);
  bool read_unicode_escape(Token& token, std::size_t digits);
  /// True when the suffix of a number was understood.
  bool apply_suffix(Token& token, std::string_view suffix, const std::string& digits);

  /// Makes `token` invalid; the place is from its start to here.
  void fail(Token& token, std::string message, std::string_view detail, std::string hint = {});
  /// The same, with a place within the token.
  void fail_at(Token& token, Position position, std::string message, std::string_view detail,
               std::string hint = {});

  std::string_view text_;
  std::size_t offset_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
  std::optional<Error> error_;

  // What the choice between a comment and an edge looks at.
  TokenKind previous_ = TokenKind::kEnd;
  std::size_t previous_end_ = 0;
  bool in_pattern_clause_ = false;
};

/// What the passes behind this one make of a token, as measured.
constexpr std::uint64_t kBytesPerToken = 1024;

/// All tokens up to kEnd, or up to the first kInvalid, which is then the last one.
std::vector<Token> tokenize(std::string_view text, std::optional<Error>& error);

}  // namespace geode::gql
