#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "client/transport.hpp"
#include "geode.pb.h"
#include "protocol/convert.hpp"
#include "protocol/framing.hpp"
#include "running_server.hpp"

namespace geode {
namespace {

using client::Connection;
using test::becomes_true;
using test::RunningServer;
using test::status_of;

/// What openssl's client says of `arguments`.
std::string openssl(const RunningServer& running, const std::string& arguments) {
  const std::string output = running.folder.file("openssl.txt");
  const std::string command =
      "openssl s_client -connect 127.0.0.1:" + std::to_string(running.server.port()) +
      " -CAfile '" + running.options().ca_file + "' " + arguments + " </dev/null >'" + output +
      "' 2>&1";
  if (std::system(command.c_str()) < 0) return "";
  std::string text;
  std::FILE* file = std::fopen(output.c_str(), "r");
  for (int c; (c = std::fgetc(file)) != EOF;) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

/// Sends bytes over TLS and gives the status that comes back.
std::string answer_to(const RunningServer& running, const std::string& bytes) {
  client::Transport transport(running.options());
  transport.write(bytes);
  protocol::FrameReader frames;
  char buffer[4096];
  while (true) {
    if (const auto frame = frames.next()) {
      wire::v1::ServerMessage message;
      protocol::parse_frame(*frame, message);
      return message.status().gqlstatus();
    }
    const std::size_t count =
        transport.read(buffer, sizeof buffer, std::chrono::milliseconds(10'000));
    if (count == 0) return "closed";
    frames.append({buffer, count});
  }
}

TEST_CASE("only TLS 1.3 with geode/1 is spoken") {
  RunningServer running;
  const std::string good = openssl(running, "-alpn geode/1 -tls1_3 -verify_return_error");
  CHECK_THAT(good, Catch::Contains("ALPN protocol: geode/1"));
  CHECK_THAT(good, Catch::Contains("Verify return code: 0 (ok)"));
  CHECK_THAT(openssl(running, "-alpn geode/1 -tls1_2"), Catch::Contains("alert"));
  CHECK_THAT(openssl(running, "-alpn h2 -tls1_3"), Catch::Contains("no application protocol"));
}

/// A connection of TCP on which nothing is said; to be closed.
int silent_connection(const RunningServer& running) {
  const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(running.server.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(silent, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return silent;
}

TEST_CASE("a probe of the port leaves no line in the log") {
  RunningServer running;
  ::close(silent_connection(running));
  CHECK(becomes_true([&] { return running.server.stats().accepted_connections == 1; }));
  running.server.stop(std::chrono::milliseconds(0));
  CHECK(running.log_lines().empty());
}

TEST_CASE("a client verifies the server unless it is told not to") {
  RunningServer running;
  client::ConnectOptions options = running.options();
  options.ca_file.clear();
  CHECK(status_of([&] { Connection{options}; }) == "08000");
  options.insecure = true;
  CHECK(status_of([&] { Connection{options}; }).empty());
  options = running.options();
  options.server_name = "example.org";
  CHECK(status_of([&] { Connection{options}; }) == "08000");
  struct stat key {};
  REQUIRE(::stat(running.folder.file("tls/development-key.pem").c_str(), &key) == 0);
  CHECK((key.st_mode & 0777) == 0600);
}

TEST_CASE("a client certificate is asked for where the server is told to") {
  test::TempDirectory other;
  RunningServer signer;  // for a certificate that signs itself, and can be a client's CA
  server::ServerOptions options;
  options.client_ca_file = signer.options().ca_file;
  options.require_client_certificate = true;
  RunningServer running(options);
  CHECK(status_of([&] { running.connect(); }) == "08000");
}

TEST_CASE("what is no message ends the connection with a reason") {
  RunningServer running;
  CHECK(answer_to(running, std::string("\xff\xff\xff\xff", 4)) == "08X05");
  CHECK(answer_to(running, std::string("\0\0\0\3\xff\xff\xff", 7)) == "08X05");
  CHECK(answer_to(running, "GET / HTTP/1.1\r\n\r\n") == "08X05");
  CHECK(becomes_true([&] { return running.server.stats().open_connections == 0; }));
}

TEST_CASE("a ping needs no hello, a statement does") {
  RunningServer running;
  wire::v1::ClientMessage message;
  message.set_request_id(1);
  message.mutable_ping();
  CHECK(answer_to(running, protocol::make_frame(message, 1000)) == "00000");
  message.mutable_execute()->set_query("RETURN 1");
  CHECK(answer_to(running, protocol::make_frame(message, 1000)) == "08X05");
}

TEST_CASE("a connection beyond the limit is told so") {
  server::ServerOptions options;
  options.max_connections = 2;
  RunningServer running(options);
  Connection one = running.connect(), two = running.connect();
  CHECK(status_of([&] { running.connect(); }) == "08X04");
  CHECK(running.server.stats().refused_connections == 1);
  one.ping();
}

TEST_CASE("handshakes that are left half done give way to who would be one too many") {
  server::ServerOptions options;
  options.max_connections = 2;
  RunningServer running(options);
  const int silent[] = {silent_connection(running), silent_connection(running)};
  REQUIRE(becomes_true([&] { return running.server.stats().open_connections == 2; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  Connection one = running.connect(), two = running.connect();
  // Those who are served do not.
  CHECK(status_of([&] { running.connect(); }) == "08X04");
  one.ping();
  two.ping();
  for (const int each : silent) ::close(each);
}

TEST_CASE("a connection that asks nothing is closed after a while") {
  server::ServerOptions options;
  options.idle_timeout = std::chrono::milliseconds(100);
  RunningServer running(options);
  Connection connection = running.connect();
  CHECK(becomes_true([&] { return running.server.stats().open_connections == 0; }));
  CHECK(status_of([&] { connection.ping(); }) == "08000");
  CHECK_FALSE(connection.open());
}

TEST_CASE("a socket of the file system needs no TLS, and is for this account") {
  test::TempDirectory folder;
  server::ServerOptions options;
  options.unix_socket = folder.file("geode.sock");
  RunningServer running(options);
  struct stat info {};
  REQUIRE(::stat(options.unix_socket.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  Connection connection("geode+unix://" + options.unix_socket);
  CHECK(connection.execute("RETURN 1").all().size() == 1);
  running.server.stop(std::chrono::milliseconds(0));
  CHECK(::stat(options.unix_socket.c_str(), &info) != 0);
}

TEST_CASE("an address that is taken is an error") {
  RunningServer running;
  server::ServerOptions options;
  options.listen[0].port = running.server.port();
  options.development_certificate_folder = running.folder.file("tls");
  server::Server second(options, Database());
  CHECK(status_of([&] { second.start(); }) == "08X01");
}

TEST_CASE("draining takes no new connections; stopping waits, then ends what runs") {
  RunningServer running;
  Connection connection = running.connect();
  running.server.drain();
  CHECK(status_of([&] { running.connect(); }) == "08000");
  CHECK(connection.execute("RETURN 1").all().size() == 1);
  connection.begin();
  connection.execute("INSERT (:A)");
  running.server.reload_certificates();
  std::thread stopping([&] { running.server.stop(std::chrono::seconds(60)); });
  connection.execute("INSERT (:A)");
  connection.commit();
  stopping.join();
  CHECK(running.database.begin_read().count_nodes() == 2);
}

TEST_CASE("stopping ends a statement that runs") {
  RunningServer running;
  Connection connection = running.connect();
  client::RemoteResult endless =
      connection.submit("FOR a IN range(1, 100000) FOR b IN range(1, 100000) RETURN count(a + b)");
  CHECK(becomes_true([&] { return running.server.stats().active_statements == 1; }));
  running.server.stop(std::chrono::milliseconds(10));
  // It is refused when the stop comes between its arrival and its turn.
  const std::string status = status_of([&] { endless.consume(); });
  CHECK((status == "08000" || status == "08X04"));
}

}  // namespace
}  // namespace geode
