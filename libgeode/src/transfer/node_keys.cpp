#include "transfer/node_keys.hpp"

#include <algorithm>

#include "storage/key_codec.hpp"

namespace geode::transfer {
namespace {

// No UTF-8 text has this byte.
constexpr char kEncodedMark = '\xff';

std::optional<FieldType> field_type_of(ValueType type) {
  switch (type) {
    case ValueType::kFloat64:
      return FieldType::kFloat;
    case ValueType::kDecimal:
      return FieldType::kDecimal;
    case ValueType::kBool:
      return FieldType::kBoolean;
    case ValueType::kDate:
      return FieldType::kDate;
    case ValueType::kLocalTime:
      return FieldType::kLocalTime;
    case ValueType::kZonedTime:
      return FieldType::kZonedTime;
    case ValueType::kLocalDateTime:
      return FieldType::kLocalDateTime;
    case ValueType::kZonedDateTime:
      return FieldType::kZonedDateTime;
    case ValueType::kDuration:
      return FieldType::kDuration;
    case ValueType::kNull:
    case ValueType::kInt64:
    case ValueType::kString:
    case ValueType::kBytes:
    case ValueType::kList:
    case ValueType::kRecord:
    case ValueType::kNode:
    case ValueType::kEdge:
    case ValueType::kPath:
    case ValueType::kGraph:
      break;
  }
  return std::nullopt;
}

}  // namespace

NodeKeys::NodeKeys(const graph::GraphTransaction& txn, catalog::GraphId graph, std::string label,
                   std::string key, const std::function<void()>& poll)
    : txn_(txn), label_(std::move(label)), key_(std::move(key)) {
  const catalog::Catalog& catalog = txn.catalog();
  const auto known_label = catalog.find_label(graph, label_);
  const auto known_key = catalog.find_property_key(key_);
  if (!known_label || !known_key || txn.node_count(*known_label) == 0) return;
  label_id_ = *known_label;
  key_id_ = *known_key;
  for (const catalog::IndexDefinition& index : catalog.indexes()) {
    if (index.label == label_id_ && index.keys.size() == 1 && index.keys[0] == key_id_) {
      index_ = index.id;
    }
  }
  if (!index_) {
    read_stored(poll);
    return;
  }
  // Which types texts are to be tried as.
  std::vector<NodeId> some(value::kBatchRows);
  some.resize(txn.scan_nodes(label_id_, NodeId{0}, some.data(), value::kBatchRows));
  for (const NodeId node : some) note_type(txn.node_column(key_id_).get(raw(node)));
}

void NodeKeys::note_type(const Value& value) {
  const auto type = field_type_of(value.type());
  if (type && std::find(other_types_.begin(), other_types_.end(), *type) == other_types_.end()) {
    other_types_.push_back(*type);
  }
}

void NodeKeys::read_stored(const std::function<void()>& poll) {
  std::vector<NodeId> nodes(value::kBatchRows);
  std::vector<std::uint64_t> ids(value::kBatchRows);
  value::Vector values;
  for (NodeId from{0};;) {
    const std::uint32_t n = txn_.scan_nodes(label_id_, from, nodes.data(), value::kBatchRows);
    if (n == 0) return;
    for (std::uint32_t i = 0; i < n; ++i) ids[i] = raw(nodes[i]);
    txn_.node_column(key_id_).read(ids.data(), n, values);
    for (std::uint32_t i = 0; i < n; ++i) {
      const Value value = values.get(i);
      if (!value.is_null()) insert(value, static_cast<std::uint32_t>(ids[i]));
    }
    from = NodeId{ids[n - 1] + 1};
    poll();
  }
}

std::string NodeKeys::encoded(const Value& value) {
  std::string out(1, kEncodedMark);
  storage::append_key(value, out);
  return out;
}

void NodeKeys::insert(const Value& value, std::uint32_t node) {
  if (value.type() == ValueType::kInt64) {
    const std::int64_t key = value.unchecked_int64();
    if (!map_.insert(key, node)) map_.mark_several(key);
    return;
  }
  note_type(value);
  const std::string text =
      value.type() == ValueType::kString ? std::string(value.as_string()) : encoded(value);
  if (!map_.insert(text, node)) map_.mark_several(text);
}

std::uint32_t NodeKeys::find_in_map(const Value& value) const {
  if (value.type() == ValueType::kInt64) return map_.find(value.unchecked_int64());
  if (value.type() == ValueType::kString) return map_.find(value.as_string());
  return map_.has_texts() ? map_.find(encoded(value)) : KeyMap::kNone;
}

std::uint32_t NodeKeys::find_stored(const Value& value) {
  if (!index_) return KeyMap::kNone;
  found_.clear();
  txn_.seek_equal(*index_, std::span<const Value>(&value, 1), found_);
  if (found_.size() == 1) return static_cast<std::uint32_t>(raw(found_[0]));
  return found_.empty() ? KeyMap::kNone : KeyMap::kSeveral;
}

std::uint32_t NodeKeys::find_value(const Value& value) {
  const std::uint32_t here = find_in_map(value);
  const std::uint32_t stored = find_stored(value);
  // Nodes loaded before are both in the map and, by now, in the index.
  if (here == KeyMap::kNone || here == stored) return stored;
  return stored == KeyMap::kNone ? here : KeyMap::kSeveral;
}

bool NodeKeys::contains(const value::Vector& column, std::uint32_t row) {
  if (column.physical() == value::Physical::kInt64 && !index_) {
    return map_.find(column.at<std::int64_t>(row)) != KeyMap::kNone;
  }
  return find_value(column.get(row)) != KeyMap::kNone;
}

void NodeKeys::insert(const value::Vector& column, std::uint32_t row, std::uint32_t node) {
  if (column.physical() == value::Physical::kInt64) {
    const auto key = column.at<std::int64_t>(row);
    if (!map_.insert(key, node)) map_.mark_several(key);
  } else if (column.physical() == value::Physical::kString) {
    const auto key = column.at<std::string_view>(row);
    if (!map_.insert(key, node)) map_.mark_several(key);
  } else {
    insert(column.get(row), node);
  }
}

std::uint32_t NodeKeys::find_any(const KeyField& field) {
  if (!field.is_text) return find_value(field.value);
  // A text may stand for a number; which one it was meant as is known by what there is.
  const auto integer = parse_plain_integer(field.text);
  if (!index_) {
    if (integer && map_.has_integers()) {
      const std::uint32_t node = map_.find(*integer);
      if (node != KeyMap::kNone) return node;
    }
    if (map_.has_texts()) {
      const std::uint32_t node = map_.find(field.text);
      if (node != KeyMap::kNone) return node;
    }
  } else {
    if (integer) {
      const std::uint32_t node = find_value(Value(*integer));
      if (node != KeyMap::kNone) return node;
    }
    const std::uint32_t node = find_value(Value(field.text));
    if (node != KeyMap::kNone) return node;
  }
  for (const FieldType type : other_types_) {
    const auto value = convert_text(type, field.text);
    if (!value) continue;
    const std::uint32_t node = find_value(*value);
    if (node != KeyMap::kNone) return node;
  }
  return KeyMap::kNone;
}

}  // namespace geode::transfer
