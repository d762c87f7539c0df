#include <cstdio>

#include <CLI/CLI.hpp>

#include <geode/version.hpp>
#include "commands/commands.hpp"
#include "exit_codes.hpp"

namespace geode::cli {

Command add_version_command(CLI::App& root) {
  CLI::App* app = root.add_subcommand("version", "Print the version");
  return {app, [] {
            std::puts("geode " GEODE_VERSION);
            return static_cast<int>(kExitSuccess);
          }};
}

}  // namespace geode::cli
