#include <catch2/catch.hpp>

#include "canonical.hpp"

TEST_CASE("boolean operators bind in the order OR, XOR, AND, NOT", "[syntax]") {
  CHECK(expression("a OR b XOR c AND NOT d") == "a OR b XOR c AND NOT d");
  CHECK(expression("(a OR b) AND c") == "(a OR b) AND c");
  CHECK(expression("NOT (a AND b)") == "NOT (a AND b)");
  CHECK(expression("(a OR b) OR c") == "a OR b OR c");
  CHECK(expression("a OR (b OR c)") == "a OR (b OR c)");
  CHECK(expression("a AND (b AND (c AND d)) AND e") == "a AND (b AND (c AND d)) AND e");
}

TEST_CASE("a chain of AND, XOR or OR of any length is printed as it was written", "[syntax]") {
  for (const std::string op : {" AND ", " XOR ", " OR "}) {
    for (const std::size_t length : {2, 3, 15, 16, 17, 18, 31, 32, 33, 34, 64, 200}) {
      std::string chain = "x0";
      for (std::size_t i = 1; i < length; ++i) chain += op + "x" + std::to_string(i);
      CHECK(expression(chain) == chain);
      // Parentheses that make another tree stay, or come back in other places.
      expression("y" + op + "(" + chain + ")");
      expression("(" + chain + ")" + op + "y");
      expression("(" + chain + ")" + op + "(" + chain + ")");
      expression(chain + op + "(y" + op + "z)" + op + chain);
    }
  }
  // Comparisons are joined one by one, however many there are.
  std::string comparisons = "x";
  for (int i = 0; i < 40; ++i) comparisons += " < x";
  expression(comparisons);
  expression("y OR " + comparisons + " AND z");
}

TEST_CASE("a chain of comparisons is a conjunction", "[syntax]") {
  CHECK(expression("1 < x <= 3") == "1 < x AND x <= 3");
  CHECK(expression("a = b <> c < d") == "a = b AND b <> c AND c < d");
  CHECK(expression("(a = b) = c") == "(a = b) = c");
}

TEST_CASE("IN and its kin are stronger than comparisons and weaker than sums", "[syntax]") {
  CHECK(expression("a = b IN c") == "a = b IN c");
  CHECK(expression("(a = b) IN c") == "(a = b) IN c");
  CHECK(expression("a + b IN c + d") == "a + b IN c + d");
  CHECK(expression("a STARTS WITH b AND c ENDS WITH d OR e CONTAINS f") ==
        "a STARTS WITH b AND c ENDS WITH d OR e CONTAINS f");
  CHECK(expression("a NOT IN b") == "NOT a IN b");
  CHECK(expression("x IN ('a', 'b')") == "x IN ['a', 'b']");
  CHECK(expression("x IN ('a')") == "x IN ['a']");
  CHECK(expression("x IN (1)[3]") == "x IN (1)[3]");
  CHECK(expression("x IN (xs)") == "x IN xs");
  CHECK(expression("x BETWEEN 1 AND 2 AND y") == "x BETWEEN 1 AND 2 AND y");
}

TEST_CASE("a sign is stronger than a power, which groups to the left", "[syntax]") {
  CHECK(expression("-3 ^ 2") == "-3 ^ 2");
  CHECK(expression("-(3 ^ 2)") == "-(3 ^ 2)");
  CHECK(expression("2 ^ (3 ^ 4)") == "2 ^ (3 ^ 4)");
  CHECK(expression("(2 ^ 3) ^ 4") == "2 ^ 3 ^ 4");
  CHECK(expression("1 - -5") == "1 - -5");
  CHECK(expression("- - x") == "-(-x)");
  CHECK(expression("-+x + +x.y") == "-(+x) + (+x.y)");
  // Before a plus NOT and DISTINCT are names.
  CHECK(expression("NOT (+a IN b)") == "NOT (+a) IN b");
  CHECK(expression("`not` + a") == "`not` + a");
  CHECK(expression("not + a") == "`not` + a");
  CHECK(expression("DISTINCT (+a)") == "DISTINCT (+a)");
  CHECK(expression("1 - (2 - 3) * 4") == "1 - (2 - 3) * 4");
}

