#include "http/http_server.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <memory>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

#include <catch2/catch.hpp>

#include <geode/error.hpp>

using namespace geode::server;
using namespace std::chrono_literals;

namespace {

HttpAnswer sample_handler(std::string_view path) {
  if (path == "/health") return {200, "application/json", "{\"status\":\"ok\"}"};
  if (path == "/throws") throw std::runtime_error("out of luck");
  return {404, "text/plain", "no page " + std::string(path)};
}

/// A connection that speaks bytes.
class Peer {
 public:
  explicit Peer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  }
  ~Peer() { ::close(socket_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void send(const std::string& text) {
    CHECK(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(text.size()));
  }
  /// All until `end` has come, or until the server closes the connection.
  std::string receive(const std::string& end = "") {
    std::string out;
    char bytes[4096];
    while (end.empty() || out.find(end) == std::string::npos) {
      const ssize_t count = ::recv(socket_, bytes, sizeof(bytes), 0);
      if (count < 0) out += errno == EAGAIN ? "(still open)" : "";
      if (count <= 0) break;
      out.append(bytes, static_cast<std::size_t>(count));
    }
    return out;
  }

 private:
  int socket_;
};

std::string ask(const HttpServer& server, const std::string& request) {
  Peer peer(server.port());
  peer.send(request);
  return peer.receive();
}

const Endpoint kAnyPort{"127.0.0.1", 0};

}  // namespace

TEST_CASE("pages are answered, with or without a query", "[http]") {
  const HttpServer server(kAnyPort, sample_handler);
  for (const char* target : {"/health", "/health?full=1"}) {
    const std::string answer =
        ask(server, "GET " + std::string(target) + " HTTP/1.1\r\nConnection: close\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(answer.ends_with("\r\n\r\n{\"status\":\"ok\"}"));
  }
  CHECK(ask(server, "GET /x HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 404"));
}

TEST_CASE("a connection is kept for the next request", "[http]") {
  const HttpServer server(kAnyPort, sample_handler);
  Peer peer(server.port());
  for (int i = 0; i < 3; ++i) {
    peer.send("GET /health HTTP/1.1\r\n\r\n");
    CHECK(peer.receive("\"ok\"}").starts_with("HTTP/1.1 200"));
  }
}

TEST_CASE("HEAD gives the header alone", "[http]") {
  const HttpServer server(kAnyPort, sample_handler);
  const std::string answer = ask(server, "HEAD /health HTTP/1.1\r\nConnection: close\r\n\r\n");
  CHECK(answer.find("Content-Length: 15\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("what is no request for a page is refused", "[http]") {
  const HttpServer server(kAnyPort, sample_handler);
  const auto status = [&](const std::string& request) { return ask(server, request).substr(9, 3); };
  CHECK(status("DELETE /health HTTP/1.1\r\n\r\n") == "405");
  CHECK(status("POST /health HTTP/1.1\r\nContent-Length: 9\r\n\r\n") == "413");
  CHECK(status("GET /health HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n") == "431");
  CHECK(status("\x16\x03\x01 nonsense\r\n\r\n") == "400");
  CHECK(status("GET /throws HTTP/1.1\r\nConnection: close\r\n\r\n") == "500");
  CHECK(status("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n") == "200");
}

TEST_CASE("who sends nothing is closed after a while", "[http]") {
  HttpLimits limits;
  limits.time = 100ms;
  const HttpServer server(kAnyPort, sample_handler, limits);
  Peer peer(server.port());
  peer.send("GET /health HT");
  CHECK(peer.receive().empty());
}

TEST_CASE("one connection too many is closed, the others go on", "[http]") {
  HttpLimits limits;
  limits.connections = 2;
  const HttpServer server(kAnyPort, sample_handler, limits);
  Peer first(server.port()), second(server.port());
  for (Peer* peer : {&first, &second}) {
    peer->send("GET /health HTTP/1.1\r\n\r\n");
    CHECK(peer->receive("\"ok\"}").starts_with("HTTP/1.1 200"));
  }
  CHECK(Peer(server.port()).receive().empty());
  first.send("GET /health HTTP/1.1\r\n\r\n");
  CHECK(first.receive("\"ok\"}").starts_with("HTTP/1.1 200"));
}

TEST_CASE("a server ends while others are connected", "[http]") {
  auto server = std::make_unique<HttpServer>(kAnyPort, sample_handler);
  Peer idle(server->port());
  server.reset();
  CHECK(idle.receive().empty());
}

TEST_CASE("a port that is taken is told of, with the flag that chooses another", "[http]") {
  const HttpServer server(kAnyPort, sample_handler);
  try {
    const HttpServer other({"127.0.0.1", server.port()}, sample_handler);
    FAIL("two servers on a port");
  } catch (const geode::Error& error) {
    CHECK(error.gqlstatus() == geode::status::kCannotOpen);
    CHECK(error.message() == "cannot listen on 127.0.0.1:" + std::to_string(server.port()) +
                                 ": Address already in use");
    CHECK(error.hint_text().find("--metrics-listen") != std::string::npos);
  }
  CHECK_THROWS_AS(HttpServer({"no-such-host.invalid", 1}, sample_handler), geode::Error);
}
