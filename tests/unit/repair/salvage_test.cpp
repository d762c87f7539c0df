// One thing is damaged at a time; what is saved must be all but that, and nothing else.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/database.hpp>
#include <geode/error.hpp>
#include <geode/salvage.hpp>
#include "base/bytes.hpp"
#include "graph/keys.hpp"
#include "storage/page_walk.hpp"
#include "storage/transaction.hpp"
#include "temp_directory.hpp"

using namespace geode;
using geode::graph::Direction;
using geode::graph::ElementKind;
using geode::storage::Table;
using geode::test::TempDirectory;
namespace keys = geode::graph::keys;

namespace {

/// 6000 nodes of one label in a row of edges, merged into chunks, and three nodes of another one
/// that wait in deltas.
class Damaged {
 public:
  Damaged() {
    Database database(path());
    for (const char* statement :
         {"CREATE CONSTRAINT one_id FOR (n:P) REQUIRE n.id IS UNIQUE",
          "CREATE INDEX by_name FOR (n:P) ON (n.name)",
          "UNWIND range(0, 5999) AS i INSERT (:P {id: i, name: 'name ' || CAST(i % 10 AS STRING)})",
          "MATCH (a:P), (b:P) WHERE a.id + 1 = b.id INSERT (a)-[:K {since: a.id}]->(b)",
          "MATCH (a:P WHERE a.id < 10), (b:P WHERE b.id = a.id + 100) INSERT (a)~[:U]~(b)",
          "CREATE GRAPH other", "USE other INSERT (:A {x: 1})-[:B]->(:A {x: 2})"}) {
      database.execute(statement);
    }
    database.compact();
    database.execute("UNWIND [1, 2, 3] AS i INSERT (:Q&R {id: i})");
    database.execute("MATCH (n:P {id: 7}) SET n.name = 'seven'");
  }

  std::string path() const { return directory_.file("damaged.geode"); }
  std::string output() const { return directory_.file("saved.geode"); }
  std::string beside(const char* name) const { return directory_.file(name); }

  void change(const std::function<void(storage::WriteTransaction&)>& what) {
    const auto txn = storage::WriteTransaction::begin(storage::Environment::open(path(), {}));
    what(*txn);
    txn->commit();
  }
  /// Changes bytes of the page that `choose` picks from those of a walk.
  void spoil_page(std::uint64_t page) {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(page * 4096));
    file.write("spoilt", 6);
  }
  std::string bytes() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  SalvageReport salvage() { return geode::salvage(path(), output()); }
  std::int64_t number(const std::string& question) {
    return Database(output()).execute(question).next()->values()[0].as_int64();
  }

 private:
  TempDirectory directory_;
};

bool tells(const SalvageReport& report, std::string_view where) {
  return std::any_of(report.losses.begin(), report.losses.end(), [&](const SalvageLoss& loss) {
    return (loss.where + ": " + loss.what).find(where) != std::string::npos;
  });
}

std::string text_of(const SalvageReport& report) {
  std::string out;
  for (const SalvageLoss& loss : report.losses) out += loss.where + ": " + loss.what + "\n";
  return out;
}

constexpr auto kNodes = "MATCH (n) RETURN count(*)";
constexpr auto kEdges = "MATCH ()-[k:K]->() RETURN count(*)";

}  // namespace

TEST_CASE("what a salvage left that was killed is removed by the next one beside it") {
  Damaged db;
  const std::filesystem::path left = db.beside(".geode-scratch-killed");
  std::filesystem::create_directory(left);
  std::ofstream(left / "pieces.geode") << "half";
  db.salvage();
  CHECK_FALSE(std::filesystem::exists(left));
  for (const auto& entry : std::filesystem::directory_iterator(left.parent_path())) {
    CHECK_FALSE(entry.path().filename().string().starts_with('.'));
  }
}

TEST_CASE("a database without damage is salvaged whole, with an id of its own") {
  Damaged db;
  const std::string id = Database(db.path()).id();
  const SalvageReport report = db.salvage();
  INFO(text_of(report));
  CHECK(report.whole());
  CHECK(report.nodes == 6005);
  CHECK(report.edges == 6010);
  CHECK(report.indexes == 1);
  CHECK(report.constraints == 1);
  CHECK(report.graphs == 2);
  CHECK(report.database_id != id);
  CHECK(verify(db.output()).ok());
  CHECK(db.number(kNodes) == 6003);
  CHECK(db.number(kEdges) == 5999);
  CHECK(db.number("MATCH (:P)~[u:U]~(:P) RETURN count(DISTINCT u)") == 10);
  CHECK(db.number("MATCH (n:P {name: 'seven'}) RETURN n.id") == 7);
  CHECK(db.number("MATCH (n:Q&R) RETURN sum(n.id)") == 6);
  CHECK(db.number("MATCH (a:P {id: 41})-[k:K]->(b) RETURN k.since + b.id") == 83);
  CHECK(db.number("USE other MATCH (a:A)-[:B]->(b) RETURN b.x") == 2);
  CHECK_THROWS_WITH(Database(db.output()).execute("INSERT (:P {id: 7})"), Catch::Contains("22X10"));
}

