#include "step_scenarios.hpp"

#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include <geode/import.hpp>
#include "graph_check.hpp"

namespace geode::test {
namespace {

void insert_by_graph_api(const Place&, Database& database, const Acknowledge& acknowledge) {
  for (int round = 0; round < 2; ++round) {
    Transaction transaction = database.begin_write();
    std::vector<NodeId> nodes;
    for (int i = 0; i < 40; ++i) {
      nodes.push_back(transaction.insert_node(
          {"Person", i % 3 == 0 ? "Admin" : "User"},
          {{"id", 10'000 + round * 100 + i}, {"name", "new person " + std::to_string(i)}}));
      if (i > 0)
        transaction.insert_edge(nodes[static_cast<std::size_t>(i) - 1], nodes.back(), "Knows",
                                {{"since", i}});
    }
    transaction.insert_node({"Document"}, {{"text", std::string(50'000, 'd')}});
    transaction.commit();
    acknowledge();
  }
}

void insert_by_statement(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute(
      "INSERT (a:Person {id: 20001, name: 'Ada'})-[:Knows {since: 1}]->(b:Person&Fresh {id: 20002, "
      "city: 'London'})");
  acknowledge();
  session.execute(
      "MATCH (a:Person {id: 20001}), (b:Person) WHERE b.id < 50 INSERT (a)-[:Knows {since: "
      "b.id}]->(b)");
  acknowledge();
}

void set_properties(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("MATCH (p:Person) SET p.age = p.id + 1, p.name = 'renamed'");
  acknowledge();
  session.execute("MATCH (p:Person) WHERE p.id < 100 SET p:Early REMOVE p.name");
  acknowledge();
  session.execute("MATCH (:Person)-[k:Knows]->() SET k.weight = 0.5");
  acknowledge();
}

void delete_elements(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("MATCH (:Person {id: 7})-[k:Knows]->() DELETE k");
  acknowledge();
  session.execute("MATCH (p:Person) WHERE p.id > 150 DETACH DELETE p");
  acknowledge();
}

void change_indexes(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("CREATE INDEX person_name FOR (p:Person) ON (p.name)");
  acknowledge();
  session.execute("CREATE CONSTRAINT rank_once FOR (p:Person) REQUIRE p.rank IS UNIQUE");
  acknowledge();
  session.execute("DROP INDEX person_name");
  acknowledge();
}

void transaction_of_statements(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("START TRANSACTION");
  session.execute("INSERT (:Person {id: 30001})");
  session.execute("SAVEPOINT one");
  session.execute("MATCH (p:Person) DETACH DELETE p");
  session.execute("ROLLBACK TO one");
  session.execute("MATCH (a:Person {id: 30001}), (b:Person {id: 1}) INSERT (a)-[:Follows]->(b)");
  session.execute("CREATE INDEX person_city FOR (p:Person) ON (p.city)");
  session.execute("MATCH (p:Person {id: 2}) SET p.city = 'Oslo'");
  session.execute("COMMIT");
  acknowledge();
}

/// Enough small commits that deltas are merged into chunks.
void many_commits(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  for (int i = 0; i < 60; ++i) {
    session.execute(
        "MATCH (a:Person {id: $a}) INSERT (a)-[:Knows {since: $i}]->(:Person {id: 40000 + $i, "
        "name: 'fold'})",
        {{"a", Value(i % 3)}, {"i", Value(i)}});
    acknowledge();
    if (i % 20 == 19) {
      session.execute("MATCH (a:Person) WHERE a.id < 120 SET a.touched = $i", {{"i", Value(i)}});
      acknowledge();
    }
  }
}

void compact_storage(const Place&, Database& database, const Acknowledge& acknowledge) {
  Session session = database.session();
  session.execute("MATCH (p:Person) WHERE p.id > 100 DETACH DELETE p");
  acknowledge();
  database.compact();
  session.execute("INSERT (:Person {id: 50001, name: 'Eve'})");
  acknowledge();
  session.execute("CALL system.compact_storage()");
  session.execute("INSERT (:Person {id: 50002, name: 'Fay'})");
  acknowledge();
}

/// A file without a name.
std::string file_of(const std::string& text) {
  const int file = memfd_create("step_test", MFD_CLOEXEC);
  if (file < 0 || write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw Broken("no file in memory");
  }
  return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace

void import_some(Database& database, int first) {
  std::string people = "id,name,rank\n", knows = "from,to,since\n";
  for (int i = 0; i < 400; ++i) {
    people += std::to_string(first + i) + ",imported " + std::to_string(i) + "," +
              std::to_string(first + i) + "\n";
    knows += std::to_string(first + i * 7 % 400) + "," + std::to_string(first + i * 13 % 400) +
             "," + std::to_string(i % 30) + "\n";
  }
  ImportOptions options;
  options.nodes.push_back({{"Person"}, file_of(people), "id", true});
  options.edges.push_back({"Knows", file_of(knows), "Person", "id", "Person", "id"});
  import_files(database, options);
}

namespace {

/// Into a copy of the file, and, when that holds much, into itself.
void import_some_files(const Place&, Database& database, const Acknowledge& acknowledge) {
  import_some(database, 60'000);
  acknowledge();
  database.execute("INSERT (:Document {text: $text})",
                   {{"text", Value(std::string(500'000, 'd'))}});
  acknowledge();
  import_some(database, 70'000);
  acknowledge();
}

void create_database(const Place&, Database& database, const Acknowledge& acknowledge) {
  acknowledge();
  database.execute("INSERT (:First {id: 1})");
  acknowledge();
}

constexpr Scenario kScenarios[] = {
    {.name = "insert-by-graph-api", .run = insert_by_graph_api},
    {.name = "insert-by-statement", .run = insert_by_statement},
    {.name = "set-properties", .run = set_properties},
    {.name = "delete-elements", .run = delete_elements},
    {.name = "change-indexes", .run = change_indexes},
    {.name = "transaction-of-statements", .run = transaction_of_statements},
    {.name = "many-commits", .run = many_commits, .long_one = true},
    {.name = "compact-storage", .run = compact_storage},
    {.name = "import-files", .run = import_some_files},
    {.name = "create-database", .run = create_database, .creates = true},
};

void fill(Database& database) {
  database.execute("CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE");
  Transaction transaction = database.begin_write();
  std::vector<NodeId> nodes;
  for (int i = 0; i < 300; ++i) {
    nodes.push_back(transaction.insert_node(
        {"Person"}, {{"id", i}, {"name", "person " + std::to_string(i)}, {"rank", 1000 - i}}));
  }
  for (std::size_t i = 0; i < 1500; ++i) {
    transaction.insert_edge(nodes[i * 7 % 300], nodes[i * 13 % 300], "Knows",
                            {{"since", static_cast<int>(i % 30)}});
  }
  transaction.commit();
}

}  // namespace

std::vector<Scenario> scenarios() {
  std::vector<Scenario> all(std::begin(kScenarios), std::end(kScenarios));
  const std::span<const Scenario> more = archive_scenarios();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

void prepare(const Place& place) {
  {
    Database database(place.base());
    fill(database);
  }
  prepare_archives(place);
}

}  // namespace geode::test
