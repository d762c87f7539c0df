#pragma once

#include <string>
#include <string_view>

#include <geode/value.hpp>

namespace geode::cli {

/// Appends a name as a statement may hold it anywhere: in backquotes when it is a keyword or not
/// made of letters, digits and underscores alone.
void append_gql_name(std::string& out, std::string_view name);

/// Appends an expression that gives a value a property can hold back, its type included.
void append_gql_literal(std::string& out, const Value& value);

/// Appends `{a: 1, b: 'x'}`.
void append_gql_record(std::string& out, const Record& fields);

}  // namespace geode::cli
