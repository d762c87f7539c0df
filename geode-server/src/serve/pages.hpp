#pragma once

#include <string>
#include <string_view>

#include "http/http_server.hpp"
#include "server.hpp"

namespace geode::server {

enum class ServiceState : std::uint8_t { kStarting, kServing, kDraining, kStopping };

/// What the pages for probes tell of.
struct ServiceHealth {
  ServiceState state = ServiceState::kStarting;
  std::string trouble;  ///< why the database cannot be read; empty: it can
  ServerStats stats;
};

/// /live: 200 while the process answers. For probes that restart it.
HttpAnswer live_page();
/// /health: 200 {"status":"healthy","timestamp","version"}, or 503 with a reason when the database
/// cannot be read.
HttpAnswer health_page(const ServiceHealth& health);
/// /ready: 200 {"status":"ready","connections","active_transactions"} while new clients are taken,
/// else 503 {"status":"not_ready","reason"}.
HttpAnswer ready_page(const ServiceHealth& health);

/// "starting"
std::string_view state_name(ServiceState state);

}  // namespace geode::server
