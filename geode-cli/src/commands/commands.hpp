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
Command add_query_command(CLI::App& root);
Command add_pipe_command(CLI::App& root);
Command add_import_command(CLI::App& root);
Command add_compact_command(CLI::App& root);
Command add_change_log_command(CLI::App& root);
Command add_doctor_command(CLI::App& root);
Command add_verify_command(CLI::App& root);
Command add_salvage_command(CLI::App& root);
Command add_upgrade_command(CLI::App& root);
Command add_backup_command(CLI::App& root);
Command add_backup_create_command(CLI::App& backup);
Command add_backup_verify_command(CLI::App& backup);
Command add_backup_list_command(CLI::App& backup);
Command add_restore_command(CLI::App& root);
Command add_wal_archive_command(CLI::App& root);
Command add_wal_replay_command(CLI::App& root);
Command add_audit_command(CLI::App& root);
Command add_config_command(CLI::App& root);
Command add_serve_command(CLI::App& root);
Command add_ping_command(CLI::App& root);
Command add_health_command(CLI::App& root);
Command add_ready_command(CLI::App& root);
Command add_status_command(CLI::App& root);
Command add_top_command(CLI::App& root);
Command add_version_command(CLI::App& root);
/// `geode completion bash`: a script made from the options of the other commands.
Command add_completion_command(CLI::App& root);
/// `geode help 42001` explains a status code; `geode help COMMAND` is for the command line parser.
Command add_help_command(CLI::App& root);

/// The file that a DATABASE argument names; of a folder its database.geode. Throws Error 08X01 for
/// URLs of servers.
std::string database_path(std::string_view argument);

/// DATABASE, or --data-dir DIR in its place.
struct DatabaseArgument {
  std::string database, directory;
  void add_to(CLI::App& app);
  /// Of the file. When neither is given it is in storage.data_dir of the configuration; throws Error
  /// when there is a mistake in that.
  std::string path() const;
  /// storage.wal_dir of the configuration, when the database is the one of that; else empty.
  std::string wal_directory() const;
};
}  // namespace geode::cli
