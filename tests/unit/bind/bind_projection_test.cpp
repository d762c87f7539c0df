#include <catch2/catch.hpp>

#include "bind_text.hpp"

using namespace geode;
using namespace geode::gql;

TEST_CASE("columns are named by alias, variable or their own text", "[bind]") {
  CHECK(column_names(bind_text("MATCH (n) RETURN n, n.name AS x, coUnt( n )")) ==
        "n, x, coUnt( n )");
  CHECK(column_names(bind_text("MATCH (b)-[a]->(c) RETURN *")) == "a, b, c");
}

TEST_CASE("items without aggregates are grouping keys", "[bind]") {
  const auto program =
      bind_text("MATCH (n) RETURN n.name AS name, count(*) + 1 AS c, sum(n.age) + count(*) AS s");
  const auto& project = clause<bound::Project>(program);
  CHECK(project.aggregating);
  CHECK(project.groups.size() == 1);
  CHECK(project.aggregates.size() == 2);
  CHECK(project.items.size() == 3);
}

TEST_CASE("a variable that keeps its name keeps its id", "[bind]") {
  const auto program = bind_text("MATCH (n) WITH n, n.age AS age RETURN n, age AS years");
  const auto& match = clause<bound::Match>(program);
  CHECK(program.query->columns[0].second == match.pattern.nodes[0].variable);
}

TEST_CASE("next to an aggregate only grouping keys can be read", "[bind]") {
  CHECK(mistake("MATCH (a)--(b) RETURN a.age, a.age + count(b)").empty());
  CHECK(mistake("MATCH (a)--(b) RETURN a, a.age + count(b)").empty());
  CHECK(mistake("MATCH (a)--(b) RETURN $x + count(b)").empty());
  CHECK(mistake("MATCH (a)--(b) RETURN a.age + count(b)") ==
        "SyntaxError/AmbiguousAggregationExpression");
  CHECK(mistake("MATCH (a)--(b) RETURN a.age + b.age, a.age + b.age + count(*)") ==
        "SyntaxError/AmbiguousAggregationExpression");
  CHECK(mistake("MATCH (a)--(b) RETURN a.age + b.age + count(*) GROUP BY a.age + b.age").empty());
  CHECK(mistake("MATCH (n) RETURN n.name, count(*) GROUP BY n.age") ==
        "SyntaxError/AmbiguousAggregationExpression");
}

TEST_CASE("aggregates stand only where rows are grouped", "[bind]") {
  CHECK(mistake("MATCH (n) WHERE count(n) > 1 RETURN n") == "SyntaxError/InvalidAggregation");
  CHECK(mistake("MATCH (n) SET n.x = count(*)") == "SyntaxError/InvalidAggregation");
  CHECK(mistake("RETURN count(count(*))") == "SyntaxError/NestedAggregation");
  CHECK(mistake("RETURN [x IN [1] | count(x)]") == "SyntaxError/InvalidAggregation");
  CHECK(mistake("MATCH (n) RETURN n.name ORDER BY max(n.age)") == "SyntaxError/InvalidAggregation");
  CHECK(mistake("RETURN count(rand())") == "SyntaxError/NonConstantExpression");
}

TEST_CASE("sort keys see columns first and then what they were made from", "[bind]") {
  const auto renamed = bind_text("MATCH (n) WITH n.age AS n RETURN n % 3 AS n ORDER BY n * -1");
  const auto& project = clause<bound::Project>(renamed, 1);
  REQUIRE(project.sort.size() == 1);
  bool reads_column = false;
  bound::for_each_free_variable(*project.sort[0].expression, [&](bound::VariableId variable) {
    reads_column = variable == renamed.query->columns[0].second;
  });
  CHECK(reads_column);

  CHECK(mistake("MATCH (n) RETURN n.name ORDER BY n.age").empty());
  CHECK(mistake("MATCH (n) RETURN DISTINCT n.name ORDER BY n.name").empty());
  CHECK(mistake("MATCH (n) RETURN DISTINCT n ORDER BY n.name").empty());
  CHECK(mistake("MATCH (n) RETURN n.name, count(*) AS c ORDER BY n.name, c, count(*)").empty());
  CHECK(mistake("MATCH (n) RETURN n.name AS x, count(*) AS c ORDER BY sum(n.age)").empty());
  CHECK(mistake("MATCH (n) RETURN DISTINCT n.name ORDER BY n.age") ==
        "SyntaxError/UndefinedVariable");
  CHECK(mistake("MATCH (n) WITH n.name AS x, min(n.age) AS y ORDER BY sum(n.age) RETURN x") ==
        "SyntaxError/UndefinedVariable");
  CHECK(mistake("MATCH (n) RETURN count(n.age) AS c ORDER BY n.age + count(n.age)") ==
        "SyntaxError/UndefinedVariable");
}

