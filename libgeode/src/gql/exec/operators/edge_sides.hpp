#pragma once

#include <span>
#include <vector>

#include "gql/exec/context.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// One of the lists of a node's edges that a step reads.
struct EdgeSide {
  const graph::Adjacency* adjacency;
  bool out;
  /// The in-side of edges that are walked either way leaves out loops: the out-side met them.
  bool skip_loops;

  value::EdgeRef edge(EdgeId id, NodeId from, NodeId to) const {
    return out ? value::EdgeRef{id, from, to} : value::EdgeRef{id, to, from};
  }
};

/// The sides that a step in `direction` reads, in the order of `labels`.
std::vector<EdgeSide> edge_sides(const graph::GraphTransaction& graph,
                                 std::span<const catalog::EdgeLabelId> labels,
                                 plan::ExpandDirection direction);

}  // namespace geode::gql::exec
