#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/database.hpp>
#include "graph/header.hpp"
#include "storage/environment.hpp"
#include "storage/transaction.hpp"
#include "temp_directory.hpp"

namespace geode {
namespace {

using std::chrono::milliseconds;

template <class Call>
std::string status_of(const Call& call) {
  try {
    call();
    return "00000";
  } catch (const Error& error) {
    return std::string(error.gqlstatus());
  }
}

std::int64_t count(Database& database, const std::string& label) {
  return database.execute("MATCH (n:" + label + ") RETURN count(*)").single().as_int64();
}

TEST_CASE("statements that wait together are committed, and fail, each on its own", "[session]") {
  const test::TempDirectory directory;
  Database database(directory.file("g.db"));
  database.execute("CREATE CONSTRAINT FOR (n:N) REQUIRE n.id IS UNIQUE");
  constexpr int kThreads = 8, kEach = 50;
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Session session = database.session();
      for (int i = 0; i < kEach; ++i) {
        // Two threads try each id.
        const Parameters id{{"id", Value(t / 2 * kEach + i)}};
        const std::string status = status_of([&] { session.execute("INSERT (:N {id: $id})", id); });
        if (status != "00000") ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(refused == kThreads / 2 * kEach);
  CHECK(count(database, "N") == kThreads / 2 * kEach);
  CHECK(Database(directory.file("g.db")).execute("MATCH (n:N) RETURN count(*)").single() ==
        Value(kThreads / 2 * kEach));
}

TEST_CASE("a transaction of a session may move between threads, one at a time", "[session]") {
  Database database;
  Session session = database.session();
  session.execute("START TRANSACTION");
  std::thread([&] { session.execute("INSERT (:A)"); }).join();
  std::thread([&] {
    session.execute("SAVEPOINT s");
    session.execute("INSERT (:A)");
    session.execute("ROLLBACK TO s");
  }).join();
  CHECK(count(database, "A") == 0);
  std::thread([&] { session.execute("COMMIT"); }).join();
  CHECK(count(database, "A") == 1);
}

TEST_CASE("a writer waits for another no longer than its lock timeout", "[session]") {
  Options options;
  options.lock_timeout = milliseconds(50);
  Database database(":memory:", options);
  Session holder = database.session();
  holder.execute("START TRANSACTION");
  holder.execute("INSERT (:A)");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(status_of([&] { database.execute("INSERT (:B)"); }) == "08X02");
  Session other = database.session();
  CHECK(status_of([&] { other.execute("START TRANSACTION"); }) == "08X02");
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds(100));
  CHECK(count(database, "A") == 0);  // a reader does not wait at all
  holder.execute("COMMIT");
  database.execute("INSERT (:B)");
  CHECK(count(database, "A") == 1);
  CHECK(count(database, "B") == 1);
}

TEST_CASE("a thread that holds the writer is told so when it asks for a second one", "[session]") {
  Database database;
  Transaction transaction = database.begin_write();
  transaction.insert_node({"A"});
  CHECK(status_of([&] { database.execute("INSERT (:B)"); }) == "25G01");
  transaction.commit();
  database.execute("INSERT (:B)");
  CHECK(count(database, "A") + count(database, "B") == 2);
}

TEST_CASE("statements in a transaction see its new names, whatever was planned before",
          "[session]") {
  Database database;
  Session session = database.session();
  for (const bool commit : {false, true, true}) {
    session.execute("START TRANSACTION");
    for (int i = 0; i < 3; ++i) session.execute("INSERT (:Fresh {x: $x})", {{"x", Value(i)}});
    CHECK(session.execute("MATCH (n:Fresh) RETURN sum(n.x)").single() ==
          Value(commit ? 3 * (count(database, "Fresh") / 3 + 1) : 3));
    session.execute("INSERT (:Other {y: 1})");
    CHECK(session.execute("MATCH (n:Other) RETURN max(n.y)").single() == Value(1));
    session.execute(commit ? "COMMIT" : "ROLLBACK");
  }
  CHECK(count(database, "Fresh") == 6);
  CHECK(count(database, "Other") == 2);
}

TEST_CASE("deltas are folded while one session writes without a pause", "[session]") {
  const test::TempDirectory directory;
  Database database(directory.file("g.db"));
  database.execute("UNWIND range(1, 2000) AS i INSERT (:N {i: i, v: 0})");
  // Folds change the epoch, not the LSN.
  const auto environment = storage::Environment::open(directory.file("g.db"), {});
  const auto folds = [&] {
    const graph::DatabaseHeader header =
        graph::read_header(*storage::ReadTransaction::begin(environment));
    return header.epoch - header.lsn;
  };
  Session session = database.session();
  PreparedStatement set = session.prepare("MATCH (n:N) WHERE n.i % 7 = $r SET n.v = n.v + 1");
  const std::uint64_t before = folds();
  for (int i = 0; i < 140; ++i) set.execute({{"r", Value(i % 7)}});
  CHECK(folds() > before);
  CHECK(session.execute("MATCH (n:N) RETURN min(n.v), max(n.v)").next()->values() ==
        std::vector<Value>{20, 20});
}

TEST_CASE("a running statement ends when it is interrupted, or at its timeout", "[session]") {
  Database database;
  Session session = database.session();
  const char* const kEndless =
      "UNWIND range(1, 100000) AS i UNWIND range(1, 100000) AS j RETURN max(i * j)";
  StatementOptions options;
  options.timeout = milliseconds(20);
  CHECK(status_of([&] { session.execute(kEndless, {}, options).next(); }) == "57X02");
  std::thread stopper([&] {
    std::this_thread::sleep_for(milliseconds(30));
    session.interrupt();
  });
  CHECK(status_of([&] { session.execute(kEndless).next(); }) == "57X01");
  stopper.join();
  CHECK(session.execute("RETURN 1").single() == Value(1));
}

std::string id_of(Database& database, const std::string& text) {
  Session observer = database.session();
  while (true) {
    Result result = observer.execute(
        "CALL system.queries() YIELD id, query FILTER query = $text RETURN id", {{"text", without_literals(text)}});
    if (const std::optional<Row> row = result.next()) return std::string((*row)[0].as_string());
  }
}

TEST_CASE("a statement that waits for the writer's turn can be ended", "[session]") {
  Database database;
  Session holder = database.session();
  holder.execute("START TRANSACTION");
  holder.execute("INSERT (:A)");
  Session session = database.session();
  for (const std::string text : {"INSERT (:B)", "START TRANSACTION"}) {
    INFO(text);
    StatementOptions options;
    options.timeout = milliseconds(30);
    CHECK(status_of([&] { session.execute(text, {}, options); }) == "57X02");
    for (const bool kill : {false, true}) {
      std::thread stopper([&] {
        const std::string id = id_of(database, text);
        if (kill) {
          database.execute("KILL QUERY '" + id + "'").consume();
        } else {
          session.interrupt();
        }
      });
      CHECK(status_of([&] { session.execute(text); }) == "57X01");
      stopper.join();
    }
    CHECK_FALSE(session.in_transaction());
  }
  holder.execute("COMMIT");
  session.execute("INSERT (:B)");
  CHECK(count(database, "A") == 1);
  CHECK(count(database, "B") == 1);
}

TEST_CASE("open results of a session have time limits and ends of their own", "[session]") {
  constexpr const char* kMany = "FOR i IN range(1, 100000) RETURN i";
  Database database;
  Session session = database.session();
  if (GENERATE(false, true)) session.execute("START TRANSACTION READ ONLY");
  StatementOptions options;
  options.timeout = milliseconds(500);
  Result limited = session.execute(kMany, {}, options);
  const auto limit = std::chrono::steady_clock::now() + options.timeout;
  Result killed = session.execute("FOR i IN range(1, 100000) RETURN i AS killed");
  Result free = session.execute(kMany);
  CHECK(limited.next().has_value());
  database
      .execute("KILL QUERY '" + id_of(database, "FOR i IN range(1, 100000) RETURN i AS killed") +
               "'")
      .consume();
  CHECK(session.execute("RETURN 1").single() == Value(1));
  CHECK(status_of([&] { killed.consume(); }) == "57X01");
  std::this_thread::sleep_until(limit);
  CHECK(status_of([&] { limited.consume(); }) == "57X02");
  CHECK(free.consume().rows == 100000);

  Result first = session.execute(kMany);
  Result second = session.execute(kMany);
  session.interrupt();
  CHECK(status_of([&] { first.consume(); }) == "57X01");
  CHECK(status_of([&] { second.consume(); }) == "57X01");
  CHECK(session.execute("RETURN 1").single() == Value(1));
}

}  // namespace
}  // namespace geode
