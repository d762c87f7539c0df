#pragma once

#include <sys/socket.h>

namespace geode::quic {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// Between which addresses a datagram goes.
struct Path {
  Address local, remote;
};

}  // namespace geode::quic
