#include "gql/syntax/parser.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/running_limits.hpp"
#include "base/stack.hpp"
#include "gql/syntax/lexer.hpp"
#include "gql/syntax/recursive_descent.hpp"

namespace geode::gql {
namespace {

/// Far above what people write, and what a stack of 8 MB holds in this parser or in a later pass;
/// smaller ones are asked how much is left.
constexpr std::uint32_t kMaximumDepth = 300;
constexpr std::uint32_t kMaximumHeight = 600;

/// For each opening bracket the index of its partner; the number of tokens for one without.
std::vector<std::size_t> match_brackets(const std::vector<Token>& tokens) {
  std::vector<std::size_t> closing(tokens.size(), tokens.size());
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    TokenKind opener = TokenKind::kEnd;
    switch (tokens[i].kind) {
      case TokenKind::kLeftParen:
      case TokenKind::kLeftBracket:
      case TokenKind::kLeftBrace:
        open.push_back(i);
        continue;
      case TokenKind::kRightParen:
        opener = TokenKind::kLeftParen;
        break;
      case TokenKind::kRightBracket:
        opener = TokenKind::kLeftBracket;
        break;
      case TokenKind::kRightBrace:
        opener = TokenKind::kLeftBrace;
        break;
      default:
        continue;  // not a bracket
    }
    if (!open.empty() && tokens[open.back()].kind == opener) {
      closing[open.back()] = i;
      open.pop_back();
    }
  }
  return closing;
}

std::string_view symbol(TokenKind kind) {
  switch (kind) {
    case TokenKind::kLeftParen:
      return "(";
    case TokenKind::kRightParen:
      return ")";
    case TokenKind::kLeftBracket:
      return "[";
    case TokenKind::kRightBracket:
      return "]";
    case TokenKind::kLeftBrace:
      return "{";
    case TokenKind::kRightBrace:
      return "}";
    case TokenKind::kGreater:
      return ">";
    default:
      return "";
  }
}

}  // namespace

Parser::Parser(std::string_view text) : text_(text), tokens_(tokenize(text, lexical_error_)) {
  constexpr std::uint64_t kBytesPerCharacter = 8;  // how often later passes hold a text
  base::check_room(tokens_.size() * kBytesPerToken + text.size() * kBytesPerCharacter);
  closing_ = match_brackets(tokens_);
}

// ---- tokens

const Token& Parser::token(std::size_t ahead) const {
  const std::size_t index = next_ + ahead;
  return index < tokens_.size() ? tokens_[index] : tokens_.back();
}

bool Parser::at_any(std::initializer_list<Keyword> keywords, std::size_t ahead) const {
  for (const Keyword keyword : keywords) {
    if (at(keyword, ahead)) return true;
  }
  return false;
}

bool Parser::at_words(std::initializer_list<Keyword> keywords) const {
  std::size_t ahead = 0;
  for (const Keyword keyword : keywords) {
    if (!at(keyword, ahead++)) return false;
  }
  return true;
}

bool Parser::at_name(std::size_t ahead) const {
  const Token& t = token(ahead);
  return t.kind == TokenKind::kWord || t.kind == TokenKind::kQuotedName ||
         (t.kind == TokenKind::kString && t.double_quoted && !t.text.empty());
}

bool Parser::at_word(std::string_view upper_case, std::size_t ahead) const {
  return at(TokenKind::kWord, ahead) && equals_ignoring_case(token(ahead).text, upper_case);
}

bool Parser::accept(TokenKind kind) {
  if (!at(kind)) return false;
  skip();
  return true;
}

bool Parser::accept(Keyword keyword) {
  if (!at(keyword)) return false;
  skip();
  return true;
}

bool Parser::accept_words(std::initializer_list<Keyword> keywords) {
  if (!at_words(keywords)) return false;
  skip(keywords.size());
  return true;
}

void Parser::expect(TokenKind kind, std::string_view what) {
  if (!accept(kind)) fail_expected(what);
}

void Parser::expect(Keyword keyword, std::string_view after) {
  if (accept(keyword)) return;
  const std::string_view word = spelling(keyword);
  fail_expected(after.empty() ? std::string(word) : fmt::format("{} after {}", word, after),
                {keyword});
}

void Parser::expect_close(TokenKind kind, std::size_t open, std::string_view construct) {
  if (accept(kind)) return;
  const Position& place = tokens_[open].position;
  fail_expected(fmt::format("'{}' to close {} opened at {}:{}", symbol(kind), construct, place.line,
                            place.column));
}