TEST_CASE("an output that is there already is left alone, and so is a file that is open") {
  Damaged db;
  SECTION("output") {
    std::ofstream(db.output()) << "mine";
    CHECK_THROWS_WITH(db.salvage(), Catch::Contains("42X03"));
    CHECK(std::filesystem::file_size(db.output()) == 4);
  }
  SECTION("open") {
    const Database open(db.path());
    CHECK_THROWS_WITH(db.salvage(), Catch::Contains("08X02"));
    CHECK(!std::filesystem::exists(db.output()));
  }
  SECTION("not a database") {
    std::ofstream(db.path(), std::ios::trunc) << "nothing of the kind";
    CHECK_THROWS_WITH(db.salvage(), Catch::Contains("08X01"));
  }
}

TEST_CASE("the direction of edges that can be read is enough") {
  for (const Direction direction : {Direction::kOut, Direction::kIn}) {
    Damaged db;
    db.change([&](storage::WriteTransaction& txn) {
      storage::Cursor cursor = txn.cursor(Table::kBase);
      const graph::Key prefix = graph::Key().u8(0x10).u8(keys::code(direction));
      std::vector<std::string> found;
      for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix);
           more = cursor.next()) {
        found.emplace_back(storage::as_text(cursor.key()));
      }
      for (const std::string& key : found) {
        txn.put(Table::kBase, storage::as_bytes(key), storage::as_bytes("no chunk"));
      }
    });
    const SalvageReport report = db.salvage();
    INFO(text_of(report));
    CHECK(report.edges == 6010);
    CHECK(tells(report, "outgoing side") == (direction == Direction::kOut));
    CHECK(db.number("MATCH (a:P {id: 41})-[k:K]->(b) RETURN k.since + b.id") == 83);
  }
}

TEST_CASE("a column that cannot be read is lost, and its elements are not") {
  Damaged db;
  db.change([&](storage::WriteTransaction& txn) {
    storage::Cursor cursor = txn.cursor(Table::kBase);
    const graph::Key prefix = graph::Key().u8(0x20).u8(0).u32(0).u32(0);
    REQUIRE(cursor.seek(prefix));
    REQUIRE(cursor.has_prefix(prefix));
    const std::string key(storage::as_text(cursor.key()));
    std::string value(storage::as_text(cursor.value()));
    value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
    txn.put(Table::kBase, storage::as_bytes(key), storage::as_bytes(value));
  });
  const SalvageReport report = db.salvage();
  INFO(text_of(report));
  CHECK(report.nodes == 6005);
  CHECK(report.edges == 6010);
  CHECK(tells(report, "property number 0"));
  CHECK(db.number("MATCH (n:P WHERE n.id IS NULL) RETURN count(*)") > 0);
  CHECK(db.number("MATCH (n:P WHERE n.id IS NOT NULL) RETURN count(*)") > 0);
}

TEST_CASE("edges of a node that is lost are told, and a lost extent is saved by its labels") {
  Damaged db;
  db.change([&](storage::WriteTransaction& txn) {
    txn.put(Table::kBase, keys::extent(0), storage::as_bytes("no extent"));
  });
  const SalvageReport report = db.salvage();
  INFO(text_of(report));
  CHECK(report.nodes == 6005);
  CHECK(tells(report, "nodes 0 to 4095"));
  CHECK(db.number("MATCH (n:P) RETURN count(*)") == 6000);
}

TEST_CASE("whatever page is spoilt, the rest is saved and nothing is made up") {
  Damaged db;
  const std::string whole = db.bytes();
  std::uint64_t saved = 0, cases = 0;
  for (std::uint64_t page = 0; page < whole.size() / 4096; page += 7) {
    std::ofstream(db.path(), std::ios::trunc | std::ios::binary) << whole;
    std::filesystem::remove(db.output());
    std::filesystem::remove(db.output() + "-lock");
    db.spoil_page(page);
    const SalvageReport report = db.salvage();
    INFO("page " << page << "\n" << text_of(report));
    CHECK(report.nodes <= 6005);
    CHECK(report.edges <= 6010);
    CHECK(db.number("MATCH (n:P WHERE n.id < 0 OR n.id > 5999) RETURN count(*)") == 0);
    CHECK(db.number("MATCH (a:P)-[k:K]->(b:P) WHERE a.id + 1 <> b.id OR k.since <> a.id "
                    "RETURN count(*)") == 0);
    saved += report.nodes;
    ++cases;
  }
  CHECK(saved > cases * 6005 * 9 / 10);
}

TEST_CASE("the file that is salvaged is not changed") {
  Damaged db;
  const std::string before = db.bytes();
  db.salvage();
  CHECK(db.bytes() == before);
}
