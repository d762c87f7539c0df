#pragma once

#include <string>
#include <string_view>
#include <variant>

#include <geode/error.hpp>
#include "fake_catalog.hpp"
#include "gql/bind/binder.hpp"
#include "gql/syntax/parser.hpp"
#include "well_formed.hpp"

namespace geode::gql {

inline FakeCatalog social_catalog() {
  return FakeCatalog({"Person", "City"}, {"KNOWS", "LIVES_IN", "WORKS_IN"}, {"name", "age", "w"});
}

/// Parses, binds and checks one query; names that it writes are added to the catalog.
inline bound::Program bind_text(std::string_view text, FakeCatalog catalog = social_catalog()) {
  const ast::Statement statement = parse(text);
  bound::Program program = gql::bind(std::get<ast::Query>(statement.node), text, catalog, &catalog);
  WellFormed{program};
  return program;
}

/// "SyntaxError/UndefinedVariable", or "" when the query is fine.
inline std::string mistake(std::string_view text) {
  try {
    bind_text(text);
    return "";
  } catch (const Error& error) {
    return error.type() + "/" + error.detail();
  }
}

inline Error error_of(std::string_view text) {
  try {
    bind_text(text);
  } catch (const Error& error) {
    return error;
  }
  return Error(status::kSuccess, "no error");
}

inline const bound::LinearQuery& linear(const bound::Program& program, std::size_t part = 0) {
  return program.query->parts.at(part).first;
}

/// The first clause of a kind.
template <class Clause>
const Clause& clause(const bound::LinearQuery& query, std::size_t number = 0) {
  for (const bound::Clause& candidate : query.clauses) {
    if (const auto* found = std::get_if<Clause>(&candidate.node)) {
      if (number-- == 0) return *found;
    }
  }
  throw std::logic_error("no such clause");
}

template <class Clause>
const Clause& clause(const bound::Program& program, std::size_t number = 0) {
  return clause<Clause>(linear(program), number);
}

inline std::string column_names(const bound::Program& program) {
  std::string names;
  for (const auto& [name, variable] : program.query->columns) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

/// The name of the type of the first result column.
inline std::string column_type(std::string_view text) {
  const bound::Program program = bind_text(text);
  const auto variable = program.query->columns.at(0).second;
  return program.variables[static_cast<std::size_t>(variable)].type.name();
}

}  // namespace geode::gql
