#include "graph_model.hpp"

#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "graph/graph_transaction.hpp"
#include "graph/log/change_log.hpp"
#include "log_replica.hpp"
#include "storage/environment.hpp"
#include "temp_directory.hpp"

using namespace geode;
using namespace geode::graph;
using geode::test::GraphModel;

namespace {

const std::vector<std::string> kLabels = {"Person", "City", "Tag", "Admin"};
const std::vector<std::string> kEdgeLabels = {"KNOWS", "LIKES", "IN"};
const std::vector<std::string> kKeys = {"name", "age", "score", "any", "rank"};

/// Does random things to a database and to a model of it.
class Driver {
 public:
  explicit Driver(std::uint64_t seed) : random_(seed) {
    open();
    begin();
    for (const std::string& label : kLabels)
      labels_.push_back(txn_->intern_label(catalog::kHomeGraph, label));
    for (const std::string& label : kEdgeLabels) {
      edge_labels_.push_back(txn_->intern_edge_label(catalog::kHomeGraph, label));
    }
    for (const std::string& key : kKeys) keys_.push_back(txn_->intern_property_key(key));
    txn_->create_index("by_age", labels_[0], {keys_[1]}, catalog::IndexKind::kRange);
    txn_->create_index("by_two", labels_[1], {keys_[0], keys_[1]}, catalog::IndexKind::kRange);
    txn_->create_index("by_rank", labels_[2], {keys_[4]}, catalog::IndexKind::kUnique);
    commit();
  }

  void step() {
    if (!txn_) begin();
    const std::uint64_t what = below(100);
    if (what < 22) {
      insert_node();
    } else if (what < 50) {
      insert_edge();
    } else if (what < 60) {
      set_node_property();
    } else if (what < 67) {
      set_edge_property();
    } else if (what < 73) {
      change_label();
    } else if (what < 80) {
      delete_edge();
    } else if (what < 83) {
      delete_node();
    } else if (what < 86) {
      burst();
    } else if (what < 92) {
      savepoint();
    } else if (what < 97) {
      commit();
    } else if (what < 98) {
      txn_.reset();  // rolls back
      model_ = committed_;
      savepoints_.clear();
    } else {
      commit();
      fold(environment_, std::chrono::microseconds(below(500)));
      if (below(4) == 0) reopen();
    }
  }

  void compare_all() {
    if (txn_) {
      geode::test::compare(*txn_, model_, random_);
      commit();
    }
    geode::test::compare(*GraphTransaction::begin_read(environment_), committed_, random_);
  }
  void fold_all() {
    if (txn_) commit();
    while (fold(environment_) > 0) {
    }
  }
  void merge_all() {
    if (txn_) commit();
    REQUIRE(graph::fold_all(environment_) == 0);
    geode::test::compare_degrees(*GraphTransaction::begin_read(environment_), committed_);
  }
  void reopen() {
    if (txn_) commit();
    environment_.reset();
    open();
  }

  /// From now on the change log is kept.
  void keep_log() {
    commit_if_open();
    environment_.reset();
    replica_.emplace(directory_.file("model.geode"), options());
    open();
  }
  void archive() {
    commit_if_open();
    replica_->archive(environment_);
  }
  /// The end of the log leads to the last state, and each time to the state of that time.
  void compare_replayed() {
    archive();
    geode::test::compare(*GraphTransaction::begin_read(replica_->replayed()), committed_, random_);
    REQUIRE(moments_.size() > 2);
    const Moment& moment = moments_[below(moments_.size() - 1)];
    for (const std::int64_t before : {0, 1}) {
      const auto environment = replica_->replayed(moment.commit_time - before);
      CHECK(replica_->lsn == moment.lsn - static_cast<std::uint64_t>(before));
      CHECK(replica_->reached_target);
      if (before == 0) {
        geode::test::compare(*GraphTransaction::begin_read(environment), moment.model, random_);
      }
    }
  }

 private:
  /// A commit that the log must lead to.
  struct Moment {
    std::int64_t commit_time = 0;
    std::uint64_t lsn = 0;
    GraphModel model;
  };

