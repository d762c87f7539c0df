#include <catch2/catch.hpp>

#include "canonical.hpp"

TEST_CASE("statements about schemas, graphs and graph types", "[syntax]") {
  for (const char* text : {
           "CREATE SCHEMA IF NOT EXISTS /a/b",
           "DROP SCHEMA IF EXISTS ..",
           "CREATE GRAPH g",
           "CREATE OR REPLACE GRAPH /a/g TYPED HOME_SCHEMA/t AS COPY OF CURRENT_GRAPH",
           "CREATE GRAPH IF NOT EXISTS g LIKE HOME_GRAPH",
           "CREATE GRAPH g { NODE TYPE P (p:A&B {name STRING NOT NULL, x LIST<INT64>}), "
           "EDGE TYPE (p)-[e:E]->(:A&B) }",
           "CREATE GRAPH TYPE t { NODE TYPE LABELS K => LABELS A, EDGE TYPE E {} }",
           "CREATE GRAPH TYPE t AS COPY OF ../u",
           "DROP GRAPH TYPE IF EXISTS t",
           "DROP GRAPH $g",
           "CREATE NODE TYPE P {name STRING}",
           "CREATE NODE TYPE P (name:STRING)",
           "CREATE NODE TYPE P (x {})",
           "CREATE NODE TYPE P (x:K&L => :M {a INT64})",
           "CREATE NODE TYPE P LABELS K => LABELS M",
           "CREATE EDGE TYPE E {}",
           "CREATE EDGE TYPE E ()-[x:L]->()",
           "CREATE EDGE TYPE E ()~[ {}]~()",
           "CREATE GRAPH TYPE t { UNDIRECTED EDGE TYPE E (a)~[:E]~(:B), UNDIRECTED EDGE TYPE F "
           "()~[]~() }",
           "CREATE GRAPH TYPE t { NODE TYPE (x), NODE TYPE `labels`, EDGE TYPE E }",
           "CREATE GRAPH `current_graph` TYPED `any`",
           "CREATE GRAPH `HOME_SCHEMA`",
           "CREATE GRAPH CURRENT_SCHEMA/`home_property_graph`/g AS COPY OF HOME_GRAPH",
           "CREATE SCHEMA ../../a",
           "CREATE SCHEMA $s/a",
           "DROP SCHEMA HOME_SCHEMA/../a",
           "CREATE OR REPLACE EDGE TYPE E (P)-[ {}]->(:Q)",
           "DROP EDGE TYPE IF EXISTS E",
           "AT /a USE $g MATCH (n) RETURN n",
           "AT CURRENT_SCHEMA/b CALL { AT / RETURN 1 AS x } RETURN x",
       }) {
    CHECK(canonical(text) == text);
  }
  CHECK(canonical("CREATE PROPERTY GRAPH g ::ANY PROPERTY GRAPH") == "CREATE GRAPH g");
  CHECK(canonical("CREATE GRAPH TYPE t ((:A)<-[:E]-(b :B))") ==
        "CREATE GRAPH TYPE t { EDGE TYPE (b:B)-[:E]->(:A) }");
  CHECK(canonical("CREATE GRAPH g PROPERTY GRAPH {DIRECTED EDGE E LABEL E CONNECTING (a <- b)}") ==
        "CREATE GRAPH g { EDGE TYPE E (b)-[:E]->(a) }");
  CHECK(canonical("CREATE GRAPH g t") == "CREATE GRAPH g TYPED t");
}

