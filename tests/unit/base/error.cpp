#include <string>

#include <catch2/catch.hpp>

#include <geode/error.hpp>

using geode::Error;
using geode::Phase;
using geode::Position;
namespace status = geode::status;

TEST_CASE("an error is rendered with its place, carets and hint", "[base]") {
  const std::string query = "MATCH (p:Person) WEHRE p.age > 1 RETURN p";
  const Error error =
      Error(status::kSyntaxError, "expected WHERE, RETURN or a further clause, found `WEHRE`")
          .at(Position{17, 1, 18, 5})
          .hint("did you mean `WHERE`?");
  CHECK(error.render(query) ==
        "error[42001]: expected WHERE, RETURN or a further clause, found `WEHRE`\n"
        "  --> query:1:18\n"
        "   |\n"
        " 1 | MATCH (p:Person) WEHRE p.age > 1 RETURN p\n"
        "   |                  ^^^^^ did you mean `WHERE`?\n"
        "   = more: geode help 42001");
  CHECK(std::string(error.what()) ==
        "42001: expected WHERE, RETURN or a further clause, found `WEHRE`");
}

TEST_CASE("the gutter is as wide as the number of the line", "[base]") {
  std::string query;
  for (int i = 0; i < 11; ++i) query += "\n";
  query += "RETURN\t1 +\r\nLIMIT 1";
  CHECK(Error(status::kSyntaxError, "an expression is missing", Position{21, 12, 11, 0})
            .render(query) ==
        "error[42001]: an expression is missing\n"
        "   --> query:12:11\n"
        "    |\n"
        " 12 | RETURN 1 +\n"
        "    |           ^\n"
        "    = more: geode help 42001");
}

TEST_CASE("carets stand below wide and accented characters", "[base]") {
  const std::string query = "RETURN '日本é' + x";
  const auto text =
      Error(status::kInvalidReference, "x is not defined", Position{20, 1, 16, 1}).render(query);
  CHECK(text.find("   |                  ^\n") != std::string::npos);
}

TEST_CASE("marks end with the line", "[base]") {
  const auto text =
      Error(status::kSyntaxError, "m", Position{7, 1, 8, 100}).render("RETURN 'ab\ncd'");
  CHECK(text.find(" 1 | RETURN 'ab\n   |        ^^^\n") != std::string::npos);
}

TEST_CASE("a long line is cut around the place", "[base]") {
  const std::string query = "RETURN " + std::string(5000, 'a') + " ! " + std::string(5000, 'b');
  const auto text = Error(status::kSyntaxError, "m", Position{5008, 1, 5009, 1}).render(query);
  CHECK(text.size() < 700);
  const auto line = text.find(" 1 | ..."), carets = text.find("   | ", line);
  REQUIRE(line != std::string::npos);
  CHECK(text[text.find('^') - carets + line] == '!');
}

TEST_CASE("an error without a place is one line and its hint", "[base]") {
  CHECK(Error(status::kDiskFull, "no space left").render("RETURN 1") ==
        "error[53X02]: no space left");
  CHECK(Error(status::kDiskFull, "no space left").hint("free some").render("") ==
        "error[53X02]: no space left\n  = hint: free some");
}

TEST_CASE("only errors that may not come again are retryable", "[base]") {
  CHECK(Error(status::kTransactionRollback, "m").retryable());
  CHECK(Error(status::kStatementFailedTransaction, "m").retryable());
  CHECK(Error(status::kDatabaseBusy, "m").retryable());
  CHECK_FALSE(Error(status::kCannotOpen, "m").retryable());
  CHECK_FALSE(Error(status::kSyntaxError, "m").retryable());
}

TEST_CASE("builders fill the diagnostic record", "[base]") {
  const Error error = Error(status::kInvalidReference, "m")
                          .category("SyntaxError", "UndefinedVariable")
                          .phase(Phase::kCompile);
  CHECK(error.type() == "SyntaxError");
  CHECK(error.detail() == "UndefinedVariable");
  CHECK(error.when() == Phase::kCompile);
}
