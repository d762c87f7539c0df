#include "graph.hpp"

#include <array>
#include <utility>

namespace geode::model {

int pick(Random& random, int low, int high) {
  // Not uniform_int_distribution: its results differ between libraries, and seeds are written down.
  return low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1));
}

bool chance(Random& random, int percent) { return pick(random, 1, 100) <= percent; }

std::uint64_t Graph::add_node(Node node) {
  const std::uint64_t id = next_node++;
  node.properties["uid"] = Value(static_cast<long>(id));
  nodes.emplace(id, std::move(node));
  return id;
}

std::uint64_t Graph::add_edge(Edge edge) {
  edges.emplace(next_edge, std::move(edge));
  return next_edge++;
}

void Graph::delete_node(std::uint64_t node) {
  std::erase_if(edges, [&](const auto& entry) {
    return entry.second.source == node || entry.second.target == node;
  });
  nodes.erase(node);
}

Value random_property(Random& random, const std::string& key) {
  static constexpr std::array<const char*, 5> kTexts = {"a", "b", "ab", "ba", ""};
  switch (key == "m" ? "nfsbl"[pick(random, 0, 4)] : key[0]) {
    case 'f':
      return Value(pick(random, -4, 6) / 2.0);
    case 's':
      return Value(pick_from(random, kTexts));
    case 'b':
      return Value(chance(random, 50));
    case 'l': {
      List list;
      for (int i = pick(random, 0, 2); i > 0; --i) list.push_back(Value(pick(random, 0, 2)));
      return Value(std::move(list));
    }
    default:
      return Value(pick(random, -1, 4));
  }
}

Graph random_graph(Random& random) {
  Graph graph;
  auto properties = [&] {
    Properties out;
    for (const char* key : {"n", "f", "s", "b", "m"}) {
      if (chance(random, 55)) out[key] = random_property(random, key);
    }
    return out;
  };
  const int nodes = chance(random, 10) ? pick(random, 0, 2) : pick(random, 3, 9);
  for (int i = 0; i < nodes; ++i) {
    Node node{{}, properties()};
    for (const char* label : {"A", "B", "C"}) {
      if (chance(random, 45)) node.labels.insert(label);
    }
    graph.add_node(std::move(node));
  }
  if (nodes == 0) return graph;
  static constexpr std::array<const char*, 3> kLabels = {"X", "Y", "Z"};
  for (int i = pick(random, 0, 2 * nodes); i > 0; --i) {
    Edge edge;
    edge.source = static_cast<std::uint64_t>(pick(random, 0, nodes - 1));
    edge.target = static_cast<std::uint64_t>(pick(random, 0, nodes - 1));
    edge.label = pick_from(random, kLabels);
    if (chance(random, 70)) edge.properties = properties();
    graph.add_edge(edge);
    if (chance(random, 15)) graph.add_edge(edge);  // a twin
  }
  return graph;
}

std::string literal(const Value& value) {
  // A minus sign next to an operator would read as something else.
  const std::string text = value.to_string();
  return text[0] == '-' ? "(" + text + ")" : text;
}

std::string literal(const Properties& properties) {
  std::string out = "{";
  for (const auto& [key, value] : properties) {
    out += (out.size() > 1 ? ", " : "") + key + ": " + literal(value);
  }
  return out + "}";
}

std::string script(const Graph& graph) {
  std::string out;
  for (const auto& [id, node] : graph.nodes) {
    std::string labels;
    for (const std::string& label : node.labels) labels += (labels.empty() ? ":" : "&") + label;
    out += out.empty() ? "INSERT " : ",\n  ";
    out += "(v" + std::to_string(id) + labels + " " + literal(node.properties) + ")";
  }
  for (const auto& [id, edge] : graph.edges) {
    out += ",\n  (v" + std::to_string(edge.source) + ")-[:" + edge.label + " " +
           literal(edge.properties) + "]->(v" + std::to_string(edge.target) + ")";
  }
  return out + ";\n";
}

std::string canonical(const Properties& properties) {
  std::string out = "{";
  for (const auto& [key, value] : properties) {
    out += key + ": " + value.to_string() + ", ";
  }
  return out + "}";
}

std::string canonical_edge(std::uint64_t source, const std::string& label, std::uint64_t target,
                           const std::string& properties) {
  return "(" + std::to_string(source) + ")-[" + label + properties + "]->(" +
         std::to_string(target) + ")";
}

std::string identity(const Value& value) {
  return canonical_with(value, [](const Value& element) {
    if (element.type() == ValueType::kNode) return "node " + std::to_string(raw(element.node_id()));
    return "edge " + std::to_string(raw(element.as_edge().id));
  });
}

std::string canonical(const Graph& graph, const Value& value) {
  return canonical_with(value, [&](const Value& element) {
    if (element.type() == ValueType::kNode)
      return "(" + std::to_string(raw(element.node_id())) + ")";
    const Edge& edge = graph.edges.at(raw(element.as_edge().id));
    return canonical_edge(edge.source, edge.label, edge.target, canonical(edge.properties));
  });
}

}  // namespace geode::model
