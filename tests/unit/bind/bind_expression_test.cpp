#include <catch2/catch.hpp>

#include "bind_text.hpp"

using namespace geode;
using namespace geode::gql;

namespace {

/// The expression of the first column.
const bound::Expression& first_item(const bound::Program& program) {
  return *clause<bound::Project>(program).items.at(0).second;
}

}  // namespace

TEST_CASE("types flow through expressions", "[bind]") {
  CHECK(column_type("RETURN 1 + 2") == "INT64");
  CHECK(column_type("RETURN 1 + 2.0") == "FLOAT64");
  CHECK(column_type("RETURN [1, 2] + 'a'") == "LIST<INT64 or STRING>");
  CHECK(column_type("RETURN [x IN [1, 2] | x * 1.5]") == "LIST<FLOAT64>");
  CHECK(column_type("RETURN CASE 1 WHEN 1 THEN 'a' ELSE 2 END") == "INT64 or STRING");
  CHECK(column_type("UNWIND [1, 2] AS x RETURN x") == "INT64");
  CHECK(column_type("MATCH p = (a)-->(b) RETURN nodes(p)") == "LIST<NODE>");
  CHECK(column_type("RETURN EXISTS { (a) }") == "BOOL");
  CHECK(column_type("RETURN CAST('1' AS INT)") == "INT64");
}

TEST_CASE("values that can never fit are refused before the statement runs", "[bind]") {
  for (const auto* text :
       {"RETURN NOT 1", "RETURN true AND 'a'", "RETURN 1 IN 'foo'", "RETURN all(x IN 1 WHERE x)",
        "RETURN none(x IN ['a'] WHERE x % 2 = 0)", "RETURN true + 1", "MATCH (n) RETURN n + 1",
        "MATCH (n) RETURN length(n)", "MATCH p = (a)-->(b) RETURN size(p)",
        "MATCH (n) RETURN type(n)", "RETURN properties(1)", "MATCH (n) WHERE 1 RETURN n",
        "MATCH (n) DELETE 1", "WITH 1 AS x SET x.name = 2", "RETURN -'a'"}) {
    INFO(text);
    CHECK(mistake(text) == "SyntaxError/InvalidArgumentType");
  }
  CHECK(mistake("WITH 'a' AS x RETURN x.name") == "TypeError/InvalidArgumentType");
  CHECK(mistake("WITH true AS x RETURN x[0]") == "TypeError/InvalidArgumentType");
  CHECK(mistake("MATCH (n) WHERE n.name AND NOT n.age RETURN n.name + [1]").empty());
  CHECK(mistake("RETURN NOT null, null IN null, null + 1, [1] + null").empty());
}

TEST_CASE("unknown names come with the nearest one", "[bind]") {
  const Error variable = error_of("MATCH (person) RETURN persn.name");
  CHECK(variable.detail() == "UndefinedVariable");
  CHECK(variable.gqlstatus() == status::kInvalidReference);
  CHECK(variable.hint_text() == "did you mean `person`?");
  CHECK(variable.position().column == 23);
  CHECK(variable.when() == Phase::kCompile);
  const Error function = error_of("RETURN toUper('a')");
  CHECK(function.detail() == "UnknownFunction");
  CHECK(function.hint_text() == "did you mean `toUpper`?");
  CHECK(mistake("RETURN left('abc')") == "SyntaxError/InvalidNumberOfArguments");
}

TEST_CASE("a subquery lists the outer variables it reads, also those of nested ones", "[bind]") {
  const auto program = bind_text(
      "MATCH (a), (x) WHERE EXISTS { MATCH (a)-->(b) WHERE EXISTS { (b)-->(c) WHERE c.w = x.w } } "
      "RETURN a");
  const auto& pattern = clause<bound::Match>(program).pattern;
  REQUIRE(pattern.conditions.size() == 1);
  const auto& outer = *pattern.conditions[0]->subquery;
  CHECK(outer.imports.size() == 2);
  const auto& inner_match = std::get<bound::Match>(outer.parts[0].first.clauses[0].node);
  CHECK(inner_match.pattern.conditions[0]->subquery->imports.size() == 2);
  CHECK_FALSE(outer.returns);
}

