#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/database.hpp>
#include "temp_directory.hpp"

namespace geode {
namespace {

constexpr std::int64_t kPeople = 6000;

std::string code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.gqlstatus();
  }
  return "";
}

/// A database whose snapshots may keep next to nothing.
struct Fixture {
  test::TempDirectory directory;
  Database database;

  explicit Fixture(Options options = {}) : database(open(directory, options)) {
    database.execute("CREATE CONSTRAINT c FOR (p:Person) REQUIRE p.id IS UNIQUE");
    database.execute(
        "FOR i IN range(1, $n) INSERT (:Person {id: i, name: 'a name of person ' || CAST(i AS "
        "STRING), x: 0})",
        {{"n", Value(kPeople)}});
  }
  static Database open(const test::TempDirectory& directory, Options& options) {
    options.durability = Durability::kNoMetaSync;
    if (options.max_snapshot_lag_bytes > std::uint64_t{1} << 20)
      options.max_snapshot_lag_bytes = 128 * 1024;
    return Database(directory.file("a.geode"), options);
  }
  /// Until more than enough is kept for whoever sees the state before.
  void write_much() {
    for (int i = 0; i < 60; ++i) {
      database.execute("MATCH (p:Person) WHERE p.id % 4 = 0 SET p.x = p.x + 1, p.y = $text",
                       {{"text", Value(std::string(100, 'y'))}});
    }
  }
};

}  // namespace

TEST_CASE("a transaction that rests too long is ended by writers, and says so", "[session]") {
  Fixture fixture;
  Transaction transaction = fixture.database.begin_read();
  CHECK(transaction.count_nodes("Person") == kPeople);
  fixture.write_much();
  CHECK(fixture.database.snapshots().empty());
  CHECK(code_of([&] { transaction.count_nodes("Person"); }) == status::kSnapshotTooOld);
  CHECK(code_of([&] { transaction.execute("MATCH (p) RETURN count(*)"); }) ==
        status::kSnapshotTooOld);
  transaction.commit();
  try {
    transaction = fixture.database.begin_read();
    fixture.write_much();
    transaction.node(NodeId{0});
    FAIL("the snapshot was kept");
  } catch (const Error& error) {
    CHECK(error.retryable());
    CHECK(error.hint_text().find("max_snapshot_lag_bytes") != std::string::npos);
  }
}

TEST_CASE("a result that nobody reads is ended, and the session goes on", "[session]") {
  for (const std::size_t workers : {std::size_t{1}, std::size_t{3}}) {
    Options options;
    options.worker_threads = workers;
    options.morsel_nodes = 64;
    Fixture fixture(options);
    Session session = fixture.database.session();
    Result result = session.execute("MATCH (p:Person) RETURN p.name, p.id");
    REQUIRE(result.next());
    CHECK(fixture.database.snapshots().size() >= 1);
    fixture.write_much();
    CHECK(fixture.database.snapshots().empty());
    CHECK(code_of([&] { result.next(); }) == status::kSnapshotTooOld);
    CHECK(code_of([&] { result.consume(); }) == status::kSnapshotTooOld);
    CHECK(session.execute("MATCH (p:Person) RETURN count(*)").single().as_int64() == kPeople);
    result = Result();
    CHECK(session.execute("MATCH (p:Person) RETURN sum(p.x)").single().as_int64() > 0);
  }
}

TEST_CASE("columns that were handed out keep their snapshot until the next ones are asked for",
          "[session]") {
  Fixture fixture;
  Session session = fixture.database.session();
  Result result = session.execute("MATCH (p:Person) RETURN p.name, p.id ORDER BY p.id LIMIT 5000");
  std::vector<ColumnView> columns;
  REQUIRE(result.next_batch(columns));
  fixture.write_much();
  CHECK(fixture.database.snapshots().size() == 1);
  CHECK(columns[0].as<std::string_view>()[7] == "a name of person 8");
  CHECK(code_of([&] { result.next_batch(columns); }) == status::kSnapshotTooOld);
  CHECK(fixture.database.snapshots().empty());
}

