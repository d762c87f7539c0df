#include <atomic>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "random_values.hpp"
#include "running_server.hpp"

namespace geode {
namespace {

using client::Connection;
using client::RemoteResult;
using test::becomes_true;
using test::RunningServer;
using test::status_of;

TEST_CASE("a statement gives its columns, rows and summary") {
  RunningServer running;
  Connection connection = running.connect();
  CHECK(connection.session_id().size() == 32);
  const Summary made =
      connection.execute("INSERT (:Person {name: $n})-[:KNOWS]->(:Person)", {{"n", "Ada"}})
          .consume();
  CHECK(made.counters.nodes_created == 2);
  CHECK(made.gqlstatus == "00001");
  RemoteResult result = connection.execute("MATCH p = (a)-[e]->() RETURN a, e, p, a.name AS name");
  CHECK(result.columns() == std::vector<std::string>{"a", "e", "p", "name"});
  const std::vector<Row> rows = result.all();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0][0].as_node().labels == std::vector<std::string>{"Person"});
  CHECK(rows[0][1].as_edge().label == "KNOWS");
  CHECK(rows[0][2].as_path().nodes.size() == 2);
  CHECK(rows[0].get<std::string>("name") == "Ada");
  CHECK(connection.execute("MATCH (x:Nobody) RETURN x").consume().gqlstatus == "02000");
  CHECK_FALSE(connection.execute("EXPLAIN MATCH (n) RETURN n").all().empty());
  CHECK(running.server.stats().statements >= 4);
}

TEST_CASE("parameters of every type come back as they went") {
  RunningServer running;
  Connection connection = running.connect();
  const client::RemoteStatement echo = connection.prepare("RETURN $v AS v");
  CHECK(echo.parameters == std::vector<std::string>{"v"});
  const Value values[] = {Value(),
                          Value(true),
                          Value(42),
                          Value(1.5),
                          Value("text"),
                          Value(Bytes{std::string("\0\xff", 2)}),
                          Value(*Decimal::parse("123456789012345678901234567890.50")),
                          Value(Date{19000}),
                          Value(Duration{14, 3, 7, 5}),
                          Value(List{Value(1), Value(), Value("x")}),
                          Value(Record{{"a", Value(1)}, {"b", Value(List{})}})};
  for (const Value& value : values) {
    const Row row = *connection.execute(echo, {{"v", value}}).next();
    CHECK(row[0] == value);
    CHECK(row[0].type() == value.type());
  }
  connection.close(echo);
  CHECK(status_of([&] { connection.execute(echo); }) == "42002");
}

TEST_CASE("an error comes with its place and hint, and the connection goes on") {
  RunningServer running;
  Connection connection = running.connect();
  try {
    connection.execute("MATCH (a RETURN a");
    FAIL("it was accepted");
  } catch (const Error& error) {
    CHECK(error.gqlstatus() == "42001");
    CHECK(error.position().line == 1);
    CHECK(error.position().column == 10);
    CHECK(error.when() == Phase::kCompile);
  }
  // While rows are made, some of which are there already.
  RemoteResult result = connection.execute("FOR i IN range(1, 5000) RETURN 1 / (4000 - i)");
  CHECK(status_of([&] { result.consume(); }) == "22012");
  CHECK(status_of([&] { result.next(); }) == "22012");
  CHECK(connection.execute("RETURN 1").all().size() == 1);
  CHECK(running.server.stats().failed_statements == 2);
}

TEST_CASE("transactions, savepoints, and rollback when the connection goes") {
  RunningServer running;
  const auto nodes = [&] { return running.database.begin_read().count_nodes(); };
  Connection connection = running.connect();
  connection.begin();
  CHECK(status_of([&] { connection.begin(); }) == "25G01");
  connection.execute("INSERT (:A)");
  connection.savepoint("back`tick");
  connection.execute("INSERT (:A)");
  connection.rollback_to("back`tick");
  connection.release_savepoint("back`tick");
  CHECK(status_of([&] { connection.rollback_to("none"); }) == "25X02");
  CHECK(running.server.stats().active_transactions == 1);
  CHECK(nodes() == 0);
  connection.rollback();

  connection.begin();
  connection.execute("INSERT (:A)");
  connection.commit();
  CHECK(nodes() == 1);
  CHECK(running.server.stats().active_transactions == 0);
  CHECK(status_of([&] { connection.commit(); }) == "25X01");
  connection.begin(true);
  CHECK(status_of([&] { connection.execute("INSERT (:A)"); }) == "25G03");
  connection.rollback();

  {
    Connection other = running.connect();
    other.begin();
    other.execute("INSERT (:B)");
  }
  // The writer's turn is free again.
  connection.execute("INSERT (:C)");
  CHECK(nodes() == 2);
}

