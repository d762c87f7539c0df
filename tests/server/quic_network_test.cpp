#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <poll.h>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quic/packets.hpp"
#include "quic/send_queue.hpp"
#include "quic_client.hpp"
#include "running_server.hpp"

namespace geode {
namespace {

using test::becomes_true;
using test::loopback;
using test::QuicClient;
using test::RunningServer;

constexpr std::size_t kInitialBytes = 1200;

/// Keeps the datagrams of a connection instead of sending them.
struct Collector : quic::DatagramSink {
  bool send(const quic::Path&, quic::Bytes bytes, std::size_t) override {
    datagrams.emplace_back(bytes.begin(), bytes.end());
    return true;
  }
  std::vector<std::vector<std::uint8_t>> datagrams;
};

/// A socket that says what it likes to a server.
class Stranger {
 public:
  explicit Stranger(const RunningServer& running)
      : server_(loopback(running.server.port())), socket_(quic::UdpSocket::connect(server_)) {}

  void send(const std::vector<std::uint8_t>& datagram) {
    socket_->send({socket_->local(), server_}, datagram, datagram.size());
  }
  /// What comes within the time; empty when nothing does.
  std::vector<std::uint8_t> receive(int milliseconds) {
    pollfd poll{socket_->descriptor(), POLLIN, 0};
    if (received_.empty() && ::poll(&poll, 1, milliseconds) > 0) {
      socket_->receive([&](const quic::Path&, quic::Bytes datagram) {
        received_.emplace_back(datagram.begin(), datagram.end());
      });
    }
    if (received_.empty()) return {};
    std::vector<std::uint8_t> first = std::move(received_.front());
    received_.pop_front();
    return first;
  }
  /// The first datagram of a new connection.
  std::vector<std::uint8_t> initial(const std::shared_ptr<const quic::Credentials>& credentials) {
    quic::ConnectionOptions options;
    options.credentials = credentials;
    const auto connection =
        quic::Connection::connect(options, {socket_->local(), server_}, "localhost");
    Collector collector;
    connection->flush(collector, quic::now());
    REQUIRE(collector.datagrams.size() == 1);
    return collector.datagrams[0];
  }

