#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "graph/chunk/adjacency_chunk.hpp"
#include "graph/chunk/hub_segment.hpp"
#include "graph/chunk_sink.hpp"
#include "graph/degree_histogram.hpp"
#include "graph/delta/adjacency_delta.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::graph {

struct WriteState;

/// Writes new edges of one (edge label, direction), given in the order of (node, neighbour, edge),
/// as whole chunks.
class BulkAdjacency {
 public:
  struct Place {
    EdgeLabelId label{};
    Direction direction = Direction::kOut;
    std::uint32_t shift = 0;
    std::uint64_t lsn = 0;
  };
  struct Degree {
    std::uint32_t node = 0, edges = 0;
    /// A chunk that was there is folded, and the histogram of degrees with it.
    bool in_new_chunk = true;
  };
  /// `stored`: chunks that have edges or a delta already are merged with the new ones. Null: the
  /// label had no edges before.
  BulkAdjacency(ChunkSink& chunks, const Place& place, WriteState* stored);

  void add(std::uint32_t node, std::uint32_t neighbour, std::uint32_t edge) {
    if (node != node_ || !open_) begin_node(node);
    neighbours_.push_back(neighbour);
    edges_.push_back(edge);
    if (neighbours_.size() - node_begin_ == kStreamFrom && stored_ == nullptr) {
      stream_segments();
    }
  }
  /// Writes the last chunk.
  void finish();
  /// Edges of the nodes that are done, in order; given once.
  std::vector<Degree> take_degrees() { return std::exchange(degrees_, {}); }

 private:
  // A hub of a fresh label is written in parts once this many of its edges wait.
  static constexpr std::size_t kStreamFrom = std::size_t{1} << 20;

  void begin_node(std::uint32_t node);
  void end_node();
  void stream_segments();
  /// Writes edges begin .. end of the present node as one segment of the hub that it is.
  void write_segment(std::size_t begin, std::size_t end);
  void write_chunk();
  void merge_into_stored_chunk();

  ChunkSink& chunks_;
  const Place place_;
  WriteState* const stored_;

  bool open_ = false;
  bool chunk_is_stored_ = false;
  std::uint32_t node_ = 0;
  std::uint32_t chunk_ = 0;
  std::size_t node_begin_ = 0;
  std::vector<std::uint32_t> offsets_;  // of the nodes of the chunk up to node_
  std::vector<std::uint32_t> neighbours_, edges_;
  std::vector<HubEntry> hubs_;
  HubDirectory hub_;  // of node_, as far as it was written
  std::uint32_t next_segment_ = 1;
  std::vector<std::byte> bytes_;
  std::vector<Degree> degrees_;
};

/// Counts edges by their nodes and the labels of these, for the statistics of one (edge label,
/// direction).
class ShapeCounts {
 public:
  explicit ShapeCounts(WriteState& write) : write_(write) {}
  /// Throws Error 22X02 when a node does not exist.
  void add(std::span<const BulkAdjacency::Degree> degrees);
  void finish(EdgeLabelId label, Direction direction);

 private:
  WriteState& write_;
  std::vector<std::uint64_t> edges_by_shape_;
  DegreeHistogram degrees_;
};

}  // namespace geode::graph
