#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <signal.h>
#include <string>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>

#include <geode/error.hpp>
#include <geode/session.hpp>
#include <geode/version.hpp>
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "log_in.hpp"
#include "talk.hpp"
#include "terminal.hpp"

namespace geode::cli {

namespace {

bool is_one_of(const std::string& word, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), word) != names.end();
}

/// Completes `geode`, `geode FILE` and `geode -c ...` to `geode shell ...`. A first word that is
/// almost the name of a subcommand is taken for a slip, not for a file to make.
std::vector<std::string> with_subcommand(std::vector<std::string> words,
                                         const std::vector<std::string>& names, std::string& slip) {
  const std::string first = words.empty() ? "" : words.front();
  if (is_one_of(first, names)) return words;
  if (first == "--version" || first == "-h" || first == "--help") return words;
  const bool looks_like_path = first.find_first_of("./:-") != std::string::npos;
  if (!first.empty() && !looks_like_path && ::access(first.c_str(), F_OK) != 0) {
    slip = nearest_name(first, names);
  }
  words.insert(words.begin(), "shell");
  return words;
}

/// The option of `app` that an unknown word may have meant.
std::string nearest_option(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return nearest_name(word.substr(0, word.find('=')), names);
}

int report_usage(CLI::App& root, const CLI::ParseError& error, const Talk& talk) {
  CLI::App* app = &root;
  for (CLI::App* command : root.get_subcommands()) app = command;
  const std::string help = "`" +
                           (app == &root ? std::string("geode") : "geode " + app->get_name()) +
                           " --help` lists what there is";
  for (const std::string& word : root.remaining(/*recurse=*/true)) {
    if (word.size() > 1 && word.front() == '-') {
      const std::string nearest = nearest_option(*app, word);
      talk.usage("unknown option " + word,
                 nearest.empty() ? help : "did you mean `" + nearest + "`?");
    } else {
      talk.usage("unexpected argument `" + word + "`", help);
    }
    return kExitUsage;
  }
  talk.usage(error.what(), help);
  return kExitUsage;
}

int run(const std::vector<std::string>& arguments) {
  CLI::App root("A graph database that speaks GQL.\n`geode [DATABASE]` opens the shell.", "geode");
  root.set_version_flag("--version", "geode " GEODE_VERSION, "Print the version");
  root.require_subcommand(1);
  root.failure_message(CLI::FailureMessage::simple);
  const std::vector<Command> commands = {
      add_shell_command(root),       add_query_command(root),      add_pipe_command(root),
      add_import_command(root),      add_compact_command(root),    add_verify_command(root),
      add_salvage_command(root),     add_upgrade_command(root),    add_doctor_command(root),
      add_backup_command(root),      add_restore_command(root),    add_change_log_command(root),
      add_wal_archive_command(root), add_wal_replay_command(root), add_serve_command(root),
      add_status_command(root),      add_top_command(root),        add_ping_command(root),
      add_health_command(root),      add_ready_command(root),      add_config_command(root),
      add_audit_command(root),       add_completion_command(root), add_version_command(root),
      add_help_command(root)};
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.app->get_name());

  Talk talk;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  std::string slip;
  std::vector<std::string> words = with_subcommand(arguments, names, slip);
  if (!slip.empty()) {
    talk.usage("there is no command `" + arguments.front() + "`",
               "did you mean `geode " + slip + "`? `geode ./" + arguments.front() +
                   "` opens a file of that name");
    return kExitUsage;
  }
  if (words.front() == "help" && (words.size() == 1 || is_one_of(words[1], names))) {
    words.erase(words.begin());
    words.push_back("--help");
  }
  try {
    root.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::Success& request) {
    root.exit(request);  // help or version
    return kExitSuccess;
  } catch (const CLI::ParseError& error) {
    return report_usage(root, error, talk);
  }
  for (const Command& command : commands) {
    if (command.app->parsed()) return command.run();
  }
  return kExitUsage;
}

}  // namespace

}  // namespace geode::cli

int main(int argc, char** argv) {
  // The line editor counts characters by the locale; text is UTF-8 whatever it says.
  std::setlocale(LC_CTYPE, "");
  if (MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
  ::signal(SIGPIPE, SIG_IGN);
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    geode::cli::hide_passwords(argv + 1, argv + argc);
    return geode::cli::run(arguments);
  } catch (const geode::Error& error) {
    geode::cli::Talk().error(error, "");
    return geode::cli::exit_code_of(error);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return geode::cli::kExitStatementFailed;
  }
}
