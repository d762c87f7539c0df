#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace geode::cli {

class Shell;

/// The words of a dot command. `'` and `"` hold words together.
std::vector<std::string> split_words(std::string_view text);

/// Runs `.name arguments` or its backslash alias. Throws Error with a suggestion when there is no
/// such command.
void run_meta_command(Shell& shell, std::string_view text);

/// Names with their dot, for completion.
const std::vector<std::string>& meta_command_names();

struct MetaCommand {
  std::string_view name;     ///< without its dot
  std::string_view aliases;  ///< names after a backslash, separated by blanks
  std::string_view usage;    ///< of its arguments
  std::string_view help;
  /// `rest` is the text after the name; `words` the same cut into words.
  void (*run)(Shell& shell, const std::vector<std::string>& words, std::string_view rest);
};

/// One table a subject; help shows them in this order.
struct MetaCommandGroup {
  std::string_view title;
  std::vector<MetaCommand> commands;
};
MetaCommandGroup statement_commands();
MetaCommandGroup catalog_commands();
MetaCommandGroup output_commands();
MetaCommandGroup file_commands();
MetaCommandGroup database_commands();
MetaCommandGroup help_commands();

/// `on`, `off`, or the other of the two when there is no word. Throws Error 22023 otherwise.
bool switch_value(const std::vector<std::string>& words, bool current);

}  // namespace geode::cli