TEST_CASE("the smallest integer can be written", "[syntax]") {
  CHECK(expression("-9223372036854775808") == "-9223372036854775808");
  CHECK(expression("-0x8000000000000000") == "-9223372036854775808");
}

TEST_CASE("access to properties, indexes, slices and labels", "[syntax]") {
  CHECK(expression("a.b.c[1][2..3][..4][5..].d") == "a.b.c[1][2 .. 3][ .. 4][5 .. ].d");
  CHECK(expression("n:A:B") == "n IS LABELED A&B");
  CHECK(expression("n:A|B") == "n IS LABELED (A|B)");
  CHECK(expression("n IS NOT LABELED !A & %") == "n IS NOT LABELED !A&%");
  CHECK(expression("(-1).x") == "(-1).x");
}

TEST_CASE("IS asks for null, truth, type, label, direction and normal form", "[syntax]") {
  CHECK(expression("x IS NOT NULL") == "x IS NOT NULL");
  CHECK(expression("x IS UNKNOWN") == "x IS UNKNOWN");
  CHECK(expression("x IS :: INTEGER") == "x IS TYPED INT");
  CHECK(expression("x :: STRING(10) NOT NULL") == "x IS TYPED STRING(10) NOT NULL");
  CHECK(expression("e IS DIRECTED") == "e IS DIRECTED");
  CHECK(expression("n IS NOT SOURCE OF e") == "n IS NOT SOURCE OF e");
  CHECK(expression("s IS NFKC NORMALIZED") == "s IS NFKC NORMALIZED");
}

TEST_CASE("types have one canonical name", "[syntax]") {
  CHECK(expression("CAST(x AS LIST<INT>)") == "CAST(x AS LIST<INT>)");
  CHECK(expression("CAST(x AS BIGINT LIST)") == "CAST(x AS LIST<INT64>)");
  CHECK(expression("CAST(x AS DOUBLE PRECISION)") == "CAST(x AS FLOAT64)");
  CHECK(expression("CAST(x AS TIMESTAMP WITH TIME ZONE)") == "CAST(x AS ZONED DATETIME)");
  CHECK(expression("CAST(x AS UNSIGNED INTEGER)") == "CAST(x AS UINT)");
  CHECK(expression("CAST(x AS CHAR(3))") == "CAST(x AS STRING(3, 3))");
  CHECK(expression("CAST(x AS RECORD {a INT, b :: STRING})") ==
        "CAST(x AS RECORD {a INT, b STRING})");
  CHECK(expression("CAST(x AS INT | STRING)") == "CAST(x AS ANY<INT | STRING>)");
  CHECK(expression("CAST(x AS DURATION(DAY TO SECOND))") == "CAST(x AS DURATION(DAY TO SECOND))");
}

TEST_CASE("a bracket holds a list, a comprehension or a pattern comprehension", "[syntax]") {
  CHECK(expression("[x IN xs, 2]") == "[x IN xs, 2]");
  CHECK(expression("[(x IN xs)]") == "[(x IN xs)]");
  CHECK(expression("[x IN xs]") == "[x IN xs]");
  CHECK(expression("[x IN xs WHERE x > 1 | x * 2]") == "[x IN xs WHERE x > 1 | x * 2]");
  CHECK(expression("[x IN xs WHERE x:A | x.y]") == "[x IN xs WHERE x IS LABELED A | x.y]");
  CHECK(expression("[(a)-->(b:X|Y) WHERE b.x | b.y]") == "[(a)-[]->(b:X|Y) WHERE b.x | b.y]");
  CHECK(expression("[p = (a)<--(b) | p]") == "[p = (a)<-[]-(b) | p]");
}

