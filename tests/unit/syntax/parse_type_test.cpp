#include <string>

#include <catch2/catch.hpp>

#include "canonical.hpp"

using namespace geode;

namespace {

/// The canonical name of a type.
std::string type(const std::string& written) {
  const std::string cast = expression("CAST(x AS " + written + ")");
  return cast.substr(10, cast.size() - 11);
}

std::string signature_error(std::string_view text) {
  try {
    gql::parse_signature(text);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("types of times have a name of one word and one of several", "[syntax]") {
  CHECK(type("TIMESTAMP WITH TIME ZONE") == type("ZONED DATETIME"));
  CHECK(type("TIMESTAMP WITHOUT TIME ZONE") == type("LOCAL DATETIME"));
  CHECK(type("LOCAL TIMESTAMP") == type("LOCAL DATETIME"));
  CHECK(type("TIME WITH TIME ZONE") == type("ZONED TIME"));
  CHECK(type("TIME WITHOUT TIME ZONE") == type("LOCAL TIME"));
}

TEST_CASE("a signature names parameters, a result or columns, and their types", "[syntax]") {
  const gql::ast::RoutineSignature function =
      gql::parse_signature("my.round(x NUMBER, digits :: INT8?) :: FLOAT NOT NULL");
  CHECK(function.name.text == "my.round");
  REQUIRE(function.parameters.size() == 2);
  CHECK(function.parameters[0].first.text == "x");
  CHECK(function.parameters[0].second.type.kind == value::DeclaredType::Kind::kUnion);
  CHECK(function.parameters[1].first.text == "digits");
  CHECK(function.parameters[1].second.type.name() == "INT8");
  REQUIRE(function.result);
  CHECK(function.result->type.not_null);
  CHECK(function.columns.empty());

  const gql::ast::RoutineSignature procedure =
      gql::parse_signature("p() :: (name STRING, ages LIST<INT64>,)");
  CHECK(procedure.parameters.empty());
  CHECK_FALSE(procedure.result);
  REQUIRE(procedure.columns.size() == 2);
  CHECK(procedure.columns[1].first.text == "ages");
  CHECK(procedure.columns[1].second.type.name() == "LIST<INT64>");

  CHECK(gql::parse_signature("nothing()").columns.empty());
  CHECK(signature_error("f") == "expected `(`, found the end of the statement");
  CHECK(signature_error("f(x)") == "expected a type such as INT or STRING, found `)`");
  CHECK(signature_error("f() :: INT INT") == "expected the end of the signature, found `INT`");
}
