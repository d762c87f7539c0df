#include <string>

#include <catch2/catch.hpp>

#include <geode/database.hpp>

namespace geode {
namespace {

constexpr std::uint64_t kLimit = std::uint64_t{8} << 20;

/// The GQLSTATUS a statement ends with under the limit.
std::string status_of(Database& database, std::string_view text) {
  StatementOptions options;
  options.memory_limit_bytes = kLimit;
  try {
    Result result = database.execute(text, {}, options);
    while (result.next()) {
    }
    return "00000";
  } catch (const Error& error) {
    return std::string(error.gqlstatus());
  }
}

TEST_CASE("what a statement keeps ends it at its memory limit", "[session]") {
  Database database;
  const char* const kText = "'0123456789012345678901234567890123456789012345678901234567890123'";
  const auto with_text = [&](std::string before, const std::string& after) {
    return std::move(before) + kText + after;
  };
  const std::string statement = GENERATE_COPY(
      // Values that are larger than the limit.
      std::string("FOR i IN range(1, 1000000) RETURN collect(i)"),
      std::string("FOR i IN range(1, 400000) RETURN collect([i, i])"),
      std::string("FOR i IN range(1, 200000) RETURN count(DISTINCT [i, i, i])"),
      std::string("RETURN [i IN range(1, 200000) | CAST(i AS STRING)]"),
      std::string("RETURN reduce(t = 'text', i IN range(1, 40) | t || t)"),
      with_text("RETURN size(lpad('', 20000000, ", "))"),
      // What a writing statement returns.
      with_text("INSERT (:A) WITH 1 AS x UNWIND range(1, 200000) AS i RETURN ",
                " || CAST(i AS STRING)"));
  INFO(statement);
  CHECK(status_of(database, statement) == "53X01");
  CHECK(database.execute("MATCH (a:A) RETURN count(*)").single().as_int64() == 0);
}

TEST_CASE("rows that are kept need not fit into memory", "[session]") {
  Database database;
  const char* const kText = "'0123456789012345678901234567890123456789012345678901234567890123'";
  const auto with_text = [&](std::string before, const std::string& after) {
    return std::move(before) + kText + after;
  };
  const std::string statement = GENERATE_COPY(
      std::string("FOR i IN range(1, 100000) RETURN i % 5000 AS g, collect([i, i, i, i])"),
      // Long keys, lists and records.
      with_text("FOR i IN range(1, 200000) RETURN i ORDER BY ", " || CAST(i AS STRING)"),
      std::string("FOR i IN range(1, 100000) RETURN [i, i, i, i, i, i] AS l ORDER BY i"),
      with_text("FOR i IN range(1, 200000) RETURN DISTINCT {a: i, b: ", " || CAST(i AS STRING)}"),
      with_text("FOR i IN range(1, 200000) RETURN i, ",
                " || CAST(i AS STRING) AS t ORDER BY t LIMIT 100000"));
  INFO(statement);
  CHECK(status_of(database, statement) == "00000");
}

TEST_CASE("rows that share one value are not charged for copies of it", "[session]") {
  Database database;
  // The list takes 320 KB; 20,000 rows hold it.
  CHECK(status_of(database,
                  "LET l = range(1, 20000) FOR i IN range(1, 20000) RETURN l, i ORDER BY i DESC") ==
        "00000");
  CHECK(status_of(database, "FOR i IN range(1, 20000) RETURN i % 100 AS g, collect(i) AS l") ==
        "00000");
}

TEST_CASE("a statement that was ended at its limit leaves a database that works", "[session]") {
  Database database;
  for (int i = 0; i < 3; ++i) {
    CHECK(status_of(database, "FOR i IN range(1, 1000000) RETURN collect(i)") == "53X01");
    CHECK(status_of(database, "FOR i IN range(1, 1000) RETURN collect(i)") == "00000");
  }
}

}  // namespace
}  // namespace geode
