#include "client/resolve.hpp"

#include <string>

#include <geode/error.hpp>

namespace geode::client {

Addresses resolve(const ConnectOptions& options, int type) {
  const std::string port = std::to_string(options.port);
  addrinfo hints{};
  hints.ai_socktype = type;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(options.host.c_str(), port.c_str(), &hints, &found);
  if (code != 0) {
    throw Error(status::kConnection,
                "cannot connect to " + options.host + ":" + port + ": " + ::gai_strerror(code));
  }
  return {found, ::freeaddrinfo};
}

}  // namespace geode::client
