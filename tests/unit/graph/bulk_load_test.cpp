#include "graph/bulk_load.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "graph/sorted_runs.hpp"
#include "graph_model.hpp"
#include "log_replica.hpp"
#include "storage/environment.hpp"
#include "temp_directory.hpp"

using namespace geode;
using namespace geode::graph;
using geode::test::GraphModel;

namespace {

struct EdgeRow {
  NodeId source{}, target{};
  std::vector<Value> values;
};

/// Loads random tables into a database and keeps a model of it.
class Loads {
 public:
  explicit Loads(std::uint64_t seed, std::uint64_t memory_bytes = std::uint64_t{64} << 20)
      : random_(seed), memory_bytes_(memory_bytes) {
    options_.sync = storage::SyncMode::kOff;
    open();
  }
  /// From now on the change log is kept.
  void keep_log() {
    environment_.reset();
    replica_.emplace(directory_.file("bulk.geode"), options_);
    open();
  }
  /// The log leads to the same state.
  void compare_replayed() {
    replica_->archive(environment_);
    geode::test::compare(*GraphTransaction::begin_read(replica_->replayed()), model_, random_);
  }

  void begin() {
    BulkLoadOptions options;
    options.memory_bytes = memory_bytes_;
    options.workers = 1 + static_cast<std::uint32_t>(random_() % 2);
    loader_ = std::make_unique<BulkLoader>(environment_, options);
    pending_ = model_;
    next_number_ = committed_number_;
  }
  BulkLoader& loader() { return *loader_; }
  void finish() {
    loader_->finish();
    loader_.reset();
    model_ = pending_;
    committed_number_ = next_number_;
  }
  void abandon() { loader_.reset(); }

  /// Ids of the new nodes.
  std::vector<NodeId> nodes(const std::vector<std::string>& labels,
                            const std::vector<std::string>& keys, std::size_t count) {
    const NodeId first = loader_->begin_nodes(labels, keys);
    std::vector<NodeId> out;
    std::vector<value::Vector> columns(keys.size());
    while (out.size() < count) {
      const auto rows = static_cast<std::uint32_t>(
          std::min<std::size_t>(count - out.size(), 1 + random_() % value::kBatchRows));
      std::vector<std::vector<Value>> values(keys.size(), std::vector<Value>(rows));
      for (std::uint32_t row = 0; row < rows; ++row) {
        const NodeId id{raw(first) + out.size()};
        GraphModel::ModelNode& node = pending_.nodes[id];
        node.labels = {labels.begin(), labels.end()};
        for (std::size_t i = 0; i < keys.size(); ++i) {
          const Value value = make_value(keys[i], raw(id));
          values[i][row] = value;
          if (!value.is_null()) node.properties[keys[i]] = value;
        }
        out.push_back(id);
      }
      for (std::size_t i = 0; i < keys.size(); ++i) columns[i].assign(values[i]);
      loader_->add_nodes(columns, rows);
    }
    loader_->end_nodes();
    return out;
  }

