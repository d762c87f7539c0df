#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "storage/transaction.hpp"

namespace geode::graph {

/// Edges of a hub segment: split above the first, merged with its neighbour below the second. Full
/// ones fill four pages of 4096 bytes, their headers included.
inline constexpr std::uint32_t kSegmentEdges = 2040;
inline constexpr std::uint32_t kSegmentMinimum = 512;

/// Replaces `out` by a segment: n u32, flags u32, folded lsn u64, crc32c u32, reserved u32;
/// neighbours u32[n]; edge numbers u32[n]. Sorted by (neighbour, edge).
void encode_hub_segment(std::span<const std::uint32_t> neighbours,
                        std::span<const std::uint32_t> edges, std::uint64_t folded_lsn,
                        std::vector<std::byte>& out);

/// A segment in place; bytes aligned to 4.
struct HubSegmentView {
  /// Throws Error 58X02 when the bytes cannot be a segment, or (with `check`) its checksum is
  /// wrong.
  explicit HubSegmentView(storage::ByteView bytes, bool check = false);
  std::span<const std::uint32_t> neighbours;
  std::span<const std::uint32_t> edges;
};

/// The segments of one hub in the order of their edges. Segment numbers are unique within a chunk,
/// from 1 on.
struct HubDirectory {
  struct Segment {
    std::uint32_t first_neighbour = 0;
    std::uint32_t first_edge = 0;
    std::uint32_t segment = 0;
    std::uint32_t size = 0;
  };
  std::vector<Segment> segments;

  std::uint32_t degree() const;
  /// degree u64, segments u32, reserved u32, then 16 bytes a segment.
  void encode(std::vector<std::byte>& out) const;
  static HubDirectory decode(storage::ByteView bytes);
};

}  // namespace geode::graph
