#include <fstream>
#include <malloc.h>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/core.h>

#include <geode/geode.hpp>

namespace geode {
namespace {

std::int64_t figure(Session& session, const char* name) {
  Result result = session.execute(
      "CALL system.memory_stats() YIELD name, bytes WHERE name = $name RETURN bytes",
      {{"name", Value(name)}});
  return result.all().at(0)[0].as_int64();
}

TEST_CASE("what sessions keep of statements stays within its limit", "[session]") {
  Options options;
  options.statement_cache_bytes = 4'000'000;
  Database db(":memory:", options);
  std::vector<Session> sessions;
  for (int i = 0; i < 4; ++i) sessions.push_back(db.session());
  std::int64_t most = 0;
  for (int i = 0; i < 400; ++i) {
    Session& session = sessions[static_cast<std::size_t>(i % 4)];
    session.execute(fmt::format("RETURN {} AS n", i)).all();
    most = std::max(most, figure(session, "statements.used"));
  }
  // Each of the five has one that was not looked at since it has a plan.
  CHECK(most <= 4'500'000);
  CHECK(most > 3'000'000);
  CHECK(figure(sessions[0], "statements.limit") == 4'000'000);

  // What the others keep makes room for who is at work: it may have all of it.
  for (int i = 0; i < 100; ++i) sessions[0].execute(fmt::format("RETURN {} AS m", i)).all();
  CHECK(sessions[0].execute("CALL system.clear_cache() YIELD plans").all().at(0)[0].as_int64() >
        20);
  CHECK(figure(sessions[1], "statements.used") < 500'000);
}

TEST_CASE("a statement that others took from the cache is run to its end", "[session]") {
  Database db;
  db.execute("FOR i IN range(1, 5000) INSERT (:N {i: i})");
  Session a = db.session(), b = db.session();
  Result result = a.execute("MATCH (n:N) RETURN n.i AS i");
  REQUIRE(result.next());
  b.execute("CALL system.clear_cache()").consume();
  std::size_t rows = 1;
  while (result.next()) ++rows;
  CHECK(rows == 5000);
  CHECK(a.execute("MATCH (n:N) RETURN n.i AS i").all().size() == 5000);
}

TEST_CASE("what a kept statement takes is estimated well", "[session]") {
  Database db;
  db.execute("INSERT (:Person {id: 1, name: 'A'})-[:KNOWS]->(:Person {id: 2, name: 'B'})");
  Session session = db.session();
  session.execute("CALL system.clear_cache()").consume();
  const auto allocated = [] { return static_cast<std::int64_t>(mallinfo2().uordblks); };
  constexpr const char* kTexts[] = {
      "MATCH (p:Person {{id: {}}}) RETURN p.name",
      "MATCH (p:Person)-[:KNOWS]->(q:Person) WHERE p.id < {0} AND q.name <> 'x' WITH p, count(q) "
      "AS "
      "c ORDER BY c DESC LIMIT 10 MATCH (p)-[:KNOWS]->{{1,3}}(r) WHERE NOT EXISTS {{ "
      "(r)-[:KNOWS]->(p) }} RETURN p.name, c, collect(r.id + {0}) AS ids ORDER BY p.name"};
  for (const char* text : kTexts) {
    const std::int64_t before = allocated(), estimated = figure(session, "statements.used");
    for (int i = 0; i < 100; ++i)
      session.execute(fmt::format(fmt::runtime(text), i + 1000)).consume();
    for (int i = 0; i < 100; ++i)
      session.execute(fmt::format(fmt::runtime(text), i + 1000)).consume();
    const auto real = static_cast<double>(allocated() - before);
    const auto said = static_cast<double>(figure(session, "statements.used") - estimated);
    INFO(real << " bytes, estimated as " << said);
    // Under a sanitizer the allocator tells nothing.
    if (real == 0) continue;
    CHECK(said > real / 2);
    CHECK(said < real * 4);
  }
}

}  // namespace
}  // namespace geode
