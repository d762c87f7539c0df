#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "graph/chunk/adjacency_chunk.hpp"
#include "graph/chunk/hub_segment.hpp"
#include "graph/degree_histogram.hpp"
#include "graph/delta/adjacency_delta.hpp"
#include "graph/graph_transaction.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {

/// Edges of one node, sorted by (neighbour, edge).
struct EdgeList {
  std::vector<std::uint32_t> neighbours;
  std::vector<std::uint32_t> edges;
  std::uint32_t size() const { return static_cast<std::uint32_t>(neighbours.size()); }
};

/// Appends to `out` the edges of one node (`edges` null: numbered from first_edge on) with its
/// changes applied.
void merge_edges(const std::uint32_t* neighbours, const std::uint32_t* edges,
                 std::uint32_t first_edge, std::uint32_t count, std::span<const DeltaEntry> changes,
                 EdgeList& out);

/// A chunk with its delta applied, as the arrays of a chunk. Edges of hubs are not in it.
struct MergedChunk {
  std::vector<std::uint32_t> offsets;
  EdgeList list;
  std::vector<HubEntry> hubs;
};

/// `base` may be null: a chunk of `nodes` nodes without edges. Changes of hubs are left out. Nodes
/// in `replaced` get these edges instead and are no hubs any more.
void merge_chunk(const AdjacencyView* base, std::uint32_t nodes,
                 std::span<const DeltaEntry> changes,
                 const std::map<std::uint32_t, EdgeList>& replaced, MergedChunk& out);

/// Where a chunk stands.
struct ChunkAddress {
  Direction direction = Direction::kOut;
  EdgeLabelId label{};
  std::uint32_t chunk = 0;
  std::uint32_t shift = kDefaultChunkShift;
  std::uint32_t nodes() const { return 1u << shift; }
  std::uint32_t first_node() const { return chunk << shift; }
};

/// All edges of a hub from its segments, with its changes applied.
EdgeList read_hub(const storage::Transaction& txn, const ChunkAddress& at, std::uint32_t local,
                  std::span<const DeltaEntry> changes);
/// The number of edges of a hub, without its changes.
std::uint32_t hub_degree(const storage::Transaction& txn, const ChunkAddress& at,
                         std::uint32_t local);

/// Writes the chunk with the delta merged in: hubs are made, split, merged and dissolved as needed,
/// an empty chunk is removed, and the delta's record with it. `degrees` of the label and direction
/// follow.
void fold_adjacency_chunk(storage::WriteTransaction& txn, const ChunkAddress& at,
                          std::span<const DeltaEntry> changes, std::uint64_t lsn,
                          DegreeHistogram& degrees);

}  // namespace geode::graph
