#include "graph/delta/fold_rows.hpp"

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "graph/chunk/column_encoder.hpp"
#include "graph/delta/row_delta.hpp"
#include "graph/held_bytes.hpp"
#include "storage/value_codec.hpp"

namespace geode::graph {
namespace {

constexpr auto kBase = storage::Table::kBase;
constexpr auto kHot = storage::Table::kHot;

/// One change of one column: the value, or null when the row loses it.
struct CellChange {
  std::uint32_t row = 0;
  Value value;
};

}  // namespace

void write_chunk_keys(storage::WriteTransaction& txn, ElementKind kind, std::uint32_t label,
                      std::uint32_t chunk, const std::vector<PropertyKeyId>& keys) {
  const Key key = keys::chunk_keys(kind, label, chunk);
  if (keys.empty()) {
    txn.erase(kBase, key);
  } else {
    txn.put(kBase, key,
            {reinterpret_cast<const std::byte*>(keys.data()), keys.size() * sizeof(PropertyKeyId)});
  }
}

std::vector<PropertyKeyId> read_chunk_keys(const storage::Transaction& txn, ElementKind kind,
                                           std::uint32_t label, std::uint32_t chunk) {
  std::vector<PropertyKeyId> out;
  if (const auto bytes = txn.get(kBase, keys::chunk_keys(kind, label, chunk))) {
    out.resize(bytes->size() / sizeof(PropertyKeyId));
    std::memcpy(out.data(), bytes->data(), out.size() * sizeof(PropertyKeyId));
  }
  return out;
}

void fold_rows(storage::WriteTransaction& txn, StatisticsWriter& statistics, ElementKind kind,
               std::uint32_t label, std::uint32_t chunk, std::uint64_t lsn) {
  const std::uint64_t first = std::uint64_t{chunk} << kExtentBits;
  std::map<PropertyKeyId, std::vector<CellChange>> changes;
  std::vector<std::uint32_t> deleted;
  std::vector<std::uint64_t> ids;
  {
    storage::Cursor rows = txn.cursor(kHot);
    const Key prefix = keys::row_prefix(kind, label);
    for (bool more = rows.seek(keys::row(kind, label, first)); more && rows.has_prefix(prefix);
         more = rows.next()) {
      const std::uint64_t id = keys::u64_at(rows.key(), 6);
      if (id >= first + kExtentRows) break;
      ids.push_back(id);
      const auto row = static_cast<std::uint32_t>(id - first);
      const RowView view(rows.value());
      if (view.deleted()) deleted.push_back(row);
      view.each([&](PropertyKeyId key, storage::ByteView value) {
        changes[key].push_back({row, value.empty() ? Value() : storage::decode_value(value)});
      });
    }
  }
  const std::vector<PropertyKeyId> old_keys = read_chunk_keys(txn, kind, label, chunk);
  if (!deleted.empty()) {
    for (const PropertyKeyId key : old_keys) changes[key];
  }

  std::map<PropertyKeyId, bool> present;
  for (const PropertyKeyId key : old_keys) present[key] = true;
  ColumnEncoder encoder;
  std::vector<std::byte> bytes;
  for (const auto& [changed, cells] : changes) {
    const PropertyKeyId key = changed;  // clang 14 does not let a lambda take a binding along
    encoder.clear();
    const Key chunk_key = keys::column_chunk(kind, label, key, chunk);
    if (const auto base = txn.get(kBase, chunk_key)) {
      const HeldBytes held(*base);
      const ColumnView view(held.view());
      view.verify();
      encoder.load(view);
    }
    const auto change = [&](std::uint32_t row, const Value& value) {
      if (encoder.is_long(row)) txn.erase(kBase, keys::long_value(kind, label, key, first + row));
      encoder.set(row, value);
    };
    for (const std::uint32_t row : deleted) change(row, Value());
    for (const CellChange& cell : cells) change(cell.row, cell.value);
    encoder.take_long_values([&](std::uint32_t row, const Value& value) {
      std::string stored;
      storage::encode_value(value, stored);
      txn.put(kBase, keys::long_value(kind, label, key, first + row), storage::as_bytes(stored));
    });
    present[key] = encoder.encode(lsn, bytes);
    if (present[key]) {
      txn.put(kBase, chunk_key, bytes);
    } else {
      txn.erase(kBase, chunk_key);
    }
    statistics.property(kind, label, key);  // the chunk has moved
  }
  std::vector<PropertyKeyId> new_keys;
  for (const auto& [key, there] : present) {
    if (there) new_keys.push_back(key);
  }
  if (new_keys != old_keys) write_chunk_keys(txn, kind, label, chunk, new_keys);
  for (const std::uint64_t id : ids) txn.erase(kHot, keys::row(kind, label, id));
  statistics.rows(kind, label, chunk).count = 0;
}

}  // namespace geode::graph
