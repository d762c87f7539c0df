#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/geode.hpp>

namespace geode {
namespace {

/// Three graphs whose only node says where it is.
void fill(Database& database) {
  for (const char* statement :
       {"CREATE GRAPH sales", "CREATE SCHEMA /staff", "CREATE GRAPH /staff/`my graph`",
        "INSERT (:Place {name: 'home'})", "USE sales INSERT (:Place {name: 'sales'})",
        "USE /staff/`my graph` INSERT (:Place {name: 'mine'})"}) {
    database.execute(statement).consume();
  }
}

std::string code_of(Session& session, std::string_view text, const Parameters& parameters) {
  try {
    session.execute(text, parameters).consume();
  } catch (const Error& error) {
    return error.gqlstatus();
  }
  return "no error";
}

TEST_CASE("a program names a graph by its path", "[session]") {
  Database database;
  fill(database);
  Session session = database.session();
  const char* where = "USE $g MATCH (p:Place) RETURN p.name";
  const auto at = [&](const char* path) {
    return session.execute(where, {{"g", GraphReference{.path = path}}}).single();
  };
  CHECK(at("sales") == Value("sales"));
  CHECK(at("/staff/my graph") == Value("mine"));
  CHECK(at("/staff/`my graph`") == Value("mine"));
  CHECK(at("/default") == Value("home"));
  CHECK(code_of(session, where, {{"g", GraphReference{.path = "/nowhere"}}}) == "42002");
  CHECK(code_of(session, where, {{"g", Value("sales")}}) == "42002");
  CHECK(code_of(session, where, {}) == "42002");
}

TEST_CASE("a reference that came from the database is to the same graph whatever its path",
          "[session]") {
  Database database;
  fill(database);
  Session session = database.session();
  const Value sales = session.execute("RETURN GRAPH sales").single();
  REQUIRE(sales.type() == ValueType::kGraph);
  CHECK(sales.as_graph().path == "sales");
  CHECK(sales.to_string() == "sales");
  CHECK(sales == session.execute("USE sales RETURN CURRENT_GRAPH").single());
  CHECK_FALSE(sales == session.execute("RETURN HOME_GRAPH").single());
  CHECK(session
            .execute("RETURN $g = GRAPH sales AND $g = $l[0].g",
                     {{"g", sales}, {"l", List{Record{{"g", GraphReference{.path = "/sales"}}}}}})
            .single() == Value(true));

  session.execute("DROP GRAPH sales");
  session.execute("CREATE GRAPH sales");
  CHECK(code_of(session, "USE $g MATCH (n) RETURN n", {{"g", sales}}) == "42002");
  CHECK(session.execute("RETURN 1 AS one", {{"g", sales}}).single() == Value(1));
}

TEST_CASE("a prepared statement takes another graph each time", "[session]") {
  Database database;
  fill(database);
  Session session = database.session();
  PreparedStatement place = session.prepare("USE $g MATCH (p:Place {name: $name}) RETURN p.name");
  CHECK(place.parameters() == std::vector<std::string>{"g", "name"});
  for (int i = 0; i < 2; ++i) {
    CHECK(place.execute({{"g", GraphReference{.path = "sales"}}, {"name", "sales"}}).single() ==
          Value("sales"));
    CHECK(place.execute({{"g", GraphReference{.path = "/default"}}, {"name", "home"}}).single() ==
          Value("home"));
  }
  PreparedStatement insert = session.prepare("USE $g INSERT (:Made {by: 1})");
  insert.execute({{"g", GraphReference{.path = "sales"}}}).consume();
  CHECK(database.labels("sales").size() == 2);
  CHECK(database.labels().size() == 1);
  CHECK_THROWS_AS(database.labels("/nowhere"), Error);
}

TEST_CASE("a transaction of the graph API takes graphs, too", "[session]") {
  Database database;
  fill(database);
  Transaction transaction = database.begin_write();
  const Parameters sales{{"g", GraphReference{.path = "sales"}}};
  CHECK(transaction.execute("USE $g MATCH (p:Place) RETURN p.name", sales).single() ==
        Value("sales"));
  CHECK_THROWS_AS(transaction.execute("USE $g MATCH (p) RETURN p").consume(), Error);
  transaction.use_graph("/staff/my graph");
  CHECK(transaction.execute("RETURN CURRENT_GRAPH").single().as_graph().path ==
        "/staff/`my graph`");
  CHECK_THROWS_AS(transaction.insert_node({"Place"}, {{"g", Value(GraphReference{"/sales"})}}),
                  Error);
}

}  // namespace
}  // namespace geode
