#include <catch2/catch.hpp>

#include "canonical.hpp"

TEST_CASE("all seven edges have a full and an abbreviated form", "[syntax]") {
  CHECK(pattern("(a)-[e]->(b)<-[f]-(c)-[g]-(d)~[h]~(i)<~[j]~(k)~[l]~>(m)<-[n]->(o)") ==
        "(a)-[e]->(b)<-[f]-(c)-[g]-(d)~[h]~(i)<~[j]~(k)~[l]~>(m)<-[n]->(o)");
  CHECK(pattern("(a)->(b)<-(c)-(d)~(i)<~(k)~>(m)<->(o)") ==
        "(a)-[]->(b)<-[]-(c)-[]-(d)~[]~(i)<~[]~(k)~[]~>(m)<-[]->(o)");
  CHECK(pattern("(a)-->(b)<--(c)--(d)<-->(e)") == "(a)-[]->(b)<-[]-(c)-[]-(d)<-[]->(e)");
}

TEST_CASE("nodes that a path leaves out are put in", "[syntax]") {
  CHECK(pattern("-->") == "()-[]->()");
  CHECK(pattern("(a)->->(b)") == "(a)-[]->()-[]->(b)");
  CHECK(pattern("(-[e]->){2}(b)") == "(()-[e]->()){2,2}(b)");
}

TEST_CASE("elements have a variable, labels, properties and a condition", "[syntax]") {
  CHECK(pattern("(n:A:B {x: 1, `y z`: 2})") == "(n:A&B {x: 1, `y z`: 2})");
  CHECK(pattern("(n IS (A|B)&!C WHERE n.x > 1)") == "(n:(A|B)&!C WHERE n.x > 1)");
  CHECK(pattern("(:%)") == "(:%)");
  CHECK(pattern("({})") == "({})");
  CHECK(pattern("(n $map)") == "(n $map)");
  CHECK(pattern("(a)-[r:X|:Y|Z]->(b)") == "(a)-[r:X|Y|Z]->(b)");
  CHECK(pattern("(order:Order)-[match:IN]->(end)") == "(`order`:Order)-[`match`:IN]->(`end`)");
}

TEST_CASE("quantifiers stand behind edges and parentheses", "[syntax]") {
  CHECK(pattern("(a)-[e]->{1,3}(b)") == "(a)-[e]->{1,3}(b)");
  CHECK(pattern("(a)->{2}(b)->{,3}(c)->{4,}(d)") == "(a)-[]->{2,2}(b)-[]->{0,3}(c)-[]->{4,}(d)");
  CHECK(pattern("(a)->*(b)->+(c)") == "(a)-[]->{0,}(b)-[]->{1,}(c)");
  CHECK(pattern("((a)-->(b))?") == "((a)-[]->(b))?");
}

TEST_CASE("openCypher writes the range of lengths within the brackets", "[syntax]") {
  CHECK(pattern("(a)-[*]->(b)") == "(a)-[*1..]->(b)");
  CHECK(pattern("(a)-[r:T*2]->(b)") == "(a)-[r:T*2..2]->(b)");
  CHECK(pattern("(a)-[*..3 {k: 1}]->(b)") == "(a)-[*1..3 {k: 1}]->(b)");
  CHECK(pattern("(a)-[*0..]->(b)") == "(a)-[*0..]->(b)");
}

TEST_CASE("paths have modes, searches and names", "[syntax]") {
  CHECK(pattern("p = ANY SHORTEST TRAIL PATHS (a)->+(b)") ==
        "p = ANY SHORTEST TRAIL (a)-[]->{1,}(b)");
  CHECK(pattern("ALL SHORTEST (a)->(b)") == "ALL SHORTEST (a)-[]->(b)");
  CHECK(pattern("SHORTEST 3 PATHS GROUPS (a)->(b)") == "SHORTEST 3 GROUP (a)-[]->(b)");
  CHECK(pattern("ANY 2 ACYCLIC (a)->(b)") == "ANY 2 ACYCLIC (a)-[]->(b)");
  CHECK(pattern("p = shortestPath((a)-[*]-(b))") == "p = shortestPath((a)-[*1..]-(b))");
  CHECK(pattern("any = (a)") == "any = (a)");
  CHECK(pattern("(TRAIL (a)-->(b) WHERE a.x = b.x){1,2}") ==
        "(TRAIL (a)-[]->(b) WHERE a.x = b.x){1,2}");
  CHECK(pattern("((a) | (b)->(c))") == "((a) | (b)-[]->(c))");
  CHECK(pattern("(a) |+| (b)") == "(a) |+| (b)");
  CHECK(pattern("(q = (a)->(b))") == "(q = (a)-[]->(b))");
}

TEST_CASE("a graph pattern has a mode, KEEP, WHERE and YIELD", "[syntax]") {
  CHECK(pattern("REPEATABLE ELEMENTS (a), (b) KEEP TRAIL WHERE a.x YIELD a, b") ==
        "REPEATABLE ELEMENTS (a), (b) KEEP TRAIL WHERE a.x YIELD a, b");
  CHECK(pattern("DIFFERENT EDGES (a)") == "DIFFERENT EDGES (a)");
}
