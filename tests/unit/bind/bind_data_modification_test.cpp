#include <catch2/catch.hpp>

#include "bind_text.hpp"

using namespace geode;
using namespace geode::gql;

TEST_CASE("an insertion lists new nodes before the edges between them", "[bind]") {
  const auto program = bind_text(
      "MATCH (a:Person) CREATE p = (a)-[:KNOWS]->(b:New {fresh: 1})<-[:LIKES]-(c) RETURN p");
  const auto& insert = clause<bound::Insert>(program);
  REQUIRE(insert.nodes.size() == 2);
  REQUIRE(insert.edges.size() == 2);
  CHECK(insert.nodes[0].labels == std::vector<std::string>{"New"});
  CHECK(insert.nodes[0].properties[0].key != bound::kUnknownName);
  CHECK(insert.edges[1].source == insert.nodes[1].variable);
  CHECK(insert.edges[1].target == insert.nodes[0].variable);
  CHECK(insert.paths.at(0).second->children.size() == 5);
  CHECK(program.modifies);
  CHECK(program.query->modifies);
}

TEST_CASE("names that a statement writes are known to its own patterns", "[bind]") {
  const auto program =
      bind_text("MERGE (a:Fresh {k: 1})-[r:NEW]->(b) SET a.later = 2 RETURN a.later");
  CHECK_FALSE(program.has_unknown_names);
  CHECK(program.warnings.empty());
  const auto& merge = clause<bound::Merge>(program);
  CHECK(merge.pattern.edges[0].labels.size() == 1);
  CHECK(merge.pattern.conditions.size() == 1);
  CHECK(merge.insert.nodes.size() == 2);
  CHECK(merge.introduces.size() == 3);
}

TEST_CASE("MERGE keeps what is bound and finds edges either way when undirected", "[bind]") {
  const auto program = bind_text("MATCH (a), (b) MERGE (a)-[r:KNOWS]-(b) ON CREATE SET r.w = 1");
  const auto& merge = clause<bound::Merge>(program);
  CHECK(merge.insert.nodes.empty());
  CHECK(merge.pattern.nodes[0].bound_before);
  CHECK(merge.pattern.edges[0].orientation == bound::EdgeOrientation::kEither);
  CHECK(merge.on_create.size() == 1);
}

TEST_CASE("what cannot be inserted is refused", "[bind]") {
  CHECK(mistake("MATCH (a) CREATE (a)") == "SyntaxError/VariableAlreadyBound");
  CHECK(mistake("CREATE (n:Foo)-[:T]->(), (n:Bar)-[:T]->()") == "SyntaxError/VariableAlreadyBound");
  CHECK(mistake("CREATE (n), (n)-[:T]->(m)").empty());
  CHECK(mistake("MATCH ()-[r]->() CREATE ()-[r]->()") == "SyntaxError/VariableAlreadyBound");
  CHECK(mistake("CREATE (a)-[:T]-(b)") == "SyntaxError/RequiresDirectedRelationship");
  CHECK(mistake("CREATE ()-->()") == "SyntaxError/NoSingleRelationshipType");
  CHECK(mistake("CREATE ()-[:A|B]->()") == "SyntaxError/NoSingleRelationshipType");
  CHECK(mistake("CREATE ()-[:T*2]->()") == "SyntaxError/CreatingVarLength");
  CHECK(mistake("CREATE (b {name: missing})") == "SyntaxError/UndefinedVariable");
  CHECK(mistake("INSERT (a:A|B)") == "SyntaxError/UnexpectedSyntax");
  CHECK(mistake("MERGE (n $map)") == "SyntaxError/InvalidParameterUse");
  CHECK(mistake("MATCH (n $map) RETURN n") == "SyntaxError/InvalidParameterUse");
  CHECK(mistake("CREATE (n $map)").empty());
  CHECK(mistake("MATCH (n) DELETE n:Person") == "SyntaxError/InvalidDelete");
  CHECK(mistake("MATCH (n) DELETE n, [n], null").empty());
}

TEST_CASE("what FOREACH makes is not visible after it", "[bind]") {
  const auto program = bind_text("FOREACH (x IN [1, 2] | CREATE (n {age: x}) SET n.w = x)");
  CHECK(clause<bound::Foreach>(program).body.size() == 2);
  CHECK(mistake("FOREACH (x IN [1] | CREATE (n)) RETURN n") == "SyntaxError/UndefinedVariable");
}

TEST_CASE("only the home graph can be used", "[bind]") {
  CHECK(mistake("USE CURRENT_GRAPH MATCH (n) RETURN n").empty());
  CHECK(error_of("USE elsewhere MATCH (n) RETURN n").gqlstatus() == status::kInvalidReference);
}
