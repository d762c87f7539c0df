// What crowd_test.py cannot do itself, QUIC most of all:
//   crowd_client HOST:PORT CA_FILE
// takes a command a line, and answers each with a line:
//   open tcp|quic COUNT    connections that stay: `ok`, or `refused GQLSTATUS MESSAGE`
//   read COUNT SECONDS     point reads over the first COUNT of each kind: how many, p99 in ms
//   new tcp|quic COUNT     connections with one statement, one after another: p99 in ms
//   slow COUNT             QUIC connections that send half of a length, and stay: `ok`
//   abort COUNT how        QUIC handshakes that come to nothing; `closing`: those of which nothing
//                          stays, `vanishing`: of clients that fall silent: `ok`
//   close                  what stays is closed: `ok`

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <geode/error.hpp>
#include "client/connection.hpp"
#include "client/transport.hpp"
#include "quic/connection.hpp"
#include "quic/udp_socket.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using geode::Value;
using geode::client::Connection;
using geode::client::ConnectOptions;
using geode::client::Transport;
namespace quic = geode::quic;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double p99(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times.empty() ? 0 : times[times.size() * 99 / 100];
}

std::string text_of(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", number);
  return text;
}

/// Changes the last byte of each datagram, so that nobody can read it.
class Mangler : public quic::DatagramSink {
 public:
  explicit Mangler(quic::UdpSocket& socket) : socket_(socket) {}
  bool send(const quic::Path& path, quic::Bytes datagrams, std::size_t segment) override {
    std::vector<std::uint8_t> bytes(datagrams.begin(), datagrams.end());
    for (std::size_t end = segment; end < bytes.size(); end += segment) bytes[end - 1] ^= 1;
    bytes.back() ^= 1;
    return socket_.send(path, bytes, segment);
  }

 private:
  quic::UdpSocket& socket_;
};

class Crowd {
 public:
  Crowd(std::string host, std::uint16_t port, std::string ca_file) {
    options_.host = std::move(host);
    options_.port = port;
    options_.ca_file = std::move(ca_file);
    credentials_ = quic::Credentials::of_client("", "", options_.ca_file, false);
  }

  std::string obey(const std::string& line) try {
    std::istringstream words(line);
    std::string command, kind;
    std::size_t count = 0;
    words >> command;
    if (command == "open" && words >> kind >> count) return open(kind, count);
    if (command == "new" && words >> kind >> count) return open_and_close(kind, count);
    if (command == "slow" && words >> count) return slow(count);
    if (command == "abort" && words >> count >> kind) return abort(count, kind == "vanishing");
    if (int seconds = 0; command == "read" && words >> count >> seconds)
      return read(count, std::chrono::seconds(seconds));
    if (command != "close") return "unknown command: " + line;
    tcp_.clear();
    quic_.clear();
    slow_.clear();
    return "ok";
  } catch (const geode::Error& error) {
    return "refused " + error.gqlstatus() + ' ' + error.message();
  }

 private:
  ConnectOptions options(const std::string& kind) const {
    ConnectOptions options = options_;
    options.quic = kind == "quic";
    return options;
  }

  std::string open(const std::string& kind, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      (kind == "quic" ? quic_ : tcp_).emplace_back(options(kind));
    return "ok";
  }

  std::string open_and_close(const std::string& kind, std::size_t count) {
    std::vector<double> times;
    for (std::size_t i = 0; i < count; ++i) {
      const auto begin = Clock::now();
      Connection connection(options(kind));
      connection.execute("RETURN 1").consume();
      times.push_back(milliseconds_since(begin));
    }
    return text_of(p99(times));
  }

  std::string read(std::size_t count, std::chrono::seconds time) {
    std::vector<double> times;
    std::string failure;
    std::mutex mutex;
    std::vector<std::thread> threads;
    const auto end = Clock::now() + time;
    const auto ask = [&](Connection& connection) {
      try {
        std::vector<double> mine;
        const auto statement = connection.prepare("MATCH (p:Person {id: $id}) RETURN p.name");
        for (std::int64_t id = 1; Clock::now() < end; id = id % 1000 + 1) {
          const auto begin = Clock::now();
          const auto rows = connection.execute(statement, {{"id", Value(id)}}).all();
          mine.push_back(milliseconds_since(begin));
          if (rows.size() != 1) throw geode::Error("XX000", "a person is not found");
          std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        const std::lock_guard lock(mutex);
        times.insert(times.end(), mine.begin(), mine.end());
      } catch (const geode::Error& error) {
        const std::lock_guard lock(mutex);
        failure = error.message();
      }
    };
    for (auto* kind : {&tcp_, &quic_}) {
      for (std::size_t i = 0; i < std::min(count, kind->size()); ++i)
        threads.emplace_back([&ask, &connection = (*kind)[i]] { ask(connection); });
    }
    for (std::thread& thread : threads) thread.join();
    if (!failure.empty()) return "failed: " + failure;
    return std::to_string(times.size()) + ' ' + text_of(p99(times));
  }

  std::string slow(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      slow_.push_back(std::make_unique<Transport>(options("quic")));
      slow_.back()->write(std::string(2, '\0'));
    }
    return "ok";
  }

  std::string abort(std::size_t count, bool vanishing) {
    quic::Address server;
    server.size = sizeof(sockaddr_in);
    auto* in = reinterpret_cast<sockaddr_in*>(server.get());
    in->sin_family = AF_INET;
    in->sin_port = htons(options_.port);
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (std::size_t i = 0; i < count; ++i) {
      const auto socket = quic::UdpSocket::connect(server);
      quic::ConnectionOptions options;
      options.credentials = credentials_;
      const auto connection =
          quic::Connection::connect(options, {socket->local(), server}, "localhost");
      if (i % 3 == 0) {
        Mangler mangler(*socket);
        connection->flush(mangler, quic::now());
        continue;
      }
      connection->flush(*socket, quic::now());
      // One round of answers, or as many as the whole handshake takes.
      for (int rounds = i % 3 == 1 ? 1 : 4; rounds > 0 && !connection->over(); --rounds) {
        pollfd poll{socket->descriptor(), POLLIN, 0};
        if (::poll(&poll, 1, 5) <= 0) break;
        while (socket->receive([&](const quic::Path& path, quic::Bytes datagram) {
          connection->receive(path, datagram, quic::now());
        })) {
        }
        connection->flush(*socket, quic::now());
      }
      if (vanishing) continue;
      const std::vector<std::uint8_t> last = connection->close("");
      if (!last.empty()) socket->send(connection->path(), last, last.size());
    }
    return "ok";
  }

  ConnectOptions options_;
  std::shared_ptr<const quic::Credentials> credentials_;
  std::vector<Connection> tcp_, quic_;
  std::vector<std::unique_ptr<Transport>> slow_;
};

}  // namespace

int main(int count, char** arguments) try {
  const std::string address = count == 3 ? arguments[1] : "";
  const std::size_t colon = address.find(':');
  if (colon == std::string::npos) {
    std::fputs("crowd_client HOST:PORT CA_FILE\n", stderr);
    return 2;
  }
  Crowd crowd(address.substr(0, colon),
              static_cast<std::uint16_t>(std::stoul(address.substr(colon + 1))), arguments[2]);
  for (std::string line; std::getline(std::cin, line);) std::cout << crowd.obey(line) << std::endl;
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