TEST_CASE("clauses that read", "[syntax]") {
  CHECK(canonical(
            "MATCH (a) OPTIONAL MATCH (b) WHERE b.x RETURN DISTINCT a, b.x AS x ORDER BY x DESC "
            "NULLS LAST, a SKIP 1 LIMIT 2") ==
        "MATCH (a) OPTIONAL MATCH (b) WHERE b.x RETURN DISTINCT a, b.x AS x ORDER BY x DESC NULLS "
        "LAST, "
        "a OFFSET 1 LIMIT 2");
  CHECK(canonical("FOR x IN xs WITH ORDINALITY i FILTER WHERE x LET y = x ORDER BY y RETURN *") ==
        "FOR x IN xs WITH ORDINALITY i FILTER x LET y = x ORDER BY y RETURN *");
  CHECK(canonical("UNWIND [1] AS x WITH *, x AS y WHERE y > 1 RETURN y") ==
        "UNWIND [1] AS x WITH *, x AS y WHERE y > 1 RETURN y");
  CHECK(canonical("OPTIONAL { MATCH (a) MATCH (b) } RETURN a") ==
        "OPTIONAL { MATCH (a) MATCH (b) } RETURN a");
  CHECK(canonical("MATCH (p) RETURN p.x, count(*) GROUP BY p.x HAVING count(*) > 1") ==
        "MATCH (p) RETURN p.x, count(*) GROUP BY p.x HAVING count(*) > 1");
  CHECK(canonical("USE GRAPH g MATCH (n) FINISH") == "USE g MATCH (n) FINISH");
  CHECK(canonical("MATCH (n) RETURN n FETCH FIRST 3 ROWS ONLY") == "MATCH (n) RETURN n LIMIT 3");
}

TEST_CASE("queries are composed", "[syntax]") {
  CHECK(canonical("RETURN 1 UNION ALL RETURN 2 EXCEPT RETURN 3 INTERSECT ALL RETURN 4 OTHERWISE "
                  "RETURN 5") ==
        "RETURN 1 UNION ALL RETURN 2 EXCEPT RETURN 3 INTERSECT ALL RETURN 4 OTHERWISE RETURN 5");
  CHECK(canonical("MATCH (a) RETURN a NEXT YIELD a AS b RETURN b") ==
        "MATCH (a) RETURN a NEXT WITH a AS b RETURN b");
  CHECK(canonical("{ MATCH (n) RETURN n }") == "MATCH (n) RETURN n");
  CHECK(canonical("{ RETURN 1 UNION RETURN 2 } UNION ALL RETURN 3") ==
        "CALL { RETURN 1 UNION RETURN 2 } RETURN * UNION ALL RETURN 3");
}

TEST_CASE("CALL runs subqueries and procedures", "[syntax]") {
  CHECK(canonical("CALL { MATCH (n) RETURN n } CALL (n, m) { RETURN 1 AS x } OPTIONAL CALL () { "
                  "RETURN 2 AS y } "
                  "RETURN *") ==
        "CALL { MATCH (n) RETURN n } CALL (n, m) { RETURN 1 AS x } OPTIONAL CALL () { RETURN 2 AS "
        "y } RETURN *");
  CHECK(canonical("CALL db.labels() YIELD label AS l WHERE l = 'x' RETURN l") ==
        "CALL db.labels() YIELD label AS l WHERE l = 'x' RETURN l");
  CHECK(canonical("CALL test.my.proc") == "CALL test.my.proc");
}

TEST_CASE("SELECT is a MATCH and a RETURN", "[syntax]") {
  CHECK(canonical("SELECT DISTINCT a.x FROM g MATCH (a) WHERE a.y GROUP BY a.x HAVING count(*) > 1 "
                  "ORDER BY a.x") ==
        "USE g MATCH (a) WHERE a.y RETURN DISTINCT a.x GROUP BY a.x HAVING count(*) > 1 ORDER BY "
        "a.x");
  CHECK(canonical("SELECT * FROM system.queries WHERE duration > 10s") ==
        "SELECT * FROM system.queries WHERE duration > duration('PT10S')");
  CHECK(canonical("SELECT x FROM GRAPH_TABLE (MATCH (a) COLUMNS (a.x))") ==
        "MATCH (a) WITH a.x AS x RETURN x");
}

