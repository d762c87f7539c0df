#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "geode.pb.h"
#include "quic/connection.hpp"
#include "quic/udp_socket.hpp"
#include "running_server.hpp"

namespace geode::test {

quic::Address loopback(std::uint16_t port);

/// A QUIC connection with many streams, moved on by the thread of the test.
class QuicClient {
 public:
  explicit QuicClient(const RunningServer& running);

  /// Sends and receives until `holds()`, for at most ten seconds.
  bool until(const std::function<bool()>& holds);
  bool connected();
  quic::Connection& connection() { return *connection_; }
  quic::UdpSocket& socket() { return *socket_; }

  /// Sends a message on a stream, and gives the next one of the server's there.
  void send(std::int64_t stream, const wire::v1::ClientMessage& message);
  wire::v1::ServerMessage receive(std::int64_t stream);
  /// The first value that the statement gives on a stream that is opened for it, and left.
  std::int64_t ask(const std::string& statement);

 private:
  bool next_message(std::int64_t stream, wire::v1::ServerMessage& message);

  std::unique_ptr<quic::UdpSocket> socket_;
  std::unique_ptr<quic::Connection> connection_;
  std::map<std::int64_t, std::string> received_;
};

/// What a relay does to datagrams, in thousandths of them.
struct Weather {
  unsigned lost = 0, mangled = 0, doubled = 0, late = 0;
  unsigned seed = 1;
};

/// Carries datagrams between one client and a server, badly.
class Relay {
 public:
  Relay(std::uint16_t server_port, const Weather& weather);
  ~Relay();

  std::uint16_t port() const;
  std::uint64_t lost() const { return lost_; }
  /// From now on the server sees the client at another address.
  void move() { moves_ = true; }

 private:
  void run();
  int connected_socket() const;
  void carry(int to, const std::vector<std::uint8_t>& datagram);

  const Weather weather_;
  const quic::Address server_;
  std::mt19937 random_;
  int client_side_, server_side_;
  std::vector<std::uint8_t> late_;
  int late_to_ = -1;
  std::atomic<bool> ends_{false}, moves_{false};
  std::atomic<std::uint64_t> lost_{0};
  quic::Address client_;
  std::thread thread_;
};

}  // namespace geode::test