  void commit_if_open() {
    if (txn_) commit();
  }
  static storage::EnvironmentOptions options() {
    storage::EnvironmentOptions options;
    options.sync = storage::SyncMode::kOff;
    return options;
  }

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  void open() {
    environment_ = storage::Environment::open(directory_.file("model.geode"), options());
  }
  void begin() { txn_ = GraphTransaction::begin_write(environment_); }
  void commit() {
    txn_->commit();
    txn_.reset();
    committed_ = model_;
    savepoints_.clear();
    if (replica_ && below(4) == 0) {
      const ChangeLogState state = change_log_state(*storage::ReadTransaction::begin(environment_));
      moments_.push_back({state.commit_time, state.lsn, committed_});
    }
  }

  Value make_value(std::size_t key) {
    const auto number = static_cast<std::int64_t>(below(500));
    switch (key) {
      case 0:
        return "name " + std::string(below(40) == 0 ? 470 : 3, 'n') + std::to_string(number);
      case 1:
        return number % 90;
      case 2:
        return static_cast<double>(number) / 8;
      case 4:
        return static_cast<std::int64_t>(random_() >> 1);
      default:
        break;
    }
    switch (below(7)) {
      case 0:
        return number;
      case 1:
        return "text";
      case 2:
        return true;
      case 3:
        return Date{number};
      case 4:
        return List{number, "list", 1.5};
      case 5:
        return std::string(5000, 'l') + std::to_string(number);
      default:
        return 0.5;
    }
  }
  std::optional<NodeId> any_node() {
    if (model_.nodes.empty()) return std::nullopt;
    // Low ids are chosen more often, so that there are hubs.
    const std::uint64_t limit = raw(model_.nodes.rbegin()->first) + 1;
    const auto at = model_.nodes.lower_bound(NodeId{below(below(limit) + 1)});
    return at->first;
  }
  std::optional<EdgeId> any_edge() {
    if (model_.edges.empty()) return std::nullopt;
    const std::size_t label = below(edge_labels_.size());
    auto at =
        model_.edges.lower_bound(make_edge_id(static_cast<std::uint32_t>(label), below(3000)));
    if (at == model_.edges.end()) at = model_.edges.begin();
    return at->first;
  }

  void insert_node(std::optional<std::size_t> only_label = std::nullopt) {
    std::vector<LabelId> labels;
    GraphModel::ModelNode node;
    for (std::size_t i = 0; i < kLabels.size(); ++i) {
      if (only_label ? *only_label != i : below(3) != 0) continue;
      labels.push_back(labels_[i]);
      node.labels.insert(kLabels[i]);
    }
    Properties properties;
    for (std::size_t i = 0; i < kKeys.size(); ++i) {
      if (below(3) == 0) continue;
      const Value value = make_value(i);
      properties.emplace_back(keys_[i], value);
      node.properties[kKeys[i]] = value;
    }
    const NodeId id = txn_->insert_node(catalog::kHomeGraph, labels, properties);
    REQUIRE_FALSE(model_.nodes.contains(id));
    model_.nodes[id] = node;
  }

  void insert_edge(std::optional<NodeId> from = std::nullopt, std::size_t label = 0) {
    const auto source = from ? from : any_node();
    const auto target = any_node();
    if (!source) return;
    if (!from) label = below(kEdgeLabels.size());
    Properties properties;
    GraphModel::ModelEdge edge{*source, *target, kEdgeLabels[label], {}};
    for (std::size_t i = 1; i < 4; ++i) {
      if (below(3) != 0) continue;
      const Value value = make_value(i);
      properties.emplace_back(keys_[i], value);
      edge.properties[kKeys[i]] = value;
    }
    const value::EdgeRef made =
        txn_->insert_edge(*source, *target, edge_labels_[label], properties);
    REQUIRE_FALSE(model_.edges.contains(made.id));
    model_.edges[made.id] = edge;
  }

