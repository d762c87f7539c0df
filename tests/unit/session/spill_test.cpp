#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/database.hpp>
#include "temp_directory.hpp"

namespace geode {
namespace {

constexpr std::uint64_t kSmallLimit = std::uint64_t{16} << 20;

std::vector<std::string> rows_of(Database& database, std::string_view text,
                                 const StatementOptions& options = {}) {
  std::vector<std::string> rows;
  Result result = database.execute(text, {}, options);
  while (const std::optional<Row> row = result.next()) {
    std::string line;
    for (std::size_t i = 0; i < row->size(); ++i) line += (*row)[i].to_string() + "|";
    rows.push_back(line);
  }
  return rows;
}

TEST_CASE("rows that do not fit into memory give the same answer from a file", "[session]") {
  Database database;
  const std::string statement = GENERATE(
      std::string("FOR i IN range(1, 300000) RETURN i, 'text ' || CAST(i AS STRING) AS t "
                  "ORDER BY i * 7919 % 10007, t DESC"),
      std::string("FOR i IN range(1, 300000) RETURN i % 1000 AS k, i ORDER BY k DESC "
                  "SKIP 1000 LIMIT 250000"),
      std::string("FOR i IN range(1, 600000) RETURN DISTINCT i % 300000 AS x, "
                  "'some text ' || CAST(i % 300000 AS STRING) AS t"),
      // Groups of which some are held when others are put away: states that stay as they are, that
      // grow, and that know what they have seen.
      std::string(
          "FOR i IN range(1, 300000) RETURN i % 150000 AS k, 'a text' || CAST(i % 150000 AS "
          "STRING) AS t, count(*) AS n, sum(i) AS s, min(i) AS lo"),
      std::string("FOR i IN range(1, 300000) RETURN i * 7919 % 60000 AS k, collect(i) AS l, "
                  "max('text ' || CAST(i AS STRING)) AS m"),
      std::string("FOR i IN range(1, 300000) RETURN i % 60001 AS k, count(DISTINCT i % 4) AS n, "
                  "collect(DISTINCT i % 3) AS l, avg(i) AS a"),
      std::string("FOR i IN range(1, 300000) RETURN 'text ' || CAST(i AS STRING) AS x UNION "
                  "FOR i IN range(200000, 400000) RETURN 'text ' || CAST(i AS STRING) AS x"),
      std::string("FOR i IN range(1, 300000) RETURN i % 250000 AS x EXCEPT "
                  "FOR i IN range(1, 300000) RETURN i * 2 AS x"),
      std::string("FOR i IN range(1, 300000) RETURN i % 200000 AS x EXCEPT ALL "
                  "FOR i IN range(1, 300000) RETURN i * 2 AS x"),
      std::string("FOR i IN range(1, 300000) RETURN i % 200000 AS x INTERSECT "
                  "FOR i IN range(1, 300000) RETURN i * 2 AS x"),
      std::string("FOR i IN range(1, 300000) RETURN i % 200000 AS x INTERSECT ALL "
                  "FOR i IN range(1, 300000) RETURN i * 2 AS x"));
  INFO(statement);
  StatementOptions options;
  options.memory_limit_bytes = kSmallLimit;
  const std::vector<std::string> all = rows_of(database, statement);
  const std::vector<std::string> spilled = rows_of(database, statement, options);
  CHECK(all.size() > 50'000);
  CHECK(all == spilled);
}

TEST_CASE("temporary files have no name, and go with the statement", "[session]") {
  test::TempDirectory folder;
  Options options;
  options.temp_directory = folder.path().string();
  options.spill_threshold_bytes = 1;
  Database database(":memory:", options);
  Session session = database.session();
  for (int i = 0; i < 3; ++i) {
    Result result = session.execute("FOR i IN range(1, 100000) RETURN i ORDER BY -i");
    REQUIRE(result.next());
    CHECK(std::filesystem::is_empty(folder.path()));
    // Left in the middle.
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a statement ends when its temporary files grow too large", "[session]") {
  Options options;
  options.spill_threshold_bytes = 1;
  options.query_temp_limit_bytes = 100'000;
  Database database(":memory:", options);
  const auto status_of = [&](std::string_view text) {
    try {
      rows_of(database, text);
      return std::string("00000");
    } catch (const Error& error) {
      return std::string(error.gqlstatus());
    }
  };
  CHECK(status_of("FOR i IN range(1, 100000) RETURN i ORDER BY -i") == "53X02");
  // What the first one wrote is no longer counted.
  CHECK(status_of("FOR i IN range(1, 1000) RETURN i ORDER BY -i") == "00000");
  CHECK(status_of("FOR i IN range(1, 100000) RETURN DISTINCT i") == "53X02");
  CHECK(status_of("FOR i IN range(1, 1000) RETURN DISTINCT i") == "00000");
}

TEST_CASE("a folder for temporary files that is not there is named", "[session]") {
  Options options;
  options.spill_threshold_bytes = 1;
  options.temp_directory = "/no/such/folder";
  Database database(":memory:", options);
  try {
    rows_of(database, "FOR i IN range(1, 10) RETURN i ORDER BY -i");
    FAIL("sorted in a folder that is not there");
  } catch (const Error& error) {
    CHECK(error.gqlstatus() == "58X01");
    CHECK(std::string(error.what()).find("/no/such/folder") != std::string::npos);
  }
}

}  // namespace
}  // namespace geode