/// GQL lets a name have 16383 characters; they are counted only where the bytes are more.
void Parser::check_name() const {
  constexpr std::size_t kMaximum = 16383;
  const std::string& name = token().text;
  if (name.size() <= kMaximum) return;
  const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  if (static_cast<std::size_t>(std::count_if(name.begin(), name.end(), is_first_byte)) > kMaximum)
    fail(fmt::format("a name has at most {} characters", kMaximum), token().position);
}

ast::Name Parser::parse_name(std::string_view what) {
  if (!at_name()) fail_expected(what);
  check_name();
  ast::Name name{token().text, token().position};
  skip();
  return name;
}

ast::Name Parser::parse_dotted_name(std::string_view what) {
  ast::Name name = parse_name(what);
  while (at(TokenKind::kDot) && at_name(1)) {
    skip();
    name.text += '.';
    name.text += token().text;
    skip();
    name.position.length = tokens_[next_ - 1].end() - name.position.offset;
  }
  return name;
}

std::uint64_t Parser::parse_count(std::string_view what) {
  if (!at(TokenKind::kInteger)) fail_expected(what);
  if (token().overflow) fail("this number is too large", token().position, "IntegerOverflow");
  const std::uint64_t count = token().integer;
  skip();
  return count;
}

Position Parser::span(std::size_t start) const {
  Position position = token(start - next_).position;
  if (next_ > start) position.length = tokens_[next_ - 1].end() - position.offset;
  return position;
}

std::string Parser::source(std::size_t start) const {
  const Position position = span(start);
  return std::string(text_.substr(position.offset, position.length));
}

// ---- errors

std::string Parser::describe(const Token& found) const {
  if (found.kind == TokenKind::kEnd) return "the end of the statement";
  std::string_view written = text_.substr(found.position.offset, found.position.length);
  if (written.size() <= 40) return fmt::format("`{}`", written);
  std::size_t cut = 36;
  while (cut > 0 && (static_cast<unsigned char>(written[cut]) & 0xC0) == 0x80) --cut;
  return fmt::format("`{}...`", written.substr(0, cut));
}

void Parser::fail_expected(std::string_view what, std::initializer_list<Keyword> candidates) const {
  if (at(TokenKind::kInvalid)) throw *lexical_error_;
  std::string hint;
  if (at(TokenKind::kWord)) {
    const Keyword meant = nearest_keyword(token().text, candidates);
    if (meant != Keyword::kNotAKeyword) hint = fmt::format("did you mean `{}`?", spelling(meant));
  }
  if (hint.empty()) hint = slip();
  fail(fmt::format("expected {}, found {}", what, describe(token())), token().position,
       "UnexpectedSyntax", std::move(hint));
}

/// What people who come from other languages write, as seen from the token before this one.
std::string Parser::slip() const {
  if (next_ == 0) return {};
  const Token& before = tokens_[next_ - 1];
  if (before.end() != token().position.offset) return {};
  if (before.kind == TokenKind::kEqual && at(TokenKind::kEqual)) return "write a single `=`";
  if (before.kind == TokenKind::kString && at(TokenKind::kWord)) {
    const char quote = before.double_quoted ? '"' : '\'';
    return fmt::format("within a text a quote is written twice: {0}{1}{0}{0}{2}{0}", quote,
                       before.text, token().text);
  }
  return {};
}

void Parser::fail(std::string message, Position position, std::string_view detail,
                  std::string hint) const {
  throw Error(status::kSyntaxError, std::move(message), position)
      .hint(std::move(hint))
      .category("SyntaxError", detail)
      .phase(Phase::kCompile);
}

// ---- depth

Parser::Nesting::Nesting(Parser& parser) : parser_(parser) {
  if (parser.depth_ >= kMaximumDepth || base::stack_is_low()) parser.fail_too_deep();
  ++parser.depth_;
}

void Parser::raise_height() {
  if (++height_ > kMaximumHeight) fail_too_deep();
}

void Parser::fail_too_deep() const {
  throw Error(status::kLimitExceeded, "this statement is nested too deeply", token().position)
      .hint("use a list or a parameter instead of a long chain of operators")
      .phase(Phase::kCompile);
}

// ---- statements

