#pragma once

#include <memory>
#include <vector>

#include "config/config.hpp"

namespace CLI {
class App;
}

namespace geode::cli {

/// Gives `app` --config and the flags of the server's settings. The sources are complete once the
/// command line was read.
std::shared_ptr<server::ConfigSources> add_config_options(CLI::App& app);

/// Says what is wrong with a configuration; the exit code.
int report_problems(const std::vector<Error>& problems);

}  // namespace geode::cli
