#pragma once

#include <geode/error.hpp>
#include "value/declared_type.hpp"

namespace geode::gql::ast {

/// A value type as written: `INT`, `STRING(10)`, `LIST<INT>`, `RECORD {a INT}`, `INT | STRING`, `T
/// NOT NULL`. Its names are resolved by the parser: the types of GQL are the same everywhere.
struct TypeSpecification {
  value::DeclaredType type;
  Position position;
};

}  // namespace geode::gql::ast
