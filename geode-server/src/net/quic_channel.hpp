#pragma once

#include <memory>
#include <string>

#include "net/channel.hpp"
#include "net/quic_peer.hpp"

namespace geode::server {

/// A stream of a QUIC connection.
class QuicChannel : public Channel {
 public:
  QuicChannel(std::shared_ptr<QuicPeer> peer, std::int64_t stream);
  ~QuicChannel() override;

  void handshake(std::function<void(boost::system::error_code)> done) override;
  void read_some(boost::asio::mutable_buffer buffer, Handler done) override;
  void write(boost::asio::const_buffer buffer, Handler done) override;
  void end_writing() override;
  void close() override;
  std::string peer() const override;
  std::string_view transport() const override { return "quic"; }
  Peer identity() const override;
  bool allowed(std::string& why) const override;

  /// More can be read or written than before, or never again.
  void advance();

 private:
  void advance_read();
  void advance_write();
  void complete(Handler& handler, boost::system::error_code error, std::size_t bytes);

  std::shared_ptr<QuicPeer> peer_;
  const std::int64_t stream_;
  bool closed_ = false;
  Handler on_read_, on_written_;
  boost::asio::mutable_buffer read_to_;
  boost::asio::const_buffer to_write_;
  std::size_t written_ = 0, unreported_ = 0;
};

}  // namespace geode::server
