#include <memory>
#include <string>
#include <unistd.h>
#include <utility>

#include <CLI/CLI.hpp>

#include "commands/commands.hpp"
#include "commands/statement_run.hpp"
#include "exit_codes.hpp"
#include "shell/target.hpp"
#include "talk.hpp"
#include "terminal.hpp"

namespace geode::cli {

namespace {

/// Of a single word: whether it is a database rather than statements.
bool names_database(const std::string& word) {
  return word == ":memory:" || is_server_url(word) || ::access(word.c_str(), F_OK) == 0;
}

int run_query(StatementRun run, std::string statements) {
  if (statements.empty() && !run.database.empty() && !names_database(run.database))
    statements = std::exchange(run.database, "");
  if (!statements.empty()) run.scripts.insert(run.scripts.begin(), {false, std::move(statements)});
  if (run.scripts.empty() && is_terminal(STDIN_FILENO)) {
    Talk().usage("no statement was given",
                 "`geode query DATABASE 'RETURN 1'`, or statements on standard input");
    return kExitUsage;
  }
  return run_statements(run);
}

}  // namespace

Command add_query_command(CLI::App& root) {
  struct Arguments {
    std::shared_ptr<StatementRun> run = std::make_shared<StatementRun>();
    std::string statements;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* app = root.add_subcommand("query", "Run statements, and show what they return");
  app->add_option("database", arguments->run->database,
                  "As of `geode shell`: a file, :memory:, or the URL of a server; may be left out")
      ->type_name("DATABASE");
  app->add_option(
         "statements", arguments->statements,
         "Statements, separated by `;`. Without them, and without -c and -f, they are read "
         "from standard input")
      ->type_name("STATEMENTS");
  add_run_options(*app, arguments->run);
  return {app, [arguments] { return run_query(*arguments->run, arguments->statements); }};
}

}  // namespace geode::cli
