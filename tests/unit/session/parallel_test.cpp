#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/database.hpp>
#include "temp_directory.hpp"

namespace geode {
namespace {

/// Chains, hubs, nodes that lack a property, floats whose sum depends on the order.
constexpr std::string_view kGraph =
    "FOR i IN range(0, 3999) "
    "INSERT (:P {i: i, t: 'text ' || CAST(i % 97 AS STRING), f: i * 0.1, "
    "o: CASE WHEN i % 5 = 0 THEN NULL ELSE i % 13 END})";
constexpr std::string_view kEdges =
    "MATCH (a:P) FOR k IN range(1, CASE WHEN a.i % 8 = 0 THEN 9 ELSE 4 END) "
    "MATCH (b:P {i: CASE WHEN k < 5 THEN a.i * 7 * k % 3989 ELSE a.i / 80 END}) "
    "INSERT (a)-[:E {w: (a.i + k) % 11}]->(b)";

/// Little enough for tools that have no large address space.
constexpr std::uint64_t kMapBytes = std::uint64_t{1} << 30;

Options with_workers(std::size_t workers) {
  Options options;
  options.worker_threads = workers;
  options.map_size_bytes = kMapBytes;
  options.morsel_nodes = 64;
  return options;
}

std::vector<std::string> rows_of(Session& session, std::string_view text) {
  std::vector<std::string> rows;
  Result result = session.execute(text);
  while (const std::optional<Row> row = result.next()) {
    std::string line;
    for (std::size_t i = 0; i < row->size(); ++i) line += (*row)[i].to_string() + "|";
    rows.push_back(line);
  }
  return rows;
}

void fill(const std::string& path) {
  Options options;
  options.map_size_bytes = kMapBytes;
  Database database(path, options);
  database.execute(kGraph);
  database.execute("CREATE INDEX FOR (x:P) ON (x.i)");
  database.execute(kEdges);
}

std::string plan_of(Session& session, const std::string& text) {
  std::string plan;
  for (const std::string& line : rows_of(session, "EXPLAIN " + text)) plan += line + "\n";
  return plan;
}

TEST_CASE("several threads give the rows of one, in its order", "[session]") {
  test::TempDirectory folder;
  const std::string path = (folder.path() / "g.geode").string();
  fill(path);
  struct Case {
    const char* text;
    const char* by;  ///< what its plan is shared out by
  };
  const std::vector<Case> cases = {
      {"MATCH (x:P) WHERE x.i % 3 = 1 RETURN x.i, x.t", "gather"},
      {"MATCH (x:P) RETURN x, x.t || 'a'", "gather"},
      {"MATCH (x:P)-[e:E]->(y:P) WHERE e.w > 3 RETURN x.i, y.i, e.w", "gather"},
      {"MATCH (x:P)-[:E]->(y) RETURN x.t, y.t ORDER BY y.t DESC, x.t LIMIT 17", "top"},
      {"MATCH (x:P) RETURN x.o AS o, x.i ORDER BY o LIMIT 40", "top"},
      {"MATCH (x:P) RETURN x.i ORDER BY x.t, x.i DESC", "gather"},
      {"MATCH (x:P) RETURN x.i ORDER BY x.t OFFSET 100 LIMIT 2000", ""},
      {"MATCH (x:P) RETURN DISTINCT x.t", "distinct"},
      {"MATCH (x:P)-[:E]->(y) RETURN DISTINCT y.o, x.o", "distinct"},
      {"MATCH (x:P) RETURN x.t, count(*), sum(x.i), min(x.f), max(x.t), avg(x.o)", "aggregate"},
      {"MATCH (x:P) RETURN count(x.o), sum(x.f), max(x.t)", "aggregate"},
      {"MATCH (x:P)-[:E]->(y:P) RETURN y.o, count(*) AS n, percentile_cont(x.i, 0.3)", "aggregate"},
      {"MATCH (x:P)-[:E]->(y:P)-[:E]->(z:P) WHERE x.o > 2 RETURN z.t, count(*), sum(y.i)",
       "aggregate"},
      {"MATCH (x:P) WHERE x.i % 7 < 5 RETURN x.o, collect(x.i), count(DISTINCT x.t)", "gather"},
      {"MATCH (x:P)-[:E]->(y) RETURN string_agg(x.t, '/')", "gather"},
      {"MATCH (a:P)-[:E]->(b:P)-[:E]->(c:P) WHERE b.o < 9 AND c.o > 3 RETURN count(*)",
       "count walks"},
      {"MATCH (a:P)-[:E]->(b:P)-[:E]->(c:P) WHERE c.t <> 'text 5' RETURN count(*)", "count walks"},
      {"MATCH (a:P)-[:E]->(b:P)-[:E]->(c:P)-[:E]->(d:P) RETURN count(*)", "count walks"},
      {"MATCH (x:P) WHERE EXISTS { (x)-[:E]->()-[e:E]->(y) WHERE y.o = e.w } RETURN x.i", "gather"},
      {"MATCH (x:P) RETURN x.i LIMIT 5", "gather"},
      {"MATCH (x:P) RETURN x.i OFFSET 3000 LIMIT 50", "gather"},
      {"MATCH (x:P), (y:P) WHERE x.i = y.i + 1 AND x.i % 50 = 0 RETURN x.i, y.t", ""},
      {"MATCH (x:P) WHERE x.o < 3 RETURN x.t UNION MATCH (x:P) WHERE x.i % 9 = 5 RETURN x.t",
       "gather"},
      {"MATCH (x:P) OPTIONAL MATCH (x)-[:E]->(y) WHERE y.i > 3500 RETURN x.i, y.i", ""},
      {"MATCH (x:P) LET k = x.i % 10 FILTER k > 4 RETURN k, count(*) AS n NEXT RETURN max(n)",
       "aggregate"},
  };
  const std::size_t workers = GENERATE(2, 3, 5);
  Database one(path, with_workers(1));
  Session alone = one.session();
  Database many(path, with_workers(workers));
  Session together = many.session();
  for (const Case& asked : cases) {
    INFO(asked.text << " with " << workers);
    const std::string plan = plan_of(together, asked.text);
    INFO(plan);
    if (*asked.by != '\0') {
      CHECK(plan.find(asked.by) != std::string::npos);
      CHECK(plan.find(" threads") != std::string::npos);
    }
    CHECK(plan_of(alone, asked.text).find(" threads") == std::string::npos);
    const std::vector<std::string> expected = rows_of(alone, asked.text);
    CHECK_FALSE(expected.empty());
    // Again: plans are kept, and who takes which part differs.
    for (int i = 0; i < 3; ++i) CHECK((rows_of(together, asked.text) == expected));
  }
}

TEST_CASE("the rows before an error are those that one thread gives", "[session]") {
  test::TempDirectory folder;
  const std::string path = (folder.path() / "g.geode").string();
  fill(path);
  Database database(path, with_workers(3));
  Session session = database.session();
  const auto read = [&](std::string_view text) {
    std::vector<std::int64_t> read;
    std::string code;
    try {
      Result result = session.execute(text);
      while (const std::optional<Row> row = result.next()) read.push_back((*row)[0].as_int64());
    } catch (const Error& error) {
      code = error.gqlstatus();
    }
    return std::pair(read.size(), code);
  };
  const auto [rows, code] = read("MATCH (x:P) RETURN x.i, 10 / (x.i - 2500)");
  CHECK(code == "22012");
  CHECK(rows >= 2048);
  CHECK(rows <= 2500);
  CHECK(read("MATCH (x:P) RETURN sum(10 / (x.i - 2500))") == std::pair(std::size_t{0}, code));
  CHECK(read("MATCH (x:P) RETURN x.i ORDER BY 10 / (x.i - 2500) LIMIT 3") ==
        std::pair(std::size_t{0}, code));
  // The session goes on.
  CHECK(read("MATCH (x:P) RETURN count(*)") == std::pair(std::size_t{1}, std::string()));
}

TEST_CASE("results that are left, ended or limited leave nobody at work", "[session]") {
  test::TempDirectory folder;
  const std::string path = (folder.path() / "g.geode").string();
  fill(path);
  Database database(path, with_workers(3));
  Session session = database.session();
  for (int i = 0; i < 20; ++i) {
    Result result = session.execute("MATCH (x:P)-[:E]->(y)-[:E]->(z) RETURN x.t || z.t");
    for (int row = 0; row < i * 150; ++row) REQUIRE(result.next());
  }
  for (int i = 0; i < 20; ++i) {
    std::atomic<bool> over{false};
    std::thread other([&] {
      while (!over) session.interrupt();
    });
    try {
      rows_of(session, "MATCH (a:P)-[:E]->(b), (c:P) WHERE a.i + c.i = b.i * 3 RETURN count(a.t)");
      FAIL("it should have been interrupted");
    } catch (const Error& error) {
      CHECK(error.gqlstatus() == "57X01");
    }
    over = true;
    other.join();
  }
  StatementOptions little;
  little.memory_limit_bytes = 100'000;
  try {
    Result result = session.execute("MATCH (x:P), (y:P) RETURN collect(x.t || y.t)", {}, little);
    result.next();
    FAIL("it should have been too much");
  } catch (const Error& error) {
    CHECK(error.gqlstatus() == "53X01");
  }
  CHECK(rows_of(session, "MATCH (x:P) RETURN count(*)") == std::vector<std::string>{"4000|"});
}

TEST_CASE("too many groups for the memory of several threads go to a file", "[session]") {
  test::TempDirectory folder;
  const std::string path = (folder.path() / "g.geode").string();
  fill(path);
  Options options = with_workers(3);
  options.spill_threshold_bytes = 20'000;
  Database database(path, options);
  Session session = database.session();
  Database other(path, with_workers(1));
  Session alone = other.session();
  const char* text = "MATCH (x:P) RETURN x.i * 7 % 2003 AS k, count(*), sum(x.i) ORDER BY k";
  CHECK(rows_of(session, text) == rows_of(alone, text));
}

TEST_CASE("several threads see the state that their statement began with", "[session]") {
  test::TempDirectory folder;
  const std::string path = (folder.path() / "g.geode").string();
  fill(path);
  Database database(path, with_workers(3));
  std::atomic<bool> over{false};
  // Every commit keeps the sum.
  std::thread writer([&] {
    Session session = database.session();
    for (std::int64_t i = 0; !over; ++i) {
      Parameters parameters;
      parameters.set("a", Value(i % 1999));
      parameters.set("b", Value(2000 + i * 7 % 1999));
      session.execute(
          "MATCH (a:P {i: $a}), (b:P {i: $b}) SET a.s = coalesce(a.s, 0) + 1, "
          "b.s = coalesce(b.s, 0) - 1",
          parameters);
    }
  });
  Session session = database.session();
  for (int i = 0; i < 150; ++i) {
    CHECK(rows_of(session, "MATCH (x:P) RETURN sum(coalesce(x.s, 0))") ==
          std::vector<std::string>{"0|"});
  }
  session.execute("START TRANSACTION READ ONLY");
  const std::vector<std::string> before =
      rows_of(session, "MATCH (x:P) WHERE x.s > 0 RETURN x.i, x.s");
  for (int i = 0; i < 20; ++i)
    CHECK(rows_of(session, "MATCH (x:P) WHERE x.s > 0 RETURN x.i, x.s") == before);
  session.execute("ROLLBACK");
  over = true;
  writer.join();
}

}  // namespace
}  // namespace geode
