#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "graph/adjacency_directory.hpp"
#include "graph/adjacency_writer.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/snapshot.hpp"

namespace geode::graph {

/// Adjacency in a snapshot: through the shared directory; the first few nodes asked for in a fresh
/// snapshot are read from their chunks without one.
class SnapshotAdjacency final : public Adjacency {
 public:
  SnapshotAdjacency(const storage::Transaction& txn, Snapshot& snapshot, EdgeLabelId label,
                    Direction direction);

  Neighbours neighbours(NodeId node) const override {
    const std::uint64_t chunk = raw(node) >> shift_;
    if (chunk < chunks_) [[likely]] {
      const AdjacencyDirectory::Entry& entry = entries_[chunk];
      if (const std::uint32_t* offsets = entry.offsets.load(std::memory_order_acquire)) [[likely]] {
        const std::uint32_t local = static_cast<std::uint32_t>(raw(node)) & mask_;
        const std::uint32_t begin = offsets[local];
        if ((begin & kHubBit) == 0) [[likely]] {
          const std::uint32_t end = offsets[local + 1] & ~kHubBit;
          return {entry.neighbours + begin, entry.edges != nullptr ? entry.edges + begin : nullptr,
                  entry.first_edge + begin, end - begin};
        }
      }
    }
    return slow_neighbours(node);
  }
  void lists(NodeId first, std::uint32_t n, Neighbours* lists) const override;
  void lists(const NodeId* nodes, std::uint32_t n, Neighbours* lists) const override;
  std::uint32_t degree(NodeId node) const override;
  void degrees(NodeId first, std::span<std::uint32_t> degrees) const override;
  void degrees(const NodeId* nodes, std::uint32_t n, std::uint32_t* degrees) const override;
  void prefetch(NodeId node) const override {
    const std::uint64_t chunk = raw(node) >> shift_;
    if (chunk >= chunks_) return;
    const std::uint32_t* offsets = entries_[chunk].offsets.load(std::memory_order_acquire);
    if (offsets == nullptr) return;
    __builtin_prefetch(offsets + (static_cast<std::uint32_t>(raw(node)) & mask_));
  }
  EdgeLabelId label() const override { return label_; }
  Direction direction() const override { return direction_; }
  std::uint32_t shift() const { return shift_; }

 private:
  Neighbours slow_neighbours(NodeId node) const;
  /// From the chunk itself, with its delta merged for this node.
  Neighbours point_neighbours(NodeId node) const;
  void use_directory() const;
  Neighbours keep(EdgeList list) const;

  const storage::Transaction& txn_;
  Snapshot& snapshot_;
  const EdgeLabelId label_;
  const Direction direction_;
  const std::uint32_t shift_;
  const std::uint32_t mask_;
  const std::uint64_t node_limit_;
  // Filled as it is used: reading is const for the caller, and each transaction has its own.
  mutable const AdjacencyDirectory::Entry* entries_ = nullptr;
  mutable std::uint64_t chunks_ = 0;  // 0 while there is no directory
  mutable std::shared_ptr<AdjacencyDirectory> directory_;
  mutable std::uint32_t point_reads_ = 0;
  mutable std::vector<std::unique_ptr<EdgeList>> lists_;
  mutable std::vector<HeldBytes> held_;
};

/// Adjacency in a write transaction: the snapshot it began with, but for the chunks it has changed.
class WriteAdjacency final : public Adjacency {
 public:
  WriteAdjacency(const storage::Transaction& txn, Snapshot& snapshot, AdjacencyChanges& changes,
                 EdgeLabelId label, Direction direction, bool in_snapshot);

  Neighbours neighbours(NodeId node) const override {
    if (changes_.touched(node)) return changes_.neighbours(node);
    return base_ != nullptr ? base_->neighbours(node) : Neighbours();
  }
  void lists(NodeId first, std::uint32_t n, Neighbours* lists) const override;
  void lists(const NodeId* nodes, std::uint32_t n, Neighbours* lists) const override;
  std::uint32_t degree(NodeId node) const override;
  void degrees(NodeId first, std::span<std::uint32_t> degrees) const override;
  void degrees(const NodeId* nodes, std::uint32_t n, std::uint32_t* degrees) const override;
  void prefetch(NodeId node) const override {
    if (base_ != nullptr) base_->prefetch(node);
  }
  EdgeLabelId label() const override { return label_; }
  Direction direction() const override { return direction_; }

 private:
  std::unique_ptr<SnapshotAdjacency> base_;  // null: the label is new
  AdjacencyChanges& changes_;
  const EdgeLabelId label_;
  const Direction direction_;
};

}  // namespace geode::graph
