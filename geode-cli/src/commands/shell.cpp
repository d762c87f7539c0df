#include <memory>

#include <CLI/CLI.hpp>

#include "commands/commands.hpp"
#include "commands/statement_run.hpp"

namespace geode::cli {

Command add_shell_command(CLI::App& root) {
  auto run = std::make_shared<StatementRun>();
  run->may_converse = true;
  CLI::App* app =
      root.add_subcommand("shell", "Talk with a database, or run statements and scripts");
  app->add_option("database", run->database,
                  "File of the database; :memory: for one that is gone at the end; "
                  "geode://HOST[:PORT][/GRAPH] or geode+unix:///PATH for that of a server. Without "
                  "it: $GEODE_URL, else a server of this machine, else :memory:")
      ->type_name("DATABASE");
  add_run_options(*app, run);
  app->add_flag("--no-rc", run->no_rc, "Leave out the shellrc that conversations begin with");
  return {app, [run] { return run_statements(*run); }};
}

}  // namespace geode::cli
