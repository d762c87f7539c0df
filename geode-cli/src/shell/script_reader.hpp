#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace geode::cli {

/// One thing to do: a statement, or a dot command.
struct Input {
  enum class Kind { kStatement, kCommand } kind = Kind::kStatement;
  std::string text;
  std::size_t line = 1;  ///< where it begins in what was fed
};

/// Cuts lines into statements and dot commands.
///
/// A statement ends at `;`, which may stand anywhere in a line. A line that begins with `.` or `\`
/// while no statement is open is a dot command. PING, EXIT and QUIT alone on a line need no `;`.
class ScriptReader {
 public:
  void feed(std::string_view line);
  /// Ends an open statement without a `;`: at the end of a script, or at an empty line of a
  /// conversation.
  void end_statement();
  /// Forgets an open statement.
  void discard();
  /// True in the middle of a statement.
  bool in_statement() const;
  std::optional<Input> take();

 private:
  void take_complete();
  void push_statement(std::string_view text, std::size_t line);

  std::string open_;           // text after the last complete statement
  std::size_t open_line_ = 1;  // line of its first byte
  std::size_t next_line_ = 1;
  std::deque<Input> ready_;
};

std::string_view trimmed(std::string_view text);
/// Whether nothing but white space and comments is left of `text`.
bool is_blank(std::string_view text);
bool same_word(std::string_view a, std::string_view b);

}  // namespace geode::cli
