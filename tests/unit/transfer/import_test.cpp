#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include <geode/import.hpp>
#include "text_file.hpp"
#include "transfer/import_run.hpp"

using namespace geode;
using geode::test::write_file;

namespace {

/// A database and files to import into it.
class Imports {
 public:
  Imports() {
    storage::EnvironmentOptions options;
    options.sync = storage::SyncMode::kOff;
    environment_ = storage::Environment::open(directory_.file("x.geode"), options);
  }
  std::string file(const std::string& name, std::string_view text) {
    return write_file(directory_, name, text);
  }
  void nodes(const std::string& label, const std::string& name, std::string_view text,
             const std::string& key = {}) {
    NodeSource source;
    source.labels = {label};
    source.file = file(name, text);
    source.key = key;
    options.nodes.push_back(source);
  }
  void edges(const std::string& label, const std::string& name, std::string_view text,
             const std::string& from, const std::string& to) {
    EdgeSource source;
    source.label = label;
    source.file = file(name, text);
    source.from_label = from;
    source.to_label = to;
    options.edges.push_back(source);
  }
  ImportReport run() {
    const ImportReport report = transfer::ImportRun(environment_, -1, options).run();
    options = ImportOptions();
    return report;
  }
  /// Message and hint of the error of an import.
  std::string error() {
    try {
      transfer::ImportRun(environment_, -1, options).run();
    } catch (const Error& error) {
      return error.message() + "|" + error.hint_text();
    }
    return "no error";
  }
  std::unique_ptr<graph::GraphTransaction> read() const {
    return graph::GraphTransaction::begin_read(environment_);
  }
  /// All nodes of a label as literals, one a line.
  std::string show_nodes(const std::string& label) const {
    const auto txn = read();
    const auto id = txn->catalog().find_label(catalog::kHomeGraph, label);
    if (!id) return "";
    std::vector<NodeId> found(10000);
    found.resize(txn->scan_nodes(*id, NodeId{0}, found.data(), 10000));
    std::string out;
    for (const NodeId node : found) {
      out += Value(txn->resolve_node(node).as_node().properties).to_string() + "\n";
    }
    return out;
  }
  /// All edges of a label as "id->id {properties}", one a line.
  std::string show_edges(const std::string& label) const {
    const auto txn = read();
    const auto edge_label = txn->catalog().find_edge_label(catalog::kHomeGraph, label);
    if (!edge_label) return "";
    const auto key = txn->catalog().find_property_key("id");
    REQUIRE(key.has_value());
    const auto name = [&](NodeId node) {
      return txn->node_column(*key).get(raw(node)).to_string();
    };
    std::string out;
    for (std::uint64_t source = 0; source < txn->node_id_limit(); ++source) {
      const auto all =
          txn->adjacency(*edge_label, graph::Direction::kOut).neighbours(NodeId{source});
      for (std::uint32_t i = 0; i < all.size; ++i) {
        const NodeId target{all.nodes[i]};
        const EdgeId id = make_edge_id(static_cast<std::uint32_t>(*edge_label), all.edge_number(i));
        out += name(NodeId{source}) + "->" + name(target) + " " +
               Value(txn->resolve_edge({id, NodeId{source}, target}).as_edge().properties)
                   .to_string() +
               "\n";
      }
    }
    return out;
  }
  std::uint64_t node_count() const { return read()->node_count(catalog::kHomeGraph); }

  ImportOptions options;

 private:
  test::TempDirectory directory_;
  std::shared_ptr<storage::Environment> environment_;
};

constexpr std::string_view kPeople =
    "id,name,age,born,zip\n1,Ada,36,1815-12-10,007\n2,Bob,,,12\n3,\"Cy, jr\",5,2001-01-01,\"\"\n";

}  // namespace

