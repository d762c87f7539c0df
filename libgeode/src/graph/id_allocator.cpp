#include "graph/id_allocator.hpp"

#include <cstring>

#include <geode/error.hpp>

namespace geode::graph {
namespace {

// Adjacency arrays hold node ids in 32 bits.
constexpr std::uint64_t kMaximumExtents = (std::uint64_t{1} << 32) / kExtentRows;

}  // namespace

std::uint32_t IdAllocator::take_extents(std::uint32_t count) {
  if (std::uint64_t{header_.extents} + count > kMaximumExtents) {
    throw Error(status::kLimitExceeded,
                "a database has at most 4294967296 nodes, counting deleted ones");
  }
  const std::uint32_t first = header_.extents;
  header_.extents += count;
  return first;
}

NodeId IdAllocator::allocate(ShapeId shape, GraphStatistics& graph) {
  const auto [at, fresh] = allocations_.try_emplace(keys::number(shape));
  Allocation& allocation = at->second.allocation;
  if (fresh) {
    const auto bytes = txn_.get(storage::Table::kHot, keys::allocation(shape));
    if (bytes && bytes->size() == sizeof(Allocation)) {
      std::memcpy(&allocation, bytes->data(), sizeof(Allocation));
    }
  }
  at->second.dirty = true;
  ++allocation.nodes;
  const auto take_row = [&](std::uint32_t& extent, std::uint32_t& rows) {
    if (extent == GraphStatistics::kNoExtent || rows == kExtentRows) {
      extent = take_extents(1);
      rows = 0;
    }
    return NodeId{(std::uint64_t{extent} << kExtentBits) + rows++};
  };
  return allocation.nodes <= kOwnExtentFrom ? take_row(graph.mixed_extent, graph.mixed_rows)
                                            : take_row(allocation.extent, allocation.rows);
}

void IdAllocator::flush() {
  for (auto& [shape, slot] : allocations_) {
    if (!slot.dirty) continue;
    txn_.put(storage::Table::kHot, keys::allocation(ShapeId{shape}),
             {reinterpret_cast<const std::byte*>(&slot.allocation), sizeof(Allocation)});
    slot.dirty = false;
  }
}

}  // namespace geode::graph
