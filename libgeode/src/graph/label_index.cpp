#include "graph/label_index.hpp"

#include <algorithm>
#include <cstring>

#include <geode/error.hpp>
#include "base/bytes.hpp"

namespace geode::graph {

std::uint32_t Extent::any_shape() const {
  if (rows == 0) return kNoShape;
  if (shapes.empty()) return shape;
  const auto live = std::find_if(shapes.begin(), shapes.end(),
                                 [](std::uint32_t each) { return each != kNoShape; });
  return live == shapes.end() ? kNoShape : *live;
}

void Extent::set(std::uint32_t row, std::uint32_t to) {
  if (row >= rows) {
    if (rows == 0) shape = to;
    // Rows that were passed over belong to nobody.
    if (!shapes.empty() || row > rows || to != shape) {
      if (shapes.empty()) shapes.assign(rows, shape);
      shapes.resize(row + 1, kNoShape);
      shapes[row] = to;
    }
    rows = row + 1;
    return;
  }
  if (shape_of(row) == to) return;
  if (shapes.empty()) shapes.assign(rows, shape);
  shapes[row] = to;
}

void Extent::encode(std::vector<std::byte>& out) const {
  // The shape of most rows needs no exception. Boyer-Moore's vote finds it when it is a majority.
  std::uint32_t most = shape;
  if (!shapes.empty()) {
    std::uint32_t votes = 0;
    for (const std::uint32_t each : shapes) {
      if (votes == 0) most = each;
      votes += each == most ? 1 : -1;
    }
  }
  std::vector<std::uint16_t> exceptions;
  for (std::uint32_t row = 0; row < shapes.size(); ++row) {
    if (shapes[row] != most) exceptions.push_back(static_cast<std::uint16_t>(row));
  }
  const auto count = static_cast<std::uint32_t>(exceptions.size());
  const std::size_t row_bytes = (count * std::size_t{2} + 3) / 4 * 4;
  out.assign(12 + row_bytes + count * std::size_t{4}, std::byte{0});
  base::store_le(out.data(), most);
  base::store_le(out.data() + 4, rows);
  base::store_le(out.data() + 8, count);
  for (std::uint32_t i = 0; i < count; ++i) {
    base::store_le(out.data() + 12 + i * std::size_t{2}, exceptions[i]);
    base::store_le(out.data() + 12 + row_bytes + i * std::size_t{4}, shapes[exceptions[i]]);
  }
}

Extent Extent::decode(storage::ByteView bytes) {
  const auto check = [](bool holds) {
    if (!holds) throw Error(status::kCorrupt, "an extent record does not fit its header");
  };
  check(bytes.size() >= 12);
  Extent out;
  out.shape = base::load_le<std::uint32_t>(bytes.data());
  out.rows = base::load_le<std::uint32_t>(bytes.data() + 4);
  const auto count = base::load_le<std::uint32_t>(bytes.data() + 8);
  const std::size_t row_bytes = (count * std::size_t{2} + 3) / 4 * 4;
  check(out.rows <= kExtentRows && bytes.size() == 12 + row_bytes + count * std::size_t{4});
  if (count > 0) out.shapes.assign(out.rows, out.shape);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto row = base::load_le<std::uint16_t>(bytes.data() + 12 + i * std::size_t{2});
    check(row < out.rows);
    out.shapes[row] =
        base::load_le<std::uint32_t>(bytes.data() + 12 + row_bytes + i * std::size_t{4});
  }
  return out;
}

const Extent& ExtentTable::read(const storage::Transaction& txn, std::uint32_t extent) {
  const auto bytes = txn.get(storage::Table::kBase, keys::extent(extent));
  auto made = std::make_unique<const Extent>(bytes ? Extent::decode(*bytes) : Extent());
  const std::lock_guard lock(mutex_);
  if (const Extent* found = extents_[extent].load(std::memory_order_relaxed)) return *found;
  owned_.push_back(std::move(made));
  extents_[extent].store(owned_.back().get(), std::memory_order_release);
  return *owned_.back();
}

LabelContainers::LabelContainers(const storage::Transaction& txn, LabelId label,
                                 std::uint64_t last_change)
    : last_change_(last_change) {
  storage::Cursor cursor = txn.cursor(storage::Table::kBase);
  const Key prefix = keys::label_prefix(label);
  for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
    Container& container = containers_.emplace_back();
    container.high = keys::u32_at(cursor.key(), 5);
    container.bytes.assign(cursor.value().begin(), cursor.value().end());
    container.view = BitmapView(container.bytes);
  }
}

