#include "commands/statement_run.hpp"

#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <geode/session.hpp>
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "json_value.hpp"
#include "server_address.hpp"
#include "shell/conversation.hpp"
#include "shell/shell.hpp"
#include "shell/startup.hpp"
#include "terminal.hpp"

namespace geode::cli {

namespace {

ColorChoice color_choice(const std::string& when) {
  if (when == "always") return ColorChoice::kAlways;
  return when == "never" ? ColorChoice::kNever : ColorChoice::kAuto;
}

void set_parameters(Shell& shell, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(status::kInvalidArgument, "`--param " + text + "` is not of the form name=value");
    }
    std::string name =
        text.substr(text.front() == '$' ? 1 : 0, equals - (text.front() == '$' ? 1 : 0));
    shell.parameters().set(
        std::move(name),
        parameter_value(std::string_view(text).substr(equals + 1), shell.target().values()));
  }
}

int run_scripts(Shell& shell, const std::vector<Script>& scripts) {
  int code = kExitSuccess;
  const auto note = [&](int outcome) {
    if (code == kExitSuccess) code = outcome;
    return outcome == kExitSuccess || shell.settings().keep_going;
  };
  for (const Script& script : scripts) {
    if (shell.leaving()) break;
    if (!script.is_file) {
      std::istringstream text(script.text);
      if (!note(shell.run_script(text, ""))) break;
    } else if (script.text == "-") {
      if (!note(shell.run_script(std::cin, "stdin"))) break;
    } else {
      std::ifstream file(script.text, std::ios::binary);
      if (!file) {
        shell.talk().usage("cannot read " + script.text + ": " + std::strerror(errno));
        note(kExitUsage);
        break;
      }
      if (!note(shell.run_script(file, script.text))) break;
    }
  }
  if (shell.target().in_transaction()) {
    shell.talk().say("note: the open transaction was rolled back, as nothing committed it");
  }
  return code;
}

/// Whether all that is to be run is PING.
bool is_ping(const std::vector<Script>& scripts) {
  if (scripts.size() != 1 || scripts[0].is_file) return false;
  std::string text;
  for (const char c : scripts[0].text)
    if (c != ';' && c != ' ' && c != '\n') text += static_cast<char>(c & ~0x20);
  return text == "PING";
}

/// The URL of the server that `geode ping` would ask.
std::string address_to_ping() {
  const client::ConnectOptions options = ServerAddress().connect_options();
  std::string url = client::address_text(options);
  if (options.ca_file.empty()) return url;
  url += "?ca=";
  for (const unsigned char c : options.ca_file) url += fmt::format("%{:02X}", c);
  return url;
}

/// What an argument means: the URL of a server, or a file. Without one: the server that the
/// environment names, else one that runs on this machine, else a database in memory. That would
/// always answer: who has a PING to send wants to know of a server.
std::string place_of(const std::string& argument, const std::vector<Script>& scripts) {
  if (is_server_url(argument)) return argument;
  if (!argument.empty()) return database_path(argument);
  const std::string server = ServerAddress().url_if_any();
  if (!server.empty()) return server;
  return is_ping(scripts) ? address_to_ping() : ":memory:";
}

}  // namespace

int run_statements(const StatementRun& arguments) {
  std::vector<Script> scripts = arguments.scripts;
  const bool conversation = arguments.may_converse && scripts.empty() && is_terminal(STDIN_FILENO);
  if (scripts.empty() && !conversation) scripts.push_back({.is_file = true, .text = "-"});

  ShellSettings settings;
  const bool shows = is_terminal(STDOUT_FILENO);
  settings.format = shows ? Format::kBox : Format::kCsv;
  if (!arguments.format.empty()) settings.format = *format_of(arguments.format);
  settings.null_text = arguments.null_text;
  settings.headers = !arguments.no_header;
  settings.color = use_color(color_choice(arguments.color), STDOUT_FILENO);
  settings.footer = shows && (settings.format == Format::kBox || settings.format == Format::kTable);
  settings.timing = arguments.timing || conversation;
  settings.pager = conversation && shows;
  settings.keep_going = arguments.keep_going;
  settings.asks = conversation;
  settings.timeout =
      std::chrono::milliseconds(static_cast<std::int64_t>(arguments.timeout_seconds * 1000));

  Talk talk;
  talk.quiet = arguments.quiet;
  talk.color = use_color(color_choice(arguments.color), STDERR_FILENO);
  talk.json = is_json(settings.format) && !conversation;

  Interrupts interrupts(conversation);
  std::optional<Shell> shell;
  try {
    Options options;
    options.read_only = arguments.read_only;
    shell.emplace(place_of(arguments.database, scripts), options, settings, talk, interrupts);
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of_opening(error);
  }
  try {
    set_parameters(*shell, arguments.parameters);
  } catch (const Error& error) {
    talk.usage(error.message());
    return kExitUsage;
  }
  try {
    if (conversation && !arguments.no_rc) run_shellrc(*shell);
    const int code = conversation ? converse(*shell) : run_scripts(*shell, scripts);
    shell->output().flush();
    return code;
  } catch (const OutputClosed&) {
    return kExitSuccess;
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of(error);
  }
}

void add_run_options(CLI::App& app, const std::shared_ptr<StatementRun>& arguments) {
  const auto add_scripts = [&](const char* flags, bool is_file, const char* help) {
    return app
        .add_option_function<std::string>(
            flags,
            [arguments, is_file](const std::string& text) {
              arguments->scripts.push_back({is_file, text});
            },
            help)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->trigger_on_parse();
  };
  add_scripts("-c,--command", false, "Run statements, separated by `;`. May be repeated")
      ->type_name("STATEMENTS");
  add_scripts("-f,--file", true, "Run a script; - is the standard input. May be repeated")
      ->type_name("FILE");
  app.add_option("--param", arguments->parameters,
                 "Set a parameter: name=value, the value in JSON or plain text")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("--format", arguments->format,
                 "box, table, csv, tsv, json, jsonl, markdown or line. Default: box on a "
                 "terminal, else csv")
      ->type_name("FORMAT")
      ->check([](const std::string& name) {
        if (format_of(name)) return std::string();
        const std::string nearest = nearest_name(name, format_names());
        return "there is no format `" + name + "`" +
               (nearest.empty() ? "" : "; did you mean `" + nearest + "`?");
      });
  for (const char* name : {"json", "jsonl", "csv", "tsv", "markdown", "line"}) {
    app.add_flag_callback(
        "--" + std::string(name), [arguments, name] { arguments->format = name; },
        "The same as --format " + std::string(name));
  }
  app.add_flag("-r,--read-only", arguments->read_only, "Refuse statements that write");
  app.add_flag("--keep-going", arguments->keep_going,
               "Go on after an error; the exit status still tells it");
  app.add_flag("-q,--quiet", arguments->quiet, "Say nothing but errors on standard error");
  app.add_flag("--timing", arguments->timing, "Say how long each statement took");
  app.add_flag("--no-header", arguments->no_header, "Leave out the names of columns");
  app.add_option("--null", arguments->null_text, "What stands for null")->type_name("TEXT");
  app.add_option("--timeout", arguments->timeout_seconds, "End statements that run longer")
      ->type_name("SECONDS")
      ->check([](const std::string& text) {
        return text.starts_with('-') ? "`" + text + "` is no number of seconds" : std::string();
      });
  app.add_option("--color", arguments->color, "auto, always or never")
      ->type_name("WHEN")
      ->check([](const std::string& when) {
        if (when == "auto" || when == "always" || when == "never") return std::string();
        return "expected auto, always or never, found `" + when + "`";
      });
}

}  // namespace geode::cli
