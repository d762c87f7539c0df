#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace geode::client {

/// What a page of a server's metrics address says.
struct ProbeAnswer {
  unsigned status = 0;  ///< of HTTP
  std::string body;
};

/// Gets the page at `path`. Throws Error 08X01 when nobody is there, or does not answer in time.
ProbeAnswer probe(const std::string& host, std::uint16_t port, const std::string& path,
                  std::chrono::milliseconds limit);

}  // namespace geode::client
