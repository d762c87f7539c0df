#include "graph/property_index.hpp"

#include <algorithm>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "graph/constraint_check.hpp"
#include "graph/transaction_impl.hpp"
#include "storage/key_codec.hpp"
#include "value/vector.hpp"

namespace geode::graph {
namespace {

using catalog::IndexDefinition;
using catalog::IndexKind;

storage::Table table_of(const IndexDefinition& index) {
  return index.kind == IndexKind::kUnique ? storage::Table::kIndex : storage::Table::kIndexDup;
}

/// Ids in the unique table are values, little-endian; in the other they sort, so they are
/// big-endian.
std::string id_bytes(const IndexDefinition& index, NodeId node) {
  std::string out;
  if (index.kind == IndexKind::kUnique) {
    base::append_le(out, raw(node));
  } else {
    base::append_be(out, raw(node));
  }
  return out;
}

std::vector<Value> values_of(const IndexDefinition& index, const Properties& properties) {
  std::vector<Value> out(index.keys.size());
  for (const auto& [key, value] : properties) {
    for (std::size_t i = 0; i < index.keys.size(); ++i) {
      if (index.keys[i] == key) out[i] = value;
    }
  }
  return out;
}

}  // namespace

std::string index_prefix(IndexId index) {
  std::string out;
  base::append_be(out, static_cast<std::uint32_t>(index));
  return out;
}

IndexKey make_index_key(const IndexDefinition& index, std::span<const Value> values, NodeId node) {
  IndexKey out;
  if (values.empty() || values[0].is_null()) {
    out.indexed = false;
    return out;
  }
  out.bytes = index_prefix(index.id);
  std::string key;
  out.cut = !storage::append_composite_index_key(values, key);
  out.bytes += key;
  const bool partial =
      std::any_of(values.begin(), values.end(), [](const Value& value) { return value.is_null(); });
  if (partial && index.kind == IndexKind::kUnique) base::append_be(out.bytes, raw(node));
  return out;
}

Error unique_violation(const catalog::Catalog& catalog, const IndexDefinition& index,
                       std::span<const Value> values) {
  std::string shown;
  for (const Value& value : values) shown += (shown.empty() ? "" : ", ") + value.to_string();
  const std::string& name = index.constraint.empty() ? index.name : index.constraint;
  return Error(status::kConstraintViolation,
               "a node with label " + catalog.label_name(index.label) + " and " +
                   key_names(catalog, index.keys) + " = " +
                   (values.size() > 1 ? "(" + shown + ")" : shown) + " exists already (" +
                   (index.constraint.empty() ? "unique index " : "constraint ") + name + ")")
      .category("ConstraintValidationFailed", "PropertyNotUnique");
}

PropertyIndexes::PropertyIndexes(GraphTransaction& txn) : txn_(txn), catalog_(txn.catalog()) {}

void PropertyIndexes::insert(const IndexDefinition& index, std::span<const Value> values,
                             NodeId node) {
  const IndexKey key = make_index_key(index, values, node);
  if (!key.indexed) return;
  const std::string id = id_bytes(index, node);
  storage::WriteTransaction& txn = txn_.impl().write->txn;
  if (index.kind == IndexKind::kRange) {
    txn.put(table_of(index), storage::as_bytes(key.bytes), storage::as_bytes(id));
  } else if (!txn.put_new(table_of(index), storage::as_bytes(key.bytes), storage::as_bytes(id))) {
    throw unique_violation(catalog_, index, values);
  }
}

void PropertyIndexes::erase(const IndexDefinition& index, std::span<const Value> values,
                            NodeId node) {
  const IndexKey key = make_index_key(index, values, node);
  if (!key.indexed) return;
  storage::WriteTransaction& txn = txn_.impl().write->txn;
  if (index.kind == IndexKind::kRange) {
    txn.erase(table_of(index), storage::as_bytes(key.bytes),
              storage::as_bytes(id_bytes(index, node)));
  } else {
    txn.erase(table_of(index), storage::as_bytes(key.bytes));
  }
}

std::vector<Value> PropertyIndexes::read_values(const IndexDefinition& index, NodeId node) const {
  std::vector<Value> out;
  out.reserve(index.keys.size());
  for (const PropertyKeyId key : index.keys) out.push_back(txn_.node_column(key).get(raw(node)));
  return out;
}

void PropertyIndexes::insert_node(NodeId node, std::span<const LabelId> labels,
                                  const Properties& properties) {
  for (const IndexDefinition& index : catalog_.indexes()) {
    if (std::find(labels.begin(), labels.end(), index.label) == labels.end()) continue;
    insert(index, values_of(index, properties), node);
  }
}

void PropertyIndexes::erase_node(NodeId node, std::span<const LabelId> labels,
                                 const Properties& properties) {
  for (const IndexDefinition& index : catalog_.indexes()) {
    if (std::find(labels.begin(), labels.end(), index.label) == labels.end()) continue;
    erase(index, values_of(index, properties), node);
  }
}

void PropertyIndexes::change_property(NodeId node, PropertyKeyId key, const Value& old,
                                      const Value& value) {
  for (const IndexDefinition& index : catalog_.indexes()) {
    const auto at = std::find(index.keys.begin(), index.keys.end(), key);
    if (at == index.keys.end() || !txn_.has_label(node, index.label)) continue;
    std::vector<Value> values =
        index.keys.size() == 1 ? std::vector<Value>{old} : read_values(index, node);
    erase(index, values, node);
    values[static_cast<std::size_t>(at - index.keys.begin())] = value;
    insert(index, values, node);
  }
}

void PropertyIndexes::add_label(NodeId node, LabelId label) {
  for (const IndexDefinition& index : catalog_.indexes()) {
    if (index.label == label) insert(index, read_values(index, node), node);
  }
}

void PropertyIndexes::remove_label(NodeId node, LabelId label) {
  for (const IndexDefinition& index : catalog_.indexes()) {
    if (index.label == label) erase(index, read_values(index, node), node);
  }
}

void PropertyIndexes::build(const IndexDefinition& index) {
  std::vector<std::pair<std::string, NodeId>> entries;
  entries.reserve(txn_.node_count(index.label));
  std::vector<NodeId> nodes(value::kBatchRows);
  std::vector<std::uint64_t> ids(value::kBatchRows);
  std::vector<value::Vector> columns(index.keys.size());
  std::vector<Value> values(index.keys.size());
  std::uint32_t n = value::kBatchRows;
  for (NodeId from{0}; n == value::kBatchRows;) {
    n = txn_.scan_nodes(index.label, from, nodes.data(), value::kBatchRows);
    if (n == 0) break;
    for (std::uint32_t i = 0; i < n; ++i) ids[i] = raw(nodes[i]);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      txn_.node_column(index.keys[k]).read(ids.data(), n, columns[k]);
    }
    for (std::uint32_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < columns.size(); ++k) values[k] = columns[k].get(i);
      IndexKey key = make_index_key(index, values, nodes[i]);
      if (key.indexed) entries.emplace_back(std::move(key.bytes), nodes[i]);
    }
    from = NodeId{raw(nodes[n - 1]) + 1};
  }
  std::sort(entries.begin(), entries.end());
  storage::WriteTransaction& txn = txn_.impl().write->txn;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& [key, node] = entries[i];
    if (index.kind == IndexKind::kUnique && i > 0 && entries[i - 1].first == key) {
      throw unique_violation(catalog_, index, read_values(index, node));
    }
    // Index ids only grow, so the keys of a new index come after all others.
    txn.append(table_of(index), storage::as_bytes(key), storage::as_bytes(id_bytes(index, node)));
  }
}

void PropertyIndexes::erase_all(const IndexDefinition& index) {
  txn_.impl().write->txn.erase_prefix(table_of(index), storage::as_bytes(index_prefix(index.id)));
}

}  // namespace geode::graph
