#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include <boost/asio/ssl/context.hpp>

#include "server.hpp"

namespace geode::server {

/// What is spoken inside of TLS.
enum class Application : std::uint8_t {
  kGeode,  ///< `geode/1`, which clients have to name (ALPN)
  kHttp,   ///< `http/1.1` or `http/1.0`, which clients need not name
};

/// TLS 1.3 alone, no resumption, certificates of clients as the options say. Throws Error 08X01
/// when a file cannot be used.
std::shared_ptr<boost::asio::ssl::context> make_tls_context(
    const ServerOptions& options, Application application = Application::kGeode);

}  // namespace geode::server
