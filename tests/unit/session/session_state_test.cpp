#include <atomic>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include <geode/geode.hpp>

namespace geode {
namespace {

std::string hint_of(Database& database, std::string_view statement) {
  try {
    database.execute(statement).consume();
  } catch (const Error& error) {
    return error.hint_text();
  }
  return "no error";
}

TEST_CASE("what a session sets is its own", "[session]") {
  Database database;
  Session one = database.session(), two = database.session();
  one.execute("SESSION SET VALUE $x = 1");
  one.execute("SESSION SET TIME ZONE '+03:00'");
  CHECK(one.execute("RETURN $x").single() == Value(1));
  CHECK_THROWS_AS(two.execute("RETURN $x").single(), Error);
  CHECK(two.execute("RETURN datetime('2020-01-01T00:00').offset").single() == Value("Z"));
  CHECK(one.prepare("RETURN $x + 1").execute().single() == Value(2));
  CHECK(one.execute("RETURN $x", {{"x", Value(9)}}).single() == Value(9));
}

TEST_CASE("a session that refuses writes does so for itself alone", "[session]") {
  Database database;
  Session writer = database.session(), reader = database.session();
  const auto code_of = [&](std::string_view statement) -> std::string {
    try {
      reader.execute(statement).consume();
    } catch (const Error& error) {
      return error.gqlstatus();
    }
    return "";
  };
  reader.execute("START TRANSACTION");
  reader.execute("INSERT (:A)");
  reader.refuse_writes();
  CHECK(reader.read_only());
  CHECK_FALSE(writer.read_only());
  CHECK(code_of("INSERT (:A)") == "");  // the transaction had begun before
  CHECK(code_of("COMMIT") == "");
  CHECK(code_of("INSERT (:A)") == status::kReadOnlyTransaction);
  CHECK(code_of("MATCH (a:A) SET a.x = 1") == status::kReadOnlyTransaction);
  CHECK(code_of("START TRANSACTION READ WRITE") == status::kReadOnlyTransaction);
  CHECK(code_of("START TRANSACTION") == "");
  CHECK(reader.transaction_state() == TransactionState::kReading);
  writer.execute("INSERT (:A)");
  CHECK(code_of("COMMIT") == "");
  CHECK(reader.execute("MATCH (a:A) RETURN count(*)").single() == Value(3));
}

TEST_CASE("SESSION_USER is the user the database was opened for", "[session]") {
  Options options;
  options.user = "ada";
  Database database(":memory:", options);
  CHECK(database.execute("RETURN SESSION_USER").single() == Value("ada"));
  CHECK(database.execute("CALL system.queries() YIELD user").single() == Value("ada"));
}

TEST_CASE("a closed session refuses, prepared statements included", "[session]") {
  Database database;
  Session session = database.session();
  PreparedStatement prepared = session.prepare("RETURN 1");
  session.execute("SESSION CLOSE");
  for (int i = 0; i < 2; ++i) {
    try {
      if (i == 0) prepared.execute();
      if (i == 1) session.prepare("RETURN 2");
      FAIL("not refused");
    } catch (const Error& error) {
      CHECK(error.gqlstatus() == "08000");
    }
  }
}

TEST_CASE("another session ends a statement by its id", "[session]") {
  Database database;
  std::atomic<bool> ended{false};
  std::string status;
  std::thread runner([&] {
    try {
      database
          .execute(
              "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b "
              "RETURN max(a * b)")
          .consume();
    } catch (const Error& error) {
      status = error.gqlstatus();
    }
    ended = true;
  });
  while (!ended) {
    Result found = database.execute(
        "CALL system.queries() YIELD id, query WHERE query STARTS WITH 'UNWIND' RETURN id");
    if (std::optional<Row> row = found.next()) {
      try {
        database.execute("CALL system.kill_query($id)", {{"id", (*row)[0]}}).consume();
      } catch (const Error& error) {
        // It has ended since it was listed, but has not said so yet.
        CHECK(error.gqlstatus() == "42002");
      }
    }
    std::this_thread::yield();
  }
  runner.join();
  CHECK(status == "57X01");
}

TEST_CASE("a result that is being read is listed without its literals, and no longer when it was read", "[session]") {
  Database database;
  Session session = database.session();
  const auto listed = [&] {
    return database
        .execute("CALL system.queries() YIELD query WHERE query = $text RETURN count(*)",
                 {{"text", Value("UNWIND range(?, ?) AS x RETURN x")}})
        .single();
  };
  Result result = session.execute("UNWIND range(1, 10000) AS x RETURN x");
  result.next();
  CHECK(listed() == Value(1));
  result.consume();
  CHECK(listed() == Value(0));
}

TEST_CASE("the diagnostic record names the operation", "[session]") {
  Database database;
  CHECK(database.execute("MATCH (n) RETURN n").consume().diagnostics.operation == "MATCH");
  CHECK(database.execute("INSERT (:A)").consume().diagnostics.operation == "INSERT");
  CHECK(database.execute("MATCH (n) SET n.x = 1").consume().diagnostics.current_schema == "/");
  try {
    database.execute("RETURN 1 / 0").consume();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.gqlstatus() == "22012");
  }
  try {
    database.execute("DROP INDEX none");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.diagnostics().operation == "DROP INDEX");
    CHECK(error.diagnostics().operation_code == 0);
  }
}

TEST_CASE("common slips are answered with a hint", "[session]") {
  Database database;
  database.execute("CREATE INDEX person_name FOR (p:Person) ON (p.name)");
  CHECK(hint_of(database, "CALL db.lables()") == "did you mean `db.labels`?");
  CHECK(hint_of(database, "MATCH (p) WHERE p.name = Ada RETURN p") ==
        "a text is written in quotes: 'Ada'");
  CHECK(hint_of(database, "MATCH (p) WHERE p.name == 'Ada' RETURN p") == "write a single `=`");
  CHECK(hint_of(database, "RETURN 'it's'") == "within a text a quote is written twice: 'it''s'");
  CHECK(hint_of(database, "RETURN qqqqqqqqqqqqq(1)") == "SHOW FUNCTIONS lists them");
  CHECK(hint_of(database, "SELECT name FROM Person") ==
        "nodes are found by a pattern: SELECT x.name FROM CURRENT_GRAPH MATCH (x:Person)");
  CHECK(hint_of(database, "DROP INDEX person_nam") == "did you mean `person_name`?");
}

}  // namespace
}  // namespace geode
