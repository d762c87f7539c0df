#include <atomic>
#include <span>
#include <utility>

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

TEST_CASE("a client certificate that the CA signed is taken, none and others are not") {
  test::TempDirectory folder;
  test::make_client_certificates(folder.path().string());
  server::ServerOptions options;
  options.client_ca_file = folder.file("ca.pem");
  options.require_client_certificate = true;
  RunningServer running(options);
  CHECK(status_of([&] { running.connect(); }) == "08000");
  client::ConnectOptions connect = running.options();
  connect.certificate_file = folder.file("client.pem");
  connect.key_file = folder.file("client.key");
  CHECK(Connection(connect).execute("RETURN 1").all().size() == 1);

  test::TempDirectory strangers;
  test::make_client_certificates(strangers.path().string());
  connect.certificate_file = strangers.file("client.pem");
  connect.key_file = strangers.file("client.key");
  CHECK(status_of([&] { Connection{connect}; }) == "08000");
}

TEST_CASE("the common name of a client's certificate is that of a user") {
  test::TempDirectory folder;
  test::make_client_certificates(folder.path().string());  // for "ada"
  server::ServerOptions options;
  options.client_ca_file = folder.file("ca.pem");
  RunningServer running(options);
  running.database.execute("CREATE USER root PASSWORD 'secret' ROLE administrator");
  for (const bool quic : {false, true}) {
    client::ConnectOptions connect = running.options();
    connect.quic = quic;
    CHECK(status_of([&] { Connection{connect}; }) == "28000");
    connect.certificate_file = folder.file("client.pem");
    connect.key_file = folder.file("client.key");
    CHECK(status_of([&] { Connection{connect}; }) == "28000");
    running.database.execute("CREATE USER ada PASSWORD 'secret' ROLE reader");
    Connection ada(connect);
    CHECK(ada.execute("RETURN current_user() AS u").all()[0][0].as_string() == "ada");
    CHECK(status_of([&] { ada.execute("INSERT (:A)").consume(); }) == "42X04");
    // Who gives a name and a password is that one.
    connect.user = "root";
    connect.password = "secret";
    CHECK(Connection(connect).execute("RETURN current_user() AS u").all()[0][0].as_string() ==
          "root");
    running.database.execute("DROP USER ada");
    CHECK(status_of([&] { ada.execute("RETURN 1").consume(); }) == "28000");
  }
}

TEST_CASE("other machines are refused without a certificate, and served with one") {
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
  CHECK(running.connect().execute("RETURN 1").all().size() == 1);
  client::ConnectOptions connect = running.options();
  connect.host = address;
  connect.server_name = "localhost";
  CHECK(status_of([&] { Connection{connect}; }) == "08X04");
  connect.certificate_file = folder.file("client.pem");
  connect.key_file = folder.file("client.key");
  CHECK(Connection(connect).execute("RETURN 1").all().size() == 1);
}

TEST_CASE("rows wait for a client that does not read, and end with it") {
  std::atomic<std::int64_t> made{0};
  RunningServer running;
  running.database.register_function(
      {"made(i INT64) :: STRING", "", [&](std::span<const Value> arguments) {
         made = arguments[0].as_int64();
         return Value(std::string(1000, 'x'));
       }});
  {
    client::Transport transport(running.options());
    wire::v1::ClientMessage message;
    message.set_request_id(1);
    message.mutable_hello();
    transport.write(protocol::make_frame(message, 1000));
    message.set_request_id(2);
    message.mutable_execute()->set_query("FOR i IN range(1, 100000000) RETURN made(i)");
    transport.write(protocol::make_frame(message, 1000));
    CHECK(becomes_true([&] { return made > 1000; }));
    // What the sockets of both sides and the server's own megabyte hold; then it stands still.
    std::int64_t before = -1;
    CHECK(becomes_true([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      return std::exchange(before, made.load()) == made;
    }));
    CHECK(made < 50'000);
  }
  CHECK(becomes_true([&] { return running.server.stats().active_statements == 0; }));
}

}  // namespace
}  // namespace geode
