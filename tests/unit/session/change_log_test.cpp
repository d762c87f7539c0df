#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/change_log.hpp>
#include <geode/database.hpp>
#include <geode/error.hpp>
#include "graph/log/segment.hpp"
#include "temp_directory.hpp"

namespace geode {
namespace {

namespace fs = std::filesystem;

template <class Call>
std::string status_of(const Call& call) {
  try {
    call();
    return "00000";
  } catch (const Error& error) {
    return std::string(error.gqlstatus());
  }
}

/// Everything that is in a database, as text.
std::string content(Database& database) {
  std::string out;
  const auto add = [&](const std::string& statement) {
    std::vector<std::string> rows;
    for (const Row& row : database.execute(statement)) {
      std::string text;
      for (const Value& value : row.values()) text += value.to_string() + " | ";
      rows.push_back(std::move(text));
    }
    std::sort(rows.begin(), rows.end());
    out += statement + "\n";
    for (const std::string& row : rows) out += row + "\n";
  };
  add("SHOW SCHEMAS");
  add("SHOW GRAPH TYPES");
  add("SHOW INDEXES");
  add("SHOW CONSTRAINTS");
  std::vector<std::string> graphs;
  for (const Row& row : database.execute("SHOW GRAPHS YIELD schema, name")) {
    const std::string schema(row[0].as_string());
    graphs.push_back((schema == "/" ? "/" : schema + "/") + std::string(row[1].as_string()));
  }
  for (const std::string& graph : graphs) {
    const std::string use = "USE " + graph + " ";
    add(use + "MATCH (n) RETURN element_id(n), labels(n), properties(n)");
    add(use +
        "MATCH (a)-[e]->(b) RETURN element_id(e), type(e), element_id(a), element_id(b), "
        "properties(e)");
    add(use + "MATCH (a)~[e]~(b) RETURN element_id(e), type(e), element_id(a), properties(e)");
  }
  return out;
}

/// A database with a change log, the copy it began with, and the folder of its archive.
struct Logged {
  test::TempDirectory directory;
  std::string path = directory.file("g.db"), base = directory.file("base.db"),
              wal = directory.file("wal");
  std::optional<Database> database;
  int copies = 0;

