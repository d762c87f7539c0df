#include "transfer/json_lines_reader.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "text_file.hpp"

using namespace geode;
using namespace geode::transfer;
using geode::test::write_file;

namespace {

/// Each object as its literal, bad lines as "!line:column".
std::vector<std::string> read_text(std::string_view text) {
  const test::TempDirectory directory;
  JsonLinesReader reader(write_file(directory, "t.jsonl", text));
  std::vector<std::string> out;
  for (;;) {
    const RowStatus status = reader.next();
    if (status == RowStatus::kEnd) return out;
    if (status == RowStatus::kBad) {
      out.push_back("!" + std::to_string(reader.problem().line) + ":" +
                    std::to_string(reader.problem().column));
    } else {
      out.push_back(Value(reader.object()).to_string());
    }
  }
}

}  // namespace

TEST_CASE("JSON Lines become records of values", "[transfer]") {
  CHECK(read_text("{\"a\": 1, \"b\": 1.5, \"c\": \"x\", \"d\": null, \"e\": true}\n") ==
        std::vector<std::string>{"{a: 1, b: 1.5, c: 'x', d: null, e: true}"});
  CHECK(read_text("{\"a\": [1, [\"x\"]], \"b\": {\"c\": {}}}\n\n{}") ==
        std::vector<std::string>{"{a: [1, ['x']], b: {c: {}}}", "{}"});
  CHECK(read_text("{\"a\": 1, \"a\": 2}") == std::vector<std::string>{"{a: 2}"});
  CHECK(read_text("{\"a\": 18446744073709551615}") ==
        std::vector<std::string>{"{a: " + Value(18446744073709551615.0).to_string() + "}"});
}

TEST_CASE("bad JSON lines are told with line and column, and skipped", "[transfer]") {
  CHECK(read_text("{\"a\": 1}\n{\"a\": x}\n[1]\n5\n{\"a\": 2}\n") ==
        std::vector<std::string>{"{a: 1}", "!2:7", "!3:1", "!4:1", "{a: 2}"});
  CHECK(read_text("{\"a\": \"\xff\"}\n") == std::vector<std::string>{"!1:8"});
  CHECK(read_text("{\"a\": 1} {\"b\": 2}\n").at(0).starts_with("!1:"));
  CHECK(read_text(std::string(100000, '[')).at(0).starts_with("!1:"));
}
