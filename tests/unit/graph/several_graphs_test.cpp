// Random changes of several graphs of one database, against a plain model of each.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>

#include "graph/graph_transaction.hpp"
#include "storage/environment.hpp"
#include "storage/transaction.hpp"
#include "temp_directory.hpp"

namespace geode::graph {
namespace {

const std::vector<std::string> kLabels = {"A", "B", "C"};
const std::vector<std::string> kEdgeLabels = {"X", "Y"};

struct Model {
  struct Node {
    std::set<std::string> labels;
    std::int64_t value = 0;
  };
  std::map<std::uint64_t, Node> nodes;
  std::map<std::uint64_t, std::tuple<std::uint64_t, std::uint64_t, std::string, std::int64_t>>
      edges;
};

class Graphs {
 public:
  explicit Graphs(std::uint64_t seed) : random_(seed) { models_[catalog::kHomeGraph]; }

  void step(GraphTransaction& txn) {
    const std::uint64_t what = random_() % 100;
    if (what < 3 && models_.size() < 5) {
      models_[txn.create_graph("/", "g" + std::to_string(next_name_++))];
    } else if (what < 5 && models_.size() > 1) {
      const GraphId graph = any_graph();
      if (graph == catalog::kHomeGraph) return;
      txn.drop_graph(graph);
      models_.erase(graph);
    } else if (what < 7 && models_.size() < 5) {
      copy(txn, any_graph());
    } else if (what < 60) {
      insert(txn, any_graph());
    } else if (what < 80) {
      connect(txn, any_graph());
    } else {
      erase(txn, any_graph());
    }
  }

  void check(const GraphTransaction& txn) const {
    CHECK(txn.catalog().graphs().size() == models_.size());
    for (const auto& [graph, model] : models_) {
      REQUIRE(txn.catalog().find_graph(graph) != nullptr);
      CHECK(txn.node_count(graph) == model.nodes.size());
      CHECK(txn.edge_count(graph) == model.edges.size());
      CHECK(shape_of_nodes(txn, graph) == shape_of_nodes(model));
      CHECK(shape_of_edges(txn, graph) == shape_of_edges(model));
    }
  }

 private:
  using NodeShapes = std::multiset<std::pair<std::set<std::string>, std::int64_t>>;
  using EdgeShapes =
      std::multiset<std::tuple<std::int64_t, std::string, std::int64_t, std::int64_t>>;

  GraphId any_graph() {
    auto at = models_.begin();
    std::advance(at, random_() % models_.size());
    return at->first;
  }

  void insert(GraphTransaction& txn, GraphId graph) {
    Model& model = models_[graph];
    const auto key = txn.intern_property_key("v");
    for (std::uint64_t n = random_() % 4 == 0 ? 300 : 1; n > 0; --n) {
      Model::Node node;
      std::vector<LabelId> labels;
      for (const std::string& label : kLabels) {
        if (random_() % 3 != 0) continue;
        node.labels.insert(label);
        labels.push_back(txn.intern_label(graph, label));
      }
      node.value = static_cast<std::int64_t>(random_() % 1000);
      const NodeId id = txn.insert_node(graph, labels, {{key, Value(node.value)}});
      CHECK(txn.graph_of(id) == graph);
      model.nodes[raw(id)] = node;
    }
  }

  std::uint64_t any_node(const Model& model) {
    auto at = model.nodes.begin();
    std::advance(at, random_() % model.nodes.size());
    return at->first;
  }

