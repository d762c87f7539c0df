#include "graph/column_directory.hpp"

#include <cstring>

#include <geode/error.hpp>
#include "graph/chunk/column_encoder.hpp"
#include "graph/delta/row_delta.hpp"
#include "graph/statistics.hpp"
#include "storage/value_codec.hpp"

namespace geode::graph {
namespace {

// Rows asked for one by one before a chunk with partial rows is merged whole: what merging costs,
// so that a reader of few rows never pays it and one of many pays it twice at most.
constexpr std::uint32_t kMergeWholeFrom = 256;

const ColumnView kEmpty;

}  // namespace

ColumnDirectory::ColumnDirectory(ElementKind kind, std::uint32_t label, PropertyKeyId key,
                                 std::uint32_t chunks, std::uint64_t last_change,
                                 const ColumnDirectory* previous)
    : kind_(kind),
      label_(label),
      key_(key),
      chunks_(chunks),
      last_change_(last_change),
      entries_(std::make_unique<Entry[]>(chunks)) {
  if (previous != nullptr) {
    auto* before = const_cast<ColumnDirectory*>(previous);  // its mutex guards merged_
    const std::lock_guard lock(before->mutex_);
    merged_ = before->merged_;
  }
}

const ColumnView* ColumnDirectory::resolve(const storage::Transaction& txn, std::uint32_t chunk,
                                           std::uint32_t wanted_rows) {
  Entry& entry = entries_[chunk];
  if (const ColumnView* found = find(chunk)) return found;
  const bool fresh = entry.base.load(std::memory_order_acquire) == nullptr;
  if (!fresh && entry.touches.fetch_add(wanted_rows, std::memory_order_relaxed) + wanted_rows <
                    kMergeWholeFrom) {
    return nullptr;
  }
  std::unique_lock lock(mutex_, std::defer_lock);
  if (fresh || wanted_rows >= kMergeWholeFrom) {
    lock.lock();
  } else if (!lock.try_lock()) {
    return nullptr;  // another thread merges; a reader of few rows does not wait for it
  }
  if (const ColumnView* found = find(chunk)) return found;
  const auto rows = read_record<RowStatistics>(txn, keys::row_count(kind_, label_, chunk));
  const ColumnView& base = fill_base(txn, chunk);
  const ColumnView* made = &base;
  if (rows.count > 0) {
    if (fresh && wanted_rows < kMergeWholeFrom) return nullptr;
    std::shared_ptr<const Merged>& slot = merged_[chunk];
    if (!slot || slot->last_change != rows.last_change) {
      slot = merge(txn, chunk, base, rows.last_change);
    }
    made = &slot->view;
  } else {
    merged_.erase(chunk);
  }
  entry.view.store(made, std::memory_order_release);
  return made;
}

const ColumnView& ColumnDirectory::fill_base(const storage::Transaction& txn, std::uint32_t chunk) {
  Entry& entry = entries_[chunk];
  if (const ColumnView* found = entry.base.load(std::memory_order_relaxed)) return *found;
  const ColumnView* made = &kEmpty;
  if (const auto bytes =
          txn.get(storage::Table::kBase, keys::column_chunk(kind_, label_, key_, chunk))) {
    HeldBytes held(*bytes);
    views_.push_back(std::make_unique<const ColumnView>(held.view()));
    if (held.copied()) held_.push_back(std::move(held));
    made = views_.back().get();
  }
  entry.base.store(made, std::memory_order_release);
  return *made;
}

std::shared_ptr<const ColumnDirectory::Merged> ColumnDirectory::merge(
    const storage::Transaction& txn, std::uint32_t chunk, const ColumnView& base,
    std::uint64_t rows_changed) const {
  ColumnEncoder encoder;
  if (!base.empty()) encoder.load(base);
  storage::Cursor rows = txn.cursor(storage::Table::kHot);
  const Key prefix = keys::row_prefix(kind_, label_);
  const std::uint64_t first = std::uint64_t{chunk} << kExtentBits;
  for (bool more = rows.seek(keys::row(kind_, label_, first)); more && rows.has_prefix(prefix);
       more = rows.next()) {
    const std::uint64_t id = keys::u64_at(rows.key(), 6);
    if (id >= first + kExtentRows) break;
    const auto row = static_cast<std::uint32_t>(id - first);
    const RowView view(rows.value());
    if (view.deleted()) {
      encoder.remove(row);
    } else if (const auto field = view.find(key_)) {
      encoder.set(row, field->empty() ? Value() : storage::decode_value(*field));
    }
  }
  auto merged = std::make_shared<Merged>();
  merged->last_change = rows_changed;
  std::vector<std::byte> bytes;
  if (encoder.encode(0, bytes)) {
    merged->bytes.resize((bytes.size() + 7) / 8);
    std::memcpy(merged->bytes.data(), bytes.data(), bytes.size());
    merged->view =
        ColumnView({reinterpret_cast<const std::byte*>(merged->bytes.data()), bytes.size()});
  }
  return merged;
}

Value ColumnDirectory::read(const storage::Transaction& txn, std::uint64_t id) const {
  if (const auto bytes = txn.get(storage::Table::kHot, keys::row(kind_, label_, id))) {
    const RowView row(*bytes);
    if (row.deleted()) return {};
    if (const auto field = row.find(key_)) {
      return field->empty() ? Value() : storage::decode_value(*field);
    }
  }
  const ColumnView* base = entries_[id >> kExtentBits].base.load(std::memory_order_acquire);
  if (base->empty()) return {};
  const std::uint32_t entry = base->entry(id & (kExtentRows - 1));
  if (entry == ColumnView::kAbsent) return {};
  return base->is_long(entry) ? read_long(txn, id) : base->value(entry);
}

Value ColumnDirectory::read_long(const storage::Transaction& txn, std::uint64_t id) const {
  const auto bytes = txn.get(storage::Table::kBase, keys::long_value(kind_, label_, key_, id));
  if (!bytes) throw Error(status::kCorrupt, "a long value is missing");
  return storage::decode_value(*bytes);
}

}  // namespace geode::graph
