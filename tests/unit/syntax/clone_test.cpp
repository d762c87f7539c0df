#include <string>

#include <catch2/catch.hpp>

#include "canonical.hpp"

using namespace geode::gql;

namespace {

const ast::Expression& first_column(const ast::Statement& statement) {
  const auto& query = std::get<ast::Query>(statement.node);
  const auto& clause = std::get<ast::ReturnClause>(query.parts[0].first.clauses.back());
  return *clause.projection.items[0].expression;
}

}  // namespace

TEST_CASE("a copy of an expression of any kind is the same tree", "[syntax]") {
  for (const std::string text : {
           "NULL",
           "$p.x[1][$q ..][.. 2]",
           "-x + (+y) * 2 ^ z % 3 / 4 || 's'",
           "NOT a OR b XOR c AND d",
           "a IS NULL AND b IS NOT TRUE AND c:A&!B|% AND d IS TYPED INT8 NOT NULL",
           "s IS NOT NFKC NORMALIZED AND e IS DIRECTED AND n IS SOURCE OF e",
           "x BETWEEN 1 AND 2",
           "count(DISTINCT x) FILTER (WHERE x > 1) + count(*)",
           "CASE x WHEN 1, 2 THEN 'a' ELSE 'b' END",
           "CASE WHEN x THEN 1 END",
           "[1, 2.0, 3M, X'0F']",
           "{a: 1, `b c`: {d: 2}}",
           "n {.a, .*, m, k: 1}",
           "[x IN xs WHERE x > 1 | x + 1]",
           "any(x IN xs WHERE x)",
           "reduce(a = 0, x IN xs | a + x)",
           "[p = (a)-[e:R|S*1..2 {k: 1}]->(b:$(l) WHERE b.x) WHERE a.y | p]",
           "EXISTS { (a)<-[:R]-{1,}(b) WHERE a.x = b.x }",
           "COUNT { MATCH DIFFERENT EDGES p = ANY 2 TRAIL (q = (a)-[]->(b) WHERE a.x){2,3}(c {}), "
           "(d $map)~[]~(e) KEEP WALK USING INDEX d:L(k) WHERE a.x YIELD p }",
           "COUNT { MATCH ((a)-[]->(b) |+| (a)<-[]-(b)) }",
           "VALUE { VALUE v INT64 = 1 TABLE t = TABLE { RETURN 1 AS x } RETURN 1 }",
           "VALUE { AT /s USE g MATCH (n) OPTIONAL { MATCH (m) MATCH (o) } RETURN count(n) }",
           "VALUE { FOR x IN xs WITH OFFSET i FILTER x > 1 LET y = x, VALUE z INT64 = 2 UNWIND y "
           "AS "
           "u WITH DISTINCT x, u AS w ORDER BY w DESC NULLS LAST OFFSET 1 LIMIT 2 WHERE w RETURN "
           "max(w) GROUP BY x HAVING x > 1 }",
           "VALUE { ORDER BY x LIMIT 1 RETURN x UNION ALL RETURN 2 NEXT RETURN 3 }",
           "VALUE { CALL (a, b) { RETURN 1 AS y } IN TRANSACTIONS OF 10 ROWS ON ERROR CONTINUE "
           "REPORT STATUS AS s RETURN y }",
           "VALUE { OPTIONAL CALL p.q(1, x) YIELD a AS b, c WHERE b RETURN b }",
           "VALUE { LOAD CSV WITH HEADERS FROM 'f' AS row FIELDTERMINATOR ';' RETURN count(row) }",
           "VALUE { CREATE (a:A)-[:R]->(b) SET a.x = 1, a[k] = 2, b = {}, b += {y: 1}, a:$(l):B "
           "REMOVE a.x, a[k], b:C DETACH DELETE a, b RETURN 1 }",
           "VALUE { MERGE (a) ON CREATE SET a.x = 1 ON MATCH SET a.y = 2 FOREACH (x IN xs | SET "
           "a.z = x) FINISH }",
           "VALUE { SELECT x FROM t(1), u WHERE x }",
           "COLLECT { RETURN 1 }",
           "CAST(x AS LIST<STRING(3)>)",
           "LET x = 1, VALUE y INT64 = 2 IN x + y END",
           "TRIM(LEADING 'a' FROM s)",
           "EXISTS { MATCH (a) WHERE (a)-[:R]->() }",
       }) {
    INFO(text);
    const ast::Statement statement = parse("RETURN " + text);
    const ast::ExpressionPtr copy = ast::clone(first_column(statement));
    CHECK(copy.get() != &first_column(statement));
    CHECK(geode::test::difference(first_column(statement), *copy) == "");
    // A chain of comparisons holds its middle twice.
    CHECK(expression("1 < (" + text + ") < 2") ==
          expression("1 < (" + text + ") AND (" + text + ") < 2"));
  }
}
