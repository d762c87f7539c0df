#include "memory_paths.hpp"

#include <fstream>
#include <utility>

#include <geode/import.hpp>
#include <geode/verify.hpp>
#include "failing_memory.hpp"

namespace geode::test {

namespace {

Options small_options() {
  Options options;
  options.durability = Durability::kNoMetaSync;
  options.worker_threads = 1;
  options.lock_timeout = std::chrono::milliseconds(2000);
  options.map_size_bytes = std::uint64_t{1} << 30;
  return options;
}

using F = MemoryFixture;

/// What a path gives to the library.
template <class Make>
auto prepared(const Make& make) {
  const FailingMemory::Pause pause;
  return make();
}

MemoryPath statement(std::string name, std::string text) {
  return {std::move(name), [text](F& f) { f.session.execute(text).consume(); }};
}

/// In a transaction of the graph API that is rolled back.
MemoryPath change(std::string name, std::function<void(F&, Transaction&)> run) {
  return {std::move(name), [run](F& f) {
            Transaction transaction = f.database.begin_write();
            run(f, transaction);
          }};
}

MemoryPath look(std::string name, std::function<void(F&, Transaction&)> run) {
  return {std::move(name), [run](F& f) {
            Transaction transaction = f.database.begin_read();
            run(f, transaction);
          }};
}

std::vector<MemoryPath> make_paths() {
  return {
      {"open in memory", [](F&) { const Database database(":memory:", small_options()); }},
      {"open a new file",
       [](F& f) { const Database database(f.new_file(".geode"), small_options()); }},
      {"open an existing file",
       [](F& f) {
         const auto path = prepared([&] { return f.directory.file("existing.geode"); });
         const Database database(path, small_options());
       }},
      {"open for reading",
       [](F& f) {
         Options options = small_options();
         options.read_only = true;
         const auto path = prepared([&] { return f.directory.file("graph.geode"); });
         const Database database(path, options);
       }},
      {"save", [](F& f) { f.database.save(f.new_file(".geode")); }},
      {"compact", [](F& f) { f.database.compact(); }},
      {"file_info", [](F& f) { f.database.file_info(); }},
      {"snapshots", [](F& f) { f.database.snapshots(); }},
      {"labels", [](F& f) { f.database.labels(); }},
      {"edge_labels", [](F& f) { f.database.edge_labels(); }},
      {"property_keys", [](F& f) { f.database.property_keys(); }},
      {"set_change_log",
       [](F& f) {
         f.database.set_change_log(true);
         f.database.set_change_log(false);
       }},
      {"change_log", [](F& f) { f.database.change_log(); }},
      {"archive_change_log",
       [](F& f) {
         f.database.set_change_log(true);
         f.session.execute("MATCH (p:Person {id: 3}) SET p.x = 1");
         const auto folder = prepared([&] { return std::string(f.directory.path()); });
         f.database.archive_change_log(folder);
       }},
      {"register_function",
       [](F& f) {
         auto function = prepared([] {
           return FunctionDefinition{
               "twice(n INT) :: INT", "Doubles",
               [](std::span<const Value> in) { return Value(in[0].as_int64() * 2); }};
         });
         f.database.register_function(std::move(function));
         f.session.execute("RETURN twice(4)").consume();
       }},
      {"register_procedure",
       [](F& f) {
         auto procedure = prepared([] {
           return ProcedureDefinition{"my.ends(n INT) :: ()", "Does nothing",
                                      [](std::span<const Value>, ProcedureResult&) {}};
         });
         f.database.register_procedure(std::move(procedure));
         f.session.execute("CALL my.ends(4)").consume();
       }},
      {"session", [](F& f) { Session session = f.database.session(); }},
      {"prepare",
       [](F& f) {
         PreparedStatement statement =
             f.session.prepare("MATCH (p:Person {id: $id}) RETURN p.name");
         const auto id = prepared([] { return Parameters{{"id", Value(4)}}; });
         statement.execute(id).consume();
       }},
      {"prepare an update",
       [](F& f) {
         PreparedStatement statement =
             f.session.prepare("MATCH (p:Person {id: $id}) SET p.x = $id");
         const auto id = prepared([] { return Parameters{{"id", Value(4)}}; });
         statement.execute(id).consume();
       }},
      look("begin_read", [](F&, Transaction&) {}),
      change("begin_write", [](F&, Transaction&) {}),
      change("insert_node",
             [](F&, Transaction& t) {
               const auto labels = prepared([] {
                 return std::vector<std::string>{"Person", "Other"};
               });
               const auto properties = prepared([] {
                 return PropertyList{{"name", Value("a name that is not short")}};
               });
               t.insert_node(labels, properties);
             }),
      change("insert_edge",
             [](F& f, Transaction& t) {
               const auto properties = prepared([] {
                 return PropertyList{{"since", Value(2000)}};
               });
               t.insert_edge(f.nodes[0], f.nodes[5], "KNOWS", properties);
             }),
      change("set_property of a node",
             [](F& f, Transaction& t) {
               const auto name = prepared([] { return Value("a name that is not short"); });
               t.set_property(f.nodes[1], "name", name);
             }),
      change("set_property of an edge",
             [](F& f, Transaction& t) { t.set_property(f.edges[1], "since", Value(7)); }),
      change("remove_property",
             [](F& f, Transaction& t) { t.remove_property(f.nodes[1], "name"); }),
      change("add_label", [](F& f, Transaction& t) { t.add_label(f.nodes[1], "Other"); }),
      change("remove_label", [](F& f, Transaction& t) { t.remove_label(f.nodes[1], "Person"); }),
      change("delete_node", [](F& f, Transaction& t) { t.delete_node(f.nodes[2], true); }),
      change("delete_edge", [](F& f, Transaction& t) { t.delete_edge(f.edges[2]); }),
      change("savepoint and rollback_to",
             [](F& f, Transaction& t) {
               t.savepoint("s");
               t.set_property(f.nodes[1], "x", Value(3));
               t.rollback_to("s");
             }),
      change("savepoint and release",
             [](F& f, Transaction& t) {
               t.savepoint("s");
               t.set_property(f.nodes[1], "x", Value(3));
               t.release("s");
             }),
      change("rollback",
             [](F& f, Transaction& t) {
               t.set_property(f.nodes[1], "x", Value(3));
               t.rollback();
             }),
      change("commit",
             [](F& f, Transaction& t) {
               t.set_property(f.nodes[1], "x", Value(3));
               t.commit();
             }),
      change("an update in a transaction",
             [](F&, Transaction& t) { t.execute("MATCH (p:Person) SET p.x = p.id"); }),
      look("exists", [](F& f, Transaction& t) { (void)t.exists(f.nodes[3]); }),
      look("node", [](F& f, Transaction& t) { (void)t.node(f.nodes[3]); }),
      look("edge", [](F& f, Transaction& t) { (void)t.edge(f.edges[3]); }),
      look("property", [](F& f, Transaction& t) { (void)t.property(f.nodes[3], "name"); }),
      look("count_nodes", [](F&, Transaction& t) { (void)t.count_nodes("Person"); }),
      look("count_edges", [](F&, Transaction& t) { (void)t.count_edges("KNOWS"); }),
      look("find_nodes", [](F&, Transaction& t) { (void)t.find_nodes("Person", "id", Value(3)); }),
      look("for_each_node",
           [](F&, Transaction& t) { t.for_each_node("Person", [](NodeId) { return true; }); }),
      look("for_each_neighbour",
           [](F& f, Transaction& t) {
             t.for_each_neighbour(f.nodes[3], EdgeDirection::kBoth, "KNOWS",
                                  [](const Neighbour&) { return true; });
           }),
      look("a query in a transaction",
           [](F&, Transaction& t) { t.execute("MATCH (p:Person) RETURN p").consume(); }),
      look("use_graph", [](F&, Transaction& t) { t.use_graph("/default"); }),
      {"all", [](F& f) { f.session.execute("MATCH (p:Person) RETURN p, p.name").all(); }},
      {"single", [](F& f) { f.session.execute("MATCH (p:Person) RETURN count(*)").single(); }},
      {"next_batch",
       [](F& f) {
         Result result = f.session.execute("MATCH (p:Person) RETURN p.id, p.name, p");
         std::vector<ColumnView> columns;
         while (result.next_batch(columns)) {
         }
       }},
      {"a syntax error",
       [](F& f) {
         try {
           f.session.execute("MATCH (p:Person WHERE p.id = RETURN p");
         } catch (const Error& error) {
           if (error.gqlstatus() != status::kSyntaxError) throw;
         }
       }},
      {"a transaction that commits",
       [](F& f) {
         f.session.execute("START TRANSACTION");
         f.session.execute("MATCH (p:Person {id: 3}) SET p.x = 4");
         f.session.execute("SAVEPOINT s");
         f.session.execute("MATCH (p:Person {id: 4}) SET p.x = 4");
         f.session.execute("ROLLBACK TO SAVEPOINT s");
         f.session.execute("COMMIT");
       }},
      {"a transaction that reads",
       [](F& f) {
         f.session.execute("START TRANSACTION READ ONLY");
         f.session.execute("MATCH (p:Person) RETURN count(*)").consume();
         f.session.execute("ROLLBACK");
       }},
      statement("explain", "EXPLAIN MATCH (p:Person)-[:KNOWS]->(q) WHERE p.id > 4 RETURN q.name"),
      statement("profile", "PROFILE MATCH (p:Person)-[:KNOWS]->(q) WHERE p.id > 4 RETURN q.name"),
      statement("insert",
                "INSERT (:Other {id: 1000, name: 'somebody with a name'})-[:KNOWS {since: "
                "1}]->(:Other {id: 1001})"),
      statement("set",
                "MATCH (p:Person) WHERE p.id < 50 SET p.x = p.id * 2, p.y = 'new' || p.name"),
      statement("remove", "MATCH (p:Person) REMOVE p.y"),
      statement("delete", "MATCH (p:Person) WHERE p.id > 900 DETACH DELETE p"),
      statement("merge", "MERGE (p:Person {id: 17}) ON MATCH SET p.x = 1 ON CREATE SET p.x = 2"),
      {"create and drop an index",
       [](F& f) {
         f.session.execute("CREATE INDEX i IF NOT EXISTS FOR (p:Person) ON (p.name)");
         f.session.execute("DROP INDEX i IF EXISTS");
       }},
      {"create and drop a graph",
       [](F& f) {
         f.session.execute("CREATE GRAPH IF NOT EXISTS other ANY");
         f.session.execute("USE other INSERT (:Person {id: 1})");
         f.session.execute("DROP GRAPH IF EXISTS other");
       }},
      statement("order by", "MATCH (p:Person) RETURN p.name, p.id ORDER BY p.name DESC, p.id"),
      statement("group by",
                "MATCH (p:Person) RETURN p.id % 7, count(*), collect(p.name), avg(p.id)"),
      statement("distinct", "MATCH (p:Person)-[:KNOWS]->(q) RETURN DISTINCT q.name, p.id % 3"),
      statement("quantified path", "MATCH p = (a:Person {id: 1})-[:KNOWS]->{1,3}(b) RETURN p"),
      statement("shortest path",
                "MATCH p = ANY SHORTEST (a:Person {id: 1})-[:KNOWS]->+(b:Person {id: 9}) RETURN p"),
      statement("optional and exists",
                "MATCH (p:Person) WHERE EXISTS { (p)-[:KNOWS]->(:Person {id: 3}) } OPTIONAL MATCH "
                "(p)-[:NONE]->(q) RETURN p.name, q"),
      statement("join",
                "MATCH (p:Person), (q:Person) WHERE p.name = q.name AND p.id < q.id RETURN "
                "count(*), max(q.id)"),
      statement("union", "MATCH (p:Person) RETURN p.id UNION MATCH (p:Person) RETURN p.id + 1"),
      statement("procedure", "CALL db.labels() YIELD label RETURN label"),
      statement("show", "SHOW CONSTRAINTS"),
      statement("session set", "SESSION SET VALUE $v = 'a value of the session, not short'"),
      statement("updates in batches",
                "MATCH (p:Person) CALL (p) { SET p.x = p.id } IN TRANSACTIONS OF 30 ROWS"),
      statement("texts",
                "RETURN upper('some text that is long') || trim('  x  '), "
                "split('a,b,c,d,e,f', ','), replace('a text', 't', 'another text')"),
      statement("times",
                "RETURN DATE '2024-02-03' + DURATION 'P3D', CAST(ZONED DATETIME "
                "'2024-02-03T10:11:12+01:00' AS STRING)"),
      statement("decimals", "RETURN CAST('12345678901234567890.123' AS DECIMAL(40, 10)) * 7"),
      statement("lists and records",
                "RETURN [x IN range(1, 50) WHERE x % 2 = 0 | {a: x, b: [x, 'text of ' || CAST(x AS "
                "STRING)]}]"),
      {"verify", [](F& f) { (void)verify(f.database); }},
      {"import_files",
       [](F& f) {
         const auto options = prepared([&] {
           const std::string file = f.directory.file("people.csv");
           std::ofstream(file) << "id,name\n1,somebody\n2,another one\n";
           ImportOptions made;
           made.nodes = {{{"Imported"}, file, "id", false}};
           made.workers = 1;
           return made;
         });
         (void)import_files(f.database, options);
       }},
  };
}

}  // namespace

MemoryFixture::MemoryFixture()
    : database(directory.file("graph.geode"), small_options()), session(database.session()) {
  session.execute("CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE");
  Transaction transaction = database.begin_write();
  for (std::int64_t i = 0; i < 120; ++i) {
    nodes.push_back(transaction.insert_node(
        {"Person"},
        {{"id", Value(i)}, {"name", Value("person number " + std::to_string(i % 40))}}));
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::size_t step : {1, 7}) {
      edges.push_back(transaction.insert_edge(nodes[i], nodes[(i + step) % nodes.size()], "KNOWS",
                                              {{"since", Value(static_cast<std::int64_t>(i))}}));
    }
  }
  transaction.commit();
}

std::string MemoryFixture::new_file(const char* ending) {
  const FailingMemory::Pause pause;
  return directory.file("file" + std::to_string(++files) + ending);
}

const std::vector<MemoryPath>& memory_paths() {
  static const std::vector<MemoryPath> paths = make_paths();
  return paths;
}

}  // namespace geode::test
