#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "running_server.hpp"

namespace geode {
namespace {

using client::Connection;
using test::becomes_true;
using test::RunningServer;
using test::status_of;
using namespace std::chrono_literals;

TEST_CASE("clients that never pause do not hold up a stop, and lose nothing they were told of") {
  RunningServer running;
  running.database.execute("CREATE CONSTRAINT c FOR (w:Written) REQUIRE w.id IS UNIQUE");
  std::atomic<int> written{0};
  std::vector<std::set<std::int64_t>> acknowledged(4);
  std::vector<std::thread> writers;
  for (std::size_t writer = 0; writer < acknowledged.size(); ++writer) {
    writers.emplace_back([&, writer] {
      Connection connection(running.options());
      try {
        for (std::int64_t i = 0;; ++i) {
          const auto id = static_cast<std::int64_t>(writer) * 1'000'000 + i;
          connection.execute("INSERT (:Written {id: $id})", {{"id", Value(id)}}).consume();
          acknowledged[writer].insert(id);
          ++written;
        }
      } catch (const Error&) {
        // The server has stopped.
      }
    });
  }
  REQUIRE(becomes_true([&] { return written > 40; }));
  const auto begin = std::chrono::steady_clock::now();
  running.server.stop(60s);
  CHECK(std::chrono::steady_clock::now() - begin < 20s);
  for (std::thread& thread : writers) thread.join();

  std::set<std::int64_t> found;
  Result result = running.database.execute("MATCH (w:Written) RETURN w.id");
  while (const std::optional<Row> row = result.next()) found.insert(row->values()[0].as_int64());
  for (const auto& ids : acknowledged)
    for (const std::int64_t id : ids) CHECK(found.contains(id));
}

TEST_CASE("a transaction that goes on may end while the server stops; nothing new begins") {
  RunningServer running;
  Connection busy(running.options()), other(running.options());
  other.ping();
  busy.begin();
  busy.execute("INSERT (:Kept)").consume();
  std::thread stopping([&] { running.server.stop(60s); });
  REQUIRE(becomes_true([&] { return running.server.stats().open_connections == 1; }));
  CHECK(status_of([&] { other.execute("RETURN 1"); }) == "08000");
  busy.execute("INSERT (:Kept)").consume();
  busy.commit();
  stopping.join();
  Result result = running.database.execute("MATCH (k:Kept) RETURN count(*)");
  CHECK(result.next()->values()[0].as_int64() == 2);
}

TEST_CASE("a transaction that pauses for long while the server stops is rolled back") {
  RunningServer running;
  Connection paused(running.options());
  paused.begin();
  paused.execute("INSERT (:Lost)").consume();
  const auto begin = std::chrono::steady_clock::now();
  running.server.stop(60s);
  const auto taken = std::chrono::steady_clock::now() - begin;
  CHECK(taken > 1s);
  CHECK(taken < 30s);
  CHECK_FALSE(running.database.execute("MATCH (n:Lost) RETURN n").next());
}

TEST_CASE("limits that change count for what is open") {
  RunningServer running;
  Connection connection(running.options());
  connection.ping();
  server::ServerLimits limits;
  limits.max_connections = 1;
  limits.statement.timeout = 100ms;
  running.server.set_limits(limits);
  CHECK(status_of([&] {
          connection.execute("FOR i IN range(1, 100000000000) RETURN max(i)").consume();
        }) == "57X02");
  CHECK(status_of([&] { Connection(running.options()).ping(); }) == "08X04");
  limits.idle_timeout = 50ms;
  running.server.set_limits(limits);
  CHECK(becomes_true([&] { return running.server.stats().open_connections == 0; }));
}

TEST_CASE("each statement that ended is reported, with its text and what became of it") {
  std::mutex mutex;
  std::vector<std::string> reports;
  std::atomic<int> transactions{0};
  server::ServerOptions options;
  options.statement_ended = [&](const server::StatementReport& report) {
    const std::lock_guard lock(mutex);
    reports.push_back(std::string(report.text) + " " + std::string(report.gqlstatus) + " " +
                      std::to_string(report.rows) +
                      (report.duration.count() > 0 ? "" : " no time"));
  };
  options.transaction_ended = [&](std::chrono::nanoseconds) { ++transactions; };
  RunningServer running(std::move(options));
  Connection connection(running.options());
  connection.execute("FOR i IN range(1, 3000) RETURN i").consume();
  CHECK(status_of([&] { connection.execute("RETURN 1 / 0").consume(); }) == "22012");
  const client::RemoteStatement prepared = connection.prepare("RETURN $x");
  connection.begin();
  connection.execute(prepared, {{"x", 1}}).consume();
  connection.commit();
  REQUIRE(becomes_true([&] { return transactions == 1; }));
  const std::lock_guard lock(mutex);
  CHECK(reports == std::vector<std::string>{"FOR i IN range(1, 3000) RETURN i 00000 3000",
                                            "RETURN 1 / 0 22012 0", "RETURN $x 00000 1"});
}

}  // namespace
}  // namespace geode