ast::Statement Parser::parse_statement() {
  ast::Statement statement;
  while (accept(TokenKind::kSemicolon)) {
    // Empty statements before the first are skipped.
  }
  const std::size_t start = next_;
  if (at_any({Keyword::kExplain, Keyword::kProfile})) {
    statement.explain =
        at(Keyword::kExplain) ? ast::ExplainMode::kExplain : ast::ExplainMode::kProfile;
    skip();
  }
  statement.node = parse_statement_node();
  statement.position = span(start);
  if (accept(TokenKind::kSemicolon)) {
    while (accept(TokenKind::kSemicolon)) {
      // Further semicolons end nothing.
    }
    if (at(TokenKind::kInvalid)) throw *lexical_error_;
    if (!at(TokenKind::kEnd)) {
      fail(fmt::format("expected nothing after `;`, found {}", describe(token())), token().position,
           "UnexpectedSyntax", "run statements one at a time");
    }
  }
  if (!at(TokenKind::kEnd)) fail_expected("the end of the statement");
  return statement;
}

ast::StatementNode Parser::parse_statement_node() {
  if (at_security_statement()) return parse_security_statement();
  if (at_catalog_create()) return parse_create();
  switch (token().keyword) {
    case Keyword::kDrop:
      return parse_drop();
    case Keyword::kShow:
      return parse_show();
    case Keyword::kStart:
    case Keyword::kBegin:
      return parse_start_transaction();
    case Keyword::kCommit:
      skip();
      if (!accept(Keyword::kTransaction)) accept(Keyword::kWork);
      return ast::Commit{};
    case Keyword::kRollback:
      return parse_rollback();
    case Keyword::kSavepoint:
      skip();
      return ast::Savepoint{parse_name("the name of the savepoint")};
    case Keyword::kRelease:
      skip();
      accept(Keyword::kSavepoint);
      return ast::ReleaseSavepoint{parse_name("the name of the savepoint")};
    case Keyword::kSession:
      return parse_session();
    case Keyword::kPing:
      skip();
      return ast::Ping{};
    case Keyword::kKill:
      return parse_kill();
    case Keyword::kUse:
      if (at_use_alone()) return parse_use_alone();
      break;
    case Keyword::kSet:
      if (!at(Keyword::kTransaction, 1) || !at_any({Keyword::kIsolation, Keyword::kRead}, 2)) break;
      skip(2);
      {
        ast::SetTransaction set;
        parse_transaction_characteristics(set.characteristics);
        return set;
      }
    case Keyword::kAnalyze:
      skip();
      return ast::Analyze{};
    default:
      break;
  }
  if (!at_clause() && !at_definition() && !at(Keyword::kAt) && !at(TokenKind::kLeftParen)) {
    fail_expected("a statement",
                  {Keyword::kMatch,    Keyword::kReturn,   Keyword::kCreate,  Keyword::kInsert,
                   Keyword::kOptional, Keyword::kWith,     Keyword::kUnwind,  Keyword::kMerge,
                   Keyword::kCall,     Keyword::kSelect,   Keyword::kExplain, Keyword::kProfile,
                   Keyword::kDrop,     Keyword::kShow,     Keyword::kBegin,   Keyword::kStart,
                   Keyword::kCommit,   Keyword::kRollback, Keyword::kSession, Keyword::kSavepoint,
                   Keyword::kRelease,  Keyword::kFor,      Keyword::kLet,     Keyword::kFilter,
                   Keyword::kUse,      Keyword::kAt,       Keyword::kDelete,  Keyword::kDetach,
                   Keyword::kSet,      Keyword::kRemove,   Keyword::kFinish,  Keyword::kForeach,
                   Keyword::kPing});
  }
  return parse_query();
}

ast::ExpressionPtr Parser::parse_lone_condition() {
  ast::ExpressionPtr condition = parse_condition();
  if (!at(TokenKind::kEnd)) fail_expected("the end of the condition");
  return condition;
}

ast::Statement parse(std::string_view text) { return Parser(text).parse_statement(); }

ast::ExpressionPtr parse_condition(std::string_view text) {
  return Parser(text).parse_lone_condition();
}

std::vector<std::string> parameter_names(std::string_view text) {
  std::vector<std::string> names;
  Lexer lexer(text);
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (token.kind != TokenKind::kParameter) continue;
    if (std::find(names.begin(), names.end(), token.text) == names.end())
      names.push_back(token.text);
  }
  return names;
}

std::vector<ScriptPart> split_script(std::string_view text) {
  std::vector<ScriptPart> parts;
  Lexer lexer(text);
  bool inside = false;
  std::size_t begin = 0;
  std::size_t end = 0;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (token.kind == TokenKind::kSemicolon) {
      if (inside) parts.push_back({begin, end - begin, true});
      inside = false;
      continue;
    }
    if (!inside) begin = token.position.offset;
    inside = true;
    end = token.end();
  }
  if (inside) parts.push_back({begin, end - begin, false});
  return parts;
}

}  // namespace geode::gql
