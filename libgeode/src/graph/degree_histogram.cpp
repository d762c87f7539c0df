#include "graph/degree_histogram.hpp"

#include <algorithm>
#include <bit>

namespace geode::graph {

void DegreeHistogram::change(std::uint32_t degree, int sign) {
  if (degree == 0) return;
  const auto step = static_cast<std::uint64_t>(sign);
  nodes[static_cast<std::size_t>(std::bit_width(degree)) - 1] += step;
  edges += step * degree;
  squares = std::max(0.0, squares + sign * static_cast<double>(degree) * degree);
}

void DegreeHistogram::add(const DegreeHistogram& others) {
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) nodes[bucket] += others.nodes[bucket];
  edges += others.edges;
  squares += others.squares;
}

}  // namespace geode::graph
