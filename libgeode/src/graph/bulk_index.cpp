#include "graph/bulk_index.hpp"

#include <algorithm>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "graph/property_index.hpp"
#include "graph/transaction_impl.hpp"
#include "value/vector.hpp"

namespace geode::graph {
namespace {

constexpr std::size_t kIndexNumberBytes = 4;

/// Eight bytes as a number of the same order.
std::uint64_t leading_bytes(std::string_view text) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    out = out << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  }
  return out;
}

}  // namespace

BulkIndexes::BulkIndexes(GraphTransaction& txn, std::span<const LabelId> labels,
                         std::span<const PropertyKeyId> keys, std::uint64_t memory_bytes)
    : txn_(txn), memory_bytes_(std::min<std::uint64_t>(memory_bytes, std::uint64_t{1} << 30)) {
  for (const catalog::IndexDefinition& definition : txn.catalog().indexes()) {
    if (std::find(labels.begin(), labels.end(), definition.label) == labels.end()) continue;
    Index index;
    index.definition = definition;
    for (const PropertyKeyId key : definition.keys) {
      const auto at = std::find(keys.begin(), keys.end(), key);
      index.columns.push_back(at == keys.end() ? kNone
                                               : static_cast<std::size_t>(at - keys.begin()));
    }
    // A node whose first key is null is in no index.
    if (index.columns[0] != kNone) indexes_.push_back(std::move(index));
  }
}

void BulkIndexes::add_rows(std::span<const value::Vector> columns, std::uint32_t rows,
                           NodeId first) {
  for (Index& index : indexes_) {
    values_.assign(index.columns.size(), Value());
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (columns[index.columns[0]].is_null(row)) continue;
      for (std::size_t i = 0; i < values_.size(); ++i) {
        if (index.columns[i] != kNone) values_[i] = columns[index.columns[i]].get(row);
      }
      const NodeId node{raw(first) + row};
      const IndexKey key = make_index_key(index.definition, values_, node);
      if (!key.indexed) continue;
      Entry entry;
      entry.prefix = leading_bytes(std::string_view(key.bytes).substr(kIndexNumberBytes));
      entry.place = static_cast<std::uint32_t>(index.bytes.size());
      entry.size = static_cast<std::uint32_t>(key.bytes.size());
      entry.node = static_cast<std::uint32_t>(raw(node));
      index.bytes += key.bytes;
      index.entries.push_back(entry);
    }
    if (index.bytes.size() + index.entries.size() * sizeof(Entry) > memory_bytes_) write(index);
  }
}

void BulkIndexes::write(Index& index) {
  const auto key_of = [&](const Entry& entry) {
    return std::string_view(index.bytes).substr(entry.place, entry.size);
  };
  const auto before = [&](const Entry& a, const Entry& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const int order = key_of(a).compare(key_of(b));
    return order != 0 ? order < 0 : a.node < b.node;
  };
  if (!std::is_sorted(index.entries.begin(), index.entries.end(), before)) {
    std::sort(index.entries.begin(), index.entries.end(), before);
  }
  storage::WriteTransaction& txn = txn_.impl().write->txn;
  const bool unique = index.definition.kind == catalog::IndexKind::kUnique;
  const storage::Table table = unique ? storage::Table::kIndex : storage::Table::kIndexDup;
  bool append = false;
  if (unique && !index.entries.empty()) {
    storage::Cursor cursor = txn.cursor(table);
    append = !cursor.last() || storage::as_text(cursor.key()) < key_of(index.entries.front());
  }
  std::string_view last;
  for (const Entry& entry : index.entries) {
    const std::string_view key = key_of(entry);
    char id[8];
    bool stored = true;
    if (!unique) {
      base::store_be(id, std::uint64_t{entry.node});
      txn.put(table, storage::as_bytes(key), storage::as_bytes({id, sizeof id}));
      continue;
    }
    base::store_le(id, std::uint64_t{entry.node});
    if (append) {
      stored = key != last;
      if (stored) txn.append(table, storage::as_bytes(key), storage::as_bytes({id, sizeof id}));
    } else {
      stored = txn.put_new(table, storage::as_bytes(key), storage::as_bytes({id, sizeof id}));
    }
    if (!stored) {
      // The values are in the key, but not in a form to show.
      const auto& names = txn_.catalog();
      std::string keys;
      for (const PropertyKeyId id_of_key : index.definition.keys) {
        keys += (keys.empty() ? "" : ", ") + names.property_key_name(id_of_key);
      }
      throw Error(status::kConstraintViolation,
                  "two nodes with label " + names.label_name(index.definition.label) +
                      " have the same " + keys + " (unique index " + index.definition.name + ")")
          .category("ConstraintValidationFailed", "PropertyNotUnique");
    }
    last = key;
  }
  txn.write_out();
  index.entries.clear();
  index.bytes.clear();
}

void BulkIndexes::finish() {
  for (Index& index : indexes_) write(index);
}

}  // namespace geode::graph
