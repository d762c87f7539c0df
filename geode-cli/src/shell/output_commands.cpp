#include <charconv>
#include <cstdint>
#include <cstdio>
#include <unistd.h>
#include <utility>

#include <geode/error.hpp>
#include <geode/session.hpp>
#include "shell/meta_commands.hpp"
#include "shell/pager.hpp"
#include "shell/shell.hpp"
#include "terminal.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

void tell(Shell& shell, std::string_view what, bool on) {
  shell.talk().say(std::string(what) + (on ? " is on" : " is off"));
}

void mode(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  if (words.empty()) {
    shell.talk().say("mode is " + std::string(name_of(shell.settings().format)));
    return;
  }
  const std::optional<Format> format = format_of(words[0]);
  if (!format) {
    std::string all;
    for (const std::string& name : format_names()) all += (all.empty() ? "" : ", ") + name;
    const std::string nearest = nearest_name(words[0], format_names());
    throw Error(status::kInvalidArgument, "there is no mode `" + words[0] + "`")
        .hint(nearest.empty() ? "modes are " + all : "did you mean `" + nearest + "`?");
  }
  shell.settings().format = *format;
}

void expanded(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  Format& format = shell.settings().format;
  const bool on = switch_value(words, format == Format::kLine);
  format = on ? Format::kLine : Format::kBox;
  tell(shell, "expanded display", on);
}

void width(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  std::optional<std::size_t>& setting = shell.settings().width;
  if (words.empty() || words[0] == "auto") {
    setting.reset();
    return;
  }
  std::size_t columns = 0;
  const char* end = words[0].data() + words[0].size();
  const auto result = std::from_chars(words[0].data(), end, columns);
  if (result.ec != std::errc() || result.ptr != end) {
    throw Error(status::kInvalidArgument, "the form is .width [COLUMNS|0|auto]");
  }
  setting = columns;
}

void null_text(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  if (words.empty()) {
    shell.settings().null_text.reset();
  } else {
    shell.settings().null_text = words[0];
  }
}

void headers(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  shell.settings().headers = switch_value(words, shell.settings().headers);
  tell(shell, "the line of names", shell.settings().headers);
}

void timing(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  shell.settings().timing = switch_value(words, shell.settings().timing);
  tell(shell, "timing", shell.settings().timing);
}

void pager(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  bool& setting = shell.settings().pager;
  setting = switch_value(words, setting);
  const std::string command = pager_command();
  tell(shell, command.empty() ? "the pager (none found)" : "the pager `" + command + "`", setting);
}

void output(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  shell.output().redirect(words.empty() || words[0] == "stdout" ? "" : words[0]);
}

void once(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  if (words.size() != 1) throw Error(status::kSyntaxError, ".once needs the name of a file");
  shell.output().redirect_once(words[0]);
}

/// The rows of the last statement. Throws when they were not kept.
const LastResult& kept_result(const Shell& shell) {
  const LastResult& last = shell.last_result();
  if (!last.there) throw Error(status::kNoData, "there is no result yet");
  if (last.too_long) {
    throw Error(
        status::kLimitExceeded,
        "only results of at most " + grouped_digits(LastResult::kKeptRows) + " rows are kept")
        .hint("run the statement again");
  }
  return last;
}

void last(Shell& shell, const std::vector<std::string>& words, std::string_view rest) {
  const LastResult& result = kept_result(shell);
  if (!words.empty()) mode(shell, words, rest);
  shell.show(result.columns, result.rows);
}

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group <<= 8;
      if (at + i < bytes.size()) group |= static_cast<unsigned char>(bytes[at + i]);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out += at + i <= bytes.size() ? kDigits[(group >> (18 - 6 * i)) & 63] : '=';
    }
  }
  return out;
}

/// OSC 52: the terminal, near or far, takes the text into its clipboard.
void copy(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  if (!words.empty()) throw Error(status::kSyntaxError, ".copy takes no arguments");
  const LastResult& result = kept_result(shell);
  if (!is_terminal(STDERR_FILENO)) {
    throw Error(status::kInvalidArgument, ".copy needs a terminal").hint(".once FILE needs none");
  }
  std::string text;
  {
    Output output(text);
    RenderOptions options = shell.render_options();
    options.color = false;
    const auto renderer = make_renderer(shell.settings().format, options, output);
    renderer->begin(result.columns);
    for (const std::vector<Value>& row : result.rows) renderer->row(row);
    renderer->end();
    output.flush();
  }
  // What xterm takes; others take as much or more.
  static constexpr std::size_t kMostBytes = 74'994;
  if (text.size() > kMostBytes) {
    throw Error(status::kLimitExceeded, bytes_text(text.size()) + " are too much for the clipboard")
        .hint(".once FILE takes any size");
  }
  std::fputs(("\x1b]52;c;" + base64(text) + '\a').c_str(), stderr);
  std::fflush(stderr);
  shell.talk().say(counted(result.rows.size(), "row") + " copied, if the terminal allows it");
}

}  // namespace

MetaCommandGroup output_commands() {
  return {"Output",
          {
              {"mode", "", "[MODE]", "box, table, csv, tsv, json, jsonl, markdown or line", mode},
              {"expanded", "x", "[on|off]", "one value a line", expanded},
              {"headers", "t", "[on|off]", "the line with the names of columns", headers},
              {"width", "", "[COLUMNS|0|auto]", "width of tables; 0: as wide as it takes", width},
              {"null", "", "[TEXT]", "what stands for null", null_text},
              {"timing", "timing", "[on|off]", "how long statements take", timing},
              {"pager", "", "[on|off]", "show long results page by page", pager},
              {"output", "o", "[FILE]", "send results to a file, or back to the screen", output},
              {"once", "", "FILE", "send the next result to a file", once},
              {"last", "", "[MODE]", "the last result again, in another mode", last},
              {"copy", "", "", "the last result to the clipboard of the terminal", copy},
          }};
}

}  // namespace geode::cli
