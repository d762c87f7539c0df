#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace geode::cli {

/// A subcommand: its part of the command line, and what it does once that was read. `run` gives an
/// ExitCode.
struct Command {
  CLI::App* app = nullptr;
  std::function<int()> run;
};

Command add_shell_command(CLI::App& root);
Command add_pipe_command(CLI::App& root);
Command add_import_command(CLI::App& root);
Command add_compact_command(CLI::App& root);
Command add_change_log_command(CLI::App& root);
Command add_version_command(CLI::App& root);
/// `geode completion bash`: a script made from the options of the other commands.
Command add_completion_command(CLI::App& root);
/// `geode help 42001` explains a status code; `geode help COMMAND` is for the command line parser.
Command add_help_command(CLI::App& root);

/// The file that a DATABASE argument names. Throws Error 08X01 for URLs of servers.
std::string database_path(std::string_view argument);

}  // namespace geode::cli