  void connect(GraphTransaction& txn, GraphId graph) {
    Model& model = models_[graph];
    if (model.nodes.empty()) return;
    const auto key = txn.intern_property_key("w");
    for (int i = 0; i < 5; ++i) {
      const std::uint64_t a = any_node(model), b = any_node(model);
      const std::string& label = kEdgeLabels[random_() % kEdgeLabels.size()];
      const auto weight = static_cast<std::int64_t>(random_() % 100);
      const auto edge = txn.insert_edge(NodeId{a}, NodeId{b}, txn.intern_edge_label(graph, label),
                                        {{key, Value(weight)}});
      model.edges[raw(edge.id)] = {a, b, label, weight};
    }
    const GraphId other = any_graph();
    if (other == graph || models_[other].nodes.empty()) return;
    CHECK_THROWS_AS(txn.insert_edge(NodeId{any_node(model)}, NodeId{any_node(models_[other])},
                                    txn.intern_edge_label(graph, "X"), {}),
                    Error);
  }

  void erase(GraphTransaction& txn, GraphId graph) {
    Model& model = models_[graph];
    if (model.nodes.empty()) return;
    const std::uint64_t node = any_node(model);
    CHECK(txn.delete_node(NodeId{node}, true));
    model.nodes.erase(node);
    std::erase_if(model.edges, [&](const auto& edge) {
      return std::get<0>(edge.second) == node || std::get<1>(edge.second) == node;
    });
  }

  /// The copy's elements have numbers of their own, so its model is read back and compared by
  /// shape.
  void copy(GraphTransaction& txn, GraphId from) {
    const GraphId to = txn.create_graph("/", "g" + std::to_string(next_name_++));
    txn.copy_graph(from, to);
    CHECK(shape_of_nodes(txn, to) == shape_of_nodes(models_[from]));
    CHECK(shape_of_edges(txn, to) == shape_of_edges(models_[from]));
    Model& model = models_[to];
    each_node(txn, to, [&](NodeId node) { model.nodes[raw(node)] = read(txn, node); });
    each_edge(txn, to, [&](const value::EdgeRef& edge, const std::string& label, std::int64_t w) {
      model.edges[raw(edge.id)] = {raw(edge.source), raw(edge.target), label, w};
    });
  }

  static Model::Node read(const GraphTransaction& txn, NodeId node) {
    Model::Node out;
    for (const LabelId label : txn.labels(node)) out.labels.insert(txn.catalog().label_name(label));
    const auto key = txn.catalog().find_property_key("v");
    out.value = txn.node_column(*key).get(raw(node)).as_int64();
    return out;
  }

  template <class Visit>
  static void each_node(const GraphTransaction& txn, GraphId graph, Visit visit) {
    std::vector<NodeId> nodes(500);
    for (NodeId from{0};;) {
      const std::uint32_t n = txn.scan_nodes(graph, from, nodes.data(), 500);
      for (std::uint32_t i = 0; i < n; ++i) visit(nodes[i]);
      if (n < 500) return;
      from = NodeId{raw(nodes[n - 1]) + 1};
    }
  }

  template <class Visit>
  static void each_edge(const GraphTransaction& txn, GraphId graph, Visit visit) {
    const auto key = txn.catalog().find_property_key("w");
    for (const EdgeLabelId label : txn.catalog().edge_labels(graph)) {
      each_node(txn, graph, [&](NodeId node) {
        const Neighbours all = txn.adjacency(label, Direction::kOut).neighbours(node);
        for (std::uint32_t i = 0; i < all.size; ++i) {
          const EdgeId id = make_edge_id(static_cast<std::uint32_t>(label), all.edge_number(i));
          const Value weight = txn.edge_column(label, *key).get(all.edge_number(i));
          visit(value::EdgeRef{id, node, NodeId{all.nodes[i]}},
                txn.catalog().edge_label_name(label), weight.as_int64());
        }
      });
    }
  }

