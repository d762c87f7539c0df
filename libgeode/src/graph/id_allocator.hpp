#pragma once

#include <cstdint>
#include <unordered_map>

#include "graph/header.hpp"
#include "graph/keys.hpp"
#include "graph/statistics.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {

/// Gives node ids: from an extent of the node's shape, so that the columns of an extent are of one
/// kind, or, while the shape is rare, from the extent that rare shapes of its graph share. Ids are
/// not used again.
class IdAllocator {
 public:
  /// Nodes a shape must have before it gets extents of its own.
  static constexpr std::uint64_t kOwnExtentFrom = 1000;

  IdAllocator(storage::WriteTransaction& txn, DatabaseHeader& header)
      : txn_(txn), header_(header) {}

  /// Throws Error 54X01 when all 2^32 ids are given away.
  NodeId allocate(ShapeId shape, GraphStatistics& graph);
  /// `count` new extents one behind the other; gives the first. For whole extents that a bulk load
  /// fills.
  std::uint32_t take_extents(std::uint32_t count);

  void flush();
  void discard() { allocations_.clear(); }

 private:
  /// keys::allocation, 16 bytes.
  struct Allocation {
    std::uint32_t extent = GraphStatistics::kNoExtent;
    std::uint32_t rows = kExtentRows;
    std::uint64_t nodes = 0;
  };
  struct Slot {
    Allocation allocation;
    bool dirty = false;
  };

  storage::WriteTransaction& txn_;
  DatabaseHeader& header_;
  std::unordered_map<std::uint32_t, Slot> allocations_;
};

}  // namespace geode::graph