TEST_CASE("an explicit transaction that only reads is ended between its statements", "[session]") {
  Fixture fixture;
  Session session = fixture.database.session();
  session.execute("START TRANSACTION READ ONLY");
  CHECK(session.execute("MATCH (p:Person) RETURN count(*)").single().as_int64() == kPeople);
  fixture.write_much();
  CHECK(code_of([&] { session.execute("MATCH (p:Person) RETURN count(*)"); }) ==
        status::kSnapshotTooOld);
  CHECK(code_of([&] { session.execute("SESSION SET GRAPH CURRENT_GRAPH"); }) ==
        status::kSnapshotTooOld);
  session.execute("ROLLBACK");
  CHECK(session.execute("MATCH (p:Person) RETURN count(*)").single().as_int64() == kPeople);
}

TEST_CASE("a statement that runs for long gives up its snapshot, and writers do not wait",
          "[session]") {
  Fixture fixture;
  std::string code;
  std::thread reader([&] {
    // It would take hours, and reads nothing of the file once it has begun.
    code = code_of([&] {
      fixture.database
          .execute(
              "MATCH (a:Person), (b:Person), (c:Person) WHERE a.id + b.id * c.id = -1 RETURN "
              "count(*)")
          .consume();
    });
  });
  while (fixture.database.snapshots().empty()) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto begin = std::chrono::steady_clock::now();
  fixture.write_much();
  reader.join();
  CHECK(code == status::kSnapshotTooOld);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
}

TEST_CASE("updates in batches are not ended by what they write themselves", "[session]") {
  Fixture fixture;
  fixture.database.execute(
      "MATCH (p:Person) CALL (p) { SET p.x = p.x + 1, p.name = 'another' } IN TRANSACTIONS OF 100 "
      "ROWS");
  CHECK(fixture.database.execute("MATCH (p:Person {name: 'another'}) RETURN count(*)")
            .single()
            .as_int64() == kPeople);
}

TEST_CASE("the procedure tells of snapshots, and of its own", "[session]") {
  Fixture fixture;
  const Transaction transaction = fixture.database.begin_read();
  fixture.database.execute("MATCH (p:Person {id: 1}) SET p.x = 5");
  Result result = fixture.database.execute(
      "CALL system.snapshots() YIELD own, commits_behind, held_bytes, age "
      "RETURN own, commits_behind, held_bytes, age IS NOT NULL ORDER BY commits_behind DESC");
  const auto rows = result.rows<bool, std::int64_t, std::int64_t, bool>();
  REQUIRE(rows.size() == 2);
  // Merging what was changed is a commit, too.
  const auto [own, behind, held, has_age] = rows[0];
  CHECK((own && behind >= 1 && held >= 0 && has_age));
  CHECK(rows[1] == std::tuple(true, 0, 0, true));
}

TEST_CASE("a database of limited size refuses to grow, and what only deletes goes on",
          "[session]") {
  Options options;
  options.max_file_size_bytes = std::uint64_t{16} << 20;
  Fixture fixture(options);
  Database& database = fixture.database;
  const Value text(std::string(3000, 't'));
  std::string code;
  for (int i = 0; code.empty() && i < 1000; ++i) {
    code = code_of([&] {
      database.execute("FOR i IN range(1, 30) INSERT (:Blob {text: $text, i: i})",
                       {{"text", text}});
    });
  }
  CHECK(code == status::kDiskFull);
  CHECK(database.file_info().file_bytes <= options.max_file_size_bytes);
  const std::int64_t blobs = database.execute("MATCH (b:Blob) RETURN count(*)").single().as_int64();
  CHECK(blobs % 30 == 0);
  CHECK(code_of([&] {
          database.execute("FOR i IN range(1, 1000) INSERT (:Blob {text: $text, i: i})",
                           {{"text", text}});
        }) == status::kDiskFull);
  CHECK(database.execute("MATCH (b:Blob) RETURN count(*)").single().as_int64() == blobs);
  for (int i = 1; i <= 30; ++i)
    database.execute("MATCH (b:Blob {i: $i}) DELETE b", {{"i", Value(i)}});
  CHECK(database.execute("MATCH (b:Blob) RETURN count(*)").single().as_int64() == 0);
  CHECK(database.compact().bytes_after < options.max_file_size_bytes / 2);
  database.execute("FOR i IN range(1, 30) INSERT (:Blob {text: $text, i: i})", {{"text", text}});
  CHECK(database.execute("MATCH (b:Blob) RETURN count(*)").single().as_int64() == 30);
}

}  // namespace geode