TEST_CASE("an opening parenthesis may begin a path only in a condition", "[syntax]") {
  CHECK(canonical("MATCH (a), (b) WHERE (a)-[:R]-(b) OR NOT (a)<--(b) RETURN a") ==
        "MATCH (a), (b) WHERE (a)-[:R]-(b) OR NOT (a)<-[]-(b) RETURN a");
  CHECK(canonical("MATCH (a) WHERE (a.x) - (a.y) < -(a.z) RETURN a") ==
        "MATCH (a) WHERE a.x - a.y < -a.z RETURN a");
}

TEST_CASE("special forms are told from names by what follows", "[syntax]") {
  CHECK(expression("CASE WHEN a THEN b ELSE c END") == "CASE WHEN a THEN b ELSE c END");
  CHECK(expression("CASE x WHEN 1, 2 THEN 'a' END") == "CASE x WHEN 1, 2 THEN 'a' END");
  CHECK(expression("LET x = 1, y = 2 IN x + y END") == "LET x = 1, y = 2 IN x + y END");
  CHECK(expression("reduce(t = 0, x IN xs | t + x)") == "reduce(t = 0, x IN xs | t + x)");
  CHECK(expression("all(x IN xs WHERE x > 1)") == "all(x IN xs WHERE x > 1)");
  CHECK(expression("TRIM(LEADING 'x' FROM s)") == "TRIM(LEADING 'x' FROM s)");
  CHECK(expression("trim(s)") == "trim(s)");
  CHECK(expression("EXISTS { (a)-->(b) WHERE a.x }") == "EXISTS { MATCH (a)-[]->(b) WHERE a.x }");
  CHECK(expression("EXISTS ((a)-->(b))") == "EXISTS { MATCH (a)-[]->(b) }");
  CHECK(expression("exists(n.p)") == "exists(n.p)");
  CHECK(expression("COUNT { (a)-->() }") == "COUNT { MATCH (a)-[]->() }");
  CHECK(expression("count(DISTINCT x)") == "count(DISTINCT x)");
  CHECK(expression("n {.a, .*, b, c: 1}") == "n {.a, .*, b, c: 1}");
  CHECK(expression("duration.between(a, b)") == "duration.between(a, b)");
}

TEST_CASE("typed literals are calls of constructors", "[syntax]") {
  CHECK(expression("DATE '2024-01-01'") == "date('2024-01-01')");
  CHECK(expression("TIME '12:00:00'") == "localtime('12:00:00')");
  CHECK(expression("TIME '12:00:00+01:00'") == "time('12:00:00+01:00')");
  CHECK(expression("DATETIME '2024-01-01'") == "localdatetime('2024-01-01')");
  CHECK(expression("ZONED DATETIME '2024-01-01'") == "datetime('2024-01-01')");
  CHECK(expression("INTERVAL '90' DAY") == "duration({days: 90})");
  CHECK(expression("INTERVAL '1-6' YEAR TO MONTH") == "duration({years: 1, months: 6})");
  CHECK(expression("10s") == "duration('PT10S')");
}

TEST_CASE("keywords are names where a name is due", "[syntax]") {
  CHECK(expression("date.year + list[0] + n.match") == "date.year + list[0] + n.match");
  CHECK(expression("{return: 1, `a b`: 2}") == "{return: 1, `a b`: 2}");
  CHECK(canonical("WITH 1 AS end, 2 AS order RETURN end, order") ==
        "WITH 1 AS `end`, 2 AS `order` RETURN `end`, `order`");
}

TEST_CASE("an expression knows the span of its text", "[syntax]") {
  const auto statement = geode::gql::parse("RETURN a.b + 1,  (x)");
  const auto& query = std::get<geode::gql::ast::Query>(statement.node);
  const auto& clause = std::get<geode::gql::ast::ReturnClause>(query.parts[0].first.clauses[0]);
  const auto& items = clause.projection.items;
  REQUIRE(items.size() == 2);
  CHECK(items[0].text == "a.b + 1");
  CHECK(items[0].expression->position.offset == 7);
  CHECK(items[0].expression->position.length == 7);
  CHECK(items[1].text == "(x)");
  CHECK(items[1].expression->position.column == 18);
}

