#include <catch2/catch.hpp>

#include "gql/syntax/parser.hpp"

namespace {

/// The parts, each in brackets; an unfinished one ends in "...".
std::string split(std::string_view text) {
  std::string result;
  for (const auto& part : geode::gql::split_script(text)) {
    result +=
        "[" + std::string(text.substr(part.offset, part.length)) + (part.complete ? "]" : "...");
  }
  return result;
}

}  // namespace

TEST_CASE("a script is cut at semicolons", "[syntax]") {
  CHECK(split("RETURN 1; RETURN 2 ;\n RETURN 3") == "[RETURN 1][RETURN 2][RETURN 3...");
  CHECK(split(";;  ;") == "");
  CHECK(split("") == "");
}

TEST_CASE("a semicolon in a string, a comment or a quoted name does not cut", "[syntax]") {
  CHECK(split("RETURN ';'; RETURN \";\"; RETURN `;`;") == "[RETURN ';'][RETURN \";\"][RETURN `;`]");
  CHECK(split("-- a;\nRETURN /* ; */ 1; // ;") == "[RETURN /* ; */ 1]");
  CHECK(split("MATCH (a)--(b); RETURN 1;") == "[MATCH (a)--(b)][RETURN 1]");
}

TEST_CASE("what is not closed makes the last part unfinished", "[syntax]") {
  CHECK(split("RETURN 1; RETURN 'a; b") == "[RETURN 1][RETURN 'a; b...");
  CHECK(split("RETURN 1 /* ;") == "[RETURN 1 /* ;...");
}

TEST_CASE("a mistake in one statement leaves the others whole", "[syntax]") {
  CHECK(split("RETURN 1 # 2; RETURN '\\q;'; RETURN 3;") ==
        "[RETURN 1 # 2][RETURN '\\q;'][RETURN 3]");
}