TEST_CASE("writers that wait on all threads do not keep the transaction from its end") {
  server::ServerOptions options;
  options.worker_threads = 2;
  RunningServer running(options);
  Connection holder = running.connect();
  holder.begin();
  holder.execute("INSERT (:A)");
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i)
    writers.emplace_back([&] { running.connect().execute("INSERT (:B)"); });
  // Both threads wait for the writer's turn.
  CHECK(becomes_true([&] { return running.server.stats().active_statements >= 2; }));
  holder.execute("INSERT (:A)");
  holder.commit();
  for (std::thread& writer : writers) writer.join();
  CHECK(running.database.begin_read().count_nodes() == 6);
}

TEST_CASE("transactions that follow one another at once leave others their turn") {
  // The thread of the open transaction must not wait for the turn of the next one.
  RunningServer running;
  constexpr int kClients = 6, kRounds = 20;
  std::atomic<int> committed{0};
  std::vector<std::thread> clients;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&, i] {
      Connection connection(running.options());
      for (int round = 0; round < kRounds; ++round) {
        if (i % 2 == 0) connection.begin();
        connection.execute("INSERT (:Written)").consume();
        if (i % 2 == 0) connection.commit();
        ++committed;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(committed == kClients * kRounds);
  // A turn that nobody can take is given up after a minute.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
}

TEST_CASE("a transaction that is idle, or open, for too long is rolled back") {
  server::ServerOptions options;
  const bool idle = GENERATE(true, false);
  (idle ? options.transaction_idle_timeout : options.transaction_timeout) =
      std::chrono::milliseconds(100);
  RunningServer running(options);
  Connection connection = running.connect();
  connection.begin();
  connection.execute("INSERT (:A)");
  if (idle) {
    CHECK(becomes_true([&] { return running.server.stats().active_transactions == 0; }));
  } else {
    CHECK(status_of([&] {
            while (true) connection.execute("MATCH (n) RETURN n").consume();
          }) == "40000");
    connection.begin();
    CHECK(becomes_true([&] { return running.server.stats().active_transactions == 0; }));
  }
  CHECK(status_of([&] { connection.commit(); }) == "40000");
  CHECK(running.database.begin_read().count_nodes() == 0);
  connection.execute("INSERT (:A)");
}

TEST_CASE("cancelling ends a statement: running, between pages, or waiting") {
  RunningServer running;
  Connection connection = running.connect();
  RemoteResult endless =
      connection.submit("FOR a IN range(1, 100000) FOR b IN range(1, 100000) RETURN count(a + b)");
  CHECK(becomes_true([&] { return running.server.stats().active_statements == 1; }));
  RemoteResult behind = connection.submit("RETURN 1");
  behind.cancel();
  CHECK(status_of([&] { behind.consume(); }) == "57X01");
  endless.cancel();
  CHECK(status_of([&] { endless.consume(); }) == "57X01");

  RemoteResult rows = connection.execute("FOR a IN range(1, 1000000) RETURN a");
  REQUIRE(rows.next());
  rows.cancel();
  CHECK(status_of([&] { rows.consume(); }) == "57X01");
  { RemoteResult dropped = connection.execute("FOR a IN range(1, 1000000) RETURN a"); }
  CHECK(becomes_true([&] { return running.server.stats().active_statements == 0; }));
  CHECK(connection.execute("RETURN 1").all().size() == 1);
}

TEST_CASE("cancelling one of two open results leaves the other alone") {
  RunningServer running;
  client::ConnectOptions options = running.options();
  options.page_size = 1;
  Connection connection(options);
  client::RemoteResult kept = connection.execute("FOR i IN range(1, 100000) RETURN i");
  client::RemoteResult dropped = connection.execute("FOR i IN range(1, 100000) RETURN i");
  CHECK(kept.next());
  CHECK(dropped.next());
  client::RemoteResult endless = connection.submit("FOR i IN range(1, 100000000000) RETURN max(i)");
  endless.cancel();
  CHECK(status_of([&] { endless.consume(); }) == "57X01");
  dropped.cancel();
  CHECK(status_of([&] { dropped.consume(); }) == "57X01");
  CHECK(kept.consume().rows == 100000);
}

TEST_CASE("a time limit is one of the work on what is asked for, not of the client's pauses") {
  RunningServer running;
  client::ConnectOptions options = running.options();
  options.page_size = 1;
  Connection connection(options);
  StatementOptions limits;
  limits.timeout = std::chrono::milliseconds(300);
  client::RemoteResult result = connection.execute("FOR i IN range(1, 1000) RETURN i", {}, limits);
  CHECK(result.next());
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  CHECK(result.consume().rows == 1000);
}

TEST_CASE("a time limit ends a statement; the server's holds where the client has none") {
  server::ServerOptions options;
  options.statement.timeout = std::chrono::milliseconds(200);
  RunningServer running(options);
  Connection connection = running.connect();
  const std::string endless =
      "FOR a IN range(1, 100000) FOR b IN range(1, 100000) RETURN count(a + b)";
  CHECK(status_of([&] { connection.execute(endless).consume(); }) == "57X02");
  StatementOptions longer;
  longer.timeout = std::chrono::hours(1);
  CHECK(status_of([&] { connection.execute(endless, {}, longer).consume(); }) == "57X02");
}

TEST_CASE("several statements are under way, and their results are read in any order") {
  RunningServer running;
  Connection connection = running.connect();
  std::vector<RemoteResult> results;
  for (int i = 0; i < 100; ++i)
    results.push_back(connection.submit("FOR x IN range(1, 1500) RETURN x + $i", {{"i", i}}));
  for (int i = 99; i >= 0; --i) {
    const std::vector<Row> rows = results[static_cast<std::size_t>(i)].all();
    REQUIRE(rows.size() == 1500);
    CHECK(rows[1499].get<int>(0) == 1500 + i);
  }
  // Longer than what comes ahead: each goes on when it is read.
  RemoteResult a = connection.execute("FOR x IN range(1, 50000) RETURN x");
  RemoteResult b = connection.execute("FOR x IN range(1, 50000) RETURN -x");
  for (int i = 1; i <= 50000; ++i) {
    REQUIRE(a.next()->get<int>(0) == i);
    REQUIRE(b.next()->get<int>(0) == -i);
  }
  CHECK_FALSE(a.next());
  CHECK_FALSE(b.next());
}

TEST_CASE("a result of 20 MB comes whole") {
  RunningServer running;
  Connection connection = running.connect();
  const std::string text(1000, 'x');
  std::size_t bytes = 0;
  RemoteResult result =
      connection.execute("FOR i IN range(1, 20000) RETURN $t || CAST(i AS STRING)", {{"t", text}});
  while (auto row = result.next()) bytes += (*row)[0].as_string().size();
  CHECK(bytes > 20'000'000);
}

TEST_CASE("a server says what it is and how it does") {
  server::ServerOptions options;
  options.max_connections = 7;
  RunningServer running(options);
  Connection connection = running.connect();
  connection.execute("INSERT (:A)").consume();
  CHECK(status_of([&] { connection.execute("RETURN 1 / 0").consume(); }) == "22012");
  Connection writer = running.connect();
  writer.begin();
  client::RemoteResult endless =
      writer.submit("FOR a IN range(1, 100000) FOR b IN range(1, 100000) RETURN count(a + b)");
  client::ServerStatus status;
  CHECK(becomes_true([&] {
    status = connection.server_status();
    return status.running_statements == 1;
  }));
  CHECK(status.version == connection.server_version());
  CHECK(status.role == "single");
  CHECK(status.ready);
  CHECK(status.connections == 2);
  CHECK(status.max_connections == 7);
  CHECK(status.open_transactions == 1);
  CHECK(status.statements >= 2);
  CHECK(status.failed_statements == 1);
  CHECK(status.storage_bytes == running.database.file_info().file_bytes);
  const auto before = status.uptime;
  running.server.drain();
  status = connection.server_status();
  CHECK_FALSE(status.ready);
  CHECK(status.uptime >= before);
}

TEST_CASE("a session that is read-only reads, and refuses what writes") {
  RunningServer running;
  running.connect().execute("INSERT (:A)").consume();
  client::ConnectOptions options = running.options();
  options.read_only = true;
  Connection connection(options);
  const auto run = [&](const char* text) {
    return status_of([&] { connection.execute(text).consume(); });
  };
  CHECK(run("INSERT (:A)") == "25G03");
  CHECK(run("CREATE GRAPH other") == "25G03");
  CHECK(run("CREATE INDEX ON :A(x)") == "25G03");
  CHECK(run("START TRANSACTION READ WRITE") == "25G03");
  CHECK(status_of([&] { connection.begin(); }) == "25G03");
  const client::RemoteStatement insert = connection.prepare("INSERT (:A)");
  CHECK(status_of([&] { connection.execute(insert).consume(); }) == "25G03");
  CHECK(run("START TRANSACTION") == "");
  CHECK(run("INSERT (:A)") == "25G03");
  connection.rollback();
  CHECK(connection.execute("MATCH (a:A) RETURN 1").all().size() == 1);
}

TEST_CASE("sessions are in the graph that the client names") {
  RunningServer running;
  running.database.execute("CREATE GRAPH sales ANY");
  client::ConnectOptions options = running.options();
  options.graph = "sales";
  Connection(options).execute("INSERT (:Order)");
  CHECK(running.connect().execute("MATCH (n) RETURN n").all().empty());
  CHECK(Connection(options).execute("MATCH (n) RETURN n").all().size() == 1);
  options.graph = "none";
  CHECK(status_of([&] { Connection{options}; }) == "42002");
}

}  // namespace
}  // namespace geode
