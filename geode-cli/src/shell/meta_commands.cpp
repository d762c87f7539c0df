#include "shell/meta_commands.hpp"

#include <algorithm>

#include <geode/error.hpp>
#include <geode/session.hpp>
#include "shell/script_reader.hpp"
#include "shell/shell.hpp"

namespace geode::cli {

namespace {

void show_help(Shell& shell, const std::vector<std::string>& words, std::string_view rest);

const std::vector<MetaCommandGroup>& groups() {
  static const std::vector<MetaCommandGroup> kGroups = [] {
    std::vector<MetaCommandGroup> all = {statement_commands(), catalog_commands(),
                                         output_commands(),    file_commands(),
                                         database_commands(),  help_commands()};
    all.back().commands.push_back({"help", "? h help", "[COMMAND]", "this list", show_help});
    return all;
  }();
  return kGroups;
}

bool has_alias(const MetaCommand& command, std::string_view name) {
  std::string_view rest = command.aliases;
  while (!rest.empty()) {
    const std::size_t end = rest.find(' ');
    if (rest.substr(0, end) == name) return true;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return false;
}

const MetaCommand* find_command(std::string_view name, bool backslash) {
  for (const MetaCommandGroup& group : groups()) {
    for (const MetaCommand& command : group.commands) {
      if (command.name == name || (backslash && has_alias(command, name))) return &command;
    }
  }
  return nullptr;
}

std::string usage_of(const MetaCommand& command) {
  std::string out = "." + std::string(command.name);
  if (!command.usage.empty()) out += ' ' + std::string(command.usage);
  return out;
}

void show_help(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  std::string out;
  std::string wanted = words.empty() ? "" : words.front();
  if (!wanted.empty() && (wanted.front() == '.' || wanted.front() == '\\')) wanted.erase(0, 1);
  for (const MetaCommandGroup& group : groups()) {
    if (wanted.empty()) out += std::string(group.title) + "\n";
    for (const MetaCommand& command : group.commands) {
      if (!wanted.empty() && command.name != wanted && !has_alias(command, wanted)) continue;
      std::string line = "  " + usage_of(command);
      line.resize(std::max<std::size_t>(line.size() + 2, 34), ' ');
      line += command.help;
      if (!command.aliases.empty()) {
        line += " (\\" + std::string(command.aliases) + ")";
        for (std::size_t at = line.rfind('('); at < line.size(); ++at) {
          if (line[at] == ' ') line.replace(at, 1, " \\");
        }
      }
      out += line + "\n";
    }
  }
  if (wanted.empty()) {
    out += "Statements end with `;` or an empty line. Ctrl-C stops a statement, Ctrl-D leaves.\n";
  } else if (out.empty()) {
    throw Error(status::kSyntaxError, "there is no command ." + wanted);
  }
  shell.output().write(out);
  shell.output().flush();
}

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t') {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) throw Error(status::kSyntaxError, std::string("missing ") + quote);
  if (in_word) words.push_back(std::move(word));
  return words;
}

void run_meta_command(Shell& shell, std::string_view text) {
  const bool backslash = text.front() == '\\';
  text.remove_prefix(1);
  text = trimmed(text);
  if (text.ends_with(';')) text = trimmed(text.substr(0, text.size() - 1));
  const std::size_t name_end = std::min(text.find_first_of(" \t"), text.size());
  const std::string name(text.substr(0, name_end));
  const std::string_view rest = trimmed(text.substr(name_end));
  const MetaCommand* command = find_command(name, backslash);
  if (command == nullptr) {
    Error error(status::kSyntaxError,
                "there is no command " + std::string(backslash ? "\\" : ".") + name);
    const std::string nearest = nearest_name("." + name, meta_command_names());
    throw std::move(error).hint(nearest.empty() ? ".help lists the commands"
                                                : "did you mean `" + nearest + "`?");
  }
  command->run(shell, split_words(rest), rest);
}

const std::vector<std::string>& meta_command_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const MetaCommandGroup& group : groups()) {
      for (const MetaCommand& command : group.commands) {
        names.push_back("." + std::string(command.name));
      }
    }
    std::sort(names.begin(), names.end());
    return names;
  }();
  return kNames;
}

bool switch_value(const std::vector<std::string>& words, bool current) {
  if (words.empty()) return !current;
  if (same_word(words.front(), "on")) return true;
  if (same_word(words.front(), "off")) return false;
  throw Error(status::kInvalidArgument, "expected `on` or `off`, found `" + words.front() + "`");
}

}  // namespace geode::cli
