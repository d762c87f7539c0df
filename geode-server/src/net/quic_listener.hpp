#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/channel.hpp"
#include "quic/packets.hpp"
#include "quic/udp_socket.hpp"
#include "server.hpp"

namespace geode::server {

class QuicPeer;

/// What the listeners of a server share; outlives them.
struct QuicHost {
  boost::asio::io_context& io;
  const ServerOptions& options;
  std::function<void(LogLevel, const std::string&)> log;
  std::function<ServerLimits()> limits;
  /// Serves a stream that a client opened.
  std::function<void(std::unique_ptr<Channel>)> admit;
  std::atomic<std::uint64_t>& refused;
  /// Of connections that begin from now on.
  std::shared_ptr<const quic::Credentials> credentials;
  quic::Secrets secrets;
};

/// A UDP socket, and the QUIC connections whose datagrams come to it. Runs on the thread of input
/// and output.
class QuicListener {
 public:
  using Clock = std::chrono::steady_clock;

  /// Throws std::system_error when the address cannot be used.
  QuicListener(QuicHost& host, const boost::asio::ip::udp::endpoint& address);
  ~QuicListener();

  void start();
  /// Closes connections without streams that are idle; to be called now and then.
  void tick(Clock::time_point now);
  /// From now on no connection and no stream is begun.
  void drain();
  /// Closes all, once what was written to them has arrived, and the socket behind them. Streams are
  /// closed before.
  void close();

  QuicHost& host() { return host_; }
  quic::UdpSocket& socket() { return *socket_; }
  bool drained() const { return drained_; }
  /// Of peers: have them flushed after the handler that runs.
  void flush_later(std::shared_ptr<QuicPeer> peer);
  void wait_for_room();
  void add_id(const quic::ConnectionId& id, std::shared_ptr<QuicPeer> peer);
  void remove_id(const quic::ConnectionId& id) { by_id_.erase(id); }
  void handshake_ended() { --half_open_; }
  void gone(const std::shared_ptr<QuicPeer>& peer);

 private:
  void wait_for_datagrams();
  void take(const quic::Path& path, quic::Bytes datagram);
  void begin(const quic::Path& path, quic::Bytes datagram);
  bool has_room();
  void answer(const quic::Path& path, const std::vector<std::uint8_t>& datagram);
  void flush_all();

  QuicHost& host_;
  std::unique_ptr<quic::UdpSocket> socket_;
  boost::asio::ip::udp::socket
      waiter_;  ///< a second descriptor of the socket, to be told of events
  boost::asio::steady_timer last_words_;
  std::unordered_map<quic::ConnectionId, std::shared_ptr<QuicPeer>> by_id_;
  std::unordered_set<std::shared_ptr<QuicPeer>> peers_;
  /// Those that had no stream when they were last looked at, the oldest first.
  std::deque<std::weak_ptr<QuicPeer>> without_stream_;
  std::vector<std::shared_ptr<QuicPeer>> to_flush_;
  std::size_t half_open_ = 0;
  bool drained_ = false, closing_ = false, waits_for_room_ = false, flush_posted_ = false;
};

}  // namespace geode::server