  /// Edges between random nodes; `skew` > 1 gathers them at few.
  void edges(const std::string& label, const std::vector<std::string>& keys,
             const std::vector<NodeId>& from, const std::vector<NodeId>& to, std::size_t count,
             double skew = 1) {
    std::vector<EdgeRow> all(count);
    const auto pick = [&](const std::vector<NodeId>& nodes) {
      const double at = std::pow(static_cast<double>(random_() % 1000000) / 1e6, skew);
      return nodes[static_cast<std::size_t>(at * static_cast<double>(nodes.size()))];
    };
    for (EdgeRow& row : all) {
      row.source = pick(from);
      row.target = pick(to);
      for (const std::string& key : keys) row.values.push_back(make_value(key, random_() % 1000));
    }
    edges(label, keys, std::move(all));
  }
  void edges(const std::string& label, const std::vector<std::string>& keys,
             std::vector<EdgeRow> all) {
    loader_->begin_edges(label, keys);
    std::vector<value::Vector> columns(keys.size());
    for (std::size_t at = 0; at < all.size();) {
      const auto rows = static_cast<std::uint32_t>(
          std::min<std::size_t>(all.size() - at, 1 + random_() % value::kBatchRows));
      std::vector<NodeId> sources, targets;
      for (std::uint32_t row = 0; row < rows; ++row) {
        sources.push_back(all[at + row].source);
        targets.push_back(all[at + row].target);
      }
      for (std::size_t i = 0; i < keys.size(); ++i) {
        std::vector<Value> values;
        for (std::uint32_t row = 0; row < rows; ++row) values.push_back(all[at + row].values[i]);
        columns[i].assign(values);
      }
      loader_->add_edges(sources.data(), targets.data(), columns, rows);
      at += rows;
    }
    loader_->end_edges();
    // Edges are numbered in the order of their ends.
    std::stable_sort(all.begin(), all.end(), [](const EdgeRow& a, const EdgeRow& b) {
      return std::tie(a.source, a.target) < std::tie(b.source, b.target);
    });
    const auto id = loader_->transaction().catalog().find_edge_label(catalog::kHomeGraph, label);
    REQUIRE(id.has_value());
    std::uint64_t& number = next_number_[label];
    for (const EdgeRow& row : all) {
      GraphModel::ModelEdge& edge =
          pending_.edges[make_edge_id(static_cast<std::uint32_t>(*id), number++)];
      edge.source = row.source;
      edge.target = row.target;
      edge.label = label;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!row.values[i].is_null()) edge.properties[keys[i]] = row.values[i];
      }
    }
  }

  /// Ordinary statements in between: inserts, changes and deletes.
  void change_rows(int count) {
    auto txn = GraphTransaction::begin_write(environment_);
    const LabelId label = txn->intern_label(catalog::kHomeGraph, "Person");
    const PropertyKeyId key = txn->intern_property_key("name");
    std::vector<NodeId> all;
    for (const auto& [id, node] : model_.nodes) all.push_back(id);
    for (int i = 0; i < count; ++i) {
      const Value name("changed " + std::to_string(random_() % 1000));
      const NodeId node = txn->insert_node(catalog::kHomeGraph, std::vector{label}, {{key, name}});
      model_.nodes[node] = {{"Person"}, {{"name", name}}};
      all.push_back(node);
    }
    for (std::uint32_t number = 0; number < txn->catalog().edge_label_count(); ++number) {
      const std::string name = txn->catalog().edge_label_name(EdgeLabelId{number});
      for (int i = 0; i < count; ++i) {
        // Many at the first node, which thereby grows into a hub.
        const NodeId source = random_() % 2 == 0 ? all[0] : all[random_() % all.size()];
        const NodeId target = all[random_() % all.size()];
        const Value value(static_cast<std::int64_t>(random_() % 100));
        const auto edge = txn->insert_edge(source, target, EdgeLabelId{number}, {{key, value}});
        model_.edges[edge.id] = {source, target, name, {{"name", value}}};
        committed_number_[name] = edge_number_of(edge.id) + 1;
      }
    }
    std::vector<EdgeId> edges;
    for (const auto& [id, edge] : model_.edges) edges.push_back(id);
    for (int i = 0; i < count / 2 && !edges.empty(); ++i) {
      const EdgeId id = edges[random_() % edges.size()];
      const auto found = model_.edges.find(id);
      if (found == model_.edges.end()) continue;
      txn->delete_edge({id, found->second.source, found->second.target});
      model_.edges.erase(found);
    }
    txn->commit();
  }
  void fold_some() { fold(environment_, std::chrono::microseconds(random_() % 4000)); }

  void compare() {
    geode::test::compare(*GraphTransaction::begin_read(environment_), model_, random_);
  }
  void merge_all() {
    REQUIRE(fold_all(environment_) == 0);
    geode::test::compare_degrees(*GraphTransaction::begin_read(environment_), model_);
  }
  const std::shared_ptr<storage::Environment>& environment() const { return environment_; }
  std::vector<NodeId> all_nodes() const {
    std::vector<NodeId> out;
    for (const auto& [id, node] : model_.nodes) out.push_back(id);
    return out;
  }

 private:
  Value make_value(const std::string& key, std::uint64_t number) {
    const auto small = static_cast<std::int64_t>(random_() % 300);
    if (key == "id") return static_cast<std::int64_t>(number);
    if (key == "name") return "name " + std::to_string(random_() % 100000);
    if (key == "kind") return small % 3 == 0 ? Value("even") : Value("odd");
    if (key == "score") return static_cast<double>(small) / 7;
    if (key == "flag") return small % 2 == 0;
    if (key == "born") return Date{small * 40};
    if (key == "rare") return small == 0 ? Value(small) : Value();
    if (key == "since") return small % 5 == 0 ? Value() : Value(20100000 + small);
    switch (random_() % 9) {
      case 0:
        return {};
      case 1:
        return small;
      case 2:
        return "text " + std::to_string(small);
      case 3:
        return std::string(static_cast<std::size_t>(4000 + small), 'x');
      case 4:
        return List{small, "a", List{1.5}};
      case 5:
        return Record{{"a", small}, {"b", "c"}};
      case 6:
        return LocalDateTime{small, static_cast<std::int32_t>(small % 2)};
      case 7:
        return ZonedDateTime{small, 0, 3600, "Europe/Paris"};
      default:
        return Duration{small, 1, 2, 3};
    }
  }

  void open() {
    environment_ = storage::Environment::open(directory_.file("bulk.geode"), options_);
  }

  test::TempDirectory directory_;
  storage::EnvironmentOptions options_;
  std::optional<test::LogReplica> replica_;
  std::mt19937_64 random_;
  std::uint64_t memory_bytes_;
  std::shared_ptr<storage::Environment> environment_;
  std::unique_ptr<BulkLoader> loader_;
  GraphModel model_, pending_;
  std::map<std::string, std::uint64_t> committed_number_, next_number_;
};

