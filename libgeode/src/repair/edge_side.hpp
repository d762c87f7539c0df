#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "graph/delta/merge.hpp"
#include "repair/pieces.hpp"

namespace geode::repair {

/// One direction of the edges of a label, as far as it can be read.
class EdgeSide {
 public:
  EdgeSide(const Pieces& pieces, Losses& losses, graph::EdgeLabelId label,
           graph::Direction direction, std::uint32_t shift, std::string name);

  /// `outdated`: what changed the edges of the node last may be lost.
  using Visit =
      std::function<void(std::uint32_t node, const graph::EdgeList& edges, bool outdated)>;
  /// Nodes that have edges, ascending.
  void each(const Visit& visit);
  /// Whether some of it was or may have been lost.
  bool whole() const { return whole_; }

 private:
  std::set<std::uint32_t> find_chunks() const;
  void read_chunk(std::uint32_t chunk, const Visit& visit);
  /// The segments of a hub that can be read.
  graph::EdgeList read_hub(std::uint32_t chunk, std::uint32_t node);
  void lost(std::uint32_t chunk, const std::string& what);

  const Pieces& pieces_;
  Losses& losses_;
  const graph::EdgeLabelId label_;
  const graph::Direction direction_;
  const std::uint32_t shift_;
  const std::string name_;
  bool whole_ = true;
};

}  // namespace geode::repair
