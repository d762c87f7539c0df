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

/// Constraint: graph u32, on edges u8, label u32, kind u8, keys, name.
std::string encode_constraint(const ConstraintDefinition& definition);
ConstraintDefinition decode_constraint(storage::ByteView bytes);

}  // namespace geode::catalog