const std::vector<std::string> kKeys = {"id",   "name", "kind", "score",
                                        "flag", "born", "rare", "any"};

void load_first(Loads& loads) {
  loads.begin();
  const auto people = loads.nodes({"Person"}, kKeys, 5000);
  const auto admins = loads.nodes({"Admin", "Person"}, {"id", "any"}, 700);
  const auto cities = loads.nodes({"City"}, {"name"}, 5);
  const auto bare = loads.nodes({"Bare"}, {}, 4096);
  auto everyone = people;
  everyone.insert(everyone.end(), admins.begin(), admins.end());
  loads.edges("KNOWS", {"since", "any"}, everyone, everyone, 9000, 3);
  loads.edges("LIVES_IN", {}, people, cities, 12000);
  loads.edges("NEAR", {"score"}, cities, bare, 11000);
  loads.edges("NONE", {"score"}, {});
  loads.finish();
}

}  // namespace

TEST_CASE("a bulk load stores what row by row inserts would", "[graph]") {
  Loads loads(1);
  load_first(loads);
  loads.compare();
  loads.merge_all();
}

TEST_CASE("a bulk load is changed and folded like any other data", "[graph]") {
  Loads loads(2);
  load_first(loads);
  for (int round = 0; round < 2; ++round) {
    loads.change_rows(400);
    loads.compare();
    loads.fold_some();
    loads.compare();
  }
}

TEST_CASE("a bulk load merges with the edges a database has", "[graph]") {
  for (const std::uint64_t seed : {3, 4}) {
    INFO("seed " << seed);
    Loads loads(seed);
    load_first(loads);
    for (int round = 0; round < 3; ++round) {
      if (round != 1) loads.change_rows(300);
      if (round == 2) loads.fold_some();
      loads.begin();
      const auto more = loads.nodes({"Person"}, kKeys, 3000);
      auto all = loads.all_nodes();
      all.insert(all.end(), more.begin(), more.end());
      loads.edges("KNOWS", {"since", "name"}, all, all, 5000, 4);
      loads.edges("LIVES_IN", {"any"}, more, all, 200);
      loads.edges("NEW" + std::to_string(round), {}, all, all, 3000);
      // Twice in one load: the second time the label has the edges of the first.
      loads.edges("KNOWS", {}, all, more, 100);
      loads.finish();
      loads.compare();
    }
    loads.merge_all();
  }
}

