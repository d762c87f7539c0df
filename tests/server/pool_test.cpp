#include "client/pool.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "running_server.hpp"

namespace geode {
namespace {

using client::Connection;
using client::Pool;
using client::PoolOptions;
using namespace std::chrono_literals;
using test::becomes_true;
using test::RunningServer;
using test::status_of;

std::int64_t count_nodes(Connection& connection) {
  return connection.execute("MATCH (n) RETURN count(*)").all()[0][std::size_t{0}].as_int64();
}

/// A pool that does nothing by itself, and pauses shortly.
PoolOptions still() {
  PoolOptions options;
  options.idle_time = options.ping_interval = 0ms;
  options.trusted_for = 1h;
  options.first_pause = 1ms;
  options.longest_pause = 4ms;
  return options;
}

TEST_CASE("connections of a pool are used again, and no more than it may have") {
  RunningServer running;
  PoolOptions options = still();
  options.max = 2;
  options.acquire_timeout = 20ms;
  Pool pool(running.options(), options);
  std::string first_id;
  {
    const Pool::Lease lease = pool.acquire();
    first_id = lease->session_id();
  }
  Pool::Lease first = pool.acquire();
  CHECK(first->session_id() == first_id);
  Pool::Lease second = pool.acquire();
  CHECK(second->session_id() != first_id);
  CHECK(status_of([&] { pool.acquire(); }) == "57X02");
  CHECK(pool.stats().open == 2);
  second = std::move(first);
  CHECK(pool.stats().idle == 1);
  CHECK(second->session_id() == first_id);
  CHECK(pool.stats().made == 2);
}

TEST_CASE("who waits for a connection gets the next that comes back") {
  RunningServer running;
  PoolOptions options = still();
  options.max = 2;
  Pool pool(running.options(), options);
  std::atomic<std::int64_t> sum{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) {
        sum += pool.run([](Connection& connection) {
          return connection.execute("RETURN 1").all()[0][std::size_t{0}].as_int64();
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(sum == 160);
  CHECK(pool.stats().made <= 2);
}

TEST_CASE("a transaction that is left open is rolled back before others get the connection") {
  RunningServer running;
  Pool pool(running.options(), still());
  {
    Pool::Lease lease = pool.acquire();
    lease->begin();
    lease->execute("INSERT (:A)").consume();
  }
  Pool::Lease lease = pool.acquire();
  CHECK(lease->transaction_state() == TransactionState::kNone);
  CHECK(count_nodes(*lease) == 0);
  CHECK(pool.stats().made == 1);
}

TEST_CASE("a pool has its least connections, and closes those beyond that nobody uses") {
  RunningServer running;
  PoolOptions options;
  options.min = 2;
  options.idle_time = 50ms;
  Pool pool(running.options(), options);
  CHECK(becomes_true([&] { return pool.stats().idle == 2; }));
  {
    std::vector<Pool::Lease> leases;
    for (int i = 0; i < 4; ++i) leases.push_back(pool.acquire());
    CHECK(pool.stats().open == 4);
  }
  CHECK(becomes_true([&] { return pool.stats().open == 2; }));
  CHECK(becomes_true([&] { return running.server.stats().open_connections == 2; }));
}

TEST_CASE("idle connections are pinged, and those that are gone replaced") {
  server::ServerOptions server_options;
  server_options.idle_timeout = 100ms;
  RunningServer running(server_options);
  PoolOptions options;
  options.min = 1;
  SECTION("pings keep a connection alive") {
    options.ping_interval = 20ms;
    Pool pool(running.options(), options);
    CHECK(becomes_true([&] { return pool.stats().idle == 1; }));
    std::this_thread::sleep_for(400ms);
    CHECK(pool.stats().made == 1);
  }
  SECTION("pings find that one is gone") {
    options.ping_interval = 400ms;
    Pool pool(running.options(), options);
    CHECK(becomes_true([&] { return pool.stats().found_dead > 0 && pool.stats().made > 1; }));
  }
  SECTION("one that was idle for long is pinged before it is handed out") {
    options.ping_interval = 0ms;
    options.trusted_for = 0ms;
    Pool pool(running.options(), options);
    CHECK(becomes_true([&] { return pool.stats().idle == 1; }));
    CHECK(becomes_true([&] { return running.server.stats().open_connections == 0; }));
    CHECK(pool.run(count_nodes) == 0);
    CHECK(pool.stats().found_dead == 1);
  }
}

TEST_CASE("run() tries again what may succeed, from its beginning") {
  RunningServer running;
  Pool pool(running.options(), still());
  int calls = 0;
  pool.run([&](Connection& connection) {
    CHECK(connection.transaction_state() == TransactionState::kNone);
    connection.begin();
    connection.execute("INSERT (:A)").consume();
    if (++calls < 3) throw Error("40001", "somebody was faster");
    connection.commit();
  });
  CHECK(calls == 3);
  CHECK(pool.stats().retries == 2);
  CHECK(pool.run(count_nodes) == 1);

  calls = 0;
  CHECK(status_of([&] {
          pool.run([&](Connection&) {
            ++calls;
            throw Error("40001", "somebody was faster");
          });
        }) == "40001");
  CHECK(calls == 5);
  calls = 0;
  CHECK(status_of([&] {
          pool.run([&](Connection& connection) {
            ++calls;
            connection.execute("RETURN 1 / 0").consume();
          });
        }) == "22012");
  CHECK(calls == 1);
}

TEST_CASE("run() waits for a server that has no room") {
  server::ServerOptions server_options;
  server_options.max_connections = 1;
  RunningServer running(server_options);
  std::optional<Connection> only = running.connect();
  PoolOptions options = still();
  options.attempts = 10'000;
  Pool pool(running.options(), options);
  std::int64_t count = -1;
  std::thread thread([&] { count = pool.run(count_nodes); });
  CHECK(becomes_true([&] { return pool.stats().retries > 0; }));
  only.reset();
  thread.join();
  CHECK(count == 0);
}

TEST_CASE("run() gives up on a server that is not there") {
  client::ConnectOptions connect;
  connect.unix_path = "/nonexistent/geode.sock";
  PoolOptions options = still();
  options.attempts = 3;
  Pool pool(connect, options);
  CHECK(status_of([&] { pool.run(count_nodes); }) == "08000");
  CHECK(pool.stats().retries == 2);
  CHECK(pool.stats().open == 0);
}

TEST_CASE(
    "run() tells a connection that was lost before it was used from one that was lost later") {
  test::TempDirectory folder;
  server::ServerOptions server_options;
  server_options.unix_socket = folder.file("geode.sock");
  server_options.idle_timeout = 100ms;
  RunningServer running(server_options);
  client::ConnectOptions connect;
  connect.unix_path = server_options.unix_socket;
  Pool pool(connect, still());
  CHECK(pool.run(count_nodes) == 0);
  CHECK(becomes_true([&] { return running.server.stats().open_connections == 0; }));
  // The socket is known to be closed at the first byte, and nothing can have been done.
  int calls = 0;
  pool.run([&](Connection& connection) {
    ++calls;
    connection.execute("INSERT (:A)").consume();
  });
  CHECK(calls == 2);
  CHECK(pool.run(count_nodes) == 1);

  calls = 0;
  CHECK(status_of([&] {
          pool.run([&](Connection& connection) {
            ++calls;
            connection.execute("INSERT (:A)").consume();
            CHECK(becomes_true([&] { return running.server.stats().open_connections == 0; }));
            connection.execute("INSERT (:A)").consume();
          });
        }).starts_with("08"));
  CHECK(calls == 1);
  CHECK(pool.run(count_nodes) == 2);
}

}  // namespace
}  // namespace geode