const LabelContainers::Container* LabelContainers::find(std::uint32_t high) const {
  const auto found = std::lower_bound(
      containers_.begin(), containers_.end(), high,
      [](const Container& container, std::uint32_t at) { return container.high < at; });
  return found != containers_.end() && found->high == high ? &*found : nullptr;
}

LabelWriter::ExtentSlot& LabelWriter::open_extent(std::uint32_t extent) {
  if (extent >= extents_.size()) extents_.resize(extent + 1);
  std::unique_ptr<ExtentSlot>& slot = extents_[extent];
  if (slot == nullptr) {
    slot = std::make_unique<ExtentSlot>();
    if (const auto bytes = txn_.get(storage::Table::kBase, keys::extent(extent))) {
      slot->extent = Extent::decode(*bytes);
    }
  }
  return *slot;
}

LabelWriter::ContainerSlot& LabelWriter::open_container(LabelId label, std::uint32_t high) {
  const std::uint32_t number = keys::number(label);
  if (number >= containers_.size()) containers_.resize(number + 1);
  auto& of_label = containers_[number];
  if (high >= of_label.size()) of_label.resize(high + 1);
  std::unique_ptr<ContainerSlot>& slot = of_label[high];
  if (slot == nullptr) {
    slot = std::make_unique<ContainerSlot>();
    if (const auto bytes = txn_.get(storage::Table::kBase, keys::label_container(label, high))) {
      slot->bitmap = Bitmap::decode(*bytes);
    }
  }
  return *slot;
}

void LabelWriter::set_shape(NodeId node, std::uint32_t shape, std::span<const LabelId> old_labels,
                            std::span<const LabelId> new_labels) {
  const std::uint64_t id = raw(node);
  const auto extent = static_cast<std::uint32_t>(id >> kExtentBits);
  ExtentSlot& slot = open_extent(extent);
  slot.extent.set(id & (kExtentRows - 1), shape);
  if (!std::exchange(slot.dirty, true)) dirty_extents_.push_back(extent);
  if (extent >= touched_extents_.size()) touched_extents_.resize(extent + 1, 0);
  touched_extents_[extent] = 1;

  const auto high = static_cast<std::uint32_t>(id >> kContainerBits);
  const auto low = static_cast<std::uint32_t>(id & 0xffff);
  const auto change = [&](LabelId label, bool add) {
    ContainerSlot& container = open_container(label, high);
    const bool changed = add ? container.bitmap.add(low) : container.bitmap.remove(low);
    const std::uint32_t number = keys::number(label);
    if (changed && !std::exchange(container.dirty, true)) {
      dirty_containers_.emplace_back(number, high);
    }
    if (number >= touched_labels_.size()) touched_labels_.resize(number + 1, 0);
    touched_labels_[number] = 1;
  };
  for (const LabelId label : old_labels) {
    if (std::find(new_labels.begin(), new_labels.end(), label) == new_labels.end()) {
      change(label, false);
    }
  }
  for (const LabelId label : new_labels) {
    if (std::find(old_labels.begin(), old_labels.end(), label) == old_labels.end()) {
      change(label, true);
    }
  }
}

void LabelWriter::erase_extent(std::uint32_t extent) {
  open_extent(extent) = ExtentSlot();
  std::erase(dirty_extents_, extent);
  if (extent >= touched_extents_.size()) touched_extents_.resize(extent + 1, 0);
  touched_extents_[extent] = 1;
  txn_.erase(storage::Table::kBase, keys::extent(extent));
}

void LabelWriter::flush() {
  std::vector<std::byte> bytes;
  for (const std::uint32_t extent : dirty_extents_) {
    ExtentSlot& slot = *extents_[extent];
    slot.extent.encode(bytes);
    txn_.put(storage::Table::kBase, keys::extent(extent), bytes);
    slot.dirty = false;
  }
  dirty_extents_.clear();
  for (const auto& [number, high] : dirty_containers_) {
    ContainerSlot& slot = *containers_[number][high];
    const Key key = keys::label_container(LabelId{number}, high);
    if (slot.bitmap.count() == 0) {
      txn_.erase(storage::Table::kBase, key);
    } else {
      slot.bitmap.encode(bytes);
      txn_.put(storage::Table::kBase, key, bytes);
    }
    slot.dirty = false;
  }
  dirty_containers_.clear();
}

void LabelWriter::discard() {
  extents_.clear();
  containers_.clear();
  dirty_extents_.clear();
  dirty_containers_.clear();
}

}  // namespace geode::graph
