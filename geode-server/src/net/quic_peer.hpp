#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "net/quic_listener.hpp"
#include "quic/connection.hpp"

namespace geode::server {

class QuicChannel;

/// One client's QUIC connection: brings datagrams and time to it, and what its streams get to their
/// channels.
///
/// Each stream that a client opens is to the rest of the server what a TCP connection is: an
/// ordered channel with a session of its own, counted by max_connections. Frames of one session
/// have an order, so two streams of one session would have to wait for each other; and what runs on
/// one stream is not held up by what was lost of another. What the streams have together is the
/// handshake, the client's certificate and the address.
class QuicPeer : public std::enable_shared_from_this<QuicPeer> {
 public:
  using Clock = std::chrono::steady_clock;

  QuicPeer(QuicListener& listener, std::unique_ptr<quic::Connection> connection);

  void receive(const quic::Path& path, quic::Bytes datagram);
  void flush();
  void tick(Clock::time_point now);
  void drain() { connection_->refuse_streams(); }
  /// Closed once what was written has arrived.
  void finish();
  void close(std::string_view why);
  bool had_stream() const { return had_stream_; }
  /// Since it began, or its last stream was gone.
  Clock::duration idle_for(Clock::time_point now) const { return now - last_stream_; }
  /// Closed at once, without waiting for packets that are on their way.
  void give_up();

  quic::Connection& connection() { return *connection_; }
  boost::asio::io_context& io() { return listener_.host().io; }
  /// Of channels: something is to be sent.
  void flush_later();
  void remove(std::int64_t stream);
  boost::asio::ip::udp::endpoint remote() const;

 private:
  void advance();
  void set_timer();
  void end();
  void leave();

  QuicListener& listener_;
  const std::unique_ptr<quic::Connection> connection_;
  boost::asio::steady_timer timer_;
  quic::Time timer_at_ = quic::kNever;
  std::vector<quic::ConnectionId> ids_;
  std::unordered_map<std::int64_t, QuicChannel*> channels_;
  Clock::time_point last_stream_ = Clock::now();
  bool half_open_ = true, had_stream_ = false, finishing_ = false, ended_ = false,
       to_flush_ = false;
  std::vector<std::uint8_t>
      last_packet_;  ///< once it has ended: what its packets are answered with
  std::uint64_t late_packets_ = 0;
};

}  // namespace geode::server
