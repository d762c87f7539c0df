#include <filesystem>

#include <catch2/catch.hpp>

#include "case_file.hpp"
#include "gql/syntax/features.hpp"
#include "gql/syntax/parser.hpp"
#include "gql/syntax/print.hpp"

using namespace geode;

namespace {

/// True when it was parsed; what is printed of it must be parsed, too.
bool parses(const std::string& text) {
  std::string printed;
  try {
    const gql::ast::Statement statement = gql::parse(text);
    gql::features_used(statement, text);
    printed = gql::print(statement);
  } catch (const Error&) {
    return false;
  }
  INFO(text);
  CHECK_NOTHROW(gql::parse(printed));
  return true;
}

}  // namespace

TEST_CASE("the statements of the case files are parsed, and what is printed of them", "[syntax]") {
  std::size_t parsed = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(GEODE_CASES)) {
    if (entry.path().extension() != ".gqltest") continue;
    for (const test::Record& record : test::read_case_file(entry.path().string())) {
      for (const gql::ScriptPart& part : gql::split_script(record.text)) {
        const std::string text = record.text.substr(part.offset, part.length);
        const bool refused = record.kind == test::RecordKind::kError;
        const bool statement = record.kind != test::RecordKind::kProcedure;
        const bool good = parses(text);
        if (good) ++parsed;
        INFO(entry.path().string() << ":" << record.line);
        CHECK((good || refused || !statement));
      }
    }
  }
  CHECK(parsed > 1000);
}