TEST_CASE("a table among the sources of SELECT stays one", "[syntax]") {
  CHECK(canonical("SELECT * FROM t") == "SELECT * FROM t");
  CHECK(canonical("SELECT * FROM t()") == "SELECT * FROM t");
  CHECK(canonical("SELECT ALL a FROM a.b.c(1, 'x') GROUP BY a LIMIT 1") ==
        "SELECT a FROM a.b.c(1, 'x') GROUP BY a LIMIT 1");
  CHECK(canonical("SELECT * FROM `match`, `a b`.c, `graph_table`(1)") ==
        "SELECT * FROM `match`, `a b.c`, `graph_table`(1)");
  // What stands before the first table is as good in front of SELECT.
  CHECK(canonical("SELECT DISTINCT a.x FROM g MATCH (a), t WHERE a.y ORDER BY a.x") ==
        "USE g MATCH (a) SELECT DISTINCT a.x FROM t WHERE a.y ORDER BY a.x");
  CHECK(canonical("SELECT x FROM t, MATCH (a), p = (c) OPTIONAL MATCH (a)-->(b) OPTIONAL CALL p(), "
                  "{ RETURN 1 AS y }, u") ==
        "SELECT x FROM t, MATCH (a), p = (c) OPTIONAL MATCH (a)-[]->(b) OPTIONAL CALL p(), { "
        "RETURN 1 AS y }, u");
  CHECK(canonical("SELECT x FROM t, GRAPH_TABLE (g MATCH (a) COLUMNS (a.x, a.y AS z))") ==
        "SELECT x FROM t, GRAPH_TABLE (g MATCH (a) COLUMNS (a.x AS x, a.y AS z))");
  CHECK(canonical("SELECT x FROM t, h MATCH (b), GRAPH_TABLE (MATCH (a) COLUMNS (a.x)), h { RETURN "
                  "2 AS z } WHERE x > z") ==
        "SELECT x FROM t, h MATCH (b), GRAPH_TABLE (MATCH (a) COLUMNS (a.x AS x)), h { RETURN 2 AS "
        "z } WHERE x > z");
}

TEST_CASE("clauses that write", "[syntax]") {
  CHECK(canonical("INSERT (a:A)-[:R {x: 1}]->(b)") == "INSERT (a:A)-[:R {x: 1}]->(b)");
  CHECK(canonical("CREATE (a), (b)") == "CREATE (a), (b)");
  CHECK(
      canonical("MERGE (a {k: 1}) ON MATCH SET a.x = 1 ON CREATE SET a += {y: 2}, a:L RETURN a") ==
      "MERGE (a {k: 1}) ON CREATE SET a += {y: 2}, a:L ON MATCH SET a.x = 1 RETURN a");
  CHECK(canonical("MATCH (n) SET n.a.b = 1, n = $p, n IS A & B REMOVE n.c, n:D DETACH DELETE n") ==
        "MATCH (n) SET n.a.b = 1, n = $p, n:A:B REMOVE n.c, n:D DETACH DELETE n");
  CHECK(canonical("MATCH (n) NODETACH DELETE n, n.x") == "MATCH (n) DELETE n, n.x");
  CHECK(canonical("FOREACH (x IN [1, 2] | CREATE (:A {v: x}) FOREACH (y IN x | SET y.z = 1))") ==
        "FOREACH (x IN [1, 2] | CREATE (:A {v: x}) FOREACH (y IN x | SET y.z = 1))");
}

TEST_CASE("indexes have four spellings", "[syntax]") {
  CHECK(canonical(
            "CREATE UNIQUE INDEX IF NOT EXISTS i ON Person(a, b) USING BTREE OPTIONS {f: 0.9}") ==
        "CREATE UNIQUE INDEX IF NOT EXISTS i FOR (x:Person) ON (x.a, x.b) USING btree OPTIONS {f: "
        "0.9}");
  CHECK(canonical("CREATE INDEX ON :Person(a)") == "CREATE INDEX FOR (x:Person) ON (x.a)");
  CHECK(canonical("CREATE INDEX i IF NOT EXISTS FOR (n:Person) ON (n.a)") ==
        "CREATE INDEX IF NOT EXISTS i FOR (x:Person) ON (x.a)");
  CHECK(canonical("CREATE VECTOR INDEX v ON :Item(e) DIMENSION 3 METRIC 'cosine'") ==
        "CREATE INDEX v FOR (x:Item) ON (x.e) USING vector OPTIONS {dimensions: 3, metric: "
        "'cosine'}");
  CHECK(canonical("DROP INDEX i IF EXISTS") == "DROP INDEX IF EXISTS i");
}

