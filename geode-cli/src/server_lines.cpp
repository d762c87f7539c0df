#include "server_lines.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace geode::cli {

nlohmann::ordered_json status_json(std::string_view schema, const std::string& address,
                                   const client::ServerStatus& status) {
  return {{"schema", schema},
          {"address", address},
          {"version", status.version},
          {"uptime_seconds", static_cast<double>(status.uptime.count()) / 1000},
          {"role", status.role},
          {"ready", status.ready},
          {"connections", status.connections},
          {"max_connections", status.max_connections},
          {"running_statements", status.running_statements},
          {"open_transactions", status.open_transactions},
          {"statements", status.statements},
          {"failed_statements", status.failed_statements},
          {"storage_bytes", status.storage_bytes}};
}

std::string uptime_text(std::chrono::milliseconds uptime) {
  const auto seconds = uptime.count() / 1000;
  const auto minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  if (days > 0) return fmt::format("{} d {} h", days, hours % 24);
  if (hours > 0) return fmt::format("{} h {} min", hours, minutes % 60);
  if (minutes > 0) return fmt::format("{} min {} s", minutes, seconds % 60);
  return fmt::format("{} s", seconds);
}

std::string connection_limit_text(const client::ServerStatus& status) {
  return status.max_connections == 0 ? "any number" : std::to_string(status.max_connections);
}

}  // namespace geode::cli
