#include "graph/graph_transaction.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "storage/environment.hpp"
#include "temp_directory.hpp"

using namespace geode;
using namespace geode::graph;

namespace {

struct Database {
  Database() {
    storage::EnvironmentOptions options;
    options.sync = storage::SyncMode::kOff;
    environment = storage::Environment::open(directory.file("test.geode"), options);
    const auto txn = write();
    person = txn->intern_label(catalog::kHomeGraph, "Person");
    city = txn->intern_label(catalog::kHomeGraph, "City");
    knows = txn->intern_edge_label(catalog::kHomeGraph, "KNOWS");
    name = txn->intern_property_key("name");
    age = txn->intern_property_key("age");
    txn->commit();
  }
  std::unique_ptr<GraphTransaction> write() { return GraphTransaction::begin_write(environment); }
  std::unique_ptr<GraphTransaction> read() { return GraphTransaction::begin_read(environment); }
  NodeId add(GraphTransaction& txn, LabelId label, const char* text) {
    const LabelId labels[] = {label};
    return txn.insert_node(catalog::kHomeGraph, labels, {{name, Value(text)}});
  }

  geode::test::TempDirectory directory;
  std::shared_ptr<storage::Environment> environment;
  LabelId person{}, city{};
  EdgeLabelId knows{};
  PropertyKeyId name{}, age{};
};

template <class Do>
std::string error_of(Do action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::size_t count_edges(const GraphTransaction& txn, EdgeLabelId label, Direction direction) {
  std::size_t sum = 0;
  const Adjacency& adjacency = txn.adjacency(label, direction);
  for (std::uint64_t id = 0; id < txn.node_id_limit(); ++id) {
    sum += adjacency.neighbours(NodeId{id}).size;
  }
  return sum;
}

}  // namespace

TEST_CASE("an abandoned write leaves nothing behind", "[graph]") {
  Database db;
  {
    const auto txn = db.write();
    const NodeId ada = db.add(*txn, db.person, "Ada");
    txn->insert_edge(ada, ada, db.knows, {});
    txn->intern_label(catalog::kHomeGraph, "Ghost");
  }
  const auto txn = db.read();
  CHECK(txn->node_count(catalog::kHomeGraph) == 0);
  CHECK(txn->edge_count(catalog::kHomeGraph) == 0);
  CHECK(count_edges(*txn, db.knows, Direction::kOut) == 0);
  CHECK_FALSE(txn->catalog().find_label(catalog::kHomeGraph, "Ghost").has_value());
  CHECK(txn->lsn() == 1);
}

TEST_CASE("the LSN counts commits that changed something", "[graph]") {
  Database db;
  db.write()->commit();
  CHECK(db.read()->lsn() == 1);
  {
    const auto txn = db.write();
    db.add(*txn, db.person, "Ada");
    txn->commit();
  }
  CHECK(db.read()->lsn() == 2);
}

TEST_CASE("a read transaction refuses to write", "[graph]") {
  Database db;
  const auto txn = db.read();
  CHECK_FALSE(txn->writable());
  CHECK(error_of([&] { db.add(*txn, db.person, "Ada"); }).starts_with("25G03"));
}

TEST_CASE("a unique constraint names label, property and value", "[graph]") {
  Database db;
  const auto txn = db.write();
  txn->create_constraint({"one_name", catalog::ConstraintKind::kUnique, {}, false, 0, {db.name}});
  db.add(*txn, db.person, "Ada");
  db.add(*txn, db.city, "Ada");  // another label
  const std::string error = error_of([&] { db.add(*txn, db.person, "Ada"); });
  CHECK(error.starts_with("22X10"));
  CHECK(error.find("Person") != std::string::npos);
  CHECK(error.find("name") != std::string::npos);
  CHECK(error.find("'Ada'") != std::string::npos);
  CHECK(error.find("one_name") != std::string::npos);
}

TEST_CASE("a unique constraint cannot be made over duplicates", "[graph]") {
  Database db;
  const auto txn = db.write();
  db.add(*txn, db.person, "Ada");
  db.add(*txn, db.person, "Ada");
  txn->begin_savepoint();
  CHECK(
      error_of([&] {
        txn->create_constraint({"one", catalog::ConstraintKind::kUnique, {}, false, 0, {db.name}});
      }).starts_with("22X10"));
  txn->rollback_savepoint();
  CHECK(txn->catalog().constraints().empty());
  CHECK(txn->catalog().indexes().empty());
}

TEST_CASE("a changed, unlabelled or deleted node frees its unique value", "[graph]") {
  Database db;
  const auto txn = db.write();
  txn->create_index("u", db.person, {db.name}, catalog::IndexKind::kUnique);
  const NodeId a = db.add(*txn, db.person, "x");
  txn->set_node_property(a, db.name, Value("y"));
  const NodeId b = db.add(*txn, db.person, "x");
  txn->remove_label(b, db.person);
  const NodeId c = db.add(*txn, db.person, "x");
  CHECK(error_of([&] { txn->add_label(b, db.person); }).starts_with("22X10"));
  txn->delete_node(c, false);
  const NodeId d = db.add(*txn, db.person, "x");
  std::vector<NodeId> found;
  const Value x[] = {Value("x")};
  txn->seek_equal(txn->catalog().indexes()[0].id, x, found);
  CHECK(found == std::vector<NodeId>{d});
}

TEST_CASE("NOT NULL is checked when the statement is over", "[graph]") {
  Database db;
  const auto txn = db.write();
  txn->create_constraint({"has_age", catalog::ConstraintKind::kNotNull, {}, false, 0, {db.age}});
  txn->begin_savepoint();
  const NodeId ada = db.add(*txn, db.person, "Ada");
  txn->set_node_property(ada, db.age, Value(36));
  txn->check_statement_end();
  txn->set_node_property(ada, db.age, Value());
  const std::string error = error_of([&] { txn->check_statement_end(); });
  CHECK(error.starts_with("22X10"));
  CHECK(error.find("Person") != std::string::npos);
  CHECK(error.find("age") != std::string::npos);
  txn->rollback_savepoint();
  CHECK(txn->node_count(catalog::kHomeGraph) == 0);
  db.add(*txn, db.city, "Rome");
  txn->commit();

  const auto again = db.write();
  CHECK(error_of([&] {
          again->create_constraint(
              {"city_age", catalog::ConstraintKind::kNotNull, {}, false, 1, {db.age}});
        }).starts_with("22X10"));
}

TEST_CASE("a node and its edges may be deleted in any order within a statement", "[graph]") {
  Database db;
  const auto txn = db.write();
  const NodeId a = db.add(*txn, db.person, "a");
  const NodeId b = db.add(*txn, db.person, "b");
  const value::EdgeRef edge = txn->insert_edge(a, b, db.knows, {});
  txn->check_statement_end();

  txn->begin_savepoint();
  CHECK(txn->delete_node(a, false));
  CHECK(error_of([&] { txn->check_statement_end(); }).starts_with("G1001"));
  txn->rollback_savepoint();
  CHECK(txn->node_exists(a));
  CHECK(txn->has_edges(b));

  CHECK(txn->delete_node(a, false));
  CHECK(txn->delete_edge(edge));
  txn->check_statement_end();
  CHECK(txn->edge_count(db.knows, Direction::kOut, db.person) == 0);
  CHECK(txn->edge_count(db.knows, Direction::kIn, db.person) == 0);
  txn->commit();
  CHECK(db.read()->node_count(catalog::kHomeGraph) == 1);
  CHECK_FALSE(db.read()->has_edges(b));
}

TEST_CASE("an edge needs both its ends", "[graph]") {
  Database db;
  const auto txn = db.write();
  const NodeId a = db.add(*txn, db.person, "a");
  CHECK(error_of([&] { txn->insert_edge(a, NodeId{99999}, db.knows, {}); }).starts_with("22X02"));
  CHECK(txn->edge_count(catalog::kHomeGraph) == 0);
}

TEST_CASE("dropping a constraint drops its index, and only that way", "[graph]") {
  Database db;
  const auto txn = db.write();
  txn->create_constraint({"c", catalog::ConstraintKind::kUnique, {}, false, 0, {db.name}});
  REQUIRE(txn->catalog().indexes().size() == 1);
  CHECK_FALSE(error_of([&] { txn->drop_index(catalog::kHomeGraph, "c"); }).empty());
  CHECK(txn->drop_constraint(catalog::kHomeGraph, "c"));
  CHECK(txn->catalog().indexes().empty());
  CHECK_FALSE(txn->drop_constraint(catalog::kHomeGraph, "c"));
  CHECK_FALSE(txn->drop_index(catalog::kHomeGraph, "c"));
  db.add(*txn, db.person, "Ada");
  db.add(*txn, db.person, "Ada");
  CHECK(txn->changes().constraints_added == 1);
  CHECK(txn->changes().constraints_removed == 1);
}

TEST_CASE("a version of the catalog is never given to two contents", "[graph]") {
  Database db;
  std::uint64_t rolled_back = 0;
  {
    const auto txn = db.write();
    txn->intern_label(catalog::kHomeGraph, "A");
    rolled_back = txn->catalog().version();
  }
  const auto txn = db.write();
  txn->intern_label(catalog::kHomeGraph, "B");
  CHECK(txn->catalog().version() != rolled_back);
  CHECK(txn->catalog().version() > db.read()->catalog().version());
}

TEST_CASE("a snapshot stays as it was while others write and fold", "[graph]") {
  Database db;
  std::vector<NodeId> nodes;
  {
    const auto txn = db.write();
    for (int i = 0; i < 2000; ++i) nodes.push_back(db.add(*txn, db.person, "n"));
    for (int i = 0; i < 2000; ++i) txn->insert_edge(nodes[i], nodes[(i * 7) % 2000], db.knows, {});
    txn->commit();
  }
  const auto old = db.read();
  const auto half_used = db.read();
  CHECK(count_edges(*half_used, db.knows, Direction::kOut) == 2000);
  for (int round = 0; round < 20; ++round) {
    const auto txn = db.write();
    for (int i = 0; i < 300; ++i) {
      txn->insert_edge(nodes[static_cast<std::size_t>(i)], nodes[5], db.knows,
                       {{db.age, Value(i)}});
      txn->set_node_property(nodes[static_cast<std::size_t>(i * 3)], db.name, Value("m"));
    }
    txn->delete_node(nodes[static_cast<std::size_t>(1999 - round)], true);
    txn->commit();
    fold(db.environment);
  }
  for (const GraphTransaction* txn : {old.get(), half_used.get()}) {
    CHECK(txn->node_count(catalog::kHomeGraph) == 2000);
    CHECK(count_edges(*txn, db.knows, Direction::kOut) == 2000);
    CHECK(count_edges(*txn, db.knows, Direction::kIn) == 2000);
    for (const NodeId node : nodes) {
      REQUIRE(txn->node_exists(node));
      REQUIRE(txn->node_column(db.name).get(raw(node)) == Value("n"));
    }
  }
  const auto now = db.read();
  CHECK(now->node_count(catalog::kHomeGraph) == 1980);
  CHECK(count_edges(*now, db.knows, Direction::kOut) == now->edge_count(db.knows));
  CHECK(count_edges(*now, db.knows, Direction::kIn) == now->edge_count(db.knows));
}

TEST_CASE("readers on several threads see whole commits while one writes", "[graph]") {
  Database db;
  std::vector<NodeId> nodes;
  {
    const auto txn = db.write();
    for (int i = 0; i < 1200; ++i) nodes.push_back(db.add(*txn, db.person, "n"));
    txn->commit();
  }
  std::atomic<bool> stop{false};
  std::atomic<int> broken{0};
  // Each commit adds one edge to each node and writes its number to all names, so a snapshot shows
  // one number.
  const auto read = [&] {
    while (!stop.load()) {
      const auto txn = db.read();
      const std::uint64_t commits = txn->edge_count(db.knows) / nodes.size();
      if (count_edges(*txn, db.knows, Direction::kOut) != commits * nodes.size()) ++broken;
      if (count_edges(*txn, db.knows, Direction::kIn) != commits * nodes.size()) ++broken;
      const Value first = txn->node_column(db.age).get(raw(nodes[0]));
      for (std::size_t i = 0; i < nodes.size(); i += 11) {
        if (!(txn->node_column(db.age).get(raw(nodes[i])) == first)) ++broken;
        if (txn->adjacency(db.knows, Direction::kOut).neighbours(nodes[i]).size != commits)
          ++broken;
      }
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) readers.emplace_back(read);
  for (int commit = 1; commit <= 15; ++commit) {
    const auto txn = db.write();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      txn->insert_edge(nodes[i], nodes[(i * 31 + static_cast<std::size_t>(commit)) % nodes.size()],
                       db.knows, {});
      txn->set_node_property(nodes[i], db.age, Value(commit));
    }
    txn->commit();
    fold(db.environment, std::chrono::microseconds(0));
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(broken == 0);
}

TEST_CASE("a hub of many thousand edges is read in order after folding", "[graph]") {
  Database db;
  NodeId hub{};
  std::vector<NodeId> nodes;
  for (int round = 0; round < 5; ++round) {
    const auto txn = db.write();
    if (round == 0) {
      hub = db.add(*txn, db.person, "hub");
      for (int i = 0; i < 3000; ++i) nodes.push_back(db.add(*txn, db.city, "c"));
    }
    for (int i = 0; i < 2500; ++i) {
      txn->insert_edge(hub, nodes[static_cast<std::size_t>((i * 17 + round) % 3000)], db.knows, {});
    }
    txn->commit();
    while (fold(db.environment) > 0) {
    }
  }
  {
    const auto txn = db.read();
    const Neighbours all = txn->adjacency(db.knows, Direction::kOut).neighbours(hub);
    REQUIRE(all.size == 12500);
    bool sorted = true;
    for (std::uint32_t i = 1; i < all.size; ++i) {
      sorted = sorted && (all.nodes[i - 1] < all.nodes[i] ||
                          (all.nodes[i - 1] == all.nodes[i] && all.edges[i - 1] < all.edges[i]));
    }
    CHECK(sorted);
    CHECK(txn->adjacency(db.knows, Direction::kOut).degree(hub) == 12500);
    std::vector<std::uint32_t> degrees(txn->node_id_limit());
    txn->adjacency(db.knows, Direction::kOut).degrees(NodeId{0}, degrees);
    CHECK(degrees[raw(hub)] == 12500);
  }
  const auto txn = db.write();
  CHECK(txn->delete_node(hub, true));
  CHECK(txn->changes().edges_deleted == 12500);
  txn->commit();
  CHECK(db.read()->edge_count(catalog::kHomeGraph) == 0);
  CHECK(count_edges(*db.read(), db.knows, Direction::kIn) == 0);
  while (fold(db.environment) > 0) {
  }
  CHECK(count_edges(*db.read(), db.knows, Direction::kIn) == 0);
}

TEST_CASE("a write transaction sees its own changes, a snapshot from before does not", "[graph]") {
  Database db;
  const auto before = db.read();
  {
    const auto txn = db.write();
    const NodeId a = db.add(*txn, db.person, "a");
    txn->insert_edge(a, a, db.knows, {});
    // What the transaction itself sees, before anything is written.
    CHECK(txn->adjacency(db.knows, Direction::kOut).neighbours(a).size == 1);
    CHECK(txn->node_column(db.name).get(raw(a)) == Value("a"));
    txn->commit();
  }
  CHECK(before->node_count(catalog::kHomeGraph) == 0);
  CHECK(db.read()->node_count(catalog::kHomeGraph) == 1);
}
