#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "client/connection.hpp"

namespace geode::cli {

/// What a server says of itself, behind the members `schema` and `address`.
nlohmann::ordered_json status_json(std::string_view schema, const std::string& address,
                                   const client::ServerStatus& status);
/// "3 d 4 h", "4 h 5 min", "5 min 6 s", "6 s".
std::string uptime_text(std::chrono::milliseconds uptime);
/// "1000", or "any number" when there is no limit.
std::string connection_limit_text(const client::ServerStatus& status);

}  // namespace geode::cli
