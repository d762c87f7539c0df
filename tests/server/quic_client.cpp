#include "quic_client.hpp"

#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <catch2/catch.hpp>

#include "protocol/framing.hpp"

namespace geode::test {

quic::Address loopback(std::uint16_t port) {
  quic::Address address;
  address.size = sizeof(sockaddr_in);
  auto* in = reinterpret_cast<sockaddr_in*>(address.get());
  in->sin_family = AF_INET;
  in->sin_port = htons(port);
  in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

QuicClient::QuicClient(const RunningServer& running)
    : socket_(quic::UdpSocket::connect(loopback(running.server.port()))) {
  quic::ConnectionOptions options;
  options.credentials = quic::Credentials::of_client("", "", running.options().ca_file, false);
  connection_ = quic::Connection::connect(
      options, {socket_->local(), loopback(running.server.port())}, "localhost");
}

bool QuicClient::until(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (true) {
    connection_->flush(*socket_, quic::now());
    if (holds()) return true;
    if (std::chrono::steady_clock::now() > end) return false;
    const quic::Time time = quic::now(), expiry = connection_->expiry();
    const quic::Time left = expiry > time ? expiry - time : 0;
    pollfd poll{socket_->descriptor(), POLLIN, 0};
    ::poll(&poll, 1, static_cast<int>(std::min<quic::Time>(left / 1'000'000 + 1, 50)));
    while (socket_->receive([&](const quic::Path& path, quic::Bytes datagram) {
      connection_->receive(path, datagram, quic::now());
    })) {
    }
    if (connection_->expiry() <= quic::now()) connection_->expire(quic::now());
  }
}

bool QuicClient::connected() {
  return until([&] { return connection_->confirmed() || connection_->over(); }) &&
         connection_->confirmed();
}

void QuicClient::send(std::int64_t stream, const wire::v1::ClientMessage& message) {
  const std::string frame = protocol::make_frame(message, 1 << 20);
  REQUIRE(connection_->write(stream, frame) == frame.size());
}

bool QuicClient::next_message(std::int64_t stream, wire::v1::ServerMessage& message) {
  std::string& bytes = received_[stream];
  std::array<char, 4096> buffer;
  while (const std::size_t count = connection_->read(stream, buffer))
    bytes.append(buffer.data(), count);
  protocol::FrameReader frames(1 << 20);
  frames.append(bytes);
  const auto frame = frames.next();
  if (!frame) return false;
  protocol::parse_frame(*frame, message);
  bytes.erase(0, 4 + frame->size());
  return true;
}

wire::v1::ServerMessage QuicClient::receive(std::int64_t stream) {
  wire::v1::ServerMessage message;
  REQUIRE(until([&] { return next_message(stream, message); }));
  return message;
}

std::int64_t QuicClient::ask(const std::string& statement) {
  const auto stream = connection_->open_stream();
  REQUIRE(stream);
  wire::v1::ClientMessage message;
  message.set_request_id(1);
  message.mutable_hello();
  send(*stream, message);
  message.set_request_id(2);
  message.mutable_execute()->set_query(statement);
  send(*stream, message);
  std::int64_t value = 0;
  while (true) {
    const wire::v1::ServerMessage answer = receive(*stream);
    if (answer.has_page() && answer.page().rows_size() > 0)
      value = answer.page().rows(0).values(0).integer();
    if (answer.request_id() == 2 && answer.has_status()) break;
  }
  connection_->release(*stream);
  received_.erase(*stream);
  return value;
}

Relay::Relay(std::uint16_t server_port, const Weather& weather)
    : weather_(weather),
      server_(loopback(server_port)),
      random_(weather.seed),
      client_side_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
      server_side_(connected_socket()) {
  const quic::Address any = loopback(0);
  REQUIRE(::bind(client_side_, any.get(), any.size) == 0);
  thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
  ends_ = true;
  thread_.join();
  ::close(client_side_);
  ::close(server_side_);
}

std::uint16_t Relay::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(client_side_, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

int Relay::connected_socket() const {
  const int made = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ::connect(made, server_.get(), server_.size);
  return made;
}

void Relay::run() {
  std::vector<std::uint8_t> buffer(65536);
  while (!ends_) {
    if (moves_.exchange(false)) {
      const int next = connected_socket();
      if (late_to_ == server_side_) late_.clear();
      ::close(std::exchange(server_side_, next));
    }
    pollfd polls[] = {{client_side_, POLLIN, 0}, {server_side_, POLLIN, 0}};
    ::poll(polls, 2, 20);
    for (const bool from_client : {true, false}) {
      client_.size = from_client ? sizeof client_.storage : client_.size;
      const ssize_t size = ::recvfrom(
          from_client ? client_side_ : server_side_, buffer.data(), buffer.size(), MSG_DONTWAIT,
          from_client ? client_.get() : nullptr, from_client ? &client_.size : nullptr);
      if (size < 0) continue;
      std::vector<std::uint8_t> datagram(buffer.begin(), buffer.begin() + size);
      const auto happens = [&](unsigned thousandths) { return random_() % 1000 < thousandths; };
      if (happens(weather_.lost)) {
        ++lost_;
        continue;
      }
      if (happens(weather_.mangled) && !datagram.empty())
        datagram[random_() % datagram.size()] ^= static_cast<std::uint8_t>(1 << random_() % 8);
      const int to = from_client ? server_side_ : client_side_;
      if (happens(weather_.late) && late_.empty()) {
        late_ = std::move(datagram);
        late_to_ = to;
        continue;
      }
      carry(to, datagram);
      if (happens(weather_.doubled)) carry(to, datagram);
      if (!late_.empty()) carry(late_to_, std::exchange(late_, {}));
    }
  }
}

void Relay::carry(int to, const std::vector<std::uint8_t>& datagram) {
  if (to == server_side_) {
    ::send(to, datagram.data(), datagram.size(), 0);
  } else {
    ::sendto(to, datagram.data(), datagram.size(), 0, client_.get(), client_.size);
  }
}

}  // namespace geode::test