TEST_CASE("pattern comprehensions and predicates are subqueries", "[bind]") {
  const auto program = bind_text("MATCH (n) RETURN [(n)-->(b) WHERE b.age > n.age | b.name] AS l");
  const auto& item = first_item(program);
  CHECK(item.subquery_kind == ast::SubqueryKind::kCollect);
  CHECK(item.subquery->imports.size() == 1);
  CHECK(item.subquery->columns.size() == 1);
  CHECK(mistake("MATCH (n) WHERE (n)-->() AND exists((n)<--()) RETURN n").empty());
  CHECK(mistake("MATCH (n) WHERE (n)-[r]->() RETURN n") == "SyntaxError/UndefinedVariable");
  CHECK(mistake("MATCH (n) RETURN (n)-->()") == "SyntaxError/UnexpectedSyntax");
}

TEST_CASE("a subquery of an expression cannot change the graph", "[bind]") {
  CHECK(mistake("MATCH (n) WHERE EXISTS { MATCH (n)-->(m) SET m.x = 1 } RETURN n") ==
        "SyntaxError/InvalidClauseComposition");
  CHECK(mistake("MATCH (n) RETURN VALUE { MATCH (n)-->(m) RETURN m, n }") ==
        "SyntaxError/InvalidClauseComposition");
}

TEST_CASE("an aggregate over a group variable aggregates its list", "[bind]") {
  const auto program = bind_text("MATCH (a)-[e:KNOWS]->{1,3}(b) RETURN a, sum(e.w) AS s");
  const auto& project = clause<bound::Project>(program);
  CHECK_FALSE(project.aggregating);
  CHECK(project.items[1].second->subquery_kind == ast::SubqueryKind::kValue);
  const auto vertical = bind_text("MATCH (a)-[e:KNOWS*1..3]->(b) RETURN a, count(e) AS c");
  CHECK(clause<bound::Project>(vertical).aggregating);
}

TEST_CASE("LET .. IN and CASE compute what is large or random once", "[bind]") {
  const auto small = bind_text("RETURN LET x = 1, y = x + 1 IN x + y END AS z");
  CHECK(first_item(small).kind == bound::ExpressionKind::kBinary);
  const auto random = bind_text("RETURN CASE rand() WHEN 1 THEN 2 WHEN 3 THEN 4 END AS z");
  CHECK(first_item(random).kind == bound::ExpressionKind::kIndex);
}

TEST_CASE("parameters are numbered by first use", "[bind]") {
  const auto program = bind_text("RETURN $b AS x, $a AS y, $b AS z");
  CHECK(program.parameters == std::vector<std::string>{"b", "a"});
  CHECK(clause<bound::Project>(program).items[2].second->index == 0);
}

TEST_CASE("expressions are compared by structure", "[bind]") {
  const auto program = bind_text(
      "MATCH (n) RETURN [x IN n.name | x + 1] AS a, [y IN n.name | y + 1] AS b, n.name AS c");
  const auto& items = clause<bound::Project>(program).items;
  CHECK(bound::equal(*items[0].second, *items[1].second));
  CHECK_FALSE(bound::equal(*items[0].second, *items[2].second));
  CHECK(bound::equal(*bound::clone(*items[0].second), *items[0].second));
  CHECK_FALSE(bound::equal(*bound::make_literal(1), *bound::make_literal(1.0)));
}

TEST_CASE("calls in a query bring their columns", "[bind]") {
  const auto program =
      bind_text("MATCH (n) CALL (n) { MATCH (n)-->(m) RETURN count(m) AS c } RETURN n, c");
  const auto& call = clause<bound::CallSubquery>(program);
  CHECK(call.query->imports.size() == 1);
  CHECK(call.introduces.size() == 1);
  CHECK(mistake("MATCH (n), (k) CALL (n) { RETURN k AS x } RETURN x") ==
        "SyntaxError/UndefinedVariable");
  CHECK(mistake("MATCH (n), (k) CALL { WITH n RETURN k AS x } RETURN x") ==
        "SyntaxError/UndefinedVariable");
  CHECK(mistake("MATCH (n) CALL { MATCH (n)-->(m) RETURN n } RETURN n") ==
        "SyntaxError/VariableAlreadyBound");
  CHECK(error_of("CALL db.nothing()").type() == "ProcedureError");
}
