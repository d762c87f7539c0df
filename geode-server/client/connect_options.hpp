#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace geode::client {

/// Where a server is, who asks, and whom to trust.
struct ConnectOptions {
  std::string host = "localhost";
  std::uint16_t port = 3141;
  bool quic = false;      ///< QUIC over UDP, instead of TLS over TCP
  std::string unix_path;  ///< a socket of the file system, instead of host and port
  std::string user, password;
  std::string graph;  ///< `name` or `/schema/name`; empty: the home graph

  std::string ca_file;                     ///< empty: what the system trusts
  std::string certificate_file, key_file;  ///< what this side shows, if anything
  std::string server_name;                 ///< that the certificate must name; empty: host
  bool insecure = false;                   ///< do not ask who the server is

  std::chrono::milliseconds connect_timeout{10'000};
  /// How long the server may be silent while it is waited for; the connection is given up then.
  /// Zero: no limit.
  std::chrono::milliseconds request_timeout{0};
  std::uint32_t page_size = 0;  ///< rows that come at a time; 0: 1000
};

/// geode://[user[:password]@]host[:port][/graph][?ca=..&cert=..&key=..&server_name=..&insecure=true
/// &connect_timeout=ms&request_timeout=ms&page_size=n], the same with geode+quic:// or quic:// for
/// QUIC, or geode+unix:///path/of/socket[?graph=..].
/// Parts may be percent-encoded; addresses of IPv6 stand in brackets. Throws Error 22023.
ConnectOptions parse_url(std::string_view url);

}  // namespace geode::client
