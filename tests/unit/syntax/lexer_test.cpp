#include "gql/syntax/lexer.hpp"

#include <catch2/catch.hpp>

using geode::Error;
using geode::gql::Keyword;
using geode::gql::Token;
using geode::gql::tokenize;
using geode::gql::TokenKind;

namespace {

Token first(std::string_view text) {
  std::optional<Error> error;
  return tokenize(text, error).front();
}

std::string detail(std::string_view text) {
  std::optional<Error> error;
  tokenize(text, error);
  return error ? error->detail() : "";
}

std::size_t count(std::string_view text) {
  std::optional<Error> error;
  return tokenize(text, error).size() - 1;
}

}  // namespace

TEST_CASE("a word is found among the keywords whatever its case", "[syntax]") {
  CHECK(first("rEtUrN").keyword == Keyword::kReturn);
  CHECK(first("returned").keyword == Keyword::kNotAKeyword);
  CHECK(first("`return`").keyword == Keyword::kNotAKeyword);
}

TEST_CASE("numbers have a radix, underscores and suffixes", "[syntax]") {
  CHECK(first("0x1F").integer == 31);
  CHECK(first("0o17").integer == 15);
  CHECK(first("0b101").integer == 5);
  CHECK(first("1_000").integer == 1000);
  CHECK(first(".5").real == 0.5);
  CHECK(first("1.5e-3").real == 1.5e-3);
  CHECK(first("2d").kind == TokenKind::kFloat);
  CHECK(first("12M").kind == TokenKind::kDecimal);
  CHECK(first("1e-999").real == 0.0);
  CHECK(first("99999999999999999999").overflow);
  CHECK(first("0x1FFFFFFFFFFFFFFFF").overflow);
}

TEST_CASE("a number with a unit of time is a duration", "[syntax]") {
  CHECK(first("10s").text == "PT10S");
  CHECK(first("1.5h").text == "PT1.5H");
  CHECK(first("250ms").text == "PT0.250S");
  CHECK(first("1500ms").text == "PT1.500S");
}

TEST_CASE("a range of numbers is not a float", "[syntax]") {
  CHECK(count("1..3") == 3);
  CHECK(count("*..5") == 3);
  CHECK(count("a.b.c") == 5);
}

TEST_CASE("strings know escapes, doubled quotes and both quotation marks", "[syntax]") {
  CHECK(first(R"('it''s')").text == "it's");
  CHECK(first(R"('a\tb\\\'')").text == "a\tb\\'");
  CHECK(first(R"("x""y")").text == "x\"y");
  CHECK(first(R"('\u00e9')").text == "\u00e9");
  CHECK(first(R"('\uD83D\uDE00')").text == "\U0001F600");
  CHECK(first(R"('\U01F600')").text == "\U0001F600");
  CHECK(first(R"('\U0001F600')").text == "\U0001F600");
  CHECK(first(R"(@'raw\n')").text == "raw\\n");
  CHECK(first("''").text.empty());
  CHECK(first("X'0aFF'").text == "\x0A\xFF");
}

TEST_CASE("names and parameters may be quoted", "[syntax]") {
  CHECK(first("`a``b`").text == "a`b");
  CHECK(first("$`x y`").text == "x y");
  CHECK(first("$1").text == "1");
  CHECK(first("stra\u00dfe").text == "stra\u00dfe");
}

TEST_CASE("comments are blanks", "[syntax]") {
  CHECK(count("RETURN 1 // one") == 2);
  CHECK(count("RETURN /* a \n b */ 1") == 2);
  CHECK(count("RETURN 1 -- one") == 2);
  CHECK(count("-- first line\nRETURN 1") == 2);
  CHECK(count("MATCH (n) -- all of them\nRETURN n") == 6);
  CHECK(count("RETURN (1) -- (one)") == 4);
}

TEST_CASE("two dashes between node patterns are an edge", "[syntax]") {
  CHECK(count("MATCH (a)--(b)") == 9);
  CHECK(count("MATCH (a)-->(b)") == 10);
  CHECK(count("MATCH (a)<--(b)") == 10);
  CHECK(count("MATCH (a) -- (b)") == 9);
  CHECK(count("RETURN [(a)--(b) | b]") == 13);
}

TEST_CASE("a token knows its line and its column in characters", "[syntax]") {
  std::optional<Error> error;
  const auto tokens = tokenize("RETURN\n  '\u00e9\u00e9' AS x", error);
  REQUIRE(tokens.size() == 5);
  CHECK(tokens[2].position.line == 2);
  CHECK(tokens[2].position.column == 8);
  CHECK(tokens[2].position.offset == 16);
  CHECK(tokens[1].position.length == 6);
}

TEST_CASE("what is no token says why", "[syntax]") {
  CHECK(detail("0x") == "InvalidNumberLiteral");
  CHECK(detail("12abc") == "InvalidNumberLiteral");
  CHECK(detail("1e999") == "FloatingPointOverflow");
  CHECK(detail(R"('\uH')") == "InvalidUnicodeLiteral");
  CHECK(detail("1 \u2014 2") == "InvalidUnicodeCharacter");
  CHECK(detail("\xFF") == "InvalidUnicodeCharacter");
  CHECK(detail("'abc") == "UnexpectedSyntax");
  CHECK(detail("/* abc") == "UnexpectedSyntax");
  CHECK(detail("a # b") == "UnexpectedSyntax");
}
