#pragma once

#include <span>

#include "catalog/catalog.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::graph {

/// Throw Error G2000 when an element does not fit a graph type, saying what does not
/// (ISO/IEC 39075:2024, 4.13.2.5). `properties` without nulls.
void check_node(const catalog::Catalog& catalog, const catalog::GraphType& type,
                std::span<const LabelId> labels, const Properties& properties);
void check_edge(const catalog::Catalog& catalog, const catalog::GraphType& type, EdgeLabelId label,
                std::span<const LabelId> source_labels, std::span<const LabelId> target_labels,
                const Properties& properties);

/// The same for elements of a graph that has a type; for those of others nothing is checked.
void check_graph_type(const GraphTransaction& txn, NodeId node);
void check_graph_type(const GraphTransaction& txn, EdgeId edge);
/// Every element of a graph.
void check_graph_type(const GraphTransaction& txn, GraphId graph, const catalog::GraphType& type);

}  // namespace geode::graph
