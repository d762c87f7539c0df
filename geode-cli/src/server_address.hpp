#pragma once

#include <chrono>
#include <string>

#include "client/connect_options.hpp"
#include "config/config.hpp"

namespace CLI {
class App;
}

namespace geode::cli {

/// The server that a command asks: [URL] [--timeout SECONDS].
struct ServerAddress {
  std::string url;
  double timeout_seconds = 5;

  void add_to(CLI::App& app);
  std::chrono::milliseconds timeout() const;
  /// Where it is: the URL, else $GEODE_URL, else a socket of this machine, else $GEODE_HOST and
  /// $GEODE_PORT, else the address of the configuration. Credentials that are not in the URL are
  /// those of $GEODE_USERNAME and $GEODE_PASSWORD or the file $GEODE_PASSWORD_FILE. Throws Error
  /// 22023.
  client::ConnectOptions connect_options() const;
  /// That of $GEODE_URL, or of a socket of this machine on which a server listens; else empty.
  std::string url_if_any() const;
  /// Where its pages are: on the host of the URL, if there is one, at the port of the
  /// configuration. Throws Error 22023.
  server::Endpoint pages() const;
};

}  // namespace geode::cli
