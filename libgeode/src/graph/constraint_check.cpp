#include "graph/constraint_check.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <geode/error.hpp>
#include "graph/keys.hpp"
#include "graph/transaction_impl.hpp"

namespace geode::graph {
namespace {

using catalog::Catalog;
using catalog::ConstraintDefinition;
using catalog::ConstraintKind;

bool concerns(const ConstraintDefinition& constraint, bool edges, std::uint32_t label) {
  return constraint.kind != ConstraintKind::kUnique && constraint.on_edges == edges &&
         constraint.label == label;
}

bool reads_value(const ConstraintDefinition& constraint, PropertyKeyId key) {
  return constraint.kind != ConstraintKind::kNotNull &&
         std::find(constraint.keys.begin(), constraint.keys.end(), key) != constraint.keys.end();
}

template <class Test>
bool any_constraint(const Catalog& catalog, const Test& test) {
  const auto& all = catalog.constraints();
  return std::any_of(all.begin(), all.end(), test);
}

/// One element as constraints see it.
struct Element {
  bool edge = false;
  std::optional<std::uint64_t> id;  ///< nothing while it is loaded
  std::span<const LabelId> labels;  ///< of a node
  EdgeLabelId edge_label{};
};

[[noreturn]] void broken(const Catalog& catalog, const ConstraintDefinition& constraint,
                         const Element& element, const std::string& what, const char* detail) {
  const std::string& label = constraint.on_edges
                                 ? catalog.edge_label_name(EdgeLabelId{constraint.label})
                                 : catalog.label_name(LabelId{constraint.label});
  std::string subject = element.edge ? "edge" : "node";
  if (element.id) {
    subject += " " + std::to_string(*element.id);
  } else {
    subject.insert(0, element.edge ? "an " : "a ");
  }
  throw Error(status::kConstraintViolation, subject + " with label " + label + " " + what +
                                                " (constraint " + constraint.name + ")")
      .category("ConstraintVerificationFailed", detail);
}

/// `values` are those of the constraint's keys.
void check_condition(GraphTransaction& txn, const ConstraintDefinition& constraint,
                     const Element& element, const std::vector<Value>& values) {
  const Catalog& catalog = txn.catalog();
  std::vector<std::string> labels;
  if (element.edge) labels.push_back(catalog.edge_label_name(element.edge_label));
  for (const LabelId label : element.labels) labels.push_back(catalog.label_name(label));
  std::sort(labels.begin(), labels.end());
  const std::shared_ptr<Condition> condition = txn.impl().cache.condition(constraint, catalog);
  if (condition->accepts(values, labels)) return;
  Record record;
  for (std::size_t i = 0; i < values.size(); ++i) {
    record.emplace_back(catalog.property_key_name(constraint.keys[i]), values[i]);
  }
  broken(catalog, constraint, element,
         "and " + Value(record).to_string() + " breaks the check " + constraint.condition,
         "CheckFailed");
}

template <class ValueOf>
void check_element(GraphTransaction& txn, const ConstraintDefinition& constraint,
                   const Element& element, const ValueOf& value_of) {
  const Catalog& catalog = txn.catalog();
  std::vector<Value> values;
  values.reserve(constraint.keys.size());
  for (const PropertyKeyId key : constraint.keys) values.push_back(value_of(key));
  if (constraint.kind == ConstraintKind::kCheck) {
    return check_condition(txn, constraint, element, values);
  }
  const bool typed = constraint.kind == ConstraintKind::kTyped;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    if (typed ? value::belongs(value, constraint.type) : !value.is_null()) continue;
    const std::string& name = catalog.property_key_name(constraint.keys[i]);
    if (value.is_null()) {
      broken(catalog, constraint, element, "must have the property " + name, "PropertyMissing");
    }
    broken(catalog, constraint, element,
           "must have a property " + name + " of the type " + constraint.type.name() + ", not " +
               value.to_string(),
           "PropertyType");
  }
}

template <class ValueOf>
void check_label(GraphTransaction& txn, std::uint32_t label, const Element& element,
                 const ValueOf& value_of) {
  for (const ConstraintDefinition& constraint : txn.catalog().constraints()) {
    if (concerns(constraint, element.edge, label))
      check_element(txn, constraint, element, value_of);
  }
}

/// What the columns of a bulk load have in one row.
struct RowValues {
  std::span<const PropertyKeyId> keys;
  std::span<const value::Vector> columns;
  std::uint32_t row = 0;

  Value operator()(PropertyKeyId key) const {
    const auto at = std::find(keys.begin(), keys.end(), key);
    return at == keys.end() ? Value()
                            : columns[static_cast<std::size_t>(at - keys.begin())].get(row);
  }
};

void check_edges(GraphTransaction& txn, const ConstraintDefinition& constraint, EdgeLabelId label) {
  const Adjacency& adjacency = txn.adjacency(label, Direction::kOut);
  for (std::uint64_t node = 0; node < txn.node_id_limit(); ++node) {
    const Neighbours all = adjacency.neighbours(NodeId{node});
    for (std::uint32_t i = 0; i < all.size; ++i) {
      const std::uint64_t number = all.edge_number(i);
      check_element(txn, constraint,
                    Element{true, raw(make_edge_id(keys::number(label), number)), {}, label},
                    [&](PropertyKeyId key) { return txn.edge_column(label, key).get(number); });
    }
  }
}

}  // namespace

