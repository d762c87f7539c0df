#pragma once

#include <chrono>
#include <optional>
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
  std::optional<double> timeout_seconds;  ///< of --timeout, which goes before what a URL says
  // What counts when neither says it.
  std::chrono::milliseconds connect_timeout{5000}, request_timeout{5000};

  void add_to(CLI::App& app);
  /// Where it is: the URL, else $GEODE_URL, else a socket of this machine, else $GEODE_HOST and
  /// $GEODE_PORT, else the address of the configuration. A user who is not in the URL is
  /// $GEODE_USERNAME, with the password $GEODE_PASSWORD or that of the file $GEODE_PASSWORD_FILE.
  /// They belong together: a user whom the URL names is not sent with the password of another one.
  /// Whom to trust is, where the URL does not say, $GEODE_TLS_CA. Throws Error 22023.
  client::ConnectOptions connect_options() const;
  /// That of $GEODE_URL, or of a socket of this machine on which a server listens; else empty.
  std::string url_if_any() const;

  struct Pages {
    server::Endpoint endpoint;
    std::chrono::milliseconds limit;  ///< of the time that an answer takes
  };
  /// Where its pages are: on the first host of the URL, if there is one, at the port of the
  /// configuration. Throws Error 22023, and 08X01 when it has none.
  Pages pages() const;

 private:
  /// What counts where a URL says nothing of it.
  client::ConnectOptions standard_options() const;
  /// The URL, or $GEODE_URL; empty when there is neither.
  std::string named() const;
  /// What that says; absent without it.
  std::optional<client::ConnectOptions> named_options() const;
};

}  // namespace geode::cli
