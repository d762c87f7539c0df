#include <numeric>
#include <string>

#include <catch2/catch.hpp>

#include <geode/database.hpp>
#include <geode/storage_figures.hpp>
#include "temp_directory.hpp"

namespace geode {
namespace {

std::uint64_t flushes(const Database& database) {
  const FlushFigures figures = storage_figures(database).flushes;
  return std::accumulate(figures.counts.begin(), figures.counts.end(), std::uint64_t{0});
}

TEST_CASE("a commit that changes a file is a flush, and reading is none") {
  const test::TempDirectory folder;
  Database database(folder.file("a.geode"));
  const std::uint64_t before = flushes(database);
  const auto time = storage_figures(database).flushes.time;
  for (int i = 0; i < 5; ++i) database.execute("INSERT (:N)");
  CHECK(flushes(database) - before == 5);
  CHECK(storage_figures(database).flushes.time > time);
  CHECK(database.execute("MATCH (n:N) RETURN n").all().size() == 5);
  CHECK_THROWS(database.execute("FOR i IN [1, 0] INSERT (:N {x: 1 / i})"));
  CHECK(flushes(database) - before == 5);

  Database in_memory;
  in_memory.execute("INSERT (:N)");
  CHECK(flushes(in_memory) == 0);
}

TEST_CASE("what statements hold counts while they run") {
  Database database;
  CHECK(storage_figures(database).statement_bytes == 0);
  {
    Session session = database.session();
    Result result = session.execute("FOR i IN range(1, 50000) RETURN i ORDER BY -i");
    REQUIRE(result.next());
    CHECK(storage_figures(database).statement_bytes > 50'000 * 8);
    result.consume();
    CHECK(storage_figures(database).statement_bytes == 0);
  }
  CHECK(storage_figures(database).statement_bytes == 0);
}

}  // namespace
}  // namespace geode