 private:
  quic::Address server_;
  std::unique_ptr<quic::UdpSocket> socket_;
  std::deque<std::vector<std::uint8_t>> received_;
};

bool is_retry(const std::vector<std::uint8_t>& datagram) {
  return !datagram.empty() && (datagram[0] & 0xf0) == 0xf0;
}

TEST_CASE("QUIC: each stream of a connection is a session") {
  RunningServer running;
  QuicClient client(running);
  REQUIRE(client.connected());
  std::vector<std::int64_t> streams;
  wire::v1::ClientMessage message;
  for (int i = 0; i < 100; ++i) {
    const auto stream = client.connection().open_stream();
    REQUIRE(stream);
    streams.push_back(*stream);
    message.set_request_id(1);
    message.mutable_hello();
    client.send(*stream, message);
    message.set_request_id(2);
    message.mutable_begin()->set_read_only(true);
    client.send(*stream, message);
  }
  for (const std::int64_t stream : streams) {
    CHECK(client.receive(stream).has_hello());
    CHECK(client.receive(stream).status().gqlstatus() == "00000");
  }
  CHECK(running.server.stats().open_connections == 100);
  CHECK(running.server.stats().active_transactions == 100);
  for (const std::int64_t stream : streams) client.connection().release(stream);
  CHECK(client.until([&] { return running.server.stats().open_connections == 0; }));
  CHECK(becomes_true([&] { return running.server.stats().active_transactions == 0; }));
}

TEST_CASE("QUIC: streams that were left make room for others") {
  RunningServer running;
  QuicClient client(running);
  REQUIRE(client.connected());
  bool right = true;
  for (int i = 0; i < 1500; ++i) right = right && client.ask("RETURN " + std::to_string(i)) == i;
  CHECK(right);
  CHECK(client.until([&] { return running.server.stats().open_connections == 0; }));
}

TEST_CASE("QUIC: answers arrive whole over a network that loses, mangles and mixes up") {
  RunningServer running;
  for (unsigned seed = 1; seed <= 3; ++seed) {
    test::Relay relay(running.server.port(), {20, 10, 10, 20, seed});
    client::ConnectOptions options = running.options();
    options.quic = true;
    options.port = relay.port();
    client::Connection connection(options);
    bool right = true;
    for (std::int64_t i = 0; i < 50; ++i)
      right =
          right && connection.execute("RETURN " + std::to_string(i)).all().at(0)[0].as_int64() == i;
    CHECK(right);
    client::RemoteResult result =
        connection.submit("FOR i IN range(1, 2000) RETURN i, lpad('', 1000, 'x') AS text");
    std::int64_t rows = 0;
    while (const auto row = result.next()) right = right && (*row)[0].as_int64() == ++rows;
    CHECK(right);
    CHECK(rows == 2000);
    CHECK(relay.lost() > 0);
  }
}

TEST_CASE("QUIC: a client that has another address goes on") {
  RunningServer running;
  test::Relay relay(running.server.port(), {});
  client::ConnectOptions options = running.options();
  options.quic = true;
  options.port = relay.port();
  client::Connection connection(options);
  connection.begin();
  for (int i = 0; i < 3; ++i) {
    connection.execute("INSERT (:A)").consume();
    relay.move();
    connection.ping();
  }
  connection.commit();
  CHECK(running.database.begin_read().count_nodes() == 3);
  CHECK(running.server.stats().accepted_connections == 1);
}

TEST_CASE("QUIC: datagrams that are no packets change nothing") {
  RunningServer running;
  Stranger stranger(running);
  const auto credentials = quic::Credentials::of_client("", "", running.options().ca_file, false);
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::uint8_t> datagram(random() % 1500);
    for (std::uint8_t& byte : datagram) byte = static_cast<std::uint8_t>(random());
    // Half of them look like a first packet at their beginning.
    if (i % 2 == 0 && datagram.size() > 6)
      std::copy_n(std::array<std::uint8_t, 6>{0xc3, 0, 0, 0, 1, 8}.begin(), 6, datagram.begin());
    stranger.send(datagram);
  }
  for (int i = 0; i < 200; ++i) {
    std::vector<std::uint8_t> datagram = stranger.initial(credentials);
    for (int changes = 0; changes < 3; ++changes)
      datagram[random() % 60] = static_cast<std::uint8_t>(random());
    stranger.send(datagram);
  }
  client::ConnectOptions options = running.options();
  options.quic = true;
  CHECK(client::Connection(options).execute("RETURN 1").all().size() == 1);
  CHECK(becomes_true([&] { return running.server.stats().open_connections == 0; }));
}

TEST_CASE("QUIC: who speaks another version is told which is known") {
  RunningServer running;
  Stranger stranger(running);
  std::vector<std::uint8_t> datagram =
      stranger.initial(quic::Credentials::of_client("", "", running.options().ca_file, false));
  datagram[1] = 0x1a;  // a version that stands for those to come
  stranger.send(datagram);
  const std::vector<std::uint8_t> answer = stranger.receive(5000);
  REQUIRE(answer.size() >= 11);
  CHECK(std::vector<std::uint8_t>(answer.begin() + 1, answer.begin() + 5) ==
        std::vector<std::uint8_t>(4, 0));
  CHECK(std::vector<std::uint8_t>(answer.end() - 4, answer.end()) ==
        std::vector<std::uint8_t>{0, 0, 0, 1});
  // Nor is more sent than was received.
  datagram.resize(600);
  stranger.send(datagram);
  CHECK(stranger.receive(100).empty());
}

TEST_CASE("QUIC: a packet of a connection that is gone is answered by less") {
  RunningServer running;
  Stranger stranger(running);
  std::vector<std::uint8_t> datagram(60, 0x41);
  stranger.send(datagram);
  const std::vector<std::uint8_t> answer = stranger.receive(5000);
  CHECK(answer.size() >= 21);
  CHECK(answer.size() < datagram.size());
  CHECK((answer[0] & 0xc0) == 0x40);
}

TEST_CASE("QUIC: the secret of resets stays over restarts, that of tokens does not") {
  CHECK(quic::make_secrets("key").reset == quic::make_secrets("key").reset);
  CHECK(quic::make_secrets("key").reset != quic::make_secrets("other").reset);
  CHECK(quic::make_secrets("key").retry != quic::make_secrets("key").retry);
}

TEST_CASE("QUIC: handshakes that are left alone cost little, and end") {
  server::ServerOptions options;
  options.handshake_timeout = std::chrono::milliseconds(300);
  RunningServer running(options);
  Stranger stranger(running);
  const auto credentials = quic::Credentials::of_client("", "", running.options().ca_file, false);
  int retries = 0;
  for (int i = 0; i < 1000; ++i) {
    stranger.send(stranger.initial(credentials));
    retries += is_retry(stranger.receive(0));
  }
  for (int i = 0; i < 1000 && retries < 500; ++i) retries += is_retry(stranger.receive(10));
  // Above a hundred a client has to come again with a token.
  CHECK(retries >= 500);
  client::ConnectOptions connect = running.options();
  connect.quic = true;
  CHECK(client::Connection(connect).execute("RETURN 1").all().size() == 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  // Another socket, to which no answers of before are on their way.
  Stranger late(running);
  late.send(late.initial(credentials));
  const std::vector<std::uint8_t> answer = late.receive(5000);
  CHECK_FALSE(answer.empty());
  CHECK_FALSE(is_retry(answer));
  CHECK(answer.size() <= 3 * kInitialBytes);
}

TEST_CASE("QUIC: a connection on which no stream is ever opened is given up as a handshake is") {
  server::ServerOptions options;
  options.handshake_timeout = std::chrono::milliseconds(1500);
  RunningServer running(options);
  QuicClient asks(running), silent(running);
  REQUIRE(asks.connected());
  CHECK(asks.ask("RETURN 1") == 1);
  REQUIRE(silent.connected());
  CHECK(silent.until([&] { return silent.connection().over(); }));
  CHECK(asks.ask("RETURN 2") == 2);
}

TEST_CASE("QUIC: connections without a stream give way to who would be one too many") {
  server::ServerOptions options;
  options.max_connections = 1;
  RunningServer running(options);
  // Of these 64 more are taken than of those with a stream.
  std::vector<std::unique_ptr<QuicClient>> silent;
  for (int i = 0; i < 65; ++i) {
    silent.push_back(std::make_unique<QuicClient>(running));
    REQUIRE(silent.back()->connected());
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  QuicClient asks(running);
  REQUIRE(asks.connected());
  CHECK(asks.ask("RETURN 1") == 1);
}

TEST_CASE("QUIC: what a stream sends stays in its place until it has arrived") {
  quic::SendQueue queue;
  std::mt19937 random(3);
  std::string all, sent;
  std::size_t acknowledged = 0;
  std::vector<std::string_view> in_flight;
  for (int i = 0; i < 2000; ++i) {
    const std::string piece(random() % 5000, static_cast<char>('a' + i % 26));
    queue.append(piece);
    all += piece;
    while (!queue.unsent().empty() && random() % 4 != 0) {
      const std::string_view next = queue.unsent().substr(0, 1 + random() % 1200);
      in_flight.push_back(next);
      sent += next;
      queue.sent(next.size());
    }
    while (!in_flight.empty() && random() % 5 != 0) {
      // It has not moved.
      REQUIRE(in_flight.front() ==
              std::string_view(all).substr(acknowledged, in_flight.front().size()));
      acknowledged += in_flight.front().size();
      queue.acknowledged(in_flight.front().size());
      in_flight.erase(in_flight.begin());
    }
    REQUIRE(queue.size() == all.size() - acknowledged);
  }
  CHECK(all.substr(0, sent.size()) == sent);
}

}  // namespace
}  // namespace geode
