#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "graph/degree_histogram.hpp"
#include "graph/delta/merge.hpp"
#include "verify/run.hpp"

namespace geode::verifier {

/// Edges of one label in one direction, node by node, deltas merged in.
class AdjacencyWalk {
 public:
  AdjacencyWalk(Run& run, EdgeLabelId label, Direction direction);

  /// Checks chunks, segments and deltas by themselves: what is damaged is reported, and left out of
  /// walks. True when all of it can be read.
  bool check();
  /// Counted by check(): without deltas, as the histogram that is kept.
  const graph::DegreeHistogram& degrees() const { return degrees_; }

  using Visit = std::function<void(std::uint64_t node, std::span<const std::uint32_t> neighbours,
                                   std::span<const std::uint32_t> edges)>;
  /// Nodes that have edges, ascending.
  void each(const Visit& visit);

 private:
  struct Chunk;
  void find_chunks();
  std::string text(std::uint32_t chunk) const;
  graph::ChunkAddress address(std::uint32_t chunk) const;
  void read(std::uint32_t number, Chunk& out) const;
  void check_chunk(std::uint32_t number);
  void check_base(std::uint32_t number, Chunk& chunk);
  graph::EdgeList check_hub(std::uint32_t number, std::uint32_t local,
                            std::set<std::uint32_t>& segments);
  void check_delta(std::uint32_t number, const Chunk& chunk);
  void check_segments(std::uint32_t number, const std::set<std::uint32_t>& used);
  void damage(std::uint32_t chunk, std::string found, std::string expected);

  Run& run_;
  const EdgeLabelId label_;
  const Direction direction_;
  const std::uint32_t shift_;
  std::vector<std::uint32_t> chunks_;
  std::set<std::uint32_t> damaged_;
  graph::DegreeHistogram degrees_;
};

}  // namespace geode::verifier
