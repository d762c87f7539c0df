#include "net/quic_channel.hpp"

#include <string_view>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

namespace geode::server {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Bytes that are read before the client is told that there is room again.
constexpr std::size_t kTellOfRoom = 64 << 10;

}  // namespace

QuicChannel::QuicChannel(std::shared_ptr<QuicPeer> peer, std::int64_t stream)
    : peer_(std::move(peer)), stream_(stream) {}

QuicChannel::~QuicChannel() { close(); }

/// That of the connection was before it had streams.
void QuicChannel::handshake(std::function<void(error_code)> done) {
  asio::post(peer_->io(), [done = std::move(done)] { done({}); });
}

void QuicChannel::read_some(asio::mutable_buffer buffer, Handler done) {
  read_to_ = buffer;
  on_read_ = std::move(done);
  advance_read();
}

void QuicChannel::write(asio::const_buffer buffer, Handler done) {
  to_write_ = buffer;
  written_ = 0;
  on_written_ = std::move(done);
  advance_write();
}

void QuicChannel::end_writing() {
  if (closed_) return;
  peer_->connection().end(stream_);
  peer_->flush_later();
}

void QuicChannel::close() {
  if (std::exchange(closed_, true)) return;
  peer_->connection().release(stream_);
  peer_->remove(stream_);
  peer_->flush_later();
  complete(on_read_, asio::error::operation_aborted, 0);
  complete(on_written_, asio::error::operation_aborted, 0);
}

std::string QuicChannel::peer() const {
  const asio::ip::udp::endpoint remote = peer_->remote();
  return remote.address().to_string() + ":" + std::to_string(remote.port());
}

Peer QuicChannel::identity() const {
  return {peer_->remote().address().to_string(), peer_->connection().peer_name(),
          std::string(transport())};
}

bool QuicChannel::allowed(std::string& why) const {
  return may_ask(peer_->remote().address(), peer_->connection().peer_is_verified(), why);
}

void QuicChannel::advance() {
  advance_read();
  advance_write();
}

void QuicChannel::advance_read() {
  if (!on_read_ || closed_) return;
  const std::size_t bytes =
      peer_->connection().read(stream_, {static_cast<char*>(read_to_.data()), read_to_.size()});
  if (bytes > 0) {
    unreported_ += bytes;
    if (unreported_ >= kTellOfRoom) {
      unreported_ = 0;
      peer_->flush_later();
    }
    complete(on_read_, {}, bytes);
  } else if (peer_->connection().at_end(stream_)) {
    complete(on_read_, asio::error::eof, 0);
  }
}

void QuicChannel::advance_write() {
  if (!on_written_ || closed_) return;
  quic::Connection& connection = peer_->connection();
  const std::string_view bytes(static_cast<const char*>(to_write_.data()), to_write_.size());
  written_ += connection.write(stream_, bytes.substr(written_));
  if (written_ == bytes.size()) {
    complete(on_written_, {}, written_);
  } else if (connection.is_cut(stream_)) {
    complete(on_written_, asio::error::broken_pipe, written_);
  }
  peer_->flush_later();
}

/// Handlers run on their own, as those of sockets do.
void QuicChannel::complete(Handler& handler, error_code error, std::size_t bytes) {
  if (!handler) return;
  asio::post(peer_->io(),
             [done = std::exchange(handler, nullptr), error, bytes] { done(error, bytes); });
}

}  // namespace geode::server