TEST_CASE("files of nodes and edges become a graph", "[transfer]") {
  Imports imports;
  imports.nodes("Person", "people.csv", kPeople);
  imports.nodes("City", "cities.jsonl",
                "{\"id\": \"osl\", \"tags\": [\"cold\"], \"pop\": 1}\n"
                "{\"id\": \"rom\", \"at\": {\"lat\": 41.9}, \"pop\": 2.5}\n");
  imports.edges("Knows", "knows.csv", "from,to,since\n1,2,2020\n3,1,\n", "Person", "Person");
  imports.edges(
      "LivesIn", "lives.jsonl",
      "{\"from\": 1, \"to\": \"osl\"}\n{\"to\": \"rom\", \"from\": 2, \"why\": \"work\"}\n",
      "Person", "City");
  const ImportReport report = imports.run();
  CHECK(report.nodes == 5);
  CHECK(report.edges == 4);
  CHECK(report.rejected == 0);
  CHECK(imports.show_nodes("Person") ==
        "{id: 1, name: 'Ada', age: 36, born: 1815-12-10, zip: '007'}\n"
        "{id: 2, name: 'Bob', zip: '12'}\n"
        "{id: 3, name: 'Cy, jr', age: 5, born: 2001-01-01, zip: ''}\n");
  CHECK(imports.show_nodes("City") ==
        "{id: 'osl', tags: ['cold'], pop: 1.0}\n{id: 'rom', pop: 2.5, at: {lat: 41.9}}\n");
  CHECK(imports.show_edges("Knows") == "1->2 {since: 2020}\n3->1 {}\n");
  CHECK(imports.show_edges("LivesIn") == "1->'osl' {}\n2->'rom' {why: 'work'}\n");

  SECTION("the keys that edges refer to are unique from then on") {
    const auto txn = imports.read();
    REQUIRE(txn->catalog().constraints().size() == 2);
    CHECK(txn->catalog().constraints()[0].name == "City_id_unique");
    std::vector<NodeId> found;
    const Value key(2);
    for (const auto& index : txn->catalog().indexes()) {
      if (index.name == "Person_id_unique") txn->seek_equal(index.id, std::span(&key, 1), found);
    }
    CHECK(found.size() == 1);
  }
  SECTION("a second import refers to nodes of the first, and adds to its edges") {
    imports.nodes("Person", "more.csv", "id,name\n4,Dot\n", "id");
    imports.edges("Knows", "knows2.csv", "a,b\n4,1\n1,4\n1,2\n", "Person", "Person");
    CHECK(imports.run().edges == 3);
    CHECK(imports.show_edges("Knows") ==
          "1->2 {since: 2020}\n1->2 {}\n1->4 {}\n3->1 {}\n4->1 {}\n");
  }
  SECTION("a key that is there already is a bad row") {
    imports.nodes("Person", "again.csv", "id,name\n4,Dot\n3,Eve\n", "id");
    CHECK_THAT(imports.error(),
               Catch::Contains("again.csv:3:1: there is a node Person with id = 3 already"));
    CHECK(imports.node_count() == 5);
  }
}

TEST_CASE("an import ends at a bad row and leaves the database as it was", "[transfer]") {
  Imports imports;
  imports.nodes("Person", "p.csv", "id,age\n1,5\n2,4o\n", "id");
  SECTION("a value of another type") {
    imports.options.types = {{"age", "INTEGER"}};
    CHECK_THAT(imports.error(),
               Catch::Contains("p.csv:3:3: expected INTEGER in column age, got `4o`"));
  }
  SECTION("a missing end") {
    imports.edges("Knows", "k.csv", "from,to\n1,2\n2,9\n", "Person", "Person");
    CHECK_THAT(imports.error(),
               Catch::Contains("k.csv:3:3: column to: there is no node Person with id = `9`"));
  }
  SECTION("a key twice") {
    imports.nodes("Person", "q.csv", "id\n2\n", "id");
    CHECK_THAT(imports.error(),
               Catch::Contains("q.csv:2:1: there is a node Person with id = 2 already"));
  }
  SECTION("an empty key") {
    imports.nodes("Person", "q.csv", "x,id\n2,\n", "id");
    CHECK_THAT(imports.error(), Catch::Contains("q.csv:2:3: the key column id is empty"));
  }
  SECTION("a key column that is not there") {
    imports.options.nodes[0].key = "nr";
    CHECK_THAT(imports.error(), Catch::Contains("there is no column nr|its columns are id, age"));
  }
  SECTION("a progress callback that says stop") {
    imports.options.progress = [](const ImportProgress& progress) {
      return progress.step.find("commit") == std::string::npos;
    };
    CHECK_THAT(imports.error(), Catch::Contains("cancelled"));
  }
  CHECK(imports.node_count() == 0);
  CHECK(imports.read()->catalog().constraints().empty());
}

