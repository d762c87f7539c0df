#include "graph/constraint_check.hpp"

#include <algorithm>

#include <geode/error.hpp>
#include "graph/keys.hpp"
#include "value/vector.hpp"

namespace geode::graph {
namespace {

using catalog::ConstraintDefinition;
using catalog::ConstraintKind;

bool concerns(const ConstraintDefinition& constraint, bool edges, std::uint32_t label) {
  return constraint.kind == ConstraintKind::kNotNull && constraint.on_edges == edges &&
         constraint.label == label;
}

[[noreturn]] void broken(const catalog::Catalog& catalog, const ConstraintDefinition& constraint,
                         PropertyKeyId key, std::uint64_t id) {
  const std::string& label = constraint.on_edges
                                 ? catalog.edge_label_name(EdgeLabelId{constraint.label})
                                 : catalog.label_name(LabelId{constraint.label});
  throw Error(status::kConstraintViolation,
              std::string(constraint.on_edges ? "edge " : "node ") + std::to_string(id) +
                  " with label " + label + " must have the property " +
                  catalog.property_key_name(key) + " (constraint " + constraint.name + ")")
      .category("ConstraintVerificationFailed", "PropertyMissing");
}

template <class ColumnOf>
void check_element(const catalog::Catalog& catalog, bool edges, std::uint32_t label,
                   std::uint64_t id, std::uint64_t shown_id, ColumnOf column_of) {
  for (const ConstraintDefinition& constraint : catalog.constraints()) {
    if (!concerns(constraint, edges, label)) continue;
    for (const PropertyKeyId key : constraint.keys) {
      if (column_of(key).get(id).is_null()) broken(catalog, constraint, key, shown_id);
    }
  }
}

void check_edges_not_null(const GraphTransaction& txn, const ConstraintDefinition& constraint,
                          EdgeLabelId label) {
  const Adjacency& adjacency = txn.adjacency(label, Direction::kOut);
  for (std::uint64_t node = 0; node < txn.node_id_limit(); ++node) {
    const Neighbours all = adjacency.neighbours(NodeId{node});
    for (std::uint32_t i = 0; i < all.size; ++i) {
      for (const PropertyKeyId key : constraint.keys) {
        if (txn.edge_column(label, key).get(all.edge_number(i)).is_null()) {
          broken(txn.catalog(), constraint, key,
                 raw(make_edge_id(keys::number(label), all.edge_number(i))));
        }
      }
    }
  }
}

}  // namespace

bool has_not_null_constraint(const catalog::Catalog& catalog, std::span<const LabelId> labels) {
  const auto& all = catalog.constraints();
  return std::any_of(all.begin(), all.end(), [&](const ConstraintDefinition& constraint) {
    return std::any_of(labels.begin(), labels.end(), [&](LabelId label) {
      return concerns(constraint, false, keys::number(label));
    });
  });
}

bool has_not_null_constraint(const catalog::Catalog& catalog, EdgeLabelId label) {
  const auto& all = catalog.constraints();
  const std::uint32_t named = keys::number(catalog.directed_label(label));
  return std::any_of(all.begin(), all.end(), [&](const ConstraintDefinition& constraint) {
    return concerns(constraint, true, named);
  });
}

void check_not_null(const GraphTransaction& txn, NodeId node) {
  for (const LabelId label : txn.labels(node)) {
    check_element(txn.catalog(), false, keys::number(label), raw(node), raw(node),
                  [&](PropertyKeyId key) -> const Column& { return txn.node_column(key); });
  }
}

void check_not_null(const GraphTransaction& txn, EdgeId edge) {
  const EdgeLabelId label{edge_label_of(edge)};
  if (txn.edge_column(label, kSourceColumn).get(edge_number_of(edge)).is_null()) return;
  check_element(txn.catalog(), true, keys::number(txn.catalog().directed_label(label)),
                edge_number_of(edge), raw(edge),
                [&](PropertyKeyId key) -> const Column& { return txn.edge_column(label, key); });
}

void check_not_null_everywhere(const GraphTransaction& txn,
                               const ConstraintDefinition& constraint) {
  value::Vector values;
  if (!constraint.on_edges) {
    std::vector<NodeId> nodes(value::kBatchRows);
    std::vector<std::uint64_t> ids(value::kBatchRows);
    for (NodeId from{0};;) {
      const std::uint32_t n =
          txn.scan_nodes(LabelId{constraint.label}, from, nodes.data(), value::kBatchRows);
      for (std::uint32_t i = 0; i < n; ++i) ids[i] = raw(nodes[i]);
      for (const PropertyKeyId key : constraint.keys) {
        txn.node_column(key).read(ids.data(), n, values);
        for (std::uint32_t i = 0; i < n; ++i) {
          if (values.is_null(i)) broken(txn.catalog(), constraint, key, ids[i]);
        }
      }
      if (n < value::kBatchRows) return;
      from = NodeId{raw(nodes[n - 1]) + 1};
    }
  }
  const EdgeLabelId label{constraint.label};
  check_edges_not_null(txn, constraint, label);
  if (const auto undirected = txn.catalog().undirected_label(label))
    check_edges_not_null(txn, constraint, *undirected);
}

std::string key_names(const catalog::Catalog& catalog, std::span<const PropertyKeyId> keys) {
  std::string out;
  for (const PropertyKeyId key : keys) {
    if (!out.empty()) out += ", ";
    out += catalog.property_key_name(key);
  }
  return keys.size() > 1 ? "(" + out + ")" : out;
}

}  // namespace geode::graph
