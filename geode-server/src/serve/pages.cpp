#include "serve/pages.hpp"

#include <chrono>
#include <ctime>

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include <geode/version.hpp>

namespace geode::server {

namespace {

using nlohmann::ordered_json;

HttpAnswer answer(unsigned status, const ordered_json& body) {
  HttpAnswer answer;
  answer.status = status;
  answer.body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  return answer;
}

std::string now() {
  const std::time_t second = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(second));
}

}  // namespace

std::string_view state_name(ServiceState state) {
  switch (state) {
    case ServiceState::kStarting:
      return "starting";
    case ServiceState::kServing:
      return "serving";
    case ServiceState::kDraining:
      return "draining";
    case ServiceState::kStopping:
      return "stopping";
  }
  return "";
}

HttpAnswer live_page() { return answer(200, {{"status", "live"}}); }

HttpAnswer health_page(const ServiceHealth& health) {
  ordered_json body{{"status", health.trouble.empty() ? "healthy" : "unhealthy"},
                    {"timestamp", now()},
                    {"version", GEODE_VERSION}};
  if (!health.trouble.empty()) body["reason"] = health.trouble;
  return answer(health.trouble.empty() ? 200 : 503, body);
}

HttpAnswer ready_page(const ServiceHealth& health) {
  if (health.state == ServiceState::kServing && health.trouble.empty()) {
    return answer(200, {{"status", "ready"},
                        {"connections", health.stats.open_connections},
                        {"active_transactions", health.stats.active_transactions}});
  }
  return answer(503, {{"status", "not_ready"},
                      {"reason", health.state == ServiceState::kServing
                                     ? health.trouble
                                     : std::string(state_name(health.state))}});
}

}  // namespace geode::server
