#pragma once

#include <string>

#include "gql/syntax/ast/statement.hpp"

namespace geode::gql {

/// Canonical GQL of a tree, in one line: keywords in upper case, names quoted where they could be
/// taken for a keyword, no parentheses but those that are needed. Parsing it gives an equal tree,
/// positions and the texts of columns aside.
std::string print(const ast::Statement& statement);
std::string print_node(const ast::StatementNode& statement);
std::string print(const ast::Query& query);
std::string print(const ast::Expression& expression);

}  // namespace geode::gql
