#pragma once

#include <memory>
#include <utility>

#include <boost/asio/ssl/context.hpp>

#include "server.hpp"

namespace geode::server {

/// TLS 1.3 alone, the application protocol `geode/1`, no resumption, certificates of clients as
/// the options say. Throws Error 08X01 when a file cannot be used.
std::shared_ptr<boost::asio::ssl::context> make_tls_context(const ServerOptions& options);

}  // namespace geode::server
