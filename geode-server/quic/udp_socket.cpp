#include "quic/udp_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <system_error>
#include <unistd.h>

namespace geode::quic {

namespace {

[[noreturn]] void fail() { throw std::system_error(errno, std::generic_category()); }

void set(int socket, int level, int name, int value) {
  // Each of them makes things better where the system has it.
  ::setsockopt(socket, level, name, &value, sizeof value);
}

void add_control(msghdr& message, int level, int type, const void* data, std::size_t size) {
  auto* header =
      reinterpret_cast<cmsghdr*>(static_cast<char*>(message.msg_control) + message.msg_controllen);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(size);
  std::memcpy(CMSG_DATA(header), data, size);
  message.msg_controllen += CMSG_SPACE(size);
}

void set_source(msghdr& message, const Address& local) {
  if (local.storage.ss_family == AF_INET) {
    in_pktinfo info{};
    info.ipi_spec_dst = reinterpret_cast<const sockaddr_in*>(local.get())->sin_addr;
    add_control(message, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
  } else {
    in6_pktinfo info{};
    info.ipi6_addr = reinterpret_cast<const sockaddr_in6*>(local.get())->sin6_addr;
    add_control(message, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
  }
}

/// The address of this machine that a datagram came to; its port is that of `bound`.
Address destination(msghdr& message, const Address& bound) {
  Address address = bound;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO &&
        bound.storage.ss_family == AF_INET) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      reinterpret_cast<sockaddr_in*>(address.get())->sin_addr = info.ipi_addr;
    } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      reinterpret_cast<sockaddr_in6*>(address.get())->sin6_addr = info.ipi6_addr;
    }
  }
  return address;
}

}  // namespace

struct UdpSocket::Batch {
  std::array<std::array<std::uint8_t, kMostBytes>, kBatch> bytes;
  std::array<std::array<char, kControl>, kBatch> control;
  std::array<sockaddr_storage, kBatch> from;
  std::array<iovec, kBatch> pieces;
  std::array<mmsghdr, kBatch> messages;
};

UdpSocket::UdpSocket(int family)
    : socket_(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      batch_(std::make_unique<Batch>()) {
  if (socket_ < 0) fail();
  constexpr int kBuffer = 4 << 20;
  set(socket_, SOL_SOCKET, SO_RCVBUF, kBuffer);
  set(socket_, SOL_SOCKET, SO_SNDBUF, kBuffer);
  // No fragments: the connection finds out how long a datagram may be.
  if (family == AF_INET6) {
    set(socket_, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    set(socket_, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  } else {
    set(socket_, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    set(socket_, IPPROTO_IP, IP_PKTINFO, 1);
  }
  int segment = 0;
  socklen_t size = sizeof segment;
  cuts_ = ::getsockopt(socket_, IPPROTO_UDP, UDP_SEGMENT, &segment, &size) == 0;
}

UdpSocket::~UdpSocket() { ::close(socket_); }

void UdpSocket::find_local() {
  local_.size = sizeof local_.storage;
  if (::getsockname(socket_, local_.get(), &local_.size) != 0) fail();
}

std::unique_ptr<UdpSocket> UdpSocket::bind(const Address& address) {
  std::unique_ptr<UdpSocket> socket(new UdpSocket(address.storage.ss_family));
  if (::bind(socket->socket_, address.get(), address.size) != 0) fail();
  socket->find_local();
  return socket;
}

std::unique_ptr<UdpSocket> UdpSocket::connect(const Address& server) {
  std::unique_ptr<UdpSocket> socket(new UdpSocket(server.storage.ss_family));
  if (::connect(socket->socket_, server.get(), server.size) != 0) fail();
  socket->find_local();
  socket->server_ = server;
  return socket;
}

bool UdpSocket::receive(const Take& take) {
  Batch& batch = *batch_;
  for (std::size_t i = 0; i < kBatch; ++i) {
    batch.pieces[i] = {batch.bytes[i].data(), kMostBytes};
    msghdr& message = batch.messages[i].msg_hdr;
    message = {};
    message.msg_name = &batch.from[i];
    message.msg_namelen = sizeof batch.from[i];
    message.msg_iov = &batch.pieces[i];
    message.msg_iovlen = 1;
    message.msg_control = batch.control[i].data();
    message.msg_controllen = kControl;
  }
  const int count = ::recvmmsg(socket_, batch.messages.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (count < 0) {
    if (errno == ECONNREFUSED) is_refused_ = true;
    return false;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    msghdr& message = batch.messages[i].msg_hdr;
    if (message.msg_flags & MSG_TRUNC) continue;  // longer than this side said it takes
    Path path;
    if (server_.size != 0) {
      path = {local_, server_};
    } else {
      path.local = destination(message, local_);
      path.remote.storage = batch.from[i];
      path.remote.size = message.msg_namelen;
    }
    take(path, {batch.bytes[i].data(), batch.messages[i].msg_len});
  }
  return count > 0;
}

bool UdpSocket::send(const Path& path, Bytes datagrams, std::size_t segment) {
  if (datagrams.size() <= segment) return send_once(path, datagrams, segment);
  if (cuts_) {
    if (send_once(path, datagrams, segment)) return true;
    if (cuts_) return false;
  }
  while (!datagrams.empty()) {
    const std::size_t size = std::min(segment, datagrams.size());
    // What the kernel has no room for is sent again as if a router had dropped it.
    send_once(path, datagrams.first(size), size);
    datagrams = datagrams.subspan(size);
  }
  return true;
}

bool UdpSocket::send_once(const Path& path, Bytes datagrams, std::size_t segment) {
  iovec piece{const_cast<std::uint8_t*>(datagrams.data()), datagrams.size()};
  alignas(cmsghdr) std::array<char, kControl + CMSG_SPACE(sizeof(std::uint16_t))> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  if (server_.size == 0) {
    message.msg_name = const_cast<sockaddr*>(path.remote.get());
    message.msg_namelen = path.remote.size;
    set_source(message, path.local);
  }
  if (datagrams.size() > segment) {
    const auto size = static_cast<std::uint16_t>(segment);
    add_control(message, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size);
  }
  if (message.msg_controllen == 0) message.msg_control = nullptr;
  while (::sendmsg(socket_, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return false;
    if (errno == ECONNREFUSED) is_refused_ = true;
    // Some devices cannot cut, and say so late.
    if ((errno == EIO || errno == EINVAL) && datagrams.size() > segment) return cuts_ = false;
    return true;  // as good as lost on the way: too long for it, or there is no way now
  }
  return true;
}

}  // namespace geode::quic
