#include <string>

#include <catch2/catch.hpp>

#include <geode/geode.hpp>
#include "temp_directory.hpp"

namespace geode {
namespace {

std::string code_of(Database& database, std::string_view text) {
  try {
    database.execute(text).consume();
  } catch (const Error& error) {
    return error.gqlstatus();
  }
  return "no error";
}

TEST_CASE("constraints on values are kept in the file", "[session]") {
  const test::TempDirectory directory;
  const std::string path = directory.file("g.geode");
  {
    Database database(path);
    database.execute("CREATE CONSTRAINT c FOR (p:P) REQUIRE p.x IS TYPED LIST<INT8>[2]").consume();
    database.execute("CREATE CONSTRAINT d FOR (p:P) REQUIRE p.y < 3 OR p:Q").consume();
  }
  Database database(path);
  CHECK(database.query("SHOW CONSTRAINTS YIELD definition RETURN collect_list(definition)")
            .single()
            .to_string() ==
        "['FOR (x:P) REQUIRE x.x IS TYPED LIST<INT8>[2]', "
        "'FOR (p:P) REQUIRE p.y < 3 OR p IS LABELED Q']");
  CHECK(code_of(database, "INSERT (:P {x: [1, 2, 3]})") == "22X10");
  CHECK(code_of(database, "INSERT (:P {x: [128]})") == "22X10");
  CHECK(code_of(database, "INSERT (:P {y: 3})") == "22X10");
  CHECK(code_of(database, "INSERT (:P&Q {x: [127], y: 3})") == "no error");
  CHECK(code_of(database, "MATCH (p:P) REMOVE p:Q") == "22X10");
}

TEST_CASE("the graph API obeys constraints on values", "[session]") {
  Database database;
  database.execute("CREATE CONSTRAINT c FOR (p:P) REQUIRE p.x > 0").consume();
  database.execute("CREATE CONSTRAINT d FOR ()-[e:E]-() REQUIRE e.y IS TYPED STRING").consume();
  Transaction transaction = database.begin_write();
  const NodeId node = transaction.insert_node({"P"}, {{"x", 1}});
  transaction.insert_edge(node, node, "E", {{"y", "text"}});
  transaction.set_property(node, "x", Value(-1));
  CHECK_THROWS_AS(transaction.commit(), Error);
  CHECK(database.query("MATCH (n) RETURN count(*)").single() == Value(0));
}

}  // namespace
}  // namespace geode