TEST_CASE("the change log of bulk loads leads to what they loaded", "[graph]") {
  Loads loads(5);
  loads.change_rows(50);
  loads.keep_log();
  {
    auto txn = GraphTransaction::begin_write(loads.environment());
    const LabelId person = txn->intern_label(catalog::kHomeGraph, "Person");
    txn->create_index("by_born", person, {txn->intern_property_key("born")},
                      catalog::IndexKind::kRange);
    txn->commit();
  }
  load_first(loads);
  loads.change_rows(300);
  loads.fold_some();
  loads.begin();
  const auto lost = loads.nodes({"Lost"}, {"any"}, 500);
  loads.edges("LOST", {"any"}, lost, lost, 700);
  loads.abandon();
  loads.begin();
  const auto more = loads.nodes({"Person"}, kKeys, 3000);
  loads.edges("KNOWS", {"since", "name"}, loads.all_nodes(), more, 5000, 4);
  loads.edges("KNOWS", {}, loads.all_nodes(), more, 100);
  loads.finish();
  loads.change_rows(100);
  loads.compare();
  loads.compare_replayed();
}

TEST_CASE("a bulk load into rows that were inserted one by one", "[graph]") {
  Loads loads(6);
  loads.change_rows(50);
  loads.begin();
  const auto people = loads.nodes({"Person"}, {"name", "any"}, 100);
  loads.edges("KNOWS", {"since"}, people, loads.all_nodes(), 4000, 2);
  loads.finish();
  loads.compare();
  loads.change_rows(3000);
  loads.begin();
  loads.edges("KNOWS", {"name"}, loads.all_nodes(), loads.all_nodes(), 3000, 5);
  loads.finish();
  loads.compare();
}

TEST_CASE("edges that exceed the memory to sort them are merged from runs", "[graph]") {
  Loads loads(7, 1);  // the least there is: 1024 edges a run
  load_first(loads);
  loads.compare();
}

