#pragma once

#include <span>
#include <string>

#include "catalog/catalog.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::graph {

/// Whether any NOT NULL constraint is about nodes with one of `labels`, about edges of `label`.
bool has_not_null_constraint(const catalog::Catalog& catalog, std::span<const LabelId> labels);
bool has_not_null_constraint(const catalog::Catalog& catalog, EdgeLabelId label);

/// Throws Error 22X10 naming label and property when the element breaks a NOT NULL constraint.
/// Elements that are gone break none.
void check_not_null(const GraphTransaction& txn, NodeId node);
void check_not_null(const GraphTransaction& txn, EdgeId edge);

/// Throws Error 22X10 when an element that is there already breaks the constraint.
void check_not_null_everywhere(const GraphTransaction& txn,
                               const catalog::ConstraintDefinition& constraint);

/// "(name, age)" or "name" of the keys of a constraint or index.
std::string key_names(const catalog::Catalog& catalog, std::span<const PropertyKeyId> keys);

}  // namespace geode::graph
