#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace geode::cli {

/// What may stand in place of the text from `begin` to the cursor.
struct Completions {
  std::size_t begin = 0;
  std::vector<std::string> words;
  bool ends_word = false;  ///< a blank may follow a word that was completed
};

/// Reads lines from a terminal. Hides the package that does it.
class LineEditor {
 public:
  enum class Outcome { kLine, kInterrupted, kEnd };
  /// Gets the text before the cursor.
  using Complete = std::function<Completions(std::string_view)>;

  virtual ~LineEditor() = default;
  /// The line without its end.
  virtual Outcome read_line(const std::string& prompt, std::string& line) = 0;
  virtual void add_history(const std::string& entry) = 0;
};

std::unique_ptr<LineEditor> make_line_editor(LineEditor::Complete complete);

}  // namespace geode::cli