TEST_CASE("a list behind a minus is not taken for an edge", "[syntax]") {
  CHECK(expression("(a < b) < -([e]) - (y IS NULL)") == "(a < b) < -([e]) - (y IS NULL)");
  CHECK(expression("(a < b) - ([e][0] * 2) - (y)") == "(a < b) - ([e][0] * 2) - y");
  CHECK(expression("x < -[e:X] - y") == "x < -([(e IS LABELED X)]) - y");
  CHECK(expression("a -[b] - 1") == "a - ([b]) - 1");
}

TEST_CASE("a property of a graph or table value keeps its parentheses", "[syntax]") {
  CHECK(expression("(GRAPH CURRENT_SCHEMA/a/b).c") == "(GRAPH CURRENT_SCHEMA/a/b).c");
  CHECK(expression("(GRAPH g)[0]") == "(GRAPH g)[0]");
  CHECK(expression("(TABLE t).c") == "(TABLE t).c");
  CHECK(expression("-GRAPH g") == "-GRAPH g");
}

TEST_CASE("a clone prints like its original", "[syntax]") {
  const auto statement = geode::gql::parse(
      "RETURN [x IN xs WHERE EXISTS { MATCH p = ANY SHORTEST ((a:A&!B {k: 1})-[e WHERE "
      "e.x]->{1,2}(b))+ "
      "CALL (a) { WITH a SET a.x = 1 RETURN a.y AS y ORDER BY y LIMIT 1 } RETURN * NEXT RETURN 1 "
      "UNION "
      "RETURN CASE WHEN x THEN 1 END } | reduce(t = 0, y IN [(n)-->(m) | m.z] | t + y)]");
  const auto& query = std::get<geode::gql::ast::Query>(statement.node);
  const auto& clause = std::get<geode::gql::ast::ReturnClause>(query.parts[0].first.clauses[0]);
  const auto& original = *clause.projection.items[0].expression;
  CHECK(geode::gql::print(*clone(original)) == geode::gql::print(original));
}

TEST_CASE("LIKE with a constant pattern is a regular expression", "[syntax]") {
  CHECK(expression("x LIKE 'a%b_c'") == "x =~ '(?s)a.*b.c'");
  CHECK(expression("x NOT LIKE '(a.b)'") == "NOT x =~ '(?s)\\\\(a\\\\.b\\\\)'");
  CHECK(expression(R"(x LIKE '100\\%\\_\\')") == R"(x =~ '(?s)100%_\\\\')");
  CHECK_THROWS_WITH(geode::gql::parse("RETURN x LIKE y"),
                    "42001: expected a pattern in quotes after LIKE, found `y`");
}

TEST_CASE("words that stand for a call or a constructor", "[syntax]") {
  CHECK(expression("CURRENT_DATE") == "date()");
  CHECK(expression("CURRENT_TIME") == "time()");
  CHECK(expression("CURRENT_TIMESTAMP") == "datetime()");
  CHECK(expression("LOCAL_TIME") == "localtime()");
  CHECK(expression("LOCAL_TIMESTAMP") == "localdatetime()");
  CHECK(expression("SESSION_USER") == "session_user()");
  CHECK(expression("LIST[1, 2]") == "[1, 2]");
  CHECK(expression("ARRAY[a, b]") == "[a, b]");
  // One element is an index into a variable.
  CHECK(expression("list[1]") == "list[1]");
  CHECK(expression("PATH[n, e, m]") == "path(n, e, m)");
  CHECK(expression("path[1]") == "path[1]");
  CHECK(expression("RECORD {a: 1}") == "{a: 1}");
  CHECK(expression("RECORD {}") == "{}");
  CHECK(expression("DURATION 'P1D'") == "duration('P1D')");
  CHECK(expression("INTERVAL 'P1D'") == "duration('P1D')");
  CHECK(expression("DATETIME '2020-01-01T00:00:00Z'") == "datetime('2020-01-01T00:00:00Z')");
}
