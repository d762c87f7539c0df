#include "shell/conversation.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include "exit_codes.hpp"
#include "shell/completion.hpp"
#include "shell/history.hpp"
#include "shell/line_editor.hpp"
#include "shell/shell.hpp"
#include "shell/startup.hpp"
#include "text_width.hpp"

namespace geode::cli {

namespace {

std::string prompt_of(Shell& shell) {
  std::string prompt = shell.target().name();
  switch (shell.target().transaction_state()) {
    case TransactionState::kNone:
      break;
    case TransactionState::kReading:
    case TransactionState::kWriting:
      prompt += '*';
      break;
    case TransactionState::kFailed:
      prompt += '!';
      break;
  }
  if (shell.target().read_only()) prompt += "(ro)";
  return prompt + "> ";
}

/// A statement of several lines as one, so that a single press of a key brings it back. Lines with
/// a comment to their end stay apart.
std::string one_line(const std::string& text) {
  if (text.find("//") != std::string::npos || text.find("--") != std::string::npos) return text;
  std::string out = text;
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

class Conversation {
 public:
  explicit Conversation(Shell& shell)
      : shell_(shell),
        history_(HistoryFile::default_path()),
        editor_(make_line_editor([this](std::string_view text) {
          return complete(text, reader_.in_statement(), shell_.target());
        })) {
    for (const std::string& entry : history_.load(shell_.target().place())) remember(entry);
  }

  int run() {
    while (!shell_.leaving()) {
      const bool continues = reader_.in_statement();
      std::string prompt = prompt_of(shell_);
      if (continues) prompt = continuation(prompt);
      std::string line;
      switch (editor_->read_line(prompt, line)) {
        case LineEditor::Outcome::kEnd:
          return kExitSuccess;
        case LineEditor::Outcome::kInterrupted:
          reader_.discard();
          typed_.clear();
          break;
        case LineEditor::Outcome::kLine:
          take_line(line, continues);
          break;
      }
    }
    return kExitSuccess;
  }

 private:
  /// Dots under the name, so that lines of a statement stand one below the other.
  static std::string continuation(const std::string& prompt) {
    const std::size_t width = display_width(prompt);
    return width < 5 ? std::string(width, ' ') : std::string(width - 5, ' ') + "...> ";
  }

  void take_line(const std::string& line, bool continues) {
    if (continues && trimmed(line).empty()) {
      reader_.end_statement();
    } else {
      if (!trimmed(line).empty()) typed_ += (typed_.empty() ? "" : "\n") + line;
      reader_.feed(line);
    }
    if (!reader_.in_statement() && !typed_.empty()) {
      const std::string entry = one_line(typed_);
      typed_.clear();
      remember(entry);
      history_.append(shell_.target().place(), entry);
    }
    shell_.interrupts().take();
    while (const std::optional<Input> input = reader_.take()) {
      if (shell_.run(*input) != kExitSuccess && !shell_.settings().keep_going) {
        while (reader_.take()) {
          // The rest of the line was meant to follow a success.
        }
        return;
      }
      if (shell_.leaving()) return;
    }
  }

  void remember(const std::string& entry) {
    if (!entry.empty() && entry.front() != ' ') editor_->add_history(one_line(entry));
  }

  Shell& shell_;
  ScriptReader reader_;
  HistoryFile history_;
  std::unique_ptr<LineEditor> editor_;
  std::string typed_;  // lines of the open statement
};

}  // namespace

int converse(Shell& shell) {
  shell.talk().say("Type .help for help, `;` ends a statement, Ctrl-D leaves.");
  const std::string tip = first_run_tip(HistoryFile::default_path());
  if (!tip.empty()) shell.talk().say(tip);
  return Conversation(shell).run();
}

}  // namespace geode::cli