  template <class Element, class Set>
  void set_property(Element& element, Set set) {
    const std::size_t key = below(kKeys.size());
    const Value value = below(4) == 0 ? Value() : make_value(key);
    const auto old = element.properties.find(kKeys[key]);
    const bool had = old != element.properties.end();
    const bool changed = set(keys_[key], value);
    if (value.is_null()) {
      CHECK(changed == had);
      element.properties.erase(kKeys[key]);
    } else {
      element.properties[kKeys[key]] = value;
    }
  }
  void set_node_property() {
    if (const auto id = any_node()) {
      set_property(model_.nodes[*id], [&](PropertyKeyId key, const Value& value) {
        return txn_->set_node_property(*id, key, value);
      });
    }
  }
  void set_edge_property() {
    if (const auto id = any_edge()) {
      set_property(model_.edges[*id], [&](PropertyKeyId key, const Value& value) {
        return txn_->set_edge_property(*id, key, value);
      });
    }
  }
  void change_label() {
    const auto id = any_node();
    if (!id) return;
    const std::size_t label = below(kLabels.size());
    auto& labels = model_.nodes[*id].labels;
    if (below(2) == 0) {
      CHECK(txn_->add_label(*id, labels_[label]) == labels.insert(kLabels[label]).second);
    } else {
      CHECK(txn_->remove_label(*id, labels_[label]) == (labels.erase(kLabels[label]) > 0));
    }
  }
  void delete_edge() {
    const auto id = any_edge();
    if (!id) return;
    const GraphModel::ModelEdge& edge = model_.edges[*id];
    CHECK(txn_->delete_edge({*id, edge.source, edge.target}));
    CHECK_FALSE(txn_->delete_edge({*id, edge.source, edge.target}));
    model_.edges.erase(*id);
  }
  void delete_node() {
    const auto id = any_node();
    if (!id || below(3) == 0) return;
    CHECK(txn_->delete_node(*id, true));
    CHECK_FALSE(txn_->delete_node(*id, true));
    txn_->check_statement_end();
    model_.nodes.erase(*id);
    std::erase_if(model_.edges, [&](const auto& entry) {
      return entry.second.source == *id || entry.second.target == *id;
    });
  }
  void burst() {
    const std::uint64_t what = below(8);
    if (what == 0) {
      const std::size_t label = below(kLabels.size());
      for (std::uint64_t n = below(900); n > 0; --n) insert_node(label);
    } else if (what == 1) {
      if (const auto hub = any_node()) {
        for (std::uint64_t n = below(3000); n > 0; --n) insert_edge(hub, 0);
      }
    } else if (what == 2) {
      for (std::uint64_t n = below(1500); n > 0; --n) delete_edge();
    } else {
      for (std::uint64_t n = below(300); n > 0; --n) insert_edge();
    }
  }
  void savepoint() {
    if (savepoints_.size() < 4 && below(2) == 0) {
      txn_->begin_savepoint();
      savepoints_.push_back(model_);
    } else if (!savepoints_.empty()) {
      if (below(2) == 0) {
        txn_->rollback_savepoint();
        model_ = savepoints_.back();
      } else {
        txn_->release_savepoint();
      }
      savepoints_.pop_back();
    }
  }

  std::mt19937_64 random_;
  geode::test::TempDirectory directory_;
  std::shared_ptr<storage::Environment> environment_;
  std::unique_ptr<GraphTransaction> txn_;
  GraphModel model_, committed_;
  std::vector<GraphModel> savepoints_;
  std::optional<geode::test::LogReplica> replica_;
  std::vector<Moment> moments_;
  std::vector<LabelId> labels_;
  std::vector<EdgeLabelId> edge_labels_;
  std::vector<PropertyKeyId> keys_;
};

}  // namespace

TEST_CASE("a database does what a simple model of it does", "[graph]") {
  // GEODE_SEED runs one seed again.
  const char* given = std::getenv("GEODE_SEED");
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  const char* rounds = std::getenv("GEODE_ROUNDS");
  const std::uint64_t count = rounds != nullptr ? std::strtoull(rounds, nullptr, 10) : 4;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    INFO("GEODE_SEED=" << seed);
    Driver driver(seed);
    for (int round = 0; round < 6; ++round) {
      for (int i = 0; i < 250; ++i) driver.step();
      driver.compare_all();
      if (round % 2 == 1) {
        driver.fold_all();
        driver.compare_all();
      }
      if (round == 3) driver.merge_all();
    }
    driver.merge_all();
    driver.reopen();
    driver.compare_all();
  }
}

TEST_CASE("the change log of a database leads to each of its states", "[graph]") {
  const char* given = std::getenv("GEODE_SEED");
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  const char* rounds = std::getenv("GEODE_ROUNDS");
  const std::uint64_t count = rounds != nullptr ? std::strtoull(rounds, nullptr, 10) : 3;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    INFO("GEODE_SEED=" << seed);
    Driver driver(seed);
    for (int i = 0; i < 100; ++i) driver.step();
    driver.keep_log();
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 250; ++i) driver.step();
      if (round == 1) driver.fold_all();
      driver.archive();
    }
    driver.compare_replayed();
  }
}
