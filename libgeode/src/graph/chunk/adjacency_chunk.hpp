#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "storage/transaction.hpp"

namespace geode::graph {

/// Edges a node may have inside its chunk; a node with more is a hub, whose edges stand in segments
/// of their own.
inline constexpr std::uint32_t kHubDegree = 2048;
/// The top bit of an offset marks a hub; its range within the chunk is empty.
inline constexpr std::uint32_t kHubBit = 0x80000000u;

/// Nodes of a chunk are 2^shift, fixed for an (edge label, direction) in the catalog.
inline constexpr std::uint32_t kMinimumChunkShift = 6;
inline constexpr std::uint32_t kMaximumChunkShift = 12;
inline constexpr std::uint32_t kDefaultChunkShift = 9;
/// The shift that makes a chunk about 32 KB when nodes have `mean_degree` edges.
std::uint32_t choose_chunk_shift(double mean_degree);

/// A hub of a chunk. `degree` is that of the moment the chunk was written; the hub directory has
/// the present one.
struct HubEntry {
  std::uint16_t local = 0;
  std::uint16_t reserved = 0;
  std::uint32_t segments = 0;
  std::uint32_t degree = 0;
  std::uint32_t first_segment = 0;
};
static_assert(sizeof(HubEntry) == 16);

/// The adjacency of 2^shift consecutive nodes as plain arrays: what is encoded.
struct AdjacencyArrays {
  /// 2^shift + 1 offsets into `neighbours`; the top bit (kHubBit) marks a hub.
  std::span<const std::uint32_t> offsets;
  std::span<const std::uint32_t> neighbours;  ///< per node sorted by (neighbour, edge)
  std::span<const std::uint32_t>
      edges;  ///< edge numbers; empty: they are first_edge, first_edge + 1, ...
  std::uint32_t first_edge = 0;
  std::span<const HubEntry> hubs;  ///< by local number
};

/// Replaces `out` by the chunk. A chunk few of whose nodes have edges is stored in its sparse form.
///
/// Bytes: header 48 (magic u16, version u8, flags u8, nodes u32, edges u32, hubs u32, first edge
/// u64, folded lsn u64, least neighbour u32, greatest neighbour u32, crc32c u32, sources u32);
/// offsets u32[nodes + 1]; hubs 16 each; neighbours u32[edges]; edge numbers u32[edges] unless
/// implicit. Sparse form: offsets u32[sources + 1], then local numbers u16[sources] padded to 4
/// bytes, then as above.
void encode_adjacency(const AdjacencyArrays& arrays, std::uint64_t folded_lsn,
                      std::vector<std::byte>& out);

/// A chunk in place. The bytes must be aligned to 8 (values of overflow pages are; copy others
/// first).
class AdjacencyView {
 public:
  AdjacencyView() = default;
  /// Throws Error 58X02 when the bytes cannot be a chunk. The checksum is not read.
  explicit AdjacencyView(storage::ByteView bytes);
  /// Throws Error 58X02 when the checksum is wrong.
  void verify() const;

  std::uint32_t nodes() const { return nodes_; }
  std::uint32_t edge_count() const { return edge_count_; }
  bool sparse() const { return locals_ != nullptr; }
  bool implicit_edges() const { return edges_ == nullptr; }
  std::uint32_t first_edge() const { return first_edge_; }
  std::uint64_t folded_lsn() const { return folded_lsn_; }
  std::span<const HubEntry> hubs() const { return {hubs_, hub_count_}; }
  const std::uint32_t* neighbours() const { return neighbours_; }
  /// Null when implicit.
  const std::uint32_t* edges() const { return edges_; }
  /// 2^shift + 1 offsets in place; null in the sparse form.
  const std::uint32_t* offsets() const { return locals_ ? nullptr : offsets_; }
  /// The same for both forms.
  void expand_offsets(std::uint32_t* out) const;

  struct Range {
    std::uint32_t begin = 0, end = 0;
    bool hub = false;
    std::uint32_t degree() const { return end - begin; }
  };
  Range range(std::uint32_t local) const;
  std::uint32_t edge_number(std::uint32_t position) const {
    return edges_ ? edges_[position] : first_edge_ + position;
  }

 private:
  storage::ByteView bytes_;
  const std::uint32_t* offsets_ = nullptr;
  const std::uint16_t* locals_ = nullptr;
  const HubEntry* hubs_ = nullptr;
  const std::uint32_t* neighbours_ = nullptr;
  const std::uint32_t* edges_ = nullptr;
  std::uint32_t nodes_ = 0, sources_ = 0, edge_count_ = 0, hub_count_ = 0, first_edge_ = 0;
  std::uint64_t folded_lsn_ = 0;
};

}  // namespace geode::graph