TEST_CASE("a hub of more edges than are held at once is written in parts", "[graph]") {
  constexpr std::uint32_t kMany = (1u << 20) + 5000;
  Loads loads(8);
  loads.begin();
  const auto nodes = loads.nodes({"Node"}, {}, 3000);
  loads.loader().begin_edges("TO", {});
  const auto add = [&](NodeId source, std::uint32_t count) {
    std::vector<NodeId> sources, targets;
    for (std::uint32_t i = 0; i < count; ++i) {
      sources.push_back(source);
      targets.push_back(nodes[i % 3000]);
      if (sources.size() < value::kBatchRows && i + 1 < count) continue;
      loads.loader().add_edges(sources.data(), targets.data(), {},
                               static_cast<std::uint32_t>(sources.size()));
      sources.clear();
      targets.clear();
    }
  };
  add(nodes[7], 2049);
  add(nodes[8], 2048);
  add(nodes[2999], kMany);
  loads.loader().end_edges();
  // The column of sources is not a property.
  CHECK(loads.loader().transaction().changes().properties_set == 0);
  loads.loader().finish();

  const auto txn = GraphTransaction::begin_read(loads.environment());
  const Adjacency& out =
      txn->adjacency(*txn->catalog().find_edge_label(catalog::kHomeGraph, "TO"), Direction::kOut);
  CHECK(out.degree(nodes[7]) == 2049);
  CHECK(out.degree(nodes[8]) == 2048);
  const Neighbours many = out.neighbours(nodes[2999]);
  REQUIRE(many.size == kMany);
  std::size_t wrong = 0;
  for (std::uint32_t i = 1; i < many.size; ++i) {
    wrong +=
        many.nodes[i] < many.nodes[i - 1] || many.edge_number(i) != many.edge_number(i - 1) + 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a bulk load keeps indexes and constraints", "[graph]") {
  Loads loads(9);
  {
    auto txn = GraphTransaction::begin_write(loads.environment());
    const LabelId person = txn->intern_label(catalog::kHomeGraph, "Person");
    txn->create_index("by_born", person, {txn->intern_property_key("born")},
                      catalog::IndexKind::kRange);
    txn->create_index("by_kind_any", person,
                      {txn->intern_property_key("kind"), txn->intern_property_key("id")},
                      catalog::IndexKind::kRange);
    txn->create_index("by_id", person, {txn->intern_property_key("id")},
                      catalog::IndexKind::kUnique);
    txn->commit();
  }
  load_first(loads);
  loads.compare();

  SECTION("an equal key of a unique index ends the load, which leaves nothing") {
    loads.begin();
    const std::vector<std::string> labels{"Person"}, keys{"id"};
    loads.loader().begin_nodes(labels, keys);
    std::vector<value::Vector> columns(1);
    columns[0].assign(std::vector<Value>{5000000, 17});
    const auto load = [&] {
      loads.loader().add_nodes(columns, 2);
      loads.loader().end_nodes();
    };
    CHECK_THROWS_WITH(load(), Catch::Contains("have the same id"));
    loads.abandon();
    loads.compare();
  }
  SECTION("a missing property that must be there ends the load") {
    {
      auto txn = GraphTransaction::begin_write(loads.environment());
      catalog::ConstraintDefinition definition;
      definition.name = "named";
      definition.kind = catalog::ConstraintKind::kNotNull;
      definition.label = static_cast<std::uint32_t>(txn->intern_label(catalog::kHomeGraph, "City"));
      definition.keys = {txn->intern_property_key("name")};
      txn->create_constraint(definition);
      txn->commit();
    }
    loads.begin();
    const std::vector<std::string> labels{"City"}, keys{"name"};
    loads.loader().begin_nodes(labels, keys);
    std::vector<value::Vector> columns(1);
    columns[0].assign(std::vector<Value>{"Oslo", Value()});
    CHECK_THROWS_WITH(loads.loader().add_nodes(columns, 2),
                      Catch::Contains("must have the property name"));
    loads.abandon();
    loads.compare();
  }
}

TEST_CASE("an abandoned bulk load leaves the database as it was", "[graph]") {
  Loads loads(10);
  load_first(loads);
  loads.begin();
  const auto more = loads.nodes({"Ghost"}, {"name"}, 5000);
  loads.edges("HAUNTS", {}, more, more, 5000);
  loads.abandon();
  loads.compare();
  CHECK_FALSE(GraphTransaction::begin_read(loads.environment())
                  ->catalog()
                  .find_label(catalog::kHomeGraph, "Ghost"));
}

TEST_CASE("an edge to a node that does not exist ends the bulk load", "[graph]") {
  Loads loads(11);
  loads.begin();
  const auto nodes = loads.nodes({"Node"}, {}, 10);
  loads.loader().begin_edges("TO", {});
  const NodeId source = nodes[0], target{raw(nodes[0]) + 10};
  loads.loader().add_edges(&source, &target, {}, 1);
  CHECK_THROWS_WITH(loads.loader().end_edges(), Catch::Contains("does not exist"));
}

TEST_CASE("sorted runs give triples in order, however small the memory", "[graph]") {
  const test::TempDirectory directory;
  std::mt19937_64 random(12);
  for (const std::uint64_t memory : {std::uint64_t{1}, std::uint64_t{1} << 24}) {
    for (const auto& [rows, own_thread] : {std::pair(false, false), std::pair(true, false),
                                           std::pair(false, true), std::pair(true, true)}) {
      SortedRuns::Options options;
      options.own_thread = own_thread;
      options.memory_bytes = memory;
      options.directory = directory.path().string();
      options.rows = rows;
      SortedRuns runs(options);
      std::vector<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> expected;
      for (std::uint32_t i = 0; i < 50000; ++i) {
        const auto first = static_cast<std::uint32_t>(random() % 3 == 0 ? random() : random() % 50);
        const auto second = static_cast<std::uint32_t>(random() % 20);
        expected.emplace_back(first, second, i);
        if (rows) {
          runs.add(first, second, std::string(i % 40, 'r') + std::to_string(i));
        } else {
          runs.add(first, second, i);
        }
      }
      runs.sort();
      std::sort(expected.begin(), expected.end());
      std::size_t wrong = 0;
      for (const auto& [first, second, i] : expected) {
        REQUIRE(runs.next());
        wrong += runs.current().first != first || runs.current().second != second;
        if (rows) {
          wrong += runs.row() != std::string(i % 40, 'r') + std::to_string(i);
        } else {
          wrong += runs.current().third != i;
        }
      }
      CHECK(wrong == 0);
      CHECK_FALSE(runs.next());
    }
  }
}
