#include <catch2/catch.hpp>

#include <geode/session.hpp>

namespace geode {
namespace {

TEST_CASE("a statement without its literals keeps its shape") {
  CHECK(without_literals("MATCH (p:Person {name: 'Ada', age: 36}) RETURN p.age + 1.5 AS n") ==
        "MATCH (p:Person {name: ?, age: ?}) RETURN p.age + ? AS n");
  CHECK(without_literals("CREATE USER ada\n  WITH PASSWORD \"secret\"") ==
        "CREATE USER ada WITH PASSWORD ?");
  CHECK(without_literals("RETURN $p, X'0F', 10s, 1m /* secret */ -- secret") ==
        "RETURN $p, ?, ?, ?");
  CHECK(without_literals("MATCH (a)-[e]->(b) RETURN `a b`") == "MATCH (a)-[e]->(b) RETURN `a b`");
  CHECK(without_literals("") == "");
}

TEST_CASE("what cannot be read is left out") {
  CHECK(without_literals("RETURN 'not closed, a secret") == "RETURN ...");
  CHECK(without_literals("RETURN \\") == "RETURN ...");
}

}  // namespace
}  // namespace geode
