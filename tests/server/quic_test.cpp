#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "client/transport.hpp"
#include "client_certificates.hpp"
#include "geode.pb.h"
#include "protocol/framing.hpp"
#include "running_server.hpp"

namespace geode {
namespace {

using client::Connection;
using test::becomes_true;
using test::RunningServer;
using test::status_of;

client::ConnectOptions quic_options(const RunningServer& running) {
  client::ConnectOptions options = running.options();
  options.quic = true;
  return options;
}

/// The message that `action` fails with.
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST_CASE("QUIC: statements, transactions and prepared statements") {
  RunningServer running;
  Connection connection(quic_options(running));
  CHECK(connection.execute("RETURN 1 + 1 AS two").all().at(0)[0].as_int64() == 2);
  connection.begin();
  connection.execute("INSERT (:A {x: 1})");
  connection.rollback();
  const client::RemoteStatement prepared = connection.prepare("RETURN $x * 2 AS y");
  for (std::int64_t x = 0; x < 500; ++x) {
    CHECK(connection.execute(prepared, {{"x", Value(x)}}).all().at(0)[0].as_int64() == 2 * x);
  }
  CHECK(status_of([&] { connection.execute("RETURN nonsense(").all(); }).substr(0, 2) == "42");
  CHECK(running.database.begin_read().count_nodes() == 0);
  client::ping(quic_options(running));
}

TEST_CASE("QUIC: a large result and a large parameter arrive whole") {
  RunningServer running;
  Connection connection(quic_options(running));
  client::RemoteResult result =
      connection.submit("FOR i IN range(1, 20000) RETURN i, lpad('', 1000, 'x') AS text");
  std::int64_t expected = 0;
  bool good = true;
  while (const auto row = result.next()) {
    good = good && (*row)[0].as_int64() == ++expected && (*row)[1].as_string().size() == 1000;
  }
  CHECK(good);
  CHECK(expected == 20'000);
  const std::string large(8 << 20, 'y');
  CHECK(
      connection.execute("RETURN size($t) AS n", {{"t", Value(large)}}).all().at(0)[0].as_int64() ==
      (8 << 20));
}

TEST_CASE("QUIC: rows wait for a client that does not read, and end with it") {
  std::atomic<std::int64_t> made{0};
  RunningServer running;
  running.database.register_function(
      {"made(i INT64) :: STRING", "", [&](std::span<const Value> arguments) {
         made = arguments[0].as_int64();
         return Value(std::string(1000, 'x'));
       }});
  {
    client::Transport transport(quic_options(running));
    wire::v1::ClientMessage message;
    message.set_request_id(1);
    message.mutable_hello();
    transport.write(protocol::make_frame(message, 1000));
    message.set_request_id(2);
    message.mutable_execute()->set_query("FOR i IN range(1, 100000000) RETURN made(i)");
    transport.write(protocol::make_frame(message, 1000));
    CHECK(becomes_true([&] { return made > 1000; }));
    // A megabyte in the client, one that is not acknowledged, one that waits to be sent.
    std::int64_t before = -1;
    CHECK(becomes_true([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      return std::exchange(before, made.load()) == made;
    }));
    CHECK(made < 10'000);
  }
  CHECK(becomes_true([&] { return running.server.stats().active_statements == 0; }));
  CHECK(becomes_true([&] { return running.server.stats().open_connections == 0; }));
}

TEST_CASE("QUIC: a statement is cancelled, the connection goes on") {
  RunningServer running;
  Connection connection(quic_options(running));
  client::RemoteResult endless =
      connection.submit("FOR a IN range(1, 100000) FOR b IN range(1, 100000) RETURN count(a + b)");
  CHECK(becomes_true([&] { return running.server.stats().active_statements == 1; }));
  endless.cancel();
  CHECK(status_of([&] { endless.consume(); }) == "57X01");
  CHECK(connection.execute("RETURN 1").all().size() == 1);
}

TEST_CASE("QUIC: many connections at once, several statements in flight on each") {
  RunningServer running;
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      Connection connection(quic_options(running));
      for (int round = 0; round < 10; ++round) {
        std::vector<client::RemoteResult> results;
        for (int i = 0; i < 16; ++i)
          results.push_back(connection.submit("RETURN " + std::to_string(t * 100 + i)));
        for (int i = 15; i >= 0; --i)
          right += results[static_cast<std::size_t>(i)].all().at(0)[0].as_int64() == t * 100 + i;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 8 * 10 * 16);
}

TEST_CASE("QUIC: a client verifies the server unless it is told not to") {
  RunningServer running;
  client::ConnectOptions options = quic_options(running);
  options.ca_file.clear();
  CHECK(status_of([&] { Connection{options}; }) == "08000");
  CHECK_THAT(message_of([&] { Connection{options}; }), Catch::Contains("is not trusted"));
  options.insecure = true;
  CHECK(status_of([&] { Connection{options}; }).empty());
  options = quic_options(running);
  options.server_name = "example.org";
  CHECK(status_of([&] { Connection{options}; }) == "08000");
  options.server_name = "localhost";
  CHECK(status_of([&] { Connection{options}; }).empty());
}

TEST_CASE("QUIC: a client certificate that the CA signed is taken, none and others are not") {
  test::TempDirectory folder, strangers;
  test::make_client_certificates(folder.path().string());
  server::ServerOptions options;
  options.client_ca_file = folder.file("ca.pem");
  options.require_client_certificate = true;
  RunningServer running(options);
  client::ConnectOptions connect = quic_options(running);
  CHECK(status_of([&] { Connection{connect}; }) == "08000");
  connect.certificate_file = folder.file("client.pem");
  connect.key_file = folder.file("client.key");
  CHECK(Connection(connect).execute("RETURN 1").all().size() == 1);
  test::make_client_certificates(strangers.path().string());
  connect.certificate_file = strangers.file("client.pem");
  connect.key_file = strangers.file("client.key");
  CHECK(status_of([&] { Connection{connect}; }) == "08000");
}

TEST_CASE("QUIC: other machines are refused without a certificate, and served with one") {
  const std::string address = test::other_address();
  if (address.empty()) {
    WARN("this machine has no address but loopback: not tested");
    return;
  }
  test::TempDirectory folder;
  test::make_client_certificates(folder.path().string());
  server::ServerOptions options;
  options.listen[0].host = "0.0.0.0";
  options.client_ca_file = folder.file("ca.pem");
  RunningServer running(options);
  CHECK(Connection(quic_options(running)).execute("RETURN 1").all().size() == 1);
  client::ConnectOptions connect = quic_options(running);
  connect.host = address;
  connect.server_name = "localhost";
  CHECK(status_of([&] { Connection{connect}; }) == "08X04");
  connect.certificate_file = folder.file("client.pem");
  connect.key_file = folder.file("client.key");
  CHECK(Connection(connect).execute("RETURN 1").all().size() == 1);
}

TEST_CASE("QUIC: a connection beyond the limit is told so") {
  server::ServerOptions options;
  options.max_connections = 2;
  RunningServer running(options);
  Connection one(quic_options(running)), two = running.connect();
  CHECK(status_of([&] { Connection{quic_options(running)}; }) == "08X04");
  CHECK(running.server.stats().refused_connections == 1);
  one.ping();
}

TEST_CASE("QUIC: a connection that asks nothing is closed after a while") {
  server::ServerOptions options;
  options.idle_timeout = std::chrono::milliseconds(100);
  RunningServer running(options);
  Connection connection(quic_options(running));
  CHECK(becomes_true([&] { return running.server.stats().open_connections == 0; }));
  CHECK(status_of([&] { connection.ping(); }) == "08000");
  CHECK_FALSE(connection.open());
}

TEST_CASE("QUIC can be left out") {
  server::ServerOptions options;
  options.quic = false;
  RunningServer running(options);
  CHECK(running.connect().execute("RETURN 1").all().size() == 1);
  CHECK(status_of([&] { Connection{quic_options(running)}; }) == "08000");
}

TEST_CASE("QUIC: draining takes no new connections; stopping waits, then ends what runs") {
  RunningServer running;
  Connection connection(quic_options(running));
  running.server.drain();
  CHECK(status_of([&] { Connection{quic_options(running)}; }) == "08000");
  CHECK(connection.execute("RETURN 1").all().size() == 1);
  connection.begin();
  connection.execute("INSERT (:A)");
  std::thread stopping([&] { running.server.stop(std::chrono::seconds(60)); });
  connection.execute("INSERT (:A)");
  connection.commit();
  stopping.join();
  CHECK(running.database.begin_read().count_nodes() == 2);
  CHECK(status_of([&] { connection.ping(); }) == "08000");
}

TEST_CASE("QUIC: stopping ends a statement that runs") {
  RunningServer running;
  Connection connection(quic_options(running));
  client::RemoteResult endless =
      connection.submit("FOR a IN range(1, 100000) FOR b IN range(1, 100000) RETURN count(a + b)");
  CHECK(becomes_true([&] { return running.server.stats().active_statements == 1; }));
  running.server.stop(std::chrono::milliseconds(10));
  CHECK(status_of([&] { endless.consume(); }) == "08000");
}

TEST_CASE("QUIC: new connections get a certificate that was put in place meanwhile") {
  RunningServer running;
  Connection before(quic_options(running));
  const std::string folder = running.folder.file("tls");
  for (const char* name : {"/development-certificate.pem", "/development-key.pem"})
    REQUIRE(std::remove((folder + name).c_str()) == 0);
  running.server.reload_certificates();
  // The file of what is trusted is the new certificate now.
  CHECK(Connection(quic_options(running)).execute("RETURN 1").all().size() == 1);
  CHECK(before.execute("RETURN 1").all().size() == 1);
}

}  // namespace
}  // namespace geode
