#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace geode::cli {

/// `-c` or `-f`, in the order they were given.
struct Script {
  bool is_file = false;
  std::string text;
};

/// What the command line says of statements to run.
struct StatementRun {
  std::string database;  ///< file, :memory: or URL; empty: the server that is found, or :memory:
  /// Without scripts, somebody at a terminal is talked with. Standard input is read otherwise.
  bool may_converse = false;
  std::vector<Script> scripts;
  std::vector<std::string> parameters;
  std::string format;
  std::optional<std::string> null_text;
  double timeout_seconds = 0;
  bool read_only = false;
  bool keep_going = false;
  bool quiet = false;
  bool timing = false;
  bool no_header = false;
  bool no_rc = false;
  std::string color = "auto";
};

/// The options that say what is run and how its results are shown.
void add_run_options(CLI::App& app, const std::shared_ptr<StatementRun>& run);
/// Does what they say; gives an ExitCode.
int run_statements(const StatementRun& run);

}  // namespace geode::cli
