#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>

#include <geode/geode.hpp>

namespace geode::model {

using Properties = std::map<std::string, Value>;
using Random = std::mt19937_64;

/// From `low` to `high`, both included.
int pick(Random& random, int low, int high);
bool chance(Random& random, int percent);
template <class Container>
const auto& pick_from(Random& random, const Container& container) {
  return container[static_cast<std::size_t>(
      pick(random, 0, static_cast<int>(container.size()) - 1))];
}

struct Node {
  std::set<std::string> labels;
  Properties properties;
};

struct Edge {
  std::uint64_t source = 0, target = 0;
  std::string label;
  Properties properties;
};

/// A graph as plain maps. A node's number is also its property `uid`, by which it is known again in
/// what the engine gives; edges are known by their ends, label and properties.
struct Graph {
  std::map<std::uint64_t, Node> nodes;
  std::map<std::uint64_t, Edge> edges;
  std::uint64_t next_node = 0, next_edge = 0;

  std::uint64_t add_node(Node node);
  std::uint64_t add_edge(Edge edge);
  void delete_node(std::uint64_t node);
};

/// A value of the kind that property `key` has: n integers, f floats, s strings, b truth values, m
/// anything.
Value random_property(Random& random, const std::string& key);
Graph random_graph(Random& random);

std::string literal(const Value& value);
/// `{a: 1, b: 'x'}`.
std::string literal(const Properties& properties);
/// Statements that make the graph, for someone who looks into a failure.
std::string script(const Graph& graph);

/// One text for all values that a result can show as one: 1 and 1.0 are written alike, and so are
/// edges with the same ends, label and properties.
std::string canonical(const Graph& graph, const Value& value);
/// One text for all values that DISTINCT and grouping see as one.
std::string identity(const Value& value);
std::string canonical_edge(std::uint64_t source, const std::string& label, std::uint64_t target,
                           const std::string& properties);
/// canonical() of a value without graph elements; elements are written by `element`.
template <class F>
std::string canonical_with(const Value& value, const F& element) {
  switch (value.type()) {
    case ValueType::kNode:
    case ValueType::kEdge:
      return element(value);
    case ValueType::kFloat64:
      if (value.as_float64() ==
          static_cast<double>(static_cast<std::int64_t>(value.as_float64()))) {
        return std::to_string(static_cast<std::int64_t>(value.as_float64()));
      }
      return value.to_string();
    case ValueType::kList: {
      std::string out = "[";
      for (const Value& part : value.as_list()) {
        if (out.size() > 1) out += ", ";
        out += canonical_with(part, element);
      }
      return out + "]";
    }
    default:
      return value.to_string();
  }
}
std::string canonical(const Properties& properties);

}  // namespace geode::model
