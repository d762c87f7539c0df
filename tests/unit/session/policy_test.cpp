#include <string>

#include <catch2/catch.hpp>
#include <fmt/core.h>

#include <geode/geode.hpp>

namespace geode {
namespace {

/// Columns and rows, or the error, as one text.
std::string answer(Session& session, const std::string& text) {
  std::string out;
  try {
    Result result = session.execute(text);
    for (const std::string& column : result.columns()) out += column + " ";
    out += "\n";
    for (const Row& row : result) {
      for (std::size_t i = 0; i < row.size(); ++i) out += row[i].to_string() + " ";
      out += "\n";
    }
  } catch (const Error& error) {
    out += std::string(error.gqlstatus()) + " " + std::string(error.message());
  }
  return out;
}

TEST_CASE("a condition on nodes does not stand in the way of edges, whose label it may be, too") {
  Database db;
  for (const char* statement : {"CREATE USER admin PASSWORD 'a' ROLE administrator",
                                "CREATE USER u PASSWORD 'a' ROLE reader",
                                "INSERT (:D {id: 1})-[:L]->(:D {id: 2})-[:D {id: 3}]->(:E {id: 4})",
                                "CREATE POLICY p ON (d:D) USING (EXISTS { (d)-[:L|D]->() })"})
    db.execute(statement);
  Session user = db.session("u");
  CHECK(answer(user, "MATCH (n) RETURN n.id ORDER BY n.id") == "n.id \n1 \n2 \n4 \n");
  CHECK(answer(user, "MATCH (a)-[e:L]->(b) RETURN a.id, b.id") == "a.id b.id \n1 2 \n");
  // The condition says nothing of edges: one with the label is not seen.
  CHECK(answer(user, "MATCH (a)-[e]->{1,3}(b) RETURN b.id") == "b.id \n2 \n");
  CHECK(answer(user, "MATCH ()-[e:D]->() RETURN e.id") == "e.id \n");

  db.execute("CREATE POLICY k ON (k:L) USING (EXISTS { (n WHERE n.id = 1)-[x WHERE x = k]->() })");
  CHECK(answer(user, "MATCH (a)-[e:L]->(b) RETURN a.id, b.id") == "a.id b.id \n1 2 \n");
}

TEST_CASE(
    "a property that is the whole condition hides what is not true in it, and tells nothing") {
  Database db;
  for (const char* statement :
       {"CREATE USER admin PASSWORD 'a' ROLE administrator",
        "CREATE USER u PASSWORD 'a' ROLE reader",
        "INSERT (:D {id: 1, flag: true}), (:D {id: 2, flag: false}), (:D {id: 3, flag: 1}), "
        "(:D {id: 4, flag: 'secret'}), (:D {id: 5})",
        "CREATE POLICY p ON D USING (flag)"})
    db.execute(statement);
  Session user = db.session("u");
  CHECK(answer(user, "MATCH (d:D) RETURN d.id") == "d.id \n1 \n");
  CHECK(answer(user, "MATCH (d) WHERE d.id > 1 RETURN count(*)") == "count(*) \n0 \n");
  for (const char* asks_a_property :
       {"flag IS Person OR id = 2", "flag.x = 1", "flag.x", "NOT flag.x IS NULL"}) {
    db.execute(fmt::format("CREATE POLICY q ON D USING ({})", asks_a_property));
    CHECK(answer(user, "MATCH (d:D) RETURN d.id") == "d.id \n1 \n");
    db.execute("DROP POLICY q ON D");
  }
}

}  // namespace
}  // namespace geode
