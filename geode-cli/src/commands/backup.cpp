#include <vector>

#include <CLI/CLI.hpp>

#include "commands/commands.hpp"
#include "exit_codes.hpp"

namespace geode::cli {

Command add_backup_command(CLI::App& root) {
  CLI::App* app = root.add_subcommand("backup", "Create, verify and list backups");
  app->require_subcommand(1);
  const std::vector<Command> commands = {add_backup_create_command(*app),
                                         add_backup_verify_command(*app),
                                         add_backup_list_command(*app)};
  return {app, [commands]() -> int {
            for (const Command& command : commands) {
              if (command.app->parsed()) return command.run();
            }
            return kExitUsage;
          }};
}

}  // namespace geode::cli
