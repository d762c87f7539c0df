#include <catch2/catch.hpp>

#include "gql/syntax/parser.hpp"

namespace {

struct Mistake {
  std::string_view text;
  std::string_view expected;  ///< line:column: message, then the hint after " / "
};

std::string message_of(std::string_view text) {
  try {
    geode::gql::parse(text);
  } catch (const geode::Error& error) {
    CHECK(error.gqlstatus() == "42001");
    CHECK(error.type() == "SyntaxError");
    CHECK(error.when() == geode::Phase::kCompile);
    std::string result = std::to_string(error.position().line) + ":" +
                         std::to_string(error.position().column) + ": " + error.message();
    if (!error.hint_text().empty()) result += " / " + error.hint_text();
    return result;
  }
  return "no error";
}

std::string detail_of(std::string_view text) {
  try {
    geode::gql::parse(text);
  } catch (const geode::Error& error) {
    return error.detail();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a message names what was expected, what was found, where, and what was probably meant",
          "[syntax]") {
  const Mistake mistakes[] = {
      {"MATCH (p:Person) WEHRE p.age > 1 RETURN p",
       "1:18: expected WHERE, RETURN or a further clause, found `WEHRE` / did you mean `WHERE`?"},
      {"MATCH (n) RETRUN n",
       "1:11: expected WHERE, RETURN or a further clause, found `RETRUN` / did you mean `RETURN`?"},
      {"MTCH (n) RETURN n", "1:1: expected a statement, found `MTCH` / did you mean `MATCH`?"},
      {"RETURN 1\nODER BY 1",
       "2:1: expected ORDER BY, LIMIT, UNION, NEXT or the end of the query after RETURN, found "
       "`ODER` / did "
       "you mean `ORDER`?"},
      {"CREATE INDX ON X(a)",
       "1:8: expected a node pattern such as (n:Label), INDEX, CONSTRAINT, SCHEMA, "
       "GRAPH, GRAPH TYPE, NODE TYPE or EDGE TYPE after CREATE, found "
       "`INDX` / did you "
       "mean `INDEX`?"},
      {"MATCH (n)", "1:10: expected RETURN or a further clause, found the end of the statement"},
      {"MATCH (n) RETURN", "1:17: expected an expression, found the end of the statement"},
      {"RETURN 1 RETURN 2",
       "1:10: expected ORDER BY, LIMIT, UNION, NEXT or the end of the query after RETURN, found "
       "`RETURN`"},
      {"RETURN 1; RETURN 2",
       "1:11: expected nothing after `;`, found `RETURN` / run statements one at a time"},
      {"UNWIND [1] x RETURN x", "1:12: expected AS after the list of UNWIND, found `x`"},
      {"MATCH (n) SET n.x == 1", "1:20: expected an expression, found `=` / write a single `=`"},
  };
  for (const Mistake& mistake : mistakes) CHECK(message_of(mistake.text) == mistake.expected);
}

TEST_CASE("an unclosed bracket names where it was opened", "[syntax]") {
  const Mistake mistakes[] = {
      {"MATCH (a RETURN a",
       "1:10: expected ')' to close the node pattern opened at 1:7, found `RETURN`"},
      {"MATCH (a)-[r:X->(b) RETURN a",
       "1:15: expected ']' to close the edge pattern opened at 1:11, found `-`"},
      {"RETURN [1, 2",
       "1:13: expected ']' to close the list opened at 1:8, found the end of the statement"},
      {"RETURN\n(1 + 2 x", "2:8: expected ')' to close the parenthesis opened at 2:1, found `x`"},
      {"RETURN {a: 1",
       "1:13: expected '}' to close the map opened at 1:8, found the end of the statement"},
      {"CALL { RETURN 1",
       "1:16: expected '}' to close the subquery opened at 1:6, found the end of the statement"},
      {"RETURN CASE WHEN a THEN b",
       "1:26: expected WHEN, ELSE or END to close the CASE opened at 1:8, found the end of the "
       "statement"},
      {"RETURN 'abc", "1:8: this string is not closed / end it with '"},
      {"RETURN 1 /* abc", "1:10: this comment is not closed / end it with `*/`"},
  };
  for (const Mistake& mistake : mistakes) CHECK(message_of(mistake.text) == mistake.expected);
}

TEST_CASE("the first mistake is reported, not a later one of the lexer", "[syntax]") {
  CHECK(message_of("MTCH (n) RETURN 'abc") ==
        "1:1: expected a statement, found `MTCH` / did you mean `MATCH`?");
}

TEST_CASE("mistakes carry openCypher's names", "[syntax]") {
  CHECK(detail_of("RETURN 9223372036854775808") == "IntegerOverflow");
  CHECK(detail_of("RETURN 0o1000000000000000000000") == "IntegerOverflow");
  CHECK(detail_of("RETURN 1.34E999") == "FloatingPointOverflow");
  CHECK(detail_of("RETURN 0x1A2b3j4D") == "InvalidNumberLiteral");
  CHECK(detail_of("RETURN {1B2c3e67: 1}") == "UnexpectedSyntax");
  CHECK(detail_of("RETURN '\\uH'") == "InvalidUnicodeLiteral");
  CHECK(detail_of("MATCH (a)-[:LIKES..]->(b) RETURN a") == "InvalidRelationshipPattern");
  CHECK(detail_of("RETURN 1 UNION RETURN 2 UNION ALL RETURN 3") == "InvalidClauseComposition");
  CHECK(detail_of("MATCH (n) RETURN (n)-[]->()") == "UnexpectedSyntax");
}
