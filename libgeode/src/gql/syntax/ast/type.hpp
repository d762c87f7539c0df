#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <geode/error.hpp>

namespace geode::gql::ast {

/// A value type as written: `INT`, `STRING(10)`, `LIST<INT>`, `RECORD {a INT}`, `INT | STRING`, `T
/// NOT NULL`.
struct TypeSpecification {
  /// Canonical upper-case name with single blanks: "INT64", "ZONED DATETIME", "LIST", "RECORD",
  /// "UNION", "ANY", "NODE", "EDGE", ... Synonyms are resolved by the parser (INTEGER, INT, BIGINT
  /// -> "INT64"; VARCHAR -> "STRING"; BOOLEAN -> "BOOL"; DOUBLE -> "FLOAT64" ...).
  std::string name;
  std::vector<std::int64_t> arguments;                            ///< lengths, precision, scale
  std::vector<TypeSpecification> elements;                        ///< LIST<T>, UNION members
  std::vector<std::pair<std::string, TypeSpecification>> fields;  ///< RECORD
  bool not_null = false;
  Position position;
};

}  // namespace geode::gql::ast
