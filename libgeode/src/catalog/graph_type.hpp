#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "value/declared_type.hpp"

namespace geode::catalog {

/// What nodes, or edges, of one kind are like (ISO/IEC 39075:2024, 4.13.2).
struct ElementType {
  std::string name;                     ///< "" when it has none
  std::vector<std::string> key_labels;  ///< sorted; they tell the type of an element
  std::vector<std::string> labels;      ///< sorted; all of them
  std::vector<std::pair<std::string, value::DeclaredType>> properties;
  friend bool operator==(const ElementType&, const ElementType&) = default;
};

/// The label sets of the nodes that edges of the type may leave and reach; empty for any. An edge
/// without a direction may have its ends either way.
struct EdgeType {
  ElementType element;
  std::vector<std::string> source, target;  ///< sorted
  bool directed = true;
  friend bool operator==(const EdgeType&, const EdgeType&) = default;
};

/// What may be in a graph. `closed`: nothing but elements of these types, with no other properties.
/// Otherwise elements whose labels are among those of a type have its properties, and may have
/// more.
struct GraphType {
  bool closed = true;
  std::vector<ElementType> nodes;
  std::vector<EdgeType> edges;
  friend bool operator==(const GraphType&, const GraphType&) = default;
};

struct GraphTypeDefinition {
  std::string schema, name;
  std::shared_ptr<const GraphType> type;
};

}  // namespace geode::catalog
