#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph_transaction.hpp"

namespace geode::graph {

/// A node with edges that lead back to it.
struct Loop {
  std::uint32_t node = 0;
  std::uint32_t edges = 0;
};

/// The loops of an edge label, by node. Found by looking at every node, which is remembered for
/// readers as long as the label's edges do not change; nothing is looked at where the counts say
/// that there are none.
std::vector<Loop> find_loops(GraphTransaction& transaction, EdgeLabelId label);

}  // namespace geode::graph