bool has_constraint(const Catalog& catalog, std::span<const LabelId> labels) {
  return any_constraint(catalog, [&](const ConstraintDefinition& constraint) {
    return std::any_of(labels.begin(), labels.end(), [&](LabelId label) {
      return concerns(constraint, false, keys::number(label));
    });
  });
}

bool has_constraint(const Catalog& catalog, EdgeLabelId label) {
  const std::uint32_t named = keys::number(catalog.directed_label(label));
  return any_constraint(catalog, [&](const ConstraintDefinition& constraint) {
    return concerns(constraint, true, named);
  });
}

bool has_value_constraint(const Catalog& catalog, std::span<const LabelId> labels,
                          PropertyKeyId key) {
  return any_constraint(catalog, [&](const ConstraintDefinition& constraint) {
    return reads_value(constraint, key) &&
           std::any_of(labels.begin(), labels.end(), [&](LabelId label) {
             return concerns(constraint, false, keys::number(label));
           });
  });
}

bool has_value_constraint(const Catalog& catalog, EdgeLabelId label, PropertyKeyId key) {
  const std::uint32_t named = keys::number(catalog.directed_label(label));
  return any_constraint(catalog, [&](const ConstraintDefinition& constraint) {
    return concerns(constraint, true, named) && reads_value(constraint, key);
  });
}

void check_constraints(GraphTransaction& txn, NodeId node) {
  const Element element{false, raw(node), txn.labels(node), {}};
  for (const LabelId label : element.labels) {
    check_label(txn, keys::number(label), element,
                [&](PropertyKeyId key) { return txn.node_column(key).get(raw(node)); });
  }
}

void check_constraints(GraphTransaction& txn, EdgeId edge) {
  const EdgeLabelId label{edge_label_of(edge)};
  const std::uint64_t number = edge_number_of(edge);
  if (txn.edge_column(label, kSourceColumn).get(number).is_null()) return;
  check_label(txn, keys::number(txn.catalog().directed_label(label)),
              Element{true, raw(edge), {}, label},
              [&](PropertyKeyId key) { return txn.edge_column(label, key).get(number); });
}

void check_rows(GraphTransaction& txn, std::span<const LabelId> labels,
                std::span<const PropertyKeyId> keys, std::span<const value::Vector> columns,
                std::uint32_t rows) {
  if (!has_constraint(txn.catalog(), labels)) return;
  for (const LabelId label : labels) {
    for (std::uint32_t row = 0; row < rows; ++row) {
      check_label(txn, keys::number(label), Element{false, std::nullopt, labels, {}},
                  RowValues{keys, columns, row});
    }
  }
}

void check_rows(GraphTransaction& txn, EdgeLabelId label, std::span<const PropertyKeyId> keys,
                std::span<const value::Vector> columns, std::uint32_t rows) {
  if (!has_constraint(txn.catalog(), label)) return;
  for (std::uint32_t row = 0; row < rows; ++row) {
    check_label(txn, keys::number(label), Element{true, std::nullopt, {}, label},
                RowValues{keys, columns, row});
  }
}

void check_constraint_everywhere(GraphTransaction& txn, const ConstraintDefinition& constraint) {
  if (!constraint.on_edges) {
    std::vector<NodeId> nodes(value::kBatchRows);
    std::vector<std::uint64_t> ids(value::kBatchRows);
    std::vector<value::Vector> columns(constraint.keys.size());
    for (NodeId from{0};;) {
      const std::uint32_t n =
          txn.scan_nodes(LabelId{constraint.label}, from, nodes.data(), value::kBatchRows);
      for (std::uint32_t i = 0; i < n; ++i) ids[i] = raw(nodes[i]);
      for (std::size_t i = 0; i < columns.size(); ++i) {
        txn.node_column(constraint.keys[i]).read(ids.data(), n, columns[i]);
      }
      for (std::uint32_t i = 0; i < n; ++i) {
        check_element(txn, constraint, Element{false, ids[i], txn.labels(nodes[i]), {}},
                      RowValues{constraint.keys, columns, i});
      }
      if (n < value::kBatchRows) return;
      from = NodeId{raw(nodes[n - 1]) + 1};
    }
  }
  const EdgeLabelId label{constraint.label};
  check_edges(txn, constraint, label);
  if (const auto undirected = txn.catalog().undirected_label(label))
    check_edges(txn, constraint, *undirected);
}

std::string key_names(const Catalog& catalog, std::span<const PropertyKeyId> keys) {
  std::string out;
  for (const PropertyKeyId key : keys) {
    if (!out.empty()) out += ", ";
    out += catalog.property_key_name(key);
  }
  return keys.size() > 1 ? "(" + out + ")" : out;
}

}  // namespace geode::graph
