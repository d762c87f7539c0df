#pragma once

#include <functional>
#include <string>
#include <vector>

#include <geode/database.hpp>
#include "config/config.hpp"
#include "serve/statistics.hpp"
#include "server.hpp"

namespace geode::server {

/// Where the tables come from. All of it may be called by any thread that runs statements.
struct SystemTableSources {
  std::function<std::vector<ConnectionInfo>()> connections;
  std::function<ServerStats()> stats;
  std::function<Config()> config;
  /// Throws Error when the setting cannot have the value now.
  std::function<void(const std::string& key, const std::string& value)> set_config;
  const Statistics* statistics = nullptr;
};

/// Makes what a server knows of itself tables and procedures of its database: system.connections,
/// system.config, system.set_config, system.slow_queries, system.promote_to_primary,
/// metrics.* and db.stats.*. The sources are there as long as statements run.
void register_system_tables(Database& database, SystemTableSources sources);

}  // namespace geode::server
