#pragma once

#include <string>
#include <string_view>

#include "gql/syntax/parser.hpp"
#include "gql/syntax/print.hpp"
#include "same_tree.hpp"

/// The canonical text of a statement. Fails the test when parsing that text gives another tree.
inline std::string canonical(std::string_view text) {
  const geode::gql::ast::Statement statement = geode::gql::parse(text);
  std::string printed = geode::gql::print(statement);
  INFO(printed);
  CHECK(geode::test::difference(statement, geode::gql::parse(printed)) == "");
  return printed;
}

/// The same for one expression.
inline std::string expression(std::string_view text) {
  return canonical("RETURN " + std::string(text)).substr(7);
}

/// The same for what MATCH matches.
inline std::string pattern(std::string_view text) {
  const std::string match = canonical("MATCH " + std::string(text) + " FINISH");
  return match.substr(6, match.size() - 13);
}
