#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gql/syntax/ast/statement.hpp"

namespace geode::gql {

/// Parses one statement (a trailing `;` is allowed). Throws Error 42001 with place, what was
/// expected and a hint.
ast::Statement parse(std::string_view text);

/// Parses how a function or a procedure is declared.
ast::RoutineSignature parse_signature(std::string_view text);

/// Parses an expression that is a whole text, as a check constraint keeps it.
ast::ExpressionPtr parse_condition(std::string_view text);

/// The parameters of a statement in the order of its text, without `$`.
std::vector<std::string> parameter_names(std::string_view text);

/// Where each statement of a script begins and ends (offset, length, without the `;`), cutting at
/// `;` outside of strings, comments and quoted names. The last one may be unfinished: `complete`
/// tells whether it was closed by `;`.
struct ScriptPart {
  std::size_t offset = 0;
  std::size_t length = 0;
  bool complete = false;
};
std::vector<ScriptPart> split_script(std::string_view text);

}  // namespace geode::gql
