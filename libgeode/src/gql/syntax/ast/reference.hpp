#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <geode/error.hpp>

namespace geode::gql::ast {

/// A name with its place. `text` is without quotes.
struct Name {
  std::string text;
  Position position;
};

/// A schema by its place in the catalog: `/a/b`, `../c`, `.`, CURRENT_SCHEMA, HOME_SCHEMA, `$$s`
/// (ISO/IEC 39075:2024, 17.1).
struct SchemaReference {
  enum class Base : std::uint8_t { kRoot, kCurrent, kHome, kParameter };
  Base base = Base::kCurrent;
  std::uint32_t up = 0;     ///< `..` in front of the names
  std::vector<Name> names;  ///< below the base
  Name parameter;           ///< kParameter
  Position position;
};

/// A graph or a graph type: `g`, `/a/g`, CURRENT_GRAPH, HOME_GRAPH, `$g`, `$$g` (17.2, 17.3).
struct GraphReference {
  enum class Kind : std::uint8_t { kNamed, kCurrent, kHome, kParameter };
  Kind kind = Kind::kNamed;
  std::optional<SchemaReference> schema;  ///< kNamed: the current schema when left out
  Name name;                              ///< kNamed, kParameter
  Position position;
};

}  // namespace geode::gql::ast
