#include "config/config.hpp"

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "commands/commands.hpp"
#include "commands/config_options.hpp"
#include "exit_codes.hpp"
#include "json_writer.hpp"
#include "talk.hpp"

namespace geode::cli {

namespace {

using server::Config;
using server::ConfigEntry;
using server::origin_name;
using server::Setting;

void append_text(std::string& out, std::string_view key, std::string_view text) {
  append_json_key(out, key);
  append_json_string(out, text);
}

std::string as_text(const Config& config, bool with_origin) {
  std::string out;
  for (const ConfigEntry& entry : config.entries()) {
    const std::string text = server::value_text(*entry.setting, entry.value);
    const std::string line =
        fmt::format("{}: {}", entry.setting->name, text.empty() ? "\"\"" : text);
    if (with_origin) {
      out += fmt::format("{:<48} # {}\n", line, entry.place.empty() ? "default" : entry.place);
    } else {
      out += line + "\n";
    }
  }
  return out;
}

std::string as_json(const Config& config) {
  std::string out = "{";
  append_text(out, "schema", "geode.config/1");
  append_text(out, "file", config.file());
  append_json_key(out, "settings");
  out += '[';
  for (const ConfigEntry& entry : config.entries()) {
    out += &entry == &config.entries().front() ? "{" : ",{";
    append_text(out, "name", entry.setting->name);
    append_text(out, "value", server::value_text(*entry.setting, entry.value));
    append_text(out, "origin", origin_name(entry.origin));
    append_text(out, "place", entry.place);
    out += '}';
  }
  return out + "]}\n";
}

std::string keys_as_text() {
  std::string out;
  for (const Setting& setting : server::settings()) {
    out += fmt::format("{:<32} {:<18} {}\n", setting.name, server::kind_name(setting.kind),
                       setting.text);
  }
  return out;
}

std::string keys_as_json() {
  std::string out = "{";
  append_text(out, "schema", "geode.config_keys/1");
  append_json_key(out, "keys");
  out += '[';
  for (const Setting& setting : server::settings()) {
    out += &setting == &server::settings().front() ? "{" : ",{";
    append_text(out, "name", setting.name);
    append_text(out, "kind", server::kind_name(setting.kind));
    append_text(out, "choices", setting.choices);
    append_text(out, "default", setting.standard);
    append_text(out, "flag", setting.flag);
    append_text(out, "variable", server::variable_name(setting));
    append_text(out, "short_variable", setting.variable);
    append_json_key(out, "on_reload");
    out += setting.change == server::SettingChange::kOnReload ? "true" : "false";
    append_text(out, "text", setting.text);
    out += '}';
  }
  return out + "]}\n";
}

Command add_show_command(CLI::App& parent) {
  struct Arguments {
    bool origin = false, json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* app = parent.add_subcommand("show", "The value of every setting, as a server has it");
  const auto sources = add_config_options(*app);
  app->add_flag("--origin", arguments->origin, "Tell where each value comes from");
  app->add_flag("--json", arguments->json, "As JSON, with origins");
  return {app, [arguments, sources]() -> int {
            std::vector<Error> problems;
            const Config config(*sources, problems);
            if (!problems.empty()) return report_problems(problems);
            const std::string text =
                arguments->json ? as_json(config) : as_text(config, arguments->origin);
            return write_output(text) ? kExitSuccess : kExitLimit;
          }};
}

Command add_check_command(CLI::App& parent) {
  auto file = std::make_shared<std::string>();
  CLI::App* app = parent.add_subcommand("check", "Tell all that is wrong with a file");
  app->add_option("FILE", *file, "File of the configuration")->required();
  return {app, [file]() -> int {
            server::ConfigSources sources;
            sources.file = *file;
            sources.environment = [](const std::string&) { return std::nullopt; };
            std::vector<Error> problems;
            const Config config(sources, problems);
            if (!problems.empty()) return report_problems(problems);
            return write_output("ok\n") ? kExitSuccess : kExitLimit;
          }};
}

Command add_keys_command(CLI::App& parent) {
  auto json = std::make_shared<bool>(false);
  CLI::App* app = parent.add_subcommand("keys", "What can be set");
  app->add_flag("--json", *json, "As JSON, with defaults, flags and variables");
  return {app, [json]() -> int {
            return write_output(*json ? keys_as_json() : keys_as_text()) ? kExitSuccess
                                                                         : kExitLimit;
          }};
}

}  // namespace

Command add_config_command(CLI::App& root) {
  CLI::App* app = root.add_subcommand("config", "Show and check the configuration of a server");
  app->require_subcommand(1);
  const std::vector<Command> commands = {add_show_command(*app), add_check_command(*app),
                                         add_keys_command(*app)};
  return {app, [commands]() -> int {
            for (const Command& command : commands) {
              if (command.app->parsed()) return command.run();
            }
            return kExitUsage;
          }};
}

}  // namespace geode::cli
