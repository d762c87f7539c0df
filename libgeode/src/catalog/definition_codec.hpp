#pragma once

#include <string>

#include "catalog/catalog.hpp"
#include "storage/transaction.hpp"

namespace geode::catalog {

/// Index: id u32, graph u32, label u32, kind u8, keys (u32 count, u32 each), name, constraint (each
/// u32 size, bytes).
std::string encode_index(const IndexDefinition& definition);
/// Throws Error 58X02 when the bytes are none.
IndexDefinition decode_index(storage::ByteView bytes);

/// Graph: schema, name, then its type when it has one.
std::string encode_graph(const GraphDefinition& definition);
GraphDefinition decode_graph(GraphId id, storage::ByteView bytes);

/// Graph type: closed u8, the node types, the edge types (u32 count each). Element type: name, key
/// labels, labels (u32 count each), properties (u32 count, name and declared type each); an edge
/// type goes on with the labels of its sources and targets. The form of a declared type is that of
/// storage/declared_type_codec.hpp, behind its size.
std::string encode_graph_type(const GraphTypeDefinition& definition);
GraphTypeDefinition decode_graph_type(storage::ByteView bytes);

/// Constraint: graph u32, on edges u8, label u32, kind u8, keys, name.
std::string encode_constraint(const ConstraintDefinition& definition);
ConstraintDefinition decode_constraint(storage::ByteView bytes);

}  // namespace geode::catalog