TEST_CASE("bad rows are skipped or logged when that is asked for", "[transfer]") {
  Imports imports;
  imports.nodes("Person", "p.csv", "id,age\n1,5\n2,4o\n3\n4,7\n1,8\n", "id");
  imports.edges("Knows", "k.csv", "from,to\n1,4\n1,2\n", "Person", "Person");
  imports.options.types = {{"age", "INTEGER"}};
  const std::string log = imports.file("log", "");
  SECTION("skipped") { imports.options.on_error = OnError::kSkip; }
  SECTION("logged") {
    imports.options.on_error = OnError::kLog;
    imports.options.error_file = log;
  }
  const bool logged = imports.options.on_error == OnError::kLog;
  const ImportReport report = imports.run();
  CHECK(report.nodes == 2);
  CHECK(report.edges == 1);
  CHECK(report.rejected == 4);
  CHECK(imports.show_nodes("Person") == "{id: 1, age: 5}\n{id: 4, age: 7}\n");
  CHECK(imports.show_edges("Knows") == "1->4 {}\n");
  if (logged) {
    std::stringstream text;
    text << std::ifstream(log).rdbuf();
    CHECK_THAT(text.str(),
               Catch::Contains("p.csv:3:3: expected INTEGER in column age, got `4o`\n"));
    CHECK_THAT(text.str(), Catch::Contains("p.csv:4:1: expected 2 fields, got 1\n"));
    CHECK_THAT(text.str(), Catch::Contains("p.csv:6:1: there is a node"));
    CHECK_THAT(text.str(), Catch::Contains("k.csv:3:3: column to"));
  }
}

TEST_CASE("edges refer to any property of their ends", "[transfer]") {
  Imports imports;
  imports.nodes("Person", "p.csv",
                "id,name,height,born\n1,Ada,1.5,2000-01-01\n2,Bob,1.75,2000-01-02\n3,Bob,2,\n");
  imports.edges("A", "a.csv", "x,y\nAda,1.75\n", "Person", "Person");
  imports.options.edges[0].from_key = "name";
  imports.options.edges[0].to_key = "height";
  imports.edges("B", "b.csv", "x,y\n2000-01-02,2.0\n", "Person", "Person");
  imports.options.edges[1].from_key = "born";
  imports.options.edges[1].to_key = "height";
  SECTION("of texts, numbers and dates") {
    imports.run();
    CHECK(imports.show_edges("A") == "1->2 {}\n");
    CHECK(imports.show_edges("B") == "2->3 {}\n");
    // What is no key is not made unique.
    CHECK(imports.read()->catalog().constraints().empty());
  }
  SECTION("unless several nodes have it") {
    imports.edges("C", "c.csv", "x,y\nBob,Ada\n", "Person", "Person");
    imports.options.edges[2].from_key = imports.options.edges[2].to_key = "name";
    CHECK_THAT(imports.error(),
               Catch::Contains("there are several nodes Person with name = `Bob`"));
  }
}

TEST_CASE("files of one edge label are loaded together with the properties of all", "[transfer]") {
  Imports imports;
  imports.nodes("N", "n.csv", "id\n1\n2\n");
  imports.edges("E", "e1.csv", "from,to,a\n2,1,5\n", "N", "N");
  imports.edges("E", "e2.csv", "a,b,from\n1,2,x\n", "N", "N");
  imports.run();
  CHECK(imports.show_edges("E") == "1->2 {from: 'x'}\n2->1 {a: 5}\n");
}