  static NodeShapes shape_of_nodes(const Model& model) {
    NodeShapes out;
    for (const auto& [id, node] : model.nodes) out.emplace(node.labels, node.value);
    return out;
  }
  static NodeShapes shape_of_nodes(const GraphTransaction& txn, GraphId graph) {
    NodeShapes out;
    each_node(txn, graph, [&](NodeId node) {
      const Model::Node read_node = read(txn, node);
      out.emplace(read_node.labels, read_node.value);
    });
    return out;
  }
  static EdgeShapes shape_of_edges(const Model& model) {
    EdgeShapes out;
    for (const auto& [id, edge] : model.edges) {
      out.emplace(model.nodes.at(std::get<0>(edge)).value, std::get<2>(edge),
                  model.nodes.at(std::get<1>(edge)).value, std::get<3>(edge));
    }
    return out;
  }
  static EdgeShapes shape_of_edges(const GraphTransaction& txn, GraphId graph) {
    EdgeShapes out;
    each_edge(txn, graph,
              [&](const value::EdgeRef& edge, const std::string& label, std::int64_t w) {
                out.emplace(read(txn, edge.source).value, label, read(txn, edge.target).value, w);
              });
    return out;
  }

  std::mt19937_64 random_;
  std::map<GraphId, Model> models_;
  int next_name_ = 0;
};

}  // namespace

TEST_CASE("graphs of one database do not meet, whatever is done to them", "[graph]") {
  const std::uint64_t seed = GENERATE(1, 2, 3, 4);
  CAPTURE(seed);
  const test::TempDirectory directory;
  const auto environment = storage::Environment::open(directory.file("g.db"), {});
  Graphs graphs(seed);
  std::mt19937_64 random(seed + 100);
  for (int commits = 0; commits < 40; ++commits) {
    const auto txn = GraphTransaction::begin_write(environment);
    const Graphs before = graphs;
    for (std::uint64_t steps = 1 + random() % 12; steps > 0; --steps) graphs.step(*txn);
    graphs.check(*txn);
    if (random() % 5 == 0) {
      txn->rollback();
      graphs = before;
    } else {
      txn->commit();
    }
    if (random() % 4 == 0) fold(environment);
    graphs.check(*GraphTransaction::begin_read(environment));
  }
}

TEST_CASE("a dropped graph leaves no entry behind but numbers", "[graph]") {
  const test::TempDirectory directory;
  const auto environment = storage::Environment::open(directory.file("g.db"), {});
  const auto entries = [&](storage::Table table) {
    return storage::ReadTransaction::begin(environment)->entry_count(table);
  };
  {
    const auto txn = GraphTransaction::begin_write(environment);
    txn->intern_property_key("v");
    txn->commit();
  }
  const std::uint64_t base = entries(storage::Table::kBase);
  const std::uint64_t indexes = entries(storage::Table::kIndexDup);
  GraphId graph{};
  {
    const auto txn = GraphTransaction::begin_write(environment);
    graph = txn->create_graph("/", "g");
    const LabelId label = txn->intern_label(graph, "A");
    const EdgeLabelId edge = txn->intern_edge_label(graph, "X");
    const PropertyKeyId key = txn->intern_property_key("v");
    txn->create_index("i", label, {key}, catalog::IndexKind::kRange);
    NodeId last{};
    for (int i = 0; i < 9000; ++i) {
      const NodeId node = txn->insert_node(graph, std::vector{label}, {{key, Value(i)}});
      if (i > 0) txn->insert_edge(last, node, edge, {{key, Value(i)}});
      last = node;
    }
    txn->commit();
  }
  while (fold(environment) > 0) {
  }
  CHECK(entries(storage::Table::kBase) > base);
  CHECK(entries(storage::Table::kIndexDup) == indexes + 9000);
  {
    const auto txn = GraphTransaction::begin_write(environment);
    txn->drop_graph(graph);
    CHECK(txn->catalog().graphs().size() == 1);
    CHECK(txn->catalog().indexes().empty());
    CHECK(txn->property_statistics(*txn->catalog().find_property_key("v")).count == 0);
    txn->commit();
  }
  CHECK(entries(storage::Table::kBase) == base);
  CHECK(entries(storage::Table::kIndexDup) == indexes);
  const auto txn = GraphTransaction::begin_read(environment);
  CHECK_FALSE(txn->catalog().find_label(graph, "A").has_value());
  CHECK(txn->catalog().labels(graph).empty());
}

}  // namespace geode::graph
