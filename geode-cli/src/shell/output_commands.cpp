#include <charconv>
#include <utility>

#include <geode/error.hpp>
#include <geode/session.hpp>
#include "shell/meta_commands.hpp"
#include "shell/pager.hpp"
#include "shell/shell.hpp"

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
          }};
}

}  // namespace geode::cli
