#include "repair/element_values.hpp"

#include <cstring>

#include <geode/error.hpp>
#include "graph/delta/fold_rows.hpp"
#include "storage/value_codec.hpp"

namespace geode::repair {

namespace {

using graph::ColumnView;
using graph::kExtentBits;
using graph::kExtentRows;
using graph::PropertyKeyId;
namespace keys = graph::keys;

}  // namespace

ElementValues::ElementValues(const Pieces& pieces, Losses& losses, graph::ElementKind kind,
                             std::uint32_t label, std::string name)
    : pieces_(pieces), losses_(losses), kind_(kind), label_(label), name_(std::move(name)) {
  find_keys();
}

void ElementValues::find_keys() {
  std::set<PropertyKeyId> found;
  storage::Cursor columns = pieces_.txn().cursor(Table::kBase);
  const graph::Key prefix = graph::Key().u8(0x20).u8(keys::code(kind_)).u32(label_);
  for (bool more = columns.seek(prefix); more && columns.has_prefix(prefix);) {
    if (columns.key().size() != 14) {
      more = columns.next();
      continue;
    }
    const PropertyKeyId key{keys::u32_at(columns.key(), 6)};
    found.insert(key);
    // Behind the last chunk of the property.
    more = columns.seek(keys::column_chunk(kind_, label_, key, UINT32_MAX));
    if (more && columns.key().size() == 14 && keys::u32_at(columns.key(), 10) == UINT32_MAX) {
      more = columns.next();
    }
  }
  storage::Cursor rows = pieces_.txn().cursor(Table::kHot);
  const graph::Key row_prefix = keys::row_prefix(kind_, label_);
  for (bool more = rows.seek(row_prefix); more && rows.has_prefix(row_prefix); more = rows.next()) {
    try {
      graph::RowView(rows.value()).each([&](PropertyKeyId key, ByteView) { found.insert(key); });
    } catch (const Error&) {
      // Told when the element is read.
    }
  }
  found.erase(graph::kSourceColumn);
  keys_.assign(found.begin(), found.end());
}

std::string ElementValues::chunk_text(PropertyKeyId key) const {
  const std::uint64_t first = std::uint64_t{chunk_} << kExtentBits;
  return name_ + ", property number " + std::to_string(keys::number(key)) + ", numbers " +
         std::to_string(first) + " to " + std::to_string(first + kExtentRows - 1);
}

void ElementValues::lost(PropertyKeyId key, std::string what) {
  if (told_.emplace(key, chunk_).second) losses_.add(chunk_text(key), std::move(what));
}

void ElementValues::begin_chunk(std::uint32_t number) {
  chunk_ = number;
  const std::uint64_t first = std::uint64_t{number} << kExtentBits;
  rows_may_miss_ = pieces_.may_miss(Table::kHot, keys::row(kind_, label_, first),
                                    keys::row(kind_, label_, first + kExtentRows));
  if (!rows_may_miss_) return;
  // Where it is known how many rows there are, none may be missing after all.
  const graph::Key count_key = keys::row_count(kind_, label_, number);
  const auto stored = pieces_.txn().get(Table::kHot, count_key);
  std::uint32_t count = 0;
  if (stored && stored->size() == sizeof count) {
    std::memcpy(&count, stored->data(), sizeof count);
  } else if (stored || pieces_.may_miss(Table::kHot, count_key)) {
    return;
  }
  std::uint32_t there = 0;
  storage::Cursor cursor = pieces_.txn().cursor(Table::kHot);
  const graph::Key prefix = keys::row_prefix(kind_, label_);
  for (bool more = cursor.seek(keys::row(kind_, label_, first));
       more && cursor.has_prefix(prefix) && cursor.key().size() == 14 &&
       keys::u64_at(cursor.key(), 6) < first + kExtentRows;
       more = cursor.next()) {
    ++there;
  }
  rows_may_miss_ = there != count;
}

void ElementValues::begin(std::uint64_t id) {
  id_ = id;
  const auto number = static_cast<std::uint32_t>(id >> kExtentBits);
  if (number != chunk_) begin_chunk(number);
  fields_.clear();
  deleted_ = false;
  const graph::Key key = keys::row(kind_, label_, id);
  row_ = pieces_.txn().get(Table::kHot, key);
  outdated_ = !row_ && rows_may_miss_ && pieces_.may_miss(Table::kHot, key);
  if (!row_) return;
  const graph::RowView row(*row_);
  deleted_ = row.deleted();
  outdated_ = !losses_.guard(name_ + ", number " + std::to_string(id), [&] {
    row.each([&](PropertyKeyId field, ByteView value) { fields_[field] = value; });
  });
}

const ColumnView& ElementValues::chunk(PropertyKeyId key) {
  Chunk& out = chunks_[key];
  if (out.number == chunk_) return out.view;
  out.number = chunk_;
  out.view = {};
  const graph::Key stored_key = keys::column_chunk(kind_, label_, key, chunk_);
  const auto stored = pieces_.txn().get(Table::kBase, stored_key);
  if (!stored) {
    if (!pieces_.may_miss(Table::kBase, stored_key)) return out.view;
    const graph::Key list_key = keys::chunk_keys(kind_, label_, chunk_);
    bool was = false;
    const bool known = pieces_.txn().get(Table::kBase, list_key).has_value() ||
                       !pieces_.may_miss(Table::kBase, list_key);
    if (known) {
      for (const PropertyKeyId each :
           graph::read_chunk_keys(pieces_.txn(), kind_, label_, chunk_)) {
        was = was || each == key;
      }
    }
    if (was) {
      lost(key, "its values cannot be read");
    } else if (!known) {
      lost(key, "values that may have been there cannot be read");
    }
    return out.view;
  }
  try {
    out.bytes = graph::HeldBytes(*stored);
    const ColumnView view(out.bytes.view());
    view.verify();
    out.view = view;
  } catch (const Error& error) {
    lost(key, error.message());
  }
  return out.view;
}

Value ElementValues::get(PropertyKeyId key) {
  try {
    if (const auto field = fields_.find(key); field != fields_.end()) {
      return field->second.empty() ? Value() : storage::decode_value(field->second);
    }
    if (deleted_) return {};
    const ColumnView& view = chunk(key);
    if (view.empty()) return {};
    const std::uint32_t entry = view.entry(static_cast<std::uint32_t>(id_ & (kExtentRows - 1)));
    if (entry == ColumnView::kAbsent) return {};
    if (outdated_) {
      ++losses_.report().outdated;
      if (!losses_.options().include_outdated) {
        lost(key, "what changed them last is lost; values that may be outdated are left out");
        return {};
      }
      lost(key, "what changed them last is lost; values may be outdated");
    }
    if (!view.is_long(entry)) return view.value(entry);
    const auto stored = pieces_.txn().get(Table::kBase, keys::long_value(kind_, label_, key, id_));
    if (stored) return storage::decode_value(*stored);
    lost(key, "a long value cannot be read");
  } catch (const Error& error) {
    lost(key, error.message());
  }
  return {};
}

}  // namespace geode::repair
