#include <random>

#include <catch2/catch.hpp>

#include "canonical.hpp"
#include "gql/syntax/parser.hpp"
#include "gql/syntax/print.hpp"

namespace {

std::string repeat(std::string_view part, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += part;
  return result;
}

std::string status_of(const std::string& text) {
  try {
    const auto statement = geode::gql::parse(text);
    return geode::gql::print(statement).empty() ? "empty" : "00000";
  } catch (const geode::Error& error) {
    return error.gqlstatus();
  }
}

}  // namespace

TEST_CASE("nesting beyond the limit is an error and not a crash", "[syntax]") {
  constexpr std::size_t kDeep = 100'000;
  CHECK(status_of("RETURN " + repeat("(", kDeep) + "1" + repeat(")", kDeep)) == "54X01");
  CHECK(status_of("RETURN " + repeat("[", kDeep)) == "54X01");
  CHECK(status_of("RETURN " + repeat("{a:", kDeep)) == "54X01");
  CHECK(status_of("RETURN " + repeat("f(", kDeep)) == "54X01");
  CHECK(status_of("RETURN " + repeat("NOT ", kDeep) + "x") == "54X01");
  CHECK(status_of("RETURN " + repeat("- ", kDeep) + "x") == "54X01");
  CHECK(status_of("RETURN " + repeat("CASE WHEN ", kDeep)) == "54X01");
  CHECK(status_of("RETURN 1" + repeat(" + 1", kDeep)) == "54X01");
  CHECK(status_of("RETURN 1" + repeat(" < 1", kDeep)) == "54X01");
  CHECK(status_of("RETURN x" + repeat(".x", kDeep)) == "54X01");
  CHECK(status_of("RETURN x" + repeat("[0]", kDeep)) == "54X01");
  CHECK(status_of("RETURN x" + repeat(" IS NULL", kDeep)) == "54X01");
  CHECK(status_of("MATCH " + repeat("(", kDeep)) == "54X01");
  CHECK(status_of("MATCH (n:" + repeat("!", kDeep) + "A) RETURN n") == "54X01");
  CHECK(status_of("MATCH (n:A" + repeat("|A", kDeep) + ") RETURN n") == "54X01");
  CHECK(status_of(repeat("CALL { ", kDeep)) == "54X01");
  CHECK(status_of(repeat("{ ", kDeep)) == "54X01");
  CHECK(status_of(repeat("FOREACH (x IN y | ", kDeep)) == "54X01");
  CHECK(status_of("RETURN CAST(x AS " + repeat("LIST<", kDeep)) == "54X01");
}

TEST_CASE("nested chains of comparisons do not grow without bound", "[syntax]") {
  CHECK(status_of("RETURN " + repeat("1 < (", 100) + "1" + repeat(") < 1", 100)) == "54X01");
}

TEST_CASE("long statements are not deep ones", "[syntax]") {
  CHECK(status_of("RETURN x = 0" + repeat(" OR x = 1", 20'000)) == "00000");
  CHECK(status_of("RETURN [1" + repeat(", 1", 20'000) + "]") == "00000");
  CHECK(status_of("MATCH (a)" + repeat("-->(b)", 5'000) + " FINISH") == "00000");
  CHECK(status_of("CREATE (a)" + repeat(", (b)", 5'000)) == "00000");
  CHECK(status_of(repeat("MATCH (a) ", 5'000) + "FINISH") == "00000");
  CHECK(status_of("RETURN 1" + repeat(" UNION RETURN 1", 2'000)) == "00000");
}

TEST_CASE("statements with words left out, doubled or swapped are parsed or refused", "[syntax]") {
  const std::string_view seeds[] = {
      "MATCH p = ANY SHORTEST ( a : A & ! B { k : 1 } ) -[ e : X * 1 .. 3 ]-> ( b WHERE b . x > 1 "
      ") RETURN a , b",
      "RETURN [ x IN xs WHERE x : A | x . y ] , CASE x WHEN 1 THEN 'a' ELSE 2.5 END , EXISTS { ( a "
      ") --> ( b ) }",
      "MERGE ( a ) ON CREATE SET a . x = 1 , a += { y : $p } WITH a ORDER BY a . x DESC LIMIT 1 "
      "RETURN count( * )",
      "SELECT a . x FROM g MATCH ( ( a ) -[ e ]-> ( b ) ) { 1 , 2 } GROUP BY a . x HAVING max( a . "
      "x ) < - 3 ^ 2",
      "CREATE CONSTRAINT c IF NOT EXISTS FOR ( n : L ) REQUIRE ( n . a , n . b ) IS NODE KEY",
  };
  std::mt19937 random(7);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::string> words;
    std::string text(seeds[below(std::size(seeds))]);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      words.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    for (std::size_t changes = 1 + below(3); changes > 0 && words.size() > 2; --changes) {
      const std::size_t place = below(words.size());
      switch (below(3)) {
        case 0:
          words.erase(words.begin() + static_cast<std::ptrdiff_t>(place));
          break;
        case 1:
          words.insert(words.begin() + static_cast<std::ptrdiff_t>(place),
                       words[below(words.size())]);
          break;
        default:
          std::swap(words[place], words[below(words.size())]);
          break;
      }
    }
    text.clear();
    for (const std::string& word : words) text += word + (below(4) == 0 ? "" : " ");
    const std::string status = status_of(text);
    if (status == "42001") ++refused;
    CHECK((status == "00000" || status == "42001"));
    if (status != "00000") continue;
    INFO(text);
    canonical(text);
  }
  CHECK(refused > 10'000);
}
