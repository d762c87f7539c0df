#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace geode::cli {

class Snapshot;

/// CREATE SCHEMA and CREATE GRAPH TYPE of everything in the catalog, one statement a line.
std::string catalog_statements(Snapshot& snapshot);

/// What the current graph says of its elements: `{ NODE TYPE .. }` of a closed graph, as CREATE
/// GRAPH takes it, or CREATE NODE TYPE and EDGE TYPE of an open one; both empty when it says
/// nothing.
struct ElementTypesText {
  std::string closed_type;
  std::string statements;
};
ElementTypesText element_types_text(Snapshot& snapshot);

}  // namespace geode::cli
