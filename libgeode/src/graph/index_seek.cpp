#include <algorithm>
#include <cmath>
#include <string>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "graph/property_index.hpp"
#include "graph/transaction_impl.hpp"
#include "storage/key_codec.hpp"
#include "value/compare.hpp"

namespace geode::graph {
namespace {

using catalog::IndexDefinition;
using catalog::IndexKind;

constexpr std::size_t kPrefixBytes = 4;

const IndexDefinition& find_index(const catalog::Catalog& catalog, IndexId id) {
  for (const IndexDefinition& index : catalog.indexes()) {
    if (index.id == id) return index;
  }
  throw Error(status::kInternal, "there is no such index");
}

NodeId entry_node(IndexKind kind, storage::ByteView value) {
  return NodeId{kind == IndexKind::kUnique ? base::load_le<std::uint64_t>(value.data())
                                           : base::load_be<std::uint64_t>(value.data())};
}

/// Types whose equal encodings do not make `=` true: NaN, and what may have nulls inside.
bool needs_comparing(const Value& value) {
  switch (value.type()) {
    case ValueType::kFloat64:
      return std::isnan(value.unchecked_float64());
    case ValueType::kList:
    case ValueType::kRecord:
    case ValueType::kDuration:
    case ValueType::kZonedTime:
    case ValueType::kZonedDateTime:
      return true;
    default:
      return false;
  }
}

/// One bound of a range as a place among keys.
struct KeyBound {
  std::string key;
  /// The bound is cut: entries that begin with `key` must be compared.
  bool inexact = false;
};

KeyBound make_bound(IndexId index, const Value& value) {
  KeyBound out;
  storage::append_key(value, out.key);
  if (out.key.size() > storage::kCutIndexKey) {
    out.key.resize(storage::kCutIndexKey);
    out.inexact = true;
  }
  out.key.insert(0, index_prefix(index));
  return out;
}

std::string after(const std::string& prefix) {
  // Index ids are far below 2^32, so there is always a key above.
  return storage::key_after_prefix(prefix).value_or(prefix);
}

bool within(const Value& value, const IndexRange& range) {
  const auto holds = [](const Value& left, const Value& right, bool or_equal) {
    const auto order = value::compare(left, right);
    return order.has_value() && (*order < 0 || (or_equal && *order == 0));
  };
  return (!range.low || holds(*range.low, value, range.low_inclusive)) &&
         (!range.high || holds(value, *range.high, range.high_inclusive));
}

}  // namespace

void GraphTransaction::seek_equal(IndexId id, std::span<const Value> values,
                                  std::vector<NodeId>& out) const {
  const IndexDefinition& index = find_index(catalog(), id);
  if (values.size() != index.keys.size()) {
    throw Error(status::kInternal, "an index is sought with a wrong number of values");
  }
  bool compare = false;
  for (const Value& value : values) {
    if (value.is_null()) return;  // null equals nothing
    compare = compare || needs_comparing(value);
  }
  const IndexKey key = make_index_key(index, values, NodeId{0});
  compare = compare || key.cut;
  const auto take = [&](NodeId node) {
    for (std::size_t i = 0; compare && i < values.size(); ++i) {
      if (value::equals(node_column(index.keys[i]).get(raw(node)), values[i]) != true) return;
    }
    out.push_back(node);
  };
  const storage::Transaction& txn =
      impl_->write != nullptr ? static_cast<const storage::Transaction&>(impl_->write->txn)
                              : *impl_->read_txn;
  if (index.kind == IndexKind::kUnique) {
    const auto found = txn.get(storage::Table::kIndex, storage::as_bytes(key.bytes));
    if (found) take(entry_node(index.kind, *found));
    return;
  }
  storage::Cursor cursor = txn.cursor(storage::Table::kIndexDup);
  for (bool more = cursor.seek_exact(storage::as_bytes(key.bytes)); more;
       more = cursor.next_duplicate()) {
    take(entry_node(index.kind, cursor.value()));
  }
}

void GraphTransaction::seek_range(IndexId id, const IndexRange& range,
                                  std::vector<NodeId>& out) const {
  const IndexDefinition& index = find_index(catalog(), id);
  const std::string prefix = index_prefix(id);
  for (const std::optional<Value>* bound : {&range.low, &range.high}) {
    if (*bound && (*bound)->is_null()) return;
    if (*bound && needs_comparing(**bound) && (*bound)->type() == ValueType::kFloat64) return;
  }
  std::string begin = prefix, end = after(prefix);
  bool compare = false;
  if (range.low || range.high) {
    // Only values of the bound's own kind compare with it: the first byte of an encoding tells the
    // kind.
    std::string kind;
    storage::append_key(range.low ? *range.low : *range.high, kind);
    begin = prefix + kind.substr(0, 1);
    end = after(begin);
    compare = needs_comparing(range.low ? *range.low : *range.high);
  }
  std::string begin_doubt, end_doubt;  // keys that begin so must be compared
  if (range.low) {
    const KeyBound low = make_bound(id, *range.low);
    begin = low.inexact || range.low_inclusive ? low.key : after(low.key);
    if (low.inexact) begin_doubt = low.key;
  }
  if (range.high) {
    const KeyBound high = make_bound(id, *range.high);
    const std::string above = high.inexact || range.high_inclusive ? after(high.key) : high.key;
    end = std::min(end, above);
    if (high.inexact) end_doubt = high.key;
  }
  const storage::Table table =
      index.kind == IndexKind::kUnique ? storage::Table::kIndex : storage::Table::kIndexDup;
  const storage::Transaction& txn =
      impl_->write != nullptr ? static_cast<const storage::Transaction&>(impl_->write->txn)
                              : *impl_->read_txn;
  const Column& column = node_column(index.keys[0]);

  // Keys that share the bytes before the cut are in no order among themselves: they are gathered
  // and sorted.
  std::string group_prefix;
  std::vector<std::pair<Value, NodeId>> group;
  const auto end_group = [&] {
    std::sort(group.begin(), group.end(), [](const auto& a, const auto& b) {
      const int order = value::order(a.first, b.first);
      return order != 0 ? order < 0 : a.second < b.second;
    });
    for (const auto& [value, node] : group) out.push_back(node);
    group.clear();
    group_prefix.clear();
  };
  storage::Cursor cursor = txn.cursor(table);
  for (bool more = cursor.seek(storage::as_bytes(begin)); more; more = cursor.next()) {
    const std::string_view key = storage::as_text(cursor.key());
    if (key >= end) break;
    const NodeId node = entry_node(index.kind, cursor.value());
    const bool long_key = key.size() >= kPrefixBytes + storage::kCutIndexKey;
    const bool doubt = compare || (!begin_doubt.empty() && key.starts_with(begin_doubt)) ||
                       (!end_doubt.empty() && key.starts_with(end_doubt));
    if (!group.empty() && !key.starts_with(group_prefix)) end_group();
    if (!doubt && !long_key) {
      out.push_back(node);
      continue;
    }
    Value value = column.get(raw(node));
    if (doubt && !within(value, range)) continue;
    if (!long_key) {
      out.push_back(node);
      continue;
    }
    if (group.empty()) group_prefix = key.substr(0, kPrefixBytes + storage::kCutIndexKey);
    group.emplace_back(std::move(value), node);
  }
  end_group();
}

}  // namespace geode::graph
