#pragma once

// For the files of this folder that call ngtcp2.

#include <algorithm>

#include <ngtcp2/ngtcp2.h>

#include "quic/address.hpp"

namespace geode::quic {

/// Refers to `path`.
inline ngtcp2_path path_of(const Path& path) {
  const auto address = [](const Address& of) {
    return ngtcp2_addr{const_cast<sockaddr*>(of.get()), of.size};
  };
  return {address(path.local), address(path.remote), nullptr};
}

inline Address address_of(const ngtcp2_addr& from) {
  Address address;
  address.size = from.addrlen;
  std::copy_n(reinterpret_cast<const char*>(from.addr), from.addrlen,
              reinterpret_cast<char*>(&address.storage));
  return address;
}

}  // namespace geode::quic
