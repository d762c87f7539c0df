#include <catch2/catch.hpp>

#include "bind_text.hpp"

using namespace geode;
using namespace geode::gql;

TEST_CASE("a variable that occurs twice in a pattern is one pattern node", "[bind]") {
  const auto program = bind_text("MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(a) RETURN a");
  const auto& pattern = clause<bound::Match>(program).pattern;
  CHECK(pattern.nodes.size() == 2);
  REQUIRE(pattern.edges.size() == 2);
  CHECK(pattern.edges[1].left == 1);
  CHECK(pattern.edges[1].right == 0);
  CHECK(pattern.paths.at(0).nodes == std::vector<std::uint32_t>{0, 1, 0});
}

TEST_CASE("a variable of an earlier clause is bound before", "[bind]") {
  const auto program = bind_text("MATCH (a) MATCH (a)-[:KNOWS]->(b) RETURN a, b");
  const auto& match = clause<bound::Match>(program, 1);
  CHECK(match.pattern.nodes[0].bound_before);
  CHECK_FALSE(match.pattern.nodes[1].bound_before);
  CHECK(match.introduces.size() == 2);
}

TEST_CASE("a label expression of an edge becomes the list of labels that satisfy it", "[bind]") {
  const auto labels = [](std::string_view edge) {
    const auto program = bind_text("MATCH (a)-[" + std::string(edge) + "]->(b) RETURN a");
    std::vector<std::uint32_t> ids;
    for (const auto id : clause<bound::Match>(program).pattern.edges[0].labels) {
      ids.push_back(static_cast<std::uint32_t>(id));
    }
    return ids;
  };
  CHECK(labels("") == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(labels(":KNOWS|WORKS_IN") == std::vector<std::uint32_t>{0, 2});
  CHECK(labels(":!KNOWS") == std::vector<std::uint32_t>{1, 2});
  CHECK(labels(":KNOWS&LIVES_IN").empty());
  CHECK(labels(":%") == std::vector<std::uint32_t>{0, 1, 2});
}

TEST_CASE("undirected edges match nothing and either direction is kept", "[bind]") {
  const auto undirected = bind_text("MATCH (a)~[e]~(b) RETURN a");
  CHECK(clause<bound::Match>(undirected).pattern.edges[0].labels.empty());
  const auto either = bind_text("MATCH (a)-[e]-(b), (b)<-[f]->(c), (c)<~[g]~(d) RETURN a");
  const auto& edges = clause<bound::Match>(either).pattern.edges;
  CHECK(edges[0].orientation == bound::EdgeOrientation::kEither);
  CHECK(edges[1].orientation == bound::EdgeOrientation::kEither);
  CHECK(edges[2].orientation == bound::EdgeOrientation::kRightToLeft);
}

TEST_CASE("property maps and inline conditions join the pattern's conditions", "[bind]") {
  const auto program = bind_text(
      "MATCH (a:Person {name: 'Ada'} WHERE a.age > 3 AND a.age < 9) WHERE a.w = 1 RETURN a");
  const auto& pattern = clause<bound::Match>(program).pattern;
  CHECK(pattern.conditions.size() == 4);
  CHECK(pattern.nodes[0].labels->name == "Person");
  CHECK(pattern.nodes[0].labels->node_label == 0);
}

TEST_CASE("a condition on a quantified edge stays with each edge when it reads nothing else",
          "[bind]") {
  const auto own = bind_text("MATCH (a)-[e:KNOWS {w: 1} WHERE e.age > 1]->{1,3}(b) RETURN e");
  const auto& edge = clause<bound::Match>(own).pattern.edges[0];
  CHECK(edge.quantified);
  CHECK(edge.minimum == 1);
  CHECK(edge.maximum == 3);
  CHECK(edge.element_conditions.size() == 2);
  CHECK(own.variables[static_cast<std::size_t>(edge.variable)].type.name() == "LIST<EDGE>");

  const auto other = bind_text("MATCH (a)-[e:KNOWS WHERE e.age > a.age]->{1,3}(b) RETURN e");
  const auto& pattern = clause<bound::Match>(other).pattern;
  CHECK(pattern.edges[0].element_conditions.empty());
  REQUIRE(pattern.conditions.size() == 1);
  CHECK(pattern.conditions[0]->kind == bound::ExpressionKind::kQuantifier);
}

TEST_CASE("a quantified path becomes a segment whose variables are lists outside", "[bind]") {
  const auto program =
      bind_text("MATCH (a)((x)-[e:KNOWS]->(y) WHERE x.age < y.age){2,4}(b) RETURN x, e, y");
  const auto& pattern = clause<bound::Match>(program).pattern;
  REQUIRE(pattern.edges.size() == 1);
  const auto& edge = pattern.edges[0];
  REQUIRE(edge.segment);
  REQUIRE(edge.segment->branches.size() == 1);
  const bound::GraphPattern& inside = edge.segment->branches[0].pattern;
  CHECK(inside.nodes.size() == 2);
  CHECK(inside.edges.size() == 1);
  CHECK(inside.conditions.size() == 1);
  CHECK(edge.segment->exports.size() == 3);
  CHECK(pattern.nodes.size() == 2);
  CHECK(column_type("MATCH ((x)-[e:KNOWS]->(y)){2} RETURN x") == "LIST<NODE>");
  CHECK(column_type("MATCH (a)-[e]->{1,2}(b) RETURN e.w") == "LIST");
}

TEST_CASE("alternatives become one step whose names are single where every branch has them",
          "[bind]") {
  const std::string text = "MATCH (a)-[e:KNOWS]->(b) | (a)-[e]->{1,2}(c) RETURN ";
  const auto program = bind_text(text + "a");
  const auto& pattern = clause<bound::Match>(program).pattern;
  REQUIRE(pattern.edges.size() == 1);
  REQUIRE(pattern.edges[0].segment);
  CHECK(pattern.edges[0].segment->branches.size() == 2);
  CHECK(pattern.edges[0].segment->distinct);
  CHECK(column_type(text + "a") == "NODE");
  CHECK(column_type(text + "b") == "NODE");
  CHECK(column_type(text + "e") == "LIST<EDGE>");
}

TEST_CASE("a questioned edge gives an edge or null", "[bind]") {
  CHECK(column_type("MATCH (a)-[e:KNOWS]->?(b) RETURN e") == "EDGE");
  const auto program = bind_text("MATCH (a)-[e:KNOWS]->?(b) RETURN e");
  CHECK(clause<bound::Match>(program).pattern.edges[0].minimum == 0);
  CHECK(clause<bound::Let>(program).bindings.size() == 1);
}

TEST_CASE("a list of edges that is known can be matched again", "[bind]") {
  const auto program =
      bind_text("MATCH ()-[r1]->()-[r2]->() WITH [r1, r2] AS rs MATCH (a)-[rs*]->(b) RETURN a");
  CHECK(clause<bound::Match>(program, 1).pattern.conditions.size() == 1);
}

TEST_CASE("parentheses without a quantifier are part of the path", "[bind]") {
  const auto program = bind_text("MATCH (q = (a)-[e]->(b) WHERE a.w = b.w)-[f]->(c) RETURN q");
  const auto& pattern = clause<bound::Match>(program).pattern;
  CHECK(pattern.edges.size() == 2);
  CHECK(pattern.conditions.size() == 1);
  const auto& let = clause<bound::Let>(program);
  CHECK(let.bindings[0].second->kind == bound::ExpressionKind::kPath);
  CHECK(let.bindings[0].second->children.size() == 3);
}

TEST_CASE("kinds of pattern variables must agree", "[bind]") {
  CHECK(mistake("MATCH ()-[r]-() MATCH (r) RETURN r") == "SyntaxError/VariableTypeConflict");
  CHECK(mistake("MATCH ()-[r]-(r) RETURN r") == "SyntaxError/VariableTypeConflict");
  CHECK(mistake("WITH 1 AS n MATCH (n) RETURN n") == "SyntaxError/VariableTypeConflict");
  CHECK(mistake("MATCH (a) WITH [a] AS l MATCH (l)-->(b) RETURN b") ==
        "SyntaxError/VariableTypeConflict");
  CHECK(mistake("MATCH p = ()-[p]-() RETURN p") == "SyntaxError/VariableAlreadyBound");
  CHECK(mistake("MATCH r = ()-->(), ()-[r]-() RETURN r") == "SyntaxError/VariableTypeConflict");
  CHECK(mistake("MATCH (a)-[r]->()-[r]->(b) RETURN r") ==
        "SyntaxError/RelationshipUniquenessViolation");
  CHECK(mistake("WITH null AS n MATCH (n) RETURN n").empty());
}

TEST_CASE("names nobody has yet give a warning and match nothing", "[bind]") {
  const auto program = bind_text("MATCH (p:Persn)-[:KNOW]->() RETURN p.nme");
  CHECK(program.has_unknown_names);
  REQUIRE(program.warnings.size() == 3);
  CHECK(program.warnings[0].message == "label `Persn` does not exist (did you mean `Person`?)");
  CHECK(program.warnings[1].message == "edge label `KNOW` does not exist (did you mean `KNOWS`?)");
  CHECK(program.warnings[2].message == "property `nme` does not exist (did you mean `name`?)");
  CHECK_FALSE(bind_text("MATCH (p:Person) RETURN p.name").has_unknown_names);
}

TEST_CASE("optional matches make their variables nullable", "[bind]") {
  const auto program = bind_text("OPTIONAL { MATCH (a)-->(b) MATCH (b)-->(c) } RETURN a, b, c");
  const auto& match = clause<bound::Match>(program);
  CHECK(match.optional);
  CHECK(match.block.size() == 2);
  for (const auto& [name, variable] : program.query->columns) {
    CHECK(program.variables[static_cast<std::size_t>(variable)].type.may_be_null());
  }
}