TEST_CASE("constraints have three spellings", "[syntax]") {
  CHECK(canonical("CREATE CONSTRAINT c ON Person(email) ASSERT UNIQUE") ==
        "CREATE CONSTRAINT c FOR (x:Person) REQUIRE (x.email) IS UNIQUE");
  CHECK(canonical("CREATE CONSTRAINT ON (u:User) ASSERT EXISTS(u.x)") ==
        "CREATE CONSTRAINT FOR (x:User) REQUIRE (x.x) IS NOT NULL");
  CHECK(canonical("CREATE CONSTRAINT c IF NOT EXISTS FOR (n:A) REQUIRE (n.a, n.b) IS NODE KEY") ==
        "CREATE CONSTRAINT IF NOT EXISTS c FOR (x:A) REQUIRE (x.a, x.b) IS NODE KEY");
  CHECK(canonical("CREATE CONSTRAINT FOR ()-[r:T]-() REQUIRE r.p IS NOT NULL") ==
        "CREATE CONSTRAINT FOR ()-[x:T]-() REQUIRE (x.p) IS NOT NULL");
}

TEST_CASE("sessions and transactions", "[syntax]") {
  CHECK(canonical("BEGIN") == "START TRANSACTION");
  CHECK(canonical("BEGIN TRANSACTION ISOLATION LEVEL repeatable read") ==
        "START TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  CHECK(canonical("START TRANSACTION READ ONLY") == "START TRANSACTION READ ONLY");
  CHECK(canonical("COMMIT TRANSACTION;") == "COMMIT");
  CHECK(canonical("ROLLBACK TO a") == "ROLLBACK TO SAVEPOINT a");
  CHECK(canonical("RELEASE SAVEPOINT a") == "RELEASE SAVEPOINT a");
  CHECK(canonical("SESSION SET VALUE $x = 1") == "SESSION SET VALUE $x = 1");
  CHECK(canonical("SESSION SET TIME ZONE 'UTC'") == "SESSION SET TIME ZONE 'UTC'");
  CHECK(canonical("SESSION SET SCHEMA /a/b") == "SESSION SET SCHEMA /a/b");
  CHECK(canonical("SESSION RESET ALL PARAMETERS") == "SESSION RESET PARAMETERS");
  CHECK(canonical("SESSION RESET") == "SESSION RESET ALL");
  CHECK(canonical("SESSION RESET $a") == "SESSION RESET PARAMETER $a");
  CHECK(canonical("SESSION SET TABLE IF NOT EXISTS $t = { RETURN 1 AS x }") ==
        "SESSION SET TABLE IF NOT EXISTS $t = { RETURN 1 AS x }");
  CHECK(canonical("USE $s.g") == "SESSION SET GRAPH $s/g");
  for (const char* text : {
           "SESSION SET GRAPH $s/a/g",
           "SESSION SET VALUE $x = { RETURN 1 LIMIT 1 }",
           "SESSION SET VALUE $x = { RETURN 1 UNION RETURN 2 }",
           "SESSION SET VALUE $x = VALUE { RETURN 1 }",
           "SESSION SET TABLE $t = { RETURN 1, 2 }",
           "SESSION SET TABLE $t = { RETURN TABLE { RETURN 1 AS x } }",
           "SESSION SET TABLE $t = { MATCH (n) RETURN * }",
           "SESSION SET TABLE $t = xs",
       }) {
    CHECK(canonical(text) == text);
  }
  CHECK(canonical("SESSION SET VALUE $x :: INT = 1") == "SESSION SET VALUE $x INT = 1");
  CHECK(canonical("SESSION SET PROPERTY GRAPH $g = CURRENT_GRAPH") ==
        "SESSION SET GRAPH $g = CURRENT_GRAPH");
  CHECK(canonical("SESSION CLOSE") == "SESSION CLOSE");
  CHECK(canonical("USE GRAPH g") == "SESSION SET GRAPH g");
  CHECK(canonical("USE a.b;") == "SESSION SET GRAPH CURRENT_SCHEMA/a/b");
  CHECK(canonical("PING") == "PING");
  CHECK(canonical("SHOW RELATIONSHIP TYPES") == "CALL db.edgeLabels() YIELD *");
  CHECK(canonical("SHOW INDEXES WHERE unique") == "CALL db.indexes() YIELD * WHERE unique");
  CHECK(canonical("SHOW LABELS YIELD label AS l RETURN count(l)") ==
        "CALL db.labels() YIELD label AS l RETURN count(l)");
  CHECK(canonical("KILL QUERY 'a'") == "CALL system.kill_query('a')");
  CHECK(canonical("EXPLAIN RETURN 1") == "EXPLAIN RETURN 1");
}

TEST_CASE("graphs and tables are values", "[syntax]") {
  for (const char* text : {
           "GRAPH g = GRAPH CURRENT_GRAPH GRAPH h GRAPH = GRAPH /a/b USE h MATCH (n) RETURN g = h",
           "GRAPH g = VALUE { RETURN GRAPH $p AS p } RETURN GRAPH g, GRAPH HOME_GRAPH",
           "GRAPH g = (CURRENT_GRAPH) GRAPH h = (f(g)) USE g RETURN h",
           "RETURN GRAPH ../a, GRAPH a, GRAPH `match`, TABLE `match`, TABLE $t",
           "LET t = TABLE { RETURN 1 AS x } FOR r IN TABLE t RETURN r.x",
           "RETURN x IS TYPED GRAPH, y IS TYPED NODE (:A&B {name STRING NOT NULL}), z IS NOT TYPED "
           "EDGE ()-[:T]->()",
       }) {
    CHECK(canonical(text) == text);
  }
  CHECK(canonical("PROPERTY GRAPH g TYPED ANY PROPERTY GRAPH = ./a RETURN PROPERTY GRAPH g") ==
        "GRAPH g GRAPH = GRAPH a RETURN GRAPH g");
  CHECK_THROWS_AS(canonical("RETURN TABLE f(x) AS t"), geode::Error);
  CHECK_THROWS_AS(canonical("RETURN TABLE a.f(x) AS t"), geode::Error);
  CHECK(canonical("FOR r IN BINDING TABLE t RETURN BINDING TABLE { RETURN 1 AS x }") ==
        "FOR r IN TABLE t RETURN TABLE { RETURN 1 AS x }");
  CHECK(canonical("LET graph = 1, table = 2 RETURN graph / 2, graph/x, graph + table, graph.x") ==
        canonical("LET `graph` = 1, `table` = 2 RETURN `graph` / 2, `graph` / x, `graph` + "
                  "`table`, `graph`.x"));
}

TEST_CASE("constraints may be conditions", "[syntax]") {
  for (const char* text : {
           "CREATE CONSTRAINT c FOR (u:User) REQUIRE u.age >= 0 AND u.age < 150",
           "CREATE CONSTRAINT IF NOT EXISTS c FOR ()-[r:T]-() REQUIRE r.a IS NULL OR r IS LABELED "
           "T",
           "CREATE CONSTRAINT FOR (x:User) REQUIRE x.age IS TYPED LIST<INT NOT NULL>",
           "CREATE CONSTRAINT FOR ()-[x:T]-() REQUIRE x.age IS TYPED INT",
       }) {
    CHECK(canonical(text) == text);
  }
  CHECK(canonical("CREATE CONSTRAINT ON :User(age) ASSERT IS :: INTEGER") ==
        "CREATE CONSTRAINT FOR (x:User) REQUIRE x.age IS TYPED INT");
  CHECK(canonical("CREATE CONSTRAINT ON (u:User) ASSERT EXISTS(u.x)") ==
        "CREATE CONSTRAINT FOR (x:User) REQUIRE (x.x) IS NOT NULL");
  CHECK(canonical("CREATE CONSTRAINT FOR (u:User) REQUIRE (u.a, u.b) IS NODE KEY") ==
        "CREATE CONSTRAINT FOR (x:User) REQUIRE (x.a, x.b) IS NODE KEY");
  CHECK(canonical("CREATE CONSTRAINT FOR (u:User) REQUIRE (u.a > 1) IS NOT NULL") ==
        "CREATE CONSTRAINT FOR (u:User) REQUIRE (u.a > 1) IS NOT NULL");
}

TEST_CASE("definitions stand at the head of a body", "[syntax]") {
  CHECK(canonical("VALUE v INT = 5 TABLE t = { RETURN 1 AS x } BINDING TABLE u = t RETURN v") ==
        "VALUE v INT = 5 TABLE t = TABLE { RETURN 1 AS x } TABLE u = t RETURN v");
  CHECK(canonical("CALL { VALUE v TYPED STRING = { RETURN 'a' AS x } RETURN v } RETURN v") ==
        "CALL { VALUE v STRING = VALUE { RETURN 'a' AS x } RETURN v } RETURN v");
  CHECK(canonical("FOR r IN TABLE { VALUE v = {a: 1} RETURN v } RETURN CARDINALITY(r)") ==
        "FOR r IN TABLE { VALUE v = {a: 1} RETURN v } RETURN CARDINALITY(r)");
  CHECK(canonical("{ VALUE v = 1 RETURN v }") == "CALL { VALUE v = 1 RETURN v } RETURN *");
  CHECK(canonical("LET VALUE x INT = 1, y = 2 RETURN LET VALUE z INT = x IN z END") ==
        "LET VALUE x INT = 1, y = 2 RETURN LET VALUE z INT = x IN z END");
}

TEST_CASE("files are loaded, and in batches", "[syntax]") {
  CHECK(canonical("LOAD CSV WITH HEADERS FROM $f AS row FIELDTERMINATOR ';' RETURN row") ==
        "LOAD CSV WITH HEADERS FROM $f AS row FIELDTERMINATOR ';' RETURN row");
  CHECK(canonical("LOAD CSV FROM 'a' AS row CALL (row) { CREATE (:A) } IN TRANSACTIONS OF 10 ROWS "
                  "ON ERROR CONTINUE REPORT STATUS AS s RETURN s") ==
        "LOAD CSV FROM 'a' AS row CALL (row) { CREATE (:A) } IN TRANSACTIONS OF 10 ROWS "
        "ON ERROR CONTINUE REPORT STATUS AS s RETURN s");
  CHECK(canonical("CALL { CREATE (:A) } IN TRANSACTIONS ON ERROR FAIL") ==
        "CALL { CREATE (:A) } IN TRANSACTIONS");
}

TEST_CASE("names may be computed", "[syntax]") {
  CHECK(canonical("MATCH (n:A&!$(x)|$any(y))-[:$all($l)]->() RETURN n") ==
        "MATCH (n:A&!$(x)|$any(y))-[:$($l)]->() RETURN n");
  CHECK(canonical("MATCH (n) SET n:$(a):B, n[k] = 1 REMOVE n:$(a), n['x']") ==
        "MATCH (n) SET n:$(a):B, n[k] = 1 REMOVE n:$(a), n['x']");
  CHECK(canonical("CREATE (n:A:$(b))-[:$('R')]->()") == "CREATE (n:A&$(b))-[:$('R')]->()");
}

TEST_CASE("hints, filters of aggregates, operands in parentheses", "[syntax]") {
  CHECK(canonical("MATCH (n:A) USING INDEX n:A(x, y) USING SCAN n:A WHERE n.x = 1 RETURN n") ==
        "MATCH (n:A) USING INDEX n:A(x, y) USING SCAN n:A WHERE n.x = 1 RETURN n");
  CHECK(canonical("RETURN count(*) FILTER (WHERE x > 1), sum(DISTINCT x) FILTER (WHERE y)") ==
        "RETURN count(*) FILTER (WHERE x > 1), sum(DISTINCT x) FILTER (WHERE y)");
  CHECK(canonical("(RETURN 1 UNION ALL RETURN 2) EXCEPT (RETURN 3)") ==
        "CALL { RETURN 1 UNION ALL RETURN 2 } RETURN * EXCEPT RETURN 3");
  CHECK(canonical("SELECT a.x FROM g MATCH (a), h MATCH (b) WHERE a.x = b.x") ==
        "USE g MATCH (a) USE h MATCH (b) WHERE a.x = b.x RETURN a.x");
}

TEST_CASE("characteristics and options", "[syntax]") {
  CHECK(canonical("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY") ==
        "SET TRANSACTION READ ONLY ISOLATION LEVEL SERIALIZABLE");
  CHECK(canonical("SESSION SET sum_of_no_rows = null") == "SESSION SET sum_of_no_rows = NULL");
  CHECK(canonical("analyze") == "ANALYZE");
}
