#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "graph/chunk/adjacency_chunk.hpp"
#include "graph/chunk/hub_segment.hpp"
#include "graph/degree_histogram.hpp"
#include "graph/delta/adjacency_delta.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::graph {

struct WriteState;

/// Writes new edges of one (edge label, direction), given in the order of (node, neighbour, edge),
/// as whole chunks. A chunk that has edges or a delta already is merged with the new ones.
class BulkAdjacency {
 public:
  /// `fresh`: the label had no edges before.
  BulkAdjacency(WriteState& write, EdgeLabelId label, Direction direction, std::uint32_t shift,
                bool fresh);

  void add(std::uint32_t node, std::uint32_t neighbour, std::uint32_t edge) {
    if (node != node_ || !open_) begin_node(node);
    neighbours_.push_back(neighbour);
    edges_.push_back(edge);
    if (neighbours_.size() - node_begin_ == kStreamFrom && fresh_) stream_segments();
  }
  /// Writes the last chunk and the counts of edges by label of their node.
  void finish();

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

  WriteState& write_;
  const EdgeLabelId label_;
  const Direction direction_;
  const std::uint32_t shift_;
  const bool fresh_;

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
  std::vector<std::uint64_t> edges_by_shape_;
  DegreeHistogram degrees_;
};

}  // namespace geode::graph
