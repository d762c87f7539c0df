#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace geode::cli {

/// What was typed in earlier conversations, in a file that only its owner can read.
///
/// One entry a line: the database's path, a tabulator, the text with line ends and backslashes
/// escaped. Several shells may append to it at once.
class HistoryFile {
 public:
  /// "" keeps no history.
  explicit HistoryFile(std::string path);

  /// Entries in the order they were typed, but those of `database` last, so that they are found
  /// first.
  std::vector<std::string> load(std::string_view database);
  /// Leaves out what begins with a blank and what mentions a password.
  void append(std::string_view database, std::string_view text);

  static bool is_private(std::string_view text);
  /// GEODE_HISTORY, or `geode/history` under XDG_STATE_HOME or ~/.local/state; "" when there shall
  /// be none.
  static std::string default_path();

 private:
  void rewrite(const std::vector<std::string>& lines) const;

  std::string path_;
};

}  // namespace geode::cli
