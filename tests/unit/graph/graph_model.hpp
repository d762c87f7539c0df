#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <geode/value.hpp>
#include "graph/graph_transaction.hpp"

namespace geode::test {

/// A graph as plain maps: slow and obvious. Names stand for labels and keys.
struct GraphModel {
  struct ModelNode {
    std::set<std::string> labels;
    std::map<std::string, Value> properties;
  };
  struct ModelEdge {
    NodeId source{}, target{};
    std::string label;
    std::map<std::string, Value> properties;
  };
  std::map<NodeId, ModelNode> nodes;
  std::map<EdgeId, ModelEdge> edges;
};

/// Compares everything a transaction can read with the model; each difference fails the running
/// test.
void compare(const graph::GraphTransaction& txn, const GraphModel& model, std::mt19937_64& random);

/// Compares the histograms of degrees, which are exact once every delta has been merged.
void compare_degrees(const graph::GraphTransaction& txn, const GraphModel& model);

}  // namespace geode::test
