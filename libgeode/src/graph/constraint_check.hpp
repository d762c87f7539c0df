#pragma once

#include <span>
#include <string>

#include "catalog/catalog.hpp"
#include "graph/graph_transaction.hpp"
#include "value/vector.hpp"

namespace geode::graph {

/// Whether any constraint but those of uniqueness, which indexes keep, is about nodes with one of
/// `labels`, about edges of `label`.
bool has_constraint(const catalog::Catalog& catalog, std::span<const LabelId> labels);
bool has_constraint(const catalog::Catalog& catalog, EdgeLabelId label);
/// Whether one of them is about what the value of `key` is, not only about its being there.
bool has_value_constraint(const catalog::Catalog& catalog, std::span<const LabelId> labels,
                          PropertyKeyId key);
bool has_value_constraint(const catalog::Catalog& catalog, EdgeLabelId label, PropertyKeyId key);

/// Throws Error 22X10 naming the constraint, the element and what of it is wrong. Elements that are
/// gone break none.
void check_constraints(GraphTransaction& txn, NodeId node);
void check_constraints(GraphTransaction& txn, EdgeId edge);
/// The same for rows of a bulk load; columns[i] has the values of keys[i].
void check_rows(GraphTransaction& txn, std::span<const LabelId> labels,
                std::span<const PropertyKeyId> keys, std::span<const value::Vector> columns,
                std::uint32_t rows);
void check_rows(GraphTransaction& txn, EdgeLabelId label, std::span<const PropertyKeyId> keys,
                std::span<const value::Vector> columns, std::uint32_t rows);

/// Throws Error 22X10 when an element that is there already breaks the constraint.
void check_constraint_everywhere(GraphTransaction& txn,
                                 const catalog::ConstraintDefinition& constraint);

/// "(name, age)" or "name" of the keys of a constraint or index.
std::string key_names(const catalog::Catalog& catalog, std::span<const PropertyKeyId> keys);

}  // namespace geode::graph
