#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/units.hpp"

namespace geode::server {

struct HttpAnswer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
};

struct HttpLimits {
  std::size_t header_bytes = 8192;
  std::size_t connections = 64;            ///< at a time; one more is closed at once
  std::chrono::milliseconds time{10'000};  ///< for a request to come, and for an answer to go
};

/// Answers GET and HEAD of a few pages to those who watch the server, in a thread of its own. It is
/// for probes and scrapers, not for the world: no TLS, no bodies of requests, strict limits.
class HttpServer {
 public:
  /// Gives the answer for a path without its query. Called in the server's thread; what it throws
  /// is answered with 500.
  using Handler = std::function<HttpAnswer(std::string_view path)>;

  /// Bound when this returns. Throws Error 08X01 when it cannot be, and names --metrics-listen
  /// when another process has the port.
  HttpServer(const Endpoint& endpoint, Handler handler, const HttpLimits& limits = {});
  /// Closes all connections.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// The port that was taken when port 0 was asked for.
  std::uint16_t port() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace geode::server