  explicit Logged(const std::vector<std::string>& before = {}) {
    fs::create_directory(wal);
    {
      Database made(path);
      for (const std::string& statement : before) made.execute(statement);
      made.set_change_log(true);
    }
    fs::copy_file(path, base);
    database.emplace(path);
  }
  void run(const std::string& statement, const Parameters& parameters = {}) {
    database->execute(statement, parameters);
  }
  std::vector<std::string> segments() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(wal)) {
      if (entry.path().extension() == ".gwal") out.push_back(entry.path().string());
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  Database copy() {
    const std::string name = directory.file("copy" + std::to_string(copies++) + ".db");
    fs::copy_file(base, name);
    return Database(name);
  }
  std::int64_t now() const { return database->change_log().commit_time; }
};

TEST_CASE("every kind of change is in the log", "[change_log]") {
  Logged log({"INSERT (:Old {n: 1})-[:TO]->(:Old {n: 2})"});
  Session session = log.database->session();
  const char* const statements[] = {
      "INSERT (:Person {id: 1, name: 'Ada', tags: ['a', 'b'], at: "
      "ZONED_DATETIME('2020-01-01T00:00:00Z')})",
      "INSERT (:Person&Admin {id: 2})~[:MARRIED {since: 1999}]~(:Person {id: 3})",
      "CREATE INDEX person_name FOR (p:Person) ON (p.name)",
      "CREATE CONSTRAINT person_id FOR (p:Person) REQUIRE p.id IS UNIQUE",
      "CREATE CONSTRAINT person_age FOR (p:Person) REQUIRE p.age >= 0",
      "CREATE CONSTRAINT has_id FOR (p:Person) REQUIRE p.id IS NOT NULL",
      "MATCH (a:Person {id: 1}), (b:Person {id: 2}) INSERT (a)-[:KNOWS {w: 0.5}]->(b)",
      "MATCH (a:Person {id: 1}) SET a.age = 36, a:Early, a.name = NULL",
      "MATCH ()-[k:KNOWS]->() SET k.w = 'x', k.more = 1",
      "MATCH (a:Person {id: 2}) REMOVE a:Admin",
      "MATCH (:Old {n: 1})-[t:TO]->() DELETE t",
      "MATCH (o:Old {n: 2}) DETACH DELETE o",
      "DROP INDEX person_name",
      "DROP CONSTRAINT has_id",
      "CREATE SCHEMA /sales",
      "CREATE GRAPH TYPE /sales/shop {(:Item {price INT})}",
      "CREATE GRAPH /sales/eu TYPED /sales/shop",
      "USE /sales/eu INSERT (:Item {price: 7})",
      "CREATE GRAPH free ANY",
      "USE free INSERT (a:X {n: 1})-[:Y {m: 2}]->(b:X {n: 2}), (a)-[:Y]->(a)",
      "CREATE GRAPH copied AS COPY OF free",
      "USE copied MATCH (x:X {n: 1}) SET x.n = 10",
      "DROP GRAPH free",
      "CREATE GRAPH TYPE gone {(:Z)}",
      "DROP GRAPH TYPE gone",
      "CREATE SCHEMA /empty",
      "DROP SCHEMA /empty",
      "MERGE (p:Person {id: 1}) ON MATCH SET p.seen = true",
      "CREATE (:Blob {text: $text})",
  };
  const Parameters parameters{{"text", Value(std::string(700'000, 'b'))}};
  for (const char* statement : statements) {
    INFO(statement);
    REQUIRE_NOTHROW(session.execute(statement, parameters));
  }
  CHECK(status_of([&] { session.execute("INSERT (:Person {id: 1})"); }) == "22X10");
  log.database->archive_change_log(log.wal);
  Database copy = log.copy();
  const ReplayReport report = copy.replay_change_log(log.segments());
  CHECK(report.lsn == log.database->change_log().lsn);
  CHECK_FALSE(report.reached_target);
  CHECK(content(copy) == content(*log.database));
  // Ids go on where they would have gone on.
  for (Database* database : {&copy, &*log.database}) database->execute("INSERT (:Person {id: 77})");
  CHECK(content(copy) == content(*log.database));
}

TEST_CASE("what was rolled back is not in the log", "[change_log]") {
  Logged log;
  Session session = log.database->session();
  // Parts of the record are written before the transaction ends.
  const Parameters large{{"text", Value(std::string(300'000, 'x'))}};
  session.execute("START TRANSACTION");
  session.execute("INSERT (:N {n: 1})");
  session.execute("SAVEPOINT one");
  session.execute("INSERT (:N {n: 2, text: $text})", large);
  session.execute("SAVEPOINT two");
  session.execute("INSERT (:N {n: 3, text: $text})", large);
  session.execute("ROLLBACK TO two");
  session.execute("INSERT (:N {n: 4})");
  session.execute("ROLLBACK TO one");
  session.execute("INSERT (:N {n: 5, text: $text})", large);
  session.execute("COMMIT");
  session.execute("START TRANSACTION");
  session.execute("INSERT (:N {n: 6, text: $text})", large);
  session.execute("ROLLBACK");
  session.execute("INSERT (:N {n: 7})");
  log.database->archive_change_log(log.wal);
  Database copy = log.copy();
  CHECK(copy.replay_change_log(log.segments()).records == 2);
  CHECK(content(copy) == content(*log.database));
}

TEST_CASE("a replay stops before the first commit behind a time", "[change_log]") {
  Logged log;
  std::vector<std::pair<std::int64_t, std::string>> states;
  for (int i = 0; i < 12; ++i) {
    log.run("INSERT (:N {n: $i})", {{"i", Value(i)}});
    states.emplace_back(log.now(), content(*log.database));
    if (i % 5 == 4) log.database->archive_change_log(log.wal);
  }
  log.database->archive_change_log(log.wal);
  std::vector<std::string> segments = log.segments();
  CHECK(segments.size() == 3);
  std::reverse(segments.begin(), segments.end());
  for (std::size_t i = 1; i < states.size(); ++i) {
    REQUIRE(states[i].first > states[i - 1].first);
    for (const auto& [time, wanted] :
         {std::pair{states[i].first, i}, std::pair{states[i].first - 1, i - 1}}) {
      Database copy = log.copy();
      ReplayRequest request;
      request.until = time;
      const ReplayReport report = copy.replay_change_log(segments, request);
      CHECK(report.reached_target == (wanted + 1 < states.size()));
      CHECK(report.commit_time == states[wanted].first);
      CHECK(content(copy) == states[wanted].second);
    }
  }
}

TEST_CASE("segments that do not fit are refused, and nothing changes", "[change_log]") {
  Logged log;
  for (int i = 0; i < 9; ++i) {
    log.run("INSERT (:N {n: $i})", {{"i", Value(i)}});
    if (i % 3 == 2) log.database->archive_change_log(log.wal);
  }
  const std::vector<std::string> segments = log.segments();
  REQUIRE(segments.size() == 3);
  Database copy = log.copy();
  const std::string before = content(copy);

  SECTION("with a gap") {
    CHECK(status_of([&] { copy.replay_change_log({segments[0], segments[2]}); }) == "58X02");
    CHECK(status_of([&] { copy.replay_change_log({segments[1], segments[2]}); }) == "58X02");
    CHECK(content(copy) == before);
  }
  SECTION("of another database") {
    Logged other;
    other.run("INSERT (:Other)");
    other.database->archive_change_log(other.wal);
    std::vector<std::string> all = segments;
    all.push_back(other.segments()[0]);
    CHECK(status_of([&] { copy.replay_change_log(all); }) == "22023");
    CHECK(content(copy) == before);
  }
  SECTION("for a time before the database") {
    ReplayRequest request;
    request.until = copy.change_log().commit_time - 1;
    log.run("INSERT (:N)");
    Database later = log.copy();
    later.replay_change_log(segments);
    request.until = later.change_log().commit_time - 1;
    CHECK(status_of([&] { later.replay_change_log(segments, request); }) == "22023");
  }
  SECTION("twice is once, overlapping or not") {
    copy.replay_change_log({segments[0], segments[1]});
    CHECK(copy.replay_change_log(segments).records == 3);
    CHECK(copy.replay_change_log(segments).records == 0);
    CHECK(content(copy) == content(*log.database));
  }
  SECTION("behind a commit of its own") {
    copy.execute("INSERT (:Own)");
    const std::string own = content(copy);
    CHECK(status_of([&] { copy.replay_change_log(segments); }) != "00000");
    CHECK(content(copy) == own);
  }
  SECTION("cancelled, it can go on") {
    log.run("INSERT (:Big {text: $text})", {{"text", Value(std::string(40 << 20, 'x'))}});
    log.run("INSERT (:N {n: 10})");
    log.database->archive_change_log(log.wal);
    ReplayRequest request;
    request.progress = [](std::uint64_t, std::uint64_t) { return false; };
    CHECK(status_of([&] { copy.replay_change_log(log.segments(), request); }) == "57X01");
    CHECK(copy.replay_change_log(log.segments()).lsn == log.database->change_log().lsn);
    CHECK(copy.execute("MATCH (n) RETURN count(*)").single() == Value(11));
  }
}

TEST_CASE("every changed byte of a segment is found", "[change_log]") {
  Logged log;
  log.run("INSERT (:N {n: 1, name: 'Ada'})");
  log.run("INSERT (:N {n: 2})-[:E]->(:N)");
  log.database->archive_change_log(log.wal);
  const std::string path = log.segments().at(0);
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const std::string changed = log.directory.file("changed.gwal");
  const auto status_with = [&](const std::string& content) {
    std::ofstream(changed, std::ios::binary | std::ios::trunc) << content;
    return status_of([&] { read_segment(changed); });
  };
  CHECK(status_with(bytes) == "00000");
  int accepted = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      std::string other = bytes;
      other[at] = static_cast<char>(other[at] ^ (1 << bit));
      accepted += status_with(other) == "00000" ? 1 : 0;
    }
    accepted += status_with(bytes.substr(0, at)) == "00000" ? 1 : 0;
  }
  CHECK(accepted == 0);
  CHECK(status_with(bytes + "x") == "58X02");
  CHECK(status_with({}) == "58X02");
}

TEST_CASE("a database that was taken back goes on along a timeline of its own", "[change_log]") {
  Logged log;
  log.run("INSERT (:N {n: 1})");
  const std::int64_t first = log.now();
  log.run("INSERT (:N {n: 2})");
  log.database->archive_change_log(log.wal);
  const std::string abandoned = log.database->change_log().timeline;
  const std::string with_two = content(*log.database);

  Database taken_back = log.copy();
  ReplayRequest request;
  request.until = first;
  const ReplayReport report = taken_back.replay_change_log(log.segments(), request);
  CHECK(report.timeline == abandoned);
  CHECK(report.new_timeline == taken_back.change_log().timeline);
  CHECK(report.new_timeline != abandoned);
  taken_back.execute("INSERT (:N {n: 3})");
  taken_back.archive_change_log(log.wal);

  // The newest timeline is taken, unless another one is asked for.
  Database newest = log.copy();
  CHECK(newest.replay_change_log(log.segments()).timeline == report.new_timeline);
  CHECK(content(newest) == content(taken_back));
  Database old = log.copy();
  request = {};
  request.timeline = abandoned;
  CHECK(old.replay_change_log(log.segments(), request).timeline == abandoned);
  CHECK(content(old) == with_two);
  // The one that was taken back cannot take up what it left.
  CHECK(status_of([&] { taken_back.replay_change_log(log.segments(), request); }) == "22023");
}

TEST_CASE("a log that nobody archives is bounded", "[change_log]") {
  Logged log;
  log.database->set_change_log(true, 200'000);
  for (int i = 0; i < 60; ++i) {
    log.run("INSERT (:N {text: $text})", {{"text", Value(std::string(10'000, 'x'))}});
  }
  const ChangeLogInfo info = log.database->change_log();
  CHECK(info.bytes <= 200'000);
  CHECK(info.dropped_lsn > 0);
  CHECK(info.first_lsn == info.dropped_lsn + 1);
  const ArchiveReport report = log.database->archive_change_log(log.wal);
  CHECK(report.last_missing == info.dropped_lsn);
  CHECK(log.database->change_log().bytes == 0);
  Database copy = log.copy();
  CHECK(status_of([&] { copy.replay_change_log(log.segments()); }) == "58X02");
}

TEST_CASE("a log that was off meanwhile begins anew", "[change_log]") {
  Logged log;
  log.run("INSERT (:N {n: 1})");
  const std::string before = log.database->change_log().timeline;
  log.database->set_change_log(false);
  CHECK(log.database->change_log().timeline == before);
  log.database->set_change_log(true);
  CHECK(log.database->change_log().timeline == before);
  log.database->set_change_log(false);
  log.run("INSERT (:N {n: 2})");
  log.database->set_change_log(true);
  CHECK(log.database->change_log().timeline != before);
  log.run("INSERT (:N {n: 3})");
  log.database->archive_change_log(log.wal);
  Database copy = log.copy();
  CHECK(status_of([&] { copy.replay_change_log(log.segments()); }) == "58X02");
}

TEST_CASE("an open database moves its log to files", "[change_log]") {
  const test::TempDirectory directory;
  Options options;
  options.change_log = ChangeLog::kOn;
  options.wal_directory = directory.file("wal");
  options.archive_interval = std::chrono::milliseconds(5);
  {
    Database database(directory.file("g.db"), options);
    for (int i = 0; i < 50; ++i) database.execute("INSERT (:N {n: $i})", {{"i", Value(i)}});
  }
  Database database(directory.file("g.db"));
  const ChangeLogInfo info = database.change_log();
  CHECK(info.on);
  CHECK(info.archived_lsn == info.lsn);
  CHECK(info.bytes == 0);
  std::uint64_t records = 0;
  for (const auto& entry : fs::directory_iterator(directory.file("wal"))) {
    if (entry.path().extension() != ".gwal") continue;
    const SegmentInfo segment = read_segment(entry.path().string());
    records += segment.last_lsn - segment.first_lsn + 1;
    CHECK(segment.database_id == database.id());
  }
  CHECK(records == 50);
}

TEST_CASE("a database without a change log says so", "[change_log]") {
  const test::TempDirectory directory;
  Database database(directory.file("g.db"));
  database.execute("INSERT (:N)");
  CHECK_FALSE(database.change_log().on);
  CHECK(status_of([&] { database.archive_change_log(directory.path().string()); }) == "55X01");
  CHECK(status_of([&] {
          database.set_change_log(true);
          database.archive_change_log(directory.file("missing"));
        }) == "58X01");
}

}  // namespace
}  // namespace geode
