#include "gql/exec/operators/edge_sides.hpp"

namespace geode::gql::exec {

std::vector<EdgeSide> edge_sides(const graph::GraphTransaction& graph,
                                 std::span<const catalog::EdgeLabelId> labels,
                                 plan::ExpandDirection direction) {
  using plan::ExpandDirection;
  std::vector<EdgeSide> sides;
  for (const catalog::EdgeLabelId label : labels) {
    if (label == catalog::EdgeLabelId{bound::kUnknownName}) continue;
    const bool either = direction == ExpandDirection::kBoth ||
                        (!plan::is_one_way(direction) && !graph.catalog().is_directed(label));
    const bool out =
        direction == ExpandDirection::kOut || direction == ExpandDirection::kOutOrUndirected;
    if (either || out)
      sides.push_back({&graph.adjacency(label, graph::Direction::kOut), true, false});
    if (either || !out)
      sides.push_back({&graph.adjacency(label, graph::Direction::kIn), false, either});
  }
  return sides;
}

}  // namespace geode::gql::exec
