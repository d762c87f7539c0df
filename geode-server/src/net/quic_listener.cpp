#include "net/quic_listener.hpp"

#include <cstring>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <boost/asio/post.hpp>

#include <geode/error.hpp>
#include "net/quic_peer.hpp"

namespace geode::server {

namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

/// Clients whose handshake is under way, above which new ones have to prove their address.
constexpr std::size_t kMostHalfOpen = 100;
/// Connections without a stream beyond the limit of connections.
constexpr std::size_t kSpareConnections = 64;
/// Younger ones may be about to open their stream.
constexpr std::chrono::milliseconds kGivesWayAfter{250};
constexpr std::uint64_t kMostStreams = 1024;
constexpr std::chrono::seconds kLastWords{1};
/// Batches that are read before others have their turn.
constexpr int kBatches = 8;

quic::Address address_of(const udp::endpoint& endpoint) {
  quic::Address address;
  address.size = static_cast<socklen_t>(endpoint.size());
  std::memcpy(address.get(), endpoint.data(), endpoint.size());
  return address;
}

}  // namespace

QuicListener::QuicListener(QuicHost& host, const udp::endpoint& address)
    : host_(host),
      socket_(quic::UdpSocket::bind(address_of(address))),
      waiter_(host.io),
      last_words_(host.io) {
  const int descriptor = ::dup(socket_->descriptor());
  if (descriptor < 0) throw std::system_error(errno, std::generic_category());
  waiter_.assign(address.protocol(), descriptor);
}

QuicListener::~QuicListener() = default;

void QuicListener::start() { wait_for_datagrams(); }

void QuicListener::wait_for_datagrams() {
  waiter_.async_wait(udp::socket::wait_read, [this](error_code error) {
    if (error) return;
    for (int i = 0; i < kBatches; ++i) {
      if (!socket_->receive(
              [this](const quic::Path& path, quic::Bytes datagram) { take(path, datagram); }))
        break;
    }
    flush_all();
    if (waiter_.is_open()) wait_for_datagrams();
  });
}

void QuicListener::take(const quic::Path& path, quic::Bytes datagram) {
  const std::optional<quic::Envelope> envelope = quic::open_envelope(datagram);
  if (!envelope) return;
  const auto found = by_id_.find(envelope->to);
  if (found != by_id_.end()) {
    const std::shared_ptr<QuicPeer> peer = found->second;
    return peer->receive(path, datagram);
  }
  if (!envelope->is_long) {
    return answer(path, quic::stateless_reset(*envelope, datagram.size(), host_.secrets));
  }
  // What is answered to what nobody proved to have sent is no longer than it.
  constexpr std::size_t kLeastOfClient = 1200;
  if (datagram.size() < kLeastOfClient) return;
  if (!envelope->version_is_known) return answer(path, quic::version_negotiation(*envelope));
  begin(path, datagram);
}

void QuicListener::begin(const quic::Path& path, quic::Bytes datagram) {
  const std::optional<quic::Initial> initial = quic::open_initial(datagram);
  if (!initial) return;
  if (drained_) return answer(path, quic::refusal(*initial));
  if (!has_room()) {
    ++host_.refused;
    return answer(path, quic::refusal(*initial));
  }
  std::optional<quic::ConnectionId> original;
  if (!initial->token.empty()) {
    original = quic::original_id(*initial, path.remote, host_.secrets);
    if (!original) return answer(path, quic::token_refusal(*initial));
  } else if (half_open_ >= kMostHalfOpen) {
    return answer(path, quic::retry(*initial, path.remote, host_.secrets));
  }
  quic::ConnectionOptions options;
  options.credentials = host_.credentials;
  options.handshake_timeout = host_.options.handshake_timeout;
  options.connection_window = 4 << 20;
  options.streams = kMostStreams;
  try {
    const auto peer = std::make_shared<QuicPeer>(
        *this, quic::Connection::accept(options, path, *initial, original, host_.secrets.reset));
    peers_.insert(peer);
    without_stream_.push_back(peer);
    ++half_open_;
    peer->receive(path, datagram);
    // Its names have to be known when the next datagram is looked at.
    peer->flush();
  } catch (const Error& error) {
    host_.log(LogLevel::kWarn, "a QUIC connection could not be taken: " + error.message());
  }
}

/// The oldest that has opened no stream gives way when there is none: a client that shakes hands
/// and is gone would keep others out until its time is over.
bool QuicListener::has_room() {
  const std::size_t most = host_.limits().max_connections + kSpareConnections;
  const Clock::time_point now = Clock::now();
  while (!without_stream_.empty()) {
    const std::shared_ptr<QuicPeer> oldest = without_stream_.front().lock();
    if (oldest && !oldest->had_stream()) {
      if (peers_.size() < most || oldest->idle_for(now) < kGivesWayAfter) break;
      oldest->give_up();
    }
    without_stream_.pop_front();
  }
  return peers_.size() < most;
}

void QuicListener::answer(const quic::Path& path, const std::vector<std::uint8_t>& datagram) {
  if (!datagram.empty()) socket_->send(path, datagram, datagram.size());
}

void QuicListener::add_id(const quic::ConnectionId& id, std::shared_ptr<QuicPeer> peer) {
  by_id_[id] = std::move(peer);
}

void QuicListener::flush_later(std::shared_ptr<QuicPeer> peer) {
  to_flush_.push_back(std::move(peer));
  if (std::exchange(flush_posted_, true)) return;
  asio::post(host_.io, [this] { flush_all(); });
}

void QuicListener::flush_all() {
  flush_posted_ = false;
  for (const auto& peer : std::exchange(to_flush_, {})) peer->flush();
}

void QuicListener::wait_for_room() {
  if (std::exchange(waits_for_room_, true)) return;
  waiter_.async_wait(udp::socket::wait_write, [this](error_code error) {
    waits_for_room_ = false;
    if (error) return;
    for (const auto& peer : peers_) peer->flush_later();
  });
}

void QuicListener::tick(Clock::time_point now) {
  if (closing_) return;
  for (const auto& peer : peers_) peer->tick(now);
}

void QuicListener::drain() {
  if (std::exchange(drained_, true)) return;
  for (const auto& peer : peers_) peer->drain();
}

void QuicListener::close() {
  if (std::exchange(closing_, true)) return;
  last_words_.expires_after(kLastWords);
  last_words_.async_wait([this](error_code error) {
    if (error) return;
    const auto peers = peers_;
    for (const auto& peer : peers) peer->close("the server stops");
  });
  const auto peers = peers_;
  for (const auto& peer : peers) peer->finish();
  gone(nullptr);
}

void QuicListener::gone(const std::shared_ptr<QuicPeer>& peer) {
  peers_.erase(peer);
  if (!closing_ || !peers_.empty()) return;
  last_words_.cancel();
  error_code ignored;
  waiter_.close(ignored);
}

}  // namespace geode::server
