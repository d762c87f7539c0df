#include <algorithm>
#include <cstdio>
#include <signal.h>
#include <unistd.h>

#include <histedit.h>

#include "shell/line_editor.hpp"
#include "terminal.hpp"
#include "text_width.hpp"

namespace geode::cli {

namespace {

constexpr int kHistoryEntries = 10'000;

class LibeditEditor final : public LineEditor {
 public:
  explicit LibeditEditor(Complete complete) : complete_(std::move(complete)) {
    // Talk goes to the terminal even when standard output is a file.
    terminal_ = is_terminal(STDOUT_FILENO) ? stdout : stderr;
    editor_ = el_init("geode", stdin, terminal_, stderr);
    history_ = history_init();
    HistEvent event;
    history(history_, &event, H_SETSIZE, kHistoryEntries);
    history(history_, &event, H_SETUNIQUE, 1);
    el_set(editor_, EL_CLIENTDATA, this);
    el_set(editor_, EL_PROMPT, &LibeditEditor::give_prompt);
    el_set(editor_, EL_EDITOR, "emacs");
    el_set(editor_, EL_HIST, history, history_);
    el_set(editor_, EL_SIGNAL, 1);
    el_set(editor_, EL_ADDFN, "geode-complete", "Complete the word", &LibeditEditor::on_tab);
    el_set(editor_, EL_ADDFN, "geode-interrupt", "Drop the line", &LibeditEditor::on_interrupt);
    el_set(editor_, EL_ADDFN, "geode-suspend", "Stop the program", &LibeditEditor::on_suspend);
    el_set(editor_, EL_BIND, "^I", "geode-complete", nullptr);
    el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_set(editor_, EL_BIND, "\\e[1;5C", "em-next-word", nullptr);
    el_set(editor_, EL_BIND, "\\e[1;5D", "ed-prev-word", nullptr);
    el_source(editor_, nullptr);  // the user's ~/.editrc
    // While a line is edited Ctrl-C and Ctrl-Z are keys as any other. Before and after, they are
    // signals.
    el_set(editor_, EL_SETTY, "-d", "-isig", nullptr);
    el_set(editor_, EL_BIND, "^C", "geode-interrupt", nullptr);
    el_set(editor_, EL_BIND, "^Z", "geode-suspend", nullptr);
    // A Ctrl-D typed while a statement runs reaches the editor as a zero byte. libedit binds that
    // byte to whatever the terminal has no key for, among it the quoting of the next key, which
    // then is the next Ctrl-D.
    el_set(editor_, EL_BIND, "^@", "em-set-mark", nullptr);
  }

  ~LibeditEditor() override {
    el_end(editor_);
    history_end(history_);
  }

  Outcome read_line(const std::string& prompt, std::string& line) override {
    prompt_ = prompt;
    interrupted_ = false;
    // Before the prompt, which invites to type: libedit would do it after, and a Ctrl-C or Ctrl-D
    // that comes in between is not a key yet.
    el_set(editor_, EL_PREP_TERM, 1);
    int length = 0;
    const char* text = el_gets(editor_, &length);
    if (interrupted_) return Outcome::kInterrupted;
    if (text == nullptr || length <= 0) {
      std::fputc('\n', terminal_);
      std::fflush(terminal_);
      return Outcome::kEnd;
    }
    line.assign(text, static_cast<std::size_t>(length));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    return Outcome::kLine;
  }

  void add_history(const std::string& entry) override {
    HistEvent event;
    history(history_, &event, H_ENTER, entry.c_str());
  }

 private:
  static LibeditEditor& self(EditLine* editor) {
    void* pointer = nullptr;
    el_get(editor, EL_CLIENTDATA, &pointer);
    return *static_cast<LibeditEditor*>(pointer);
  }

  static char* give_prompt(EditLine* editor) { return self(editor).prompt_.data(); }

  static unsigned char on_interrupt(EditLine* editor, int) {
    LibeditEditor& me = self(editor);
    me.interrupted_ = true;
    std::fputs("^C\n", me.terminal_);
    std::fflush(me.terminal_);
    const LineInfo* info = el_line(editor);
    el_cursor(editor, static_cast<int>(info->lastchar - info->cursor));
    return CC_NEWLINE;
  }

  static unsigned char on_suspend(EditLine*, int) {
    ::raise(SIGTSTP);  // libedit puts the terminal in order, before and after
    return CC_REDISPLAY;
  }

  static unsigned char on_tab(EditLine* editor, int) { return self(editor).complete(); }

  unsigned char complete() {
    const LineInfo* info = el_line(editor_);
    const std::string before(info->buffer, info->cursor);
    Completions found = complete_(before);
    if (found.words.empty()) return CC_REFRESH_BEEP;
    const std::string typed = before.substr(found.begin);
    std::string common = found.words.front();
    for (const std::string& word : found.words) {
      const auto end = std::mismatch(common.begin(), common.end(), word.begin(), word.end()).first;
      common.erase(end, common.end());
    }
    const bool single = found.words.size() == 1;
    if (single && found.ends_word && !common.ends_with('(')) common += ' ';
    if (common.size() > typed.size() || (single && common != typed)) {
      el_deletestr(editor_, static_cast<int>(display_characters(typed)));
      if (el_insertstr(editor_, common.c_str()) != 0) return CC_REFRESH_BEEP;
      return CC_REFRESH;
    }
    list(found.words);
    return CC_REDISPLAY;
  }

  /// el_deletestr counts characters.
  static std::size_t display_characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  }

  void list(const std::vector<std::string>& words) {
    std::size_t width = 0;
    for (const std::string& word : words) width = std::max(width, display_width(word) + 2);
    const std::size_t in_line =
        std::max<std::size_t>(1, terminal_size(STDIN_FILENO).columns / width);
    std::string out = "\n";
    for (std::size_t i = 0; i < words.size(); ++i) {
      out += words[i];
      const bool last = (i + 1) % in_line == 0 || i + 1 == words.size();
      if (last) {
        out += '\n';
      } else {
        out.append(width - display_width(words[i]), ' ');
      }
    }
    std::fputs(out.c_str(), terminal_);
    std::fflush(terminal_);
  }

  const Complete complete_;
  std::FILE* terminal_;
  EditLine* editor_;
  History* history_;
  std::string prompt_;
  bool interrupted_ = false;
};

}  // namespace

std::unique_ptr<LineEditor> make_line_editor(LineEditor::Complete complete) {
  return std::make_unique<LibeditEditor>(std::move(complete));
}

}  // namespace geode::cli
