#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace geode::client {

/// One server among several.
struct ServerPlace {
  std::string host;
  std::uint16_t port = 3141;
  bool operator==(const ServerPlace&) const = default;
};

/// Where a server is, who asks, and whom to trust.
struct ConnectOptions {
  std::string host = "localhost";
  std::uint16_t port = 3141;
  /// Servers that are as good, tried in this order when that one cannot be reached.
  std::vector<ServerPlace> alternatives;
  bool quic = false;      ///< QUIC over UDP, instead of TLS over TCP
  std::string unix_path;  ///< a socket of the file system, instead of hosts and ports
  std::string user, password;
  std::string graph;       ///< `name` or `/schema/name`; empty: the home graph
  bool read_only = false;  ///< the server refuses what writes
  std::string client_name = "geode-cpp";

  std::string ca_file;                     ///< empty: what the system trusts
  std::string certificate_file, key_file;  ///< what this side shows, if anything
  std::string server_name;                 ///< that the certificate must name; empty: host
  bool insecure = false;                   ///< do not ask who the server is

  /// For each of the servers. Zero: no limit.
  std::chrono::milliseconds connect_timeout{10'000};
  /// How long the server may be silent while it is waited for; the connection is given up then.
  /// Zero: no limit.
  std::chrono::milliseconds request_timeout{0};
  std::uint32_t page_size = 0;  ///< rows that come at a time; 0: 1000
};

/// geode://[user[:password]@]host[:port][,host[:port]...][/graph][?name=value[&name=value...]], the
/// same with geode+quic:// or quic:// for QUIC, or geode+unix:///path/of/socket[?...]. Names: graph, user (username), password (pass), ca, cert,
/// key, server_name, insecure (skip_verify, insecure_tls_skip_verify), connect_timeout,
/// request_timeout, timeout (both), page_size, read_only, app (hello_name). Durations are "10s" or
/// "500ms", a bare number is one of milliseconds. Parts may be percent-encoded, and `/`, `?` and
/// `@` in a password must be; addresses of IPv6 stand in brackets. What the URL does not say is as
/// in `defaults`. Throws Error 22023, which does not repeat the text.
ConnectOptions parse_url(std::string_view url, ConnectOptions defaults = {});

/// geode://host:port or geode+unix:///path/of/socket: where it is, and nothing of who asks.
std::string address_text(const ConnectOptions& options);

}  // namespace geode::client
