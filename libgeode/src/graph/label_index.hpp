#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "catalog/stored_catalog.hpp"
#include "graph/chunk/bitmap_container.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/keys.hpp"

namespace geode::graph {

/// The shape of a row that no live node has.
inline constexpr std::uint32_t kNoShape = 0xffffffffu;

/// The shapes of the 4096 nodes of an extent. Bytes: shape most rows have u32, rows in use u32,
/// exceptions u32, their rows (u16, padded to 4), their shapes u32 each. Rows not in use have no
/// shape; deleted nodes have kNoShape.
struct Extent {
  std::uint32_t shape = kNoShape;
  std::uint32_t rows = 0;
  std::vector<std::uint32_t> shapes;  ///< of each row; empty when all rows in use have `shape`

  std::uint32_t shape_of(std::uint32_t row) const {
    if (row >= rows) return kNoShape;
    return shapes.empty() ? shape : shapes[row];
  }
  /// The shape of some live node; kNoShape when there is none.
  std::uint32_t any_shape() const;
  void set(std::uint32_t row, std::uint32_t to);
  void encode(std::vector<std::byte>& out) const;
  /// Throws Error 58X02 when the bytes are no extent.
  static Extent decode(storage::ByteView bytes);
};

/// Extents read so far by those who see one state of all nodes. Thread-safe.
class ExtentTable {
 public:
  ExtentTable(std::uint64_t nodes_changed, std::uint32_t extents)
      : nodes_changed_(nodes_changed),
        count_(extents),
        extents_(std::make_unique<std::atomic<const Extent*>[]>(extents)) {}

  std::uint64_t nodes_changed() const { return nodes_changed_; }
  std::uint32_t count() const { return count_; }
  const Extent& get(const storage::Transaction& txn, std::uint32_t extent) {
    const Extent* found = extents_[extent].load(std::memory_order_acquire);
    return found != nullptr ? *found : read(txn, extent);
  }
  std::uint32_t shape_of(const storage::Transaction& txn, std::uint64_t node) {
    const std::uint64_t extent = node >> kExtentBits;
    if (extent >= count_) return kNoShape;
    return get(txn, static_cast<std::uint32_t>(extent)).shape_of(node & (kExtentRows - 1));
  }

 private:
  const Extent& read(const storage::Transaction& txn, std::uint32_t extent);
  const std::uint64_t nodes_changed_;
  const std::uint32_t count_;
  std::unique_ptr<std::atomic<const Extent*>[]> extents_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<const Extent>> owned_;
};

/// The containers of one label, copied out of the file. Read-only once made.
class LabelContainers {
 public:
  LabelContainers(const storage::Transaction& txn, LabelId label, std::uint64_t last_change);
  std::uint64_t last_change() const { return last_change_; }
  struct Container {
    std::uint32_t high = 0;
    std::vector<std::byte> bytes;
    BitmapView view;
  };
  const std::vector<Container>& containers() const { return containers_; }
  const Container* find(std::uint32_t high) const;

 private:
  std::uint64_t last_change_;
  std::vector<Container> containers_;
};

/// Labels of nodes within a write transaction: extents and containers are unpacked when they are
/// first changed, and written by flush(). Everything else is read from the state the transaction
/// began with.
class LabelWriter {
 public:
  explicit LabelWriter(storage::WriteTransaction& txn) : txn_(txn) {}

  /// True when the transaction has changed this extent (container) at some time, so the state it
  /// began with is void.
  bool touched(std::uint32_t extent) const {
    return extent < touched_extents_.size() && touched_extents_[extent] != 0;
  }
  const Extent& extent(std::uint32_t extent) { return open_extent(extent).extent; }
  bool touched(LabelId label) const {
    return touched_labels_.size() > keys::number(label) &&
           touched_labels_[keys::number(label)] != 0;
  }
  /// The container as the transaction sees it.
  const Bitmap& container(LabelId label, std::uint32_t high) {
    return open_container(label, high).bitmap;
  }

  /// Gives the row a shape, and takes the node into and out of the containers of the labels that
  /// differ.
  void set_shape(NodeId node, std::uint32_t shape, std::span<const LabelId> old_labels,
                 std::span<const LabelId> new_labels);

  /// Takes the record of an extent out of the table.
  void erase_extent(std::uint32_t extent);

  void flush();
  void discard();

 private:
  struct ExtentSlot {
    Extent extent;
    bool dirty = false;
  };
  struct ContainerSlot {
    Bitmap bitmap;
    bool dirty = false;
  };
  ExtentSlot& open_extent(std::uint32_t extent);
  ContainerSlot& open_container(LabelId label, std::uint32_t high);

  storage::WriteTransaction& txn_;
  std::vector<std::unique_ptr<ExtentSlot>> extents_;
  std::vector<std::uint8_t> touched_extents_, touched_labels_;
  std::vector<std::uint32_t> dirty_extents_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> dirty_containers_;
  // By label, then by the upper bits of ids.
  std::vector<std::vector<std::unique_ptr<ContainerSlot>>> containers_;
};

}  // namespace geode::graph
