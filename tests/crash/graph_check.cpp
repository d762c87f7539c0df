#include "graph_check.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <geode/verify.hpp>

namespace geode::test {

namespace {

using EdgeEnds = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>;  // edge, source, target

std::string text(NodeId node) { return "node " + std::to_string(raw(node)); }
std::string text(EdgeId edge) {
  return "edge " + std::to_string(edge_label_of(edge)) + ":" + std::to_string(edge_number_of(edge));
}

std::uint64_t hash(const std::string& bytes) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (unsigned char byte : bytes) h = (h ^ byte) * 0x100000001b3u;
  h ^= h >> 29;
  h *= 0xbf58476d1ce4e5b9u;
  return h ^ (h >> 32);
}

void append_properties(std::string& out, const Record& properties) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : properties) parts.push_back(key + "=" + value.to_string() + ";");
  std::sort(parts.begin(), parts.end());
  for (const std::string& part : parts) out += part;
}

std::vector<EdgeEnds> edges_by(const Transaction& snapshot, const std::vector<NodeId>& nodes,
                               EdgeDirection direction) {
  std::vector<EdgeEnds> edges;
  for (NodeId node : nodes) {
    snapshot.for_each_neighbour(node, direction, {}, [&](const Neighbour& at) {
      expect(at.outgoing == (direction == EdgeDirection::kOut),
             "a directed walk gives edges of its direction");
      if (direction == EdgeDirection::kOut) {
        edges.emplace_back(raw(at.edge), raw(node), raw(at.node));
      } else {
        edges.emplace_back(raw(at.edge), raw(at.node), raw(node));
      }
      return true;
    });
  }
  std::sort(edges.begin(), edges.end());
  return edges;
}

}  // namespace

GraphSize check_graph(const Transaction& snapshot) {
  std::vector<NodeId> nodes;
  std::unordered_set<std::uint64_t> seen;
  std::map<std::string, std::uint64_t> labelled;
  snapshot.for_each_node({}, [&](NodeId node) {
    nodes.push_back(node);
    expect(seen.insert(raw(node)).second, "a scan gives a node once: " + text(node));
    return true;
  });
  for (NodeId node : nodes) {
    expect(snapshot.exists(node), "a scan gives live nodes: " + text(node));
    for (const std::string& label : snapshot.node(node).labels) ++labelled[label];
  }
  expect(snapshot.count_nodes() == nodes.size(),
         "the count of nodes is " + std::to_string(snapshot.count_nodes()) + ", a scan finds " +
             std::to_string(nodes.size()));
  for (const auto& [label, count] : labelled) {
    std::uint64_t scanned = 0;
    snapshot.for_each_node(label, [&](NodeId node) {
      expect(seen.contains(raw(node)),
             "a scan of label " + label + " gives live nodes: " + text(node));
      ++scanned;
      return true;
    });
    expect(scanned == count, "a scan of label " + label + " finds " + std::to_string(scanned) +
                                 " nodes, " + std::to_string(count) + " have it");
    expect(snapshot.count_nodes(label) == count,
           "the count of label " + label + " is " + std::to_string(snapshot.count_nodes(label)) +
               ", " + std::to_string(count) + " nodes have it");
  }

  const std::vector<EdgeEnds> out = edges_by(snapshot, nodes, EdgeDirection::kOut);
  const std::vector<EdgeEnds> in = edges_by(snapshot, nodes, EdgeDirection::kIn);
  std::map<std::string, std::uint64_t> edge_labelled;
  std::uint64_t previous = ~std::uint64_t{0};
  for (const auto& [id, source, target] : out) {
    const auto edge_id = static_cast<EdgeId>(id);
    expect(id != previous, "an edge has one source: " + text(edge_id));
    previous = id;
    expect(seen.contains(source) && seen.contains(target),
           "both ends of an edge are there: " + text(edge_id));
    const std::optional<Edge> edge = snapshot.edge(edge_id);
    expect(edge.has_value(), "an edge of the adjacency is found by its id: " + text(edge_id));
    expect(raw(edge->source) == source && raw(edge->target) == target,
           "an edge knows its ends: " + text(edge_id));
    ++edge_labelled[edge->label];
  }
  if (out != in) {
    std::vector<EdgeEnds> difference;
    std::set_symmetric_difference(out.begin(), out.end(), in.begin(), in.end(),
                                  std::back_inserter(difference));
    throw Broken("out- and in-adjacency agree: they differ in " +
                 std::to_string(difference.size()) + " edges, first " +
                 text(static_cast<EdgeId>(std::get<0>(difference[0]))));
  }
  expect(snapshot.count_edges() == out.size(), "the count of edges is " +
                                                   std::to_string(snapshot.count_edges()) +
                                                   ", a walk finds " + std::to_string(out.size()));
  for (const auto& [label, count] : edge_labelled) {
    expect(snapshot.count_edges(label) == count, "the count of edge label " + label + " is " +
                                                     std::to_string(snapshot.count_edges(label)) +
                                                     ", a walk finds " + std::to_string(count));
  }
  return {nodes.size(), out.size()};
}

void expect_sound(const Database& database) {
  const VerifyReport report = verify(database);
  if (report.ok()) return;
  for (const VerifyFinding& finding : report.findings) {
    expect(finding.severity != VerifySeverity::kDamage,
           "the database verifies: " + finding.part + ", " + finding.where + ": found " +
               finding.found + ", expected " + finding.expected);
  }
}

std::uint64_t digest(const Transaction& snapshot) {
  std::uint64_t sum = 0;
  std::vector<NodeId> nodes;
  snapshot.for_each_node({}, [&](NodeId node) {
    nodes.push_back(node);
    return true;
  });
  for (NodeId id : nodes) {
    const Node node = snapshot.node(id);
    std::string content = "n" + std::to_string(raw(id));
    for (const std::string& label : node.labels) content += ":" + label;
    append_properties(content, node.properties);
    sum += hash(content);
    snapshot.for_each_neighbour(id, EdgeDirection::kOut, {}, [&](const Neighbour& at) {
      const std::optional<Edge> edge = snapshot.edge(at.edge);
      expect(edge.has_value(), "an edge of the adjacency is found by its id: " + text(at.edge));
      std::string content = "e" + std::to_string(raw(at.edge)) + ":" + edge->label +
                            std::to_string(raw(edge->source)) + ">" +
                            std::to_string(raw(edge->target));
      append_properties(content, edge->properties);
      sum += hash(content);
      return true;
    });
  }
  return sum;
}

}  // namespace geode::test
