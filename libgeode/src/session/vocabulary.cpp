#include <algorithm>

#include <geode/session.hpp>
#include "base/nearest_name.hpp"
#include "base/out_of_memory.hpp"
#include "gql/function/registry.hpp"
#include "gql/syntax/keywords.hpp"
#include "gql/syntax/lexer.hpp"
#include "gql/syntax/parser.hpp"

namespace geode {
inline namespace v1 {

std::vector<StatementText> split_statements(std::string_view script) try {
  std::vector<StatementText> parts;
  for (const gql::ScriptPart& part : gql::split_script(script))
    parts.push_back({part.offset, part.length, part.complete});
  return parts;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

std::string without_literals(std::string_view statement) try {
  std::string out;
  gql::Lexer lexer(statement);
  std::size_t end = 0;  // of the token before
  for (gql::Token token = lexer.next(); token.kind != gql::TokenKind::kEnd; token = lexer.next()) {
    if (!out.empty() && token.position.offset > end) out += ' ';
    end = token.position.offset + token.position.length;
    switch (token.kind) {
      case gql::TokenKind::kInvalid:
        return out + "...";
      case gql::TokenKind::kString:
      case gql::TokenKind::kBytes:
      case gql::TokenKind::kInteger:
      case gql::TokenKind::kFloat:
      case gql::TokenKind::kDecimal:
      case gql::TokenKind::kDuration:
        out += '?';
        break;
      default:
        out += statement.substr(token.position.offset, token.position.length);
    }
  }
  return out;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

const Vocabulary& vocabulary() {
  static const Vocabulary words = [] {
    Vocabulary v;
    for (auto keyword = static_cast<std::uint16_t>(gql::Keyword::kNotAKeyword) + 1;
         keyword <= static_cast<std::uint16_t>(gql::Keyword::kZoned); ++keyword) {
      v.keywords.emplace_back(gql::spelling(static_cast<gql::Keyword>(keyword)));
    }
    const gql::FunctionRegistry& registry = gql::FunctionRegistry::builtin();
    for (const gql::ScalarFunction* function : registry.scalars())
      v.functions.push_back(function->name);
    for (const gql::AggregateFunction* function : registry.aggregates())
      v.functions.push_back(function->name);
    std::sort(v.functions.begin(), v.functions.end());
    return v;
  }();
  return words;
}

std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates) try {
  std::vector<std::string_view> views(candidates.begin(), candidates.end());
  return std::string(base::nearest_name(word, views));
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

}  // namespace v1
}  // namespace geode
