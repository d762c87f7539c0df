#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gql/syntax/ast/expression.hpp"
#include "gql/syntax/ast/reference.hpp"

namespace geode::gql::ast {

// ---- graph types (18.1 - 18.3)

struct ElementTypeSpecification {
  std::optional<Name> name;   ///< NODE TYPE name
  std::optional<Name> alias;  ///< what edge types of the same graph type call a node type
  std::vector<Name> key_labels;
  std::vector<Name> labels;  ///< those that `=>` implies; without `=>` all of them
  bool has_key = false;      ///< `=>` was written
  std::vector<std::pair<Name, TypeSpecification>> properties;
  /// Nothing but a name: an element type that the graph has already.
  bool reference = false;
  Position position;
};

/// The end of an edge type: the alias or name of a node type, or its labels; nothing for any node.
struct EndpointSpecification {
  std::optional<Name> alias;
  std::vector<Name> labels;
  Position position;
};

struct EdgeTypeSpecification {
  ElementTypeSpecification element;
  EndpointSpecification source, target;
  bool directed = true;
};

struct GraphTypeSpecification {
  std::vector<ElementTypeSpecification> nodes;
  std::vector<EdgeTypeSpecification> edges;
};

// ---- statements (12.2 - 12.7)

struct CreateSchema {
  SchemaReference schema;
  bool if_not_exists = false;
};
struct DropSchema {
  SchemaReference schema;
  bool if_exists = false;
};

/// What a graph may hold: anything, what a graph type says, or what another graph may hold.
struct GraphTypeSource {
  enum class Kind : std::uint8_t { kOpen, kReference, kInline, kLike };
  Kind kind = Kind::kOpen;
  GraphReference reference;  ///< kReference: a graph type; kLike: a graph
  GraphTypeSpecification specification;
};
struct CreateGraph {
  GraphReference graph;
  bool or_replace = false;
  bool if_not_exists = false;
  GraphTypeSource type;
  std::optional<GraphReference> copy_of;
};
struct DropGraph {
  GraphReference graph;
  bool if_exists = false;
};

/// CREATE GRAPH TYPE; kReference: AS COPY OF another one.
struct CreateGraphType {
  GraphReference type;
  bool or_replace = false;
  bool if_not_exists = false;
  GraphTypeSource source;
};
struct DropGraphType {
  GraphReference type;
  bool if_exists = false;
};

/// `CREATE NODE TYPE Person (name STRING NOT NULL)`: what elements of one kind of the current graph
/// must be like; others may be anything.
struct CreateElementType {
  bool edge = false;
  bool or_replace = false;
  bool if_not_exists = false;
  EdgeTypeSpecification type;  ///< of a node type the element alone
};
struct DropElementType {
  bool edge = false;
  Name name;
  bool if_exists = false;
};

}  // namespace geode::gql::ast
