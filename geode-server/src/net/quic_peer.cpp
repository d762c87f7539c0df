#include "net/quic_peer.hpp"

#include <bit>
#include <cstring>
#include <utility>

#include "net/quic_channel.hpp"

namespace geode::server {

using boost::asio::ip::udp;

QuicPeer::QuicPeer(QuicListener& listener, std::unique_ptr<quic::Connection> connection)
    : listener_(listener), connection_(std::move(connection)), timer_(listener.host().io) {}

void QuicPeer::receive(const quic::Path& path, quic::Bytes datagram) {
  if (ended_) {
    // Less and less often, lest two sides answer each other for long.
    if (!last_packet_.empty() && std::has_single_bit(++late_packets_))
      listener_.socket().send(path, last_packet_, last_packet_.size());
    return;
  }
  connection_->receive(path, datagram, quic::now());
  flush_later();
}

/// Brings what happened to the streams, then sends.
void QuicPeer::flush() {
  to_flush_ = false;
  if (ended_) return;
  advance();
  const bool goes_on = connection_->flush(listener_.socket(), quic::now());
  advance();
  if (goes_on) {
    if (finishing_ && connection_->all_acknowledged()) return close("the server stops");
    if (connection_->blocked()) {
      listener_.wait_for_room();
    } else {
      set_timer();
    }
  }
  if (connection_->over()) end();
}

void QuicPeer::advance() {
  const auto self = shared_from_this();
  for (quic::ConnectionId& id : connection_->take_new_ids()) {
    listener_.add_id(id, self);
    ids_.push_back(std::move(id));
  }
  for (const quic::ConnectionId& id : connection_->take_old_ids()) {
    listener_.remove_id(id);
    std::erase(ids_, id);
  }
  if (half_open_ && (connection_->confirmed() || connection_->over())) {
    half_open_ = false;
    listener_.handshake_ended();
  }
  for (const std::int64_t stream : connection_->take_opened()) {
    auto channel = std::make_unique<QuicChannel>(self, stream);
    channels_.emplace(stream, channel.get());
    last_stream_ = Clock::now();
    had_stream_ = true;
    listener_.host().admit(std::move(channel));
  }
  for (const std::int64_t stream : connection_->take_ready()) {
    const auto found = channels_.find(stream);
    if (found != channels_.end()) found->second->advance();
  }
}

void QuicPeer::flush_later() {
  if (ended_ || std::exchange(to_flush_, true)) return;
  listener_.flush_later(shared_from_this());
}

void QuicPeer::set_timer() {
  const quic::Time at = connection_->expiry();
  if (at == timer_at_) return;
  timer_at_ = at;
  if (at == quic::kNever) {
    timer_.cancel();
    return;
  }
  // Clock counts from where quic::now() does.
  timer_.expires_at(Clock::time_point(std::chrono::nanoseconds(at)));
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error || self->ended_) return;
    self->timer_at_ = quic::kNever;
    self->connection_->expire(quic::now());
    self->flush();
  });
}

void QuicPeer::tick(Clock::time_point now) {
  if (ended_ || half_open_ || !channels_.empty()) return;
  // One that never had a stream is a handshake that came to nothing.
  const auto limit = had_stream_ ? listener_.host().limits().idle_timeout
                                 : listener_.host().options.handshake_timeout;
  if (limit.count() > 0 && now - last_stream_ > limit) close("no stream is open");
}

void QuicPeer::finish() {
  finishing_ = true;
  if (ended_) return leave();
  flush_later();
}

void QuicPeer::close(std::string_view why) {
  if (ended_) return;
  last_packet_ = connection_->close(why);
  end();
}

void QuicPeer::give_up() {
  const auto self = shared_from_this();
  close("the server has no room for connections that ask nothing");
  leave();
}

void QuicPeer::end() {
  if (std::exchange(ended_, true)) return;
  const auto self = shared_from_this();
  if (half_open_) {
    half_open_ = false;
    listener_.handshake_ended();
  }
  if (last_packet_.empty()) last_packet_ = connection_->close("");
  if (!last_packet_.empty())
    listener_.socket().send(connection_->path(), last_packet_, last_packet_.size());
  if (!connection_->confirmed() && !connection_->failure().empty()) {
    const std::string& distrust = connection_->distrust();
    const udp::endpoint from = remote();
    listener_.host().log(LogLevel::kInfo,
                         "no QUIC connection with " + from.address().to_string() + ":" +
                             std::to_string(from.port()) + ": " +
                             (distrust.empty() ? connection_->failure() : distrust));
  }
  const auto channels = channels_;
  for (const auto& [stream, channel] : channels) channel->advance();
  if (finishing_) return leave();
  // Its names are known for a while, so that packets still on their way are not held for others'.
  timer_.expires_after(connection_->linger());
  timer_.async_wait([self](boost::system::error_code error) {
    if (!error) self->leave();
  });
}

void QuicPeer::leave() {
  const auto self = shared_from_this();
  for (const quic::ConnectionId& id : ids_) listener_.remove_id(id);
  ids_.clear();
  timer_.cancel();
  listener_.gone(self);
}

void QuicPeer::remove(std::int64_t stream) {
  channels_.erase(stream);
  last_stream_ = Clock::now();
}

udp::endpoint QuicPeer::remote() const {
  const quic::Address address = connection_->path().remote;
  udp::endpoint endpoint;
  endpoint.resize(address.size);
  std::memcpy(endpoint.data(), address.get(), address.size);
  return endpoint;
}

}  // namespace geode::server
