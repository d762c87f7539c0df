#pragma once

#include <memory>
#include <netdb.h>

#include "client/connect_options.hpp"

namespace geode::client {

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

/// Where the server is, for sockets of `type`. Throws Error 08000.
Addresses resolve(const ConnectOptions& options, int type);

}  // namespace geode::client