namespace {

/// Some MiB of edges; a few have texts of many lines, so that blocks begin within quotes.
std::string many_edges(int long_text_every, const std::string& bad_row, int bad_at) {
  std::string out = "from,to,weight,note\n";
  const std::string text(70'000, 'x');
  for (int i = 0; i < 60'000; ++i) {
    if (i == bad_at) out += bad_row;
    out += std::to_string(i * 7 % 5000) + "," + std::to_string(i * 13 % 5000) + ",";
    if (i % 3 != 0) out += std::to_string(i % 100);
    out += ",";
    if (long_text_every > 0 && i % long_text_every == 1) {
      out += "\"line\n1,2,3,\"\"4\"\"\n" + text + "\n5,6,7,8\"";
    } else if (i % 2 == 0) {
      out += "\"a note of some words, the number of which is " + std::to_string(i % 9) + "\"";
    }
    out += i % 4 == 0 ? "\r\n" : "\n";
  }
  out.pop_back();  // the last line has no line feed
  return out;
}

struct Outcome {
  std::string error, edges;
  std::uint64_t edge_count = 0, rejected = 0, bytes_read = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome import_with(std::uint32_t workers, const std::string& edges, OnError on_error) {
  Imports imports;
  std::string people = "id\n";
  for (int i = 0; i < 5000; ++i) people += std::to_string(i) + "\n";
  imports.nodes("N", "n.csv", people);
  imports.edges("E", "e.csv", edges, "N", "N");
  imports.options.workers = workers;
  imports.options.on_error = on_error;
  Outcome out;
  if (on_error == OnError::kStop) {
    out.error = imports.error();
    out.error.erase(0, out.error.find("e.csv"));
  } else {
    const ImportReport report = imports.run();
    out.edge_count = report.edges;
    out.rejected = report.rejected;
    out.bytes_read = report.bytes_read;
  }
  if (imports.node_count() > 0) out.edges = imports.show_edges("E");
  return out;
}

}  // namespace

TEST_CASE("what is imported does not depend on the number of workers", "[transfer]") {
  for (const int long_text_every : {0, 2'000, 30'000}) {
    const std::string edges = many_edges(long_text_every, "", -1);
    const Outcome one = import_with(1, edges, OnError::kSkip);
    INFO("long texts: one in " << long_text_every);
    CHECK(one.edge_count == 60'000);
    CHECK(one.rejected == 0);
    CHECK(one.bytes_read == edges.size() + 5000 * 5 - 1110 + 3);
    CHECK((import_with(3, edges, OnError::kSkip) == one));
  }
}

TEST_CASE("bad rows are told in the same words with several workers", "[transfer]") {
  for (const std::string bad : {"1,2,3\n", "1,77777,3,x\n", "1,2,3,\"x\"y\n", "1,2,3,\xff\n"}) {
    for (const int at : {30'000, 59'990}) {
      const std::string edges = many_edges(25'000, bad, at);
      INFO(bad << " at " << at);
      const Outcome one = import_with(1, edges, OnError::kStop);
      CHECK(one.error != "no error");
      CHECK((import_with(2, edges, OnError::kStop) == one));
      const Outcome skipped = import_with(1, edges, OnError::kSkip);
      CHECK(skipped.rejected == 1);
      CHECK((import_with(2, edges, OnError::kSkip) == skipped));
    }
  }
}

namespace {

/// Nodes of some MiB, with texts of many lines now and then, and edges between some of them.
Outcome import_nodes_with(std::uint32_t workers, const std::string& bad_row, int bad_at,
                          int long_text_every, OnError on_error) {
  std::string people = "id,name,age,note\n";
  const std::string text(70'000, 'x');
  for (int i = 0; i < 9'000; ++i) {
    if (i == bad_at) people += bad_row;
    people += std::to_string(i) + ",the name of person " + std::to_string(i % 77) + ",";
    if (i % 3 != 0) people += std::to_string(i % 100) + (i == 8'900 ? ".5" : "");
    people += ",";
    if (long_text_every > 0 && i % long_text_every == 1) {
      people += "\"line\n1,2,3,\"\"4\"\"\n" + text + "\n5,6,7,8\"";
    } else {
      people += "\"" + std::string(150, static_cast<char>('a' + i % 26)) + "\"";
    }
    people += "\n";
  }
  Imports imports;
  imports.nodes("N", "n.csv", people);
  imports.edges("E", "e.csv", "from,to\n0,8999\n8998,7\n", "N", "N");
  imports.options.workers = workers;
  imports.options.on_error = on_error;
  Outcome out;
  if (on_error == OnError::kStop) {
    out.error = imports.error();
    out.error.erase(0, out.error.find("n.csv"));
  } else {
    const ImportReport report = imports.run();
    out.edge_count = report.nodes;
    out.rejected = report.rejected;
    out.bytes_read = report.bytes_read;
  }
  out.edges = imports.show_nodes("N") + (imports.node_count() > 0 ? imports.show_edges("E") : "");
  return out;
}

}  // namespace

TEST_CASE("what is imported of nodes does not depend on the number of workers", "[transfer]") {
  for (const int long_text_every : {0, 300, 5'000}) {
    INFO("long texts: one in " << long_text_every);
    const Outcome one = import_nodes_with(1, "", -1, long_text_every, OnError::kSkip);
    CHECK(one.edge_count == 9'000);
    CHECK(one.rejected == 0);
    // One number has a fraction, so that all of them are floats.
    CHECK(one.edges.find("age: 1.0") != std::string::npos);
    CHECK((import_nodes_with(3, "", -1, long_text_every, OnError::kSkip) == one));
  }
}

TEST_CASE("bad rows of nodes are told in the same words with several workers", "[transfer]") {
  // A key that is there before, and one that comes later; no key; too few fields; no UTF-8.
  for (const std::string bad : {"3,x,1,y\n", "8999,x,1,y\n", ",x,1,y\n", "1,2,3\n", "1,\xff,,\n"}) {
    for (const int at : {4'000, 8'990}) {
      INFO(bad << " at " << at);
      const Outcome one = import_nodes_with(1, bad, at, 4'500, OnError::kStop);
      CHECK(one.error != "no error");
      CHECK(one.edges.empty());
      CHECK((import_nodes_with(2, bad, at, 4'500, OnError::kStop) == one));
      const Outcome skipped = import_nodes_with(1, bad, at, 4'500, OnError::kSkip);
      CHECK(skipped.rejected == 1);
      // Where the bad row took the key, the good one is rejected.
      CHECK(skipped.edge_count == 9'000);
      CHECK((import_nodes_with(2, bad, at, 4'500, OnError::kSkip) == skipped));
    }
  }
}
