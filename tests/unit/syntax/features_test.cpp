#include "gql/syntax/features.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "gql/syntax/parser.hpp"

using namespace geode;
using namespace geode::gql;

namespace {

std::string used(std::string_view text) { return feature_ids(features_used(parse(text), text)); }

const Feature* find(std::string_view id) {
  const auto found = std::find_if(features().begin(), features().end(),
                                  [&](const Feature& feature) { return feature.id == id; });
  return found == features().end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("the optional features stand in the order of their IDs, each once", "[syntax]") {
  CHECK(features().size() == kFeatureCount);
  CHECK(std::is_sorted(features().begin(), features().end(),
                       [](const Feature& a, const Feature& b) { return a.id < b.id; }));
}

TEST_CASE("what a supported feature implies is supported", "[syntax]") {
  for (const Feature& feature : features()) {
    for (const std::string_view implied : implied_features(feature.id)) {
      CAPTURE(feature.id, implied);
      REQUIRE(find(implied) != nullptr);
      CHECK((!feature.supported || find(implied)->supported));
    }
  }
}

TEST_CASE("a statement of the minimum conformance uses no optional feature", "[syntax]") {
  CHECK(used("MATCH (a:A WHERE a.x > 1)-[:R]->(b:B) RETURN a.x AS x, count(*) AS n") == "");
  CHECK(used("SESSION RESET SCHEMA") == "GS05");
  CHECK(used("SESSION CLOSE") == "");
}

TEST_CASE("features of a statement are told by its tree and by its text", "[syntax]") {
  CHECK(used("MATCH (a)-[e:R]->{1,2}(b) RETURN a LIMIT 3") == "G036, G060, GQ13");
  CHECK(used("MATCH p = ANY SHORTEST PATH (a)-[:R]->+(b) RETURN p") ==
        "G004, G005, G014, G018, G036, G061, GV55");
  CHECK(used("RETURN 0xFF AS x -- hexadecimal") == "GB02, GL01");
  CHECK(used("RETURN '-- // 0x1F'") == "");
  CHECK(used("INSERT (:A)") == "GD01");
  CHECK(used("MATCH (a) DETACH DELETE a") == "GD01");
  CHECK(used("MATCH (a) WHERE EXISTS { MATCH (a)-[:R]->(b) MATCH (b)-[:R]->(c) } RETURN a") ==
        "GQ22");
}

TEST_CASE("a condition that reads other elements is told from one that does not", "[syntax]") {
  CHECK(used("MATCH (a)-[:R]->(b WHERE b.x > 1) RETURN a") == "");
  CHECK(used("MATCH (a)-[:R]->(b WHERE b.x > a.x) RETURN a") == "G041");
  CHECK(used("MATCH (a)-[:R]->(b WHERE all(x IN b.l WHERE x > 1)) RETURN a") == "");
  CHECK(used("MATCH ((a)-[:R]->(b) WHERE a.x = b.x) RETURN a") == "G038, G050");
  CHECK(used("MATCH (z) MATCH ((a)-[:R]->(b) WHERE a.x = z.x) RETURN a") == "G038, G050, G051");
}

TEST_CASE("sort keys that were renamed or not kept are told apart", "[syntax]") {
  CHECK(used("MATCH (a) RETURN a AS b ORDER BY b") == "");
  CHECK(used("MATCH (a) RETURN a AS b ORDER BY a") == "GQ16");
  CHECK(used("MATCH (a) RETURN a.x AS x ORDER BY a.y") == "GA07, GQ14");
}

TEST_CASE("types are told by how they are spelled", "[syntax]") {
  CHECK(used("RETURN CAST(1 AS INT)") == "GA05");
  CHECK(used("RETURN CAST(1 AS UNSIGNED INTEGER8)") == "GA05, GV01");
  CHECK(used("RETURN CAST(1 AS BIG INTEGER)") == "GA05, GV19");
  CHECK(used("RETURN 'a' IS TYPED STRING(1, 2) NOT NULL") == "GA06, GV30, GV90");
  CHECK(used("RETURN 1 IS TYPED RECORD {date INT, r RECORD {a INT}}") == "GA06, GV45, GV46, GV48");
  CHECK(used("RETURN 1 IS TYPED {a {b INT}}") == "GA06, GV45, GV46, GV48");
  CHECK(used("RETURN 1 IS TYPED ANY VALUE") == "GA06, GV65, GV66");
}

TEST_CASE("schemas, graphs and graph types", "[syntax]") {
  CHECK(used("CREATE SCHEMA IF NOT EXISTS /a") == "GC01, GC02");
  CHECK(used("DROP SCHEMA /a") == "GC01");
  CHECK(used("CREATE GRAPH g") == "GC04, GG01");
  CHECK(used("CREATE GRAPH g AS COPY OF h") == "GC04, GG01, GG05");
  CHECK(used("CREATE GRAPH g LIKE h") == "GC04, GG04");
  CHECK(used("CREATE GRAPH g TYPED t") == "GC04, GG02");
  CHECK(used("DROP GRAPH IF EXISTS g") == "GC04, GC05");
  CHECK(used("CREATE GRAPH g { (:A => :B {x INT8}) }") == "GC04, GG02, GG03, GG21, GV02");
  CHECK(used("CREATE GRAPH TYPE t { (:A {x INT}) }") == "GG02, GG22");
  CHECK(used("DROP GRAPH TYPE IF EXISTS t") == "GC03, GG02");
  CHECK(used("CREATE NODE TYPE A (x INT8)") == "GV02");
  CHECK(used("AT /a MATCH (n) RETURN n") == "GP16");
}

TEST_CASE("simplified paths are features of their own", "[syntax]") {
  CHECK(used("MATCH (a)-/R/->(b) RETURN a") == "G080");
  CHECK(used("MATCH (a)~/R/~(b) RETURN a") == "G039, G080");
  CHECK(used("MATCH (a)-/<R/-(b) RETURN a") == "G080, G082");
  CHECK(used("MATCH (a)-/<R>/-(b) RETURN a") == "G080, G081, G082");
}

TEST_CASE("a name has at most 16383 characters", "[syntax][GB01-]") {
  CHECK_NOTHROW(parse("RETURN 1 AS " + std::string(16383, 'n')));
  CHECK_THROWS_AS(parse("RETURN 1 AS " + std::string(16384, 'n')), Error);
  std::string umlauts;
  for (int i = 0; i < 16383; ++i) umlauts += "\xC3\xA4";
  CHECK_NOTHROW(parse("RETURN 1 AS " + umlauts));
}
