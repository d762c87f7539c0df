#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <geode/error.hpp>
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "renderers/renderer.hpp"
#include "talk.hpp"

namespace geode::cli {

namespace {

/// What may follow an option, for completion.
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (type == "FORMAT") return format_names();
  if (type == "WHEN") return {"auto", "always", "never"};
  if (type == "ACTION") return {"stop", "skip", "log="};
  if (type == "SHELL") return {"bash", "zsh"};
  return {};
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

bool takes_file(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type == "FILE" || type == "DATABASE";
}

std::vector<std::string> flags_of(const CLI::Option& option) {
  std::vector<std::string> out;
  for (const std::string& name : option.get_snames()) out.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.push_back("--" + name);
  return out;
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->nonpositional(); });
}

std::vector<const CLI::App*> commands_of(const CLI::App& root) {
  return root.get_subcommands([](const CLI::App*) { return true; });
}

std::string joined(const std::vector<std::string>& words, std::string_view separator = " ") {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : std::string(separator)) + word;
  return out;
}

std::string in_single_quotes(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return "'" + out + "'";
}

std::string bash_script(const CLI::App& root) {
  std::vector<std::string> names, all_flags;
  std::string flags, values;
  for (const CLI::App* command : commands_of(root)) {
    names.push_back(command->get_name());
    std::vector<std::string> own;
    for (const CLI::Option* option : options_of(*command)) {
      const std::vector<std::string> spellings = flags_of(*option);
      own.insert(own.end(), spellings.begin(), spellings.end());
      if (!takes_value(*option)) continue;
      values += "    " + command->get_name() + ":" +
                joined(spellings, "|" + command->get_name() + ":") + ")\n";
      const std::vector<std::string> choices = choices_of(*option);
      if (!choices.empty()) {
        values += "      COMPREPLY=($(compgen -W '" + joined(choices) + "' -- \"$word\"))\n";
      } else if (takes_file(*option)) {
        values += "      _geode_files\n";
      }
      values += "      return ;;\n";
    }
    flags += "    " + command->get_name() + ") flags='" + joined(own) + "' ;;\n";
  }
  return "# Completion of geode for bash; made by `geode completion bash`.\n"
         "_geode_files() {\n"
         "  compopt -o filenames\n"
         "  mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
         "}\n"
         "_geode() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local command=shell first=1 flags= i\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case ${COMP_WORDS[i]} in\n"
         "    " +
         joined(names, "|") +
         ") command=${COMP_WORDS[i]} first=0; break ;;\n"
         "    esac\n"
         "    first=0\n"
         "    break\n"
         "  done\n"
         "  case $command:$previous in\n" +
         values +
         "  esac\n"
         "  case $command in\n" +
         flags +
         "  esac\n"
         "  if [[ $word == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$flags\" -- \"$word\"))\n"
         "    return\n"
         "  fi\n"
         "  case $command in\n"
         "    completion) COMPREPLY=($(compgen -W 'bash zsh' -- \"$word\")); return ;;\n"
         "    help) COMPREPLY=($(compgen -W '" +
         joined(names) +
         "' -- \"$word\")); return ;;\n"
         "  esac\n"
         "  _geode_files\n"
         "  if ((first)); then\n"
         "    COMPREPLY+=($(compgen -W '" +
         joined(names) +
         "' -- \"$word\"))\n"
         "  fi\n"
         "}\n"
         "complete -F _geode geode\n";
}

/// A text inside of the brackets of an argument of _arguments.
std::string zsh_help(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_option(const CLI::Option& option) {
  std::string value;
  if (takes_value(option)) {
    const std::vector<std::string> choices = choices_of(option);
    value = ":" + option.get_type_name() + ":";
    if (!choices.empty()) value += "(" + joined(choices) + ")";
    if (takes_file(option)) value += "_files";
  }
  std::string out;
  for (const std::string& flag : flags_of(option)) {
    out += " \\\n        " +
           in_single_quotes("*" + flag + "[" + zsh_help(option.get_description()) + "]" + value);
  }
  return out;
}

std::string zsh_script(const CLI::App& root) {
  std::string cases, list;
  for (const CLI::App* command : commands_of(root)) {
    const std::string& name = command->get_name();
    list += "    " + in_single_quotes(name + ":" + zsh_help(command->get_description())) + "\n";
    cases += "    " + name + ")\n      _arguments";
    for (const CLI::Option* option : options_of(*command)) cases += zsh_option(*option);
    if (name == "completion") {
      cases += " \\\n        '1:shell:(bash zsh)'";
    } else if (name == "help") {
      cases += " \\\n        '1:topic:->commands'";
    } else {
      cases += " \\\n        '*:file:_files'";
    }
    cases += " ;;\n";
  }
  return "#compdef geode\n"
         "# Completion of geode for zsh; made by `geode completion zsh`.\n"
         "_geode() {\n"
         "  local -a commands\n"
         "  commands=(\n" +
         list +
         "  )\n"
         "  local command=shell\n"
         "  if ((CURRENT > 2)) && [[ -n ${commands[(r)${words[2]}:*]} ]]; then\n"
         "    command=${words[2]}\n"
         "    shift words\n"
         "    ((CURRENT--))\n"
         "  elif ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then\n"
         "    _describe command commands\n"
         "    _files\n"
         "    return\n"
         "  fi\n"
         "  case $command in\n" +
         cases +
         "  esac\n"
         "  [[ $state == commands ]] && _describe command commands\n"
         "}\n"
         "_geode \"$@\"\n";
}

}  // namespace

Command add_completion_command(CLI::App& root) {
  auto shell = std::make_shared<std::string>();
  CLI::App* app =
      root.add_subcommand("completion", "Print a script that completes this program's arguments");
  app->add_option("shell", *shell, "bash or zsh")
      ->type_name("SHELL")
      ->required()
      ->check([](const std::string& name) {
        return name == "bash" || name == "zsh" ? std::string()
                                               : "expected bash or zsh, found `" + name + "`";
      });
  return {app, [shell, &root] {
            const std::string text = *shell == "bash" ? bash_script(root) : zsh_script(root);
            std::fwrite(text.data(), 1, text.size(), stdout);
            return std::fflush(stdout) == 0 ? kExitSuccess : kExitLimit;
          }};
}

}  // namespace geode::cli
