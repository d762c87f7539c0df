#pragma once

#include <array>
#include <cstdint>

namespace geode::graph {

/// How the edges of one label lie on one of their sides: how many nodes have so many of them. Kept
/// with chunks: edges that wait in deltas are not counted.
struct DegreeHistogram {
  static constexpr std::size_t kBuckets = 32;
  /// By the number of bits of the degree: one edge, two or three, four to seven, ...
  std::array<std::uint64_t, kBuckets> nodes{};
  std::uint64_t edges = 0;
  double squares = 0;  ///< of the degrees, added up

  void add(std::uint32_t degree) { change(degree, 1); }
  /// A node that had `before` edges has `after` now.
  void move(std::uint32_t before, std::uint32_t after) {
    change(before, -1);
    change(after, 1);
  }
  /// Those of other nodes.
  void add(const DegreeHistogram& others);
  /// How many edges a node has at which an edge was met: nodes with many are met more often.
  double mean_at_edge() const { return edges == 0 ? 0 : squares / static_cast<double>(edges); }

 private:
  void change(std::uint32_t degree, int sign);
};
static_assert(sizeof(DegreeHistogram) == 272);

}  // namespace geode::graph
