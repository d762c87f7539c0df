#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace geode::server {

/// A place on the network. `host` is a name or an address, that of IPv6 without its brackets.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};

// These throw Error 22023, which tells what was found and what is expected.

/// "300s": a whole number and one of ns, us, ms, s, m, h, d. A bare number other than 0 is refused
/// unless `bare_milliseconds`.
std::chrono::nanoseconds parse_duration(std::string_view text, bool bare_milliseconds = false);
/// "512MB": KB, MB, GB and TB are powers of 1000; KiB, MiB, ..., and K, M, ... powers of 1024.
/// Letters of either case; a bare number is one of bytes.
std::uint64_t parse_size(std::string_view text);
/// true, yes and on; false, no and off; 1 and 0.
bool parse_boolean(std::string_view text);
/// "db.example:3141", "127.0.0.1:3141", "[::1]:3141". Port 0 is any that is free.
Endpoint parse_endpoint(std::string_view text);

// Texts that are read back as the same value.
std::string duration_text(std::chrono::nanoseconds duration);
std::string size_text(std::uint64_t bytes);
std::string endpoint_text(const Endpoint& endpoint);

}  // namespace geode::server