TEST_CASE("an aggregate that only a sort key needs is a hidden item", "[bind]") {
  const auto program = bind_text("MATCH (n) RETURN n.name AS x ,count(*) AS c ORDER BY sum(n.age)");
  const auto& project = clause<bound::Project>(program);
  CHECK(project.aggregates.size() == 2);
  CHECK(project.items.size() == 3);
  CHECK(program.query->columns.size() == 2);
}

TEST_CASE("WITH .. WHERE sees the columns and what they were made from", "[bind]") {
  CHECK(mistake("MATCH (a) WITH a.name AS x WHERE x = 'B' OR a.age = 1 RETURN x").empty());
  CHECK(mistake("MATCH (a) WITH a.name AS x, count(*) AS c WHERE a.age = 1 RETURN x") ==
        "SyntaxError/UndefinedVariable");
  CHECK(mistake("MATCH (a) WITH a.name AS x WHERE x = 'B' RETURN a") ==
        "SyntaxError/UndefinedVariable");
}

TEST_CASE("HAVING reads columns, keys and aggregates", "[bind]") {
  const auto program = bind_text(
      "MATCH (n) RETURN n.name AS name, count(*) AS c GROUP BY name HAVING c > 1 AND sum(n.age) > "
      "3");
  const auto& project = clause<bound::Project>(program);
  CHECK(project.having);
  CHECK(project.aggregates.size() == 2);
}

TEST_CASE("names of columns are checked", "[bind]") {
  CHECK(mistake("RETURN 1 AS a, 2 AS a") == "SyntaxError/ColumnNameConflict");
  CHECK(mistake("MATCH (a) WITH a, count(*) RETURN a") == "SyntaxError/NoExpressionAlias");
  CHECK(mistake("MATCH () RETURN *") == "SyntaxError/NoVariablesInScope");
  CHECK(mistake("CREATE () WITH * CREATE ()").empty());
}

TEST_CASE("SKIP and LIMIT are constant, whole and not negative", "[bind]") {
  CHECK(mistake("MATCH (n) RETURN n SKIP n.age") == "SyntaxError/NonConstantExpression");
  CHECK(mistake("MATCH (n) RETURN n LIMIT -1") == "SyntaxError/NegativeIntegerArgument");
  CHECK(mistake("MATCH (n) RETURN n LIMIT 1.5") == "SyntaxError/InvalidArgumentType");
  CHECK(mistake("MATCH (n) RETURN n LIMIT $x").empty());
  CHECK(mistake("MATCH (n) RETURN n LIMIT toInteger(ceil(1.7))").empty());
}

TEST_CASE("combined queries match columns by name", "[bind]") {
  CHECK(mistake("RETURN 1 AS a UNION RETURN 2 AS b") == "SyntaxError/DifferentColumnsInUnion");
  CHECK(mistake("MATCH (n) RETURN n.name UNION MATCH (m) RETURN m.name").empty());
  const auto program = bind_text("RETURN 1 AS a, 'x' AS b UNION ALL RETURN 'y' AS b, 2.5 AS a");
  const auto& part = program.query->parts[0];
  CHECK(part.rest[0].second.columns[0].first == "a");
  const auto type = program.variables[static_cast<std::size_t>(part.columns[0].second)].type;
  CHECK(type.name() == "INT64 or FLOAT64");
}

TEST_CASE("the result of a part is the input of the next", "[bind]") {
  const auto program = bind_text("MATCH (n) RETURN n AS x NEXT MATCH (x)-->(y) RETURN y");
  REQUIRE(program.query->parts.size() == 2);
  CHECK(clause<bound::Match>(linear(program, 1)).pattern.nodes[0].bound_before);
  CHECK(mistake("MATCH (n) RETURN n AS x NEXT RETURN n") == "SyntaxError/UndefinedVariable");
}
