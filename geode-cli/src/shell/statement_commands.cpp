#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include <geode/error.hpp>
#include "exit_codes.hpp"
#include "json_value.hpp"
#include "shell/meta_commands.hpp"
#include "shell/pager.hpp"
#include "shell/shell.hpp"

namespace geode::cli {

namespace {

double number_of_seconds(const std::string& word) {
  double seconds = 0;
  const char* end = word.data() + word.size();
  const auto result = std::from_chars(word.data(), end, seconds);
  if (result.ec != std::errc() || result.ptr != end || seconds < 0 || seconds > 1e6) {
    throw Error(status::kInvalidArgument, "`" + word + "` is no number of seconds");
  }
  return seconds;
}

void read_script(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  if (words.size() != 1) throw Error(status::kSyntaxError, ".read needs the name of one file");
  std::ifstream file(words[0], std::ios::binary);
  if (!file) throw Error(status::kIo, "cannot read " + words[0] + ": " + std::strerror(errno));
  shell.run_script(file, words[0]);
}

void list_parameters(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  if (!words.empty()) {
    if (words[0] != "clear") throw Error(status::kSyntaxError, "the form is .params [clear]");
    shell.parameters() = Parameters();
    return;
  }
  std::vector<std::vector<Value>> rows;
  for (const auto& [name, value] : shell.parameters().entries()) {
    rows.push_back({"$" + name, value.to_string(), std::string(type_name(value.type()))});
  }
  shell.show({"parameter", "value", "type"}, rows);
}

void set_parameter(Shell& shell, const std::vector<std::string>& words, std::string_view rest) {
  if (words.size() < 2) throw Error(status::kSyntaxError, ".param needs a name and a value");
  std::string name = words[0];
  if (name.front() == '$') name.erase(0, 1);
  const std::string_view text = trimmed(rest.substr(rest.find(words[0]) + words[0].size()));
  // 'text' in the quotes of the language is a string as well.
  const bool quoted = words.size() == 2 && text.front() == '\'';
  shell.parameters().set(std::move(name),
                         quoted ? Value(words[1]) : parameter_value(text, shell.target().values()));
}

void begin(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  const bool read = !words.empty() && (same_word(words[0], "read"));
  if (!words.empty() && !read) throw Error(status::kSyntaxError, "the form is .begin [read]");
  shell.run_statement(read ? "START TRANSACTION READ ONLY" : "START TRANSACTION");
}

void commit(Shell& shell, const std::vector<std::string>&, std::string_view) {
  shell.run_statement("COMMIT");
}

void roll_back(Shell& shell, const std::vector<std::string>&, std::string_view) {
  shell.run_statement("ROLLBACK");
}

void set_plan_mode(Shell& shell, const std::vector<std::string>& words, std::string_view rest,
                   PlanMode mode) {
  PlanMode& setting = shell.settings().plan;
  if (words.size() <= 1 &&
      (words.empty() || same_word(words[0], "on") || same_word(words[0], "off"))) {
    setting = switch_value(words, setting == mode) ? mode : PlanMode::kOff;
    return;
  }
  const PlanMode before = std::exchange(setting, mode);
  shell.run_statement(rest);
  setting = before;
}

void explain(Shell& shell, const std::vector<std::string>& words, std::string_view rest) {
  set_plan_mode(shell, words, rest, PlanMode::kExplain);
}

void profile(Shell& shell, const std::vector<std::string>& words, std::string_view rest) {
  set_plan_mode(shell, words, rest, PlanMode::kProfile);
}

void watch(Shell& shell, const std::vector<std::string>& words, std::string_view rest) {
  double seconds = 2;
  std::string statement = shell.last_statement();
  if (!words.empty()) {
    seconds = number_of_seconds(words[0]);
    const std::string_view given = trimmed(rest.substr(words[0].size()));
    if (!given.empty()) statement = given;
  }
  if (statement.empty()) throw Error(status::kSyntaxError, "there is no statement to repeat");
  const bool pager = std::exchange(shell.settings().pager, false);
  const auto pause = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
  int code = kExitSuccess;
  do {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    char stamp[32] = "";
    std::strftime(stamp, sizeof stamp, "%H:%M:%S", ::localtime_r(&now, &local));
    shell.talk().say(std::string(stamp) + ", every " + (words.empty() ? "2" : words[0]) + " s");
    code = shell.run_statement(statement);
  } while (code == kExitSuccess && !shell.interrupts().sleep(pause));
  shell.settings().pager = pager;
}

void edit(Shell& shell, const std::vector<std::string>&, std::string_view) {
  const char* directory = std::getenv("TMPDIR");
  std::string path =
      std::string(directory != nullptr && *directory ? directory : "/tmp") + "/geode-XXXXXX.gql";
  const int descriptor = ::mkstemps(path.data(), 4);
  if (descriptor < 0) throw Error(status::kIo, "cannot make " + path + ": " + std::strerror(errno));
  ::close(descriptor);
  std::ofstream(path) << shell.last_statement() << '\n';
  const char* visual = std::getenv("VISUAL");
  const char* editor = visual != nullptr && *visual ? visual : std::getenv("EDITOR");
  const std::string program = editor != nullptr && *editor ? editor : "vi";
  const int outcome = run_in_terminal(program + " '" + path + "'");
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  ::unlink(path.c_str());
  if (outcome != 0)
    throw Error(status::kIo, program + " ended with status " + std::to_string(outcome));
  shell.talk().say(trimmed(text.str()));
  shell.run_script(text, "");
}

void set_timeout(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  const double seconds =
      words.empty() || same_word(words[0], "off") ? 0 : number_of_seconds(words[0]);
  shell.settings().timeout = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace

MetaCommandGroup statement_commands() {
  return {"Statements",
          {
              {"begin", "", "[read]", "start a transaction", begin},
              {"commit", "", "", "end it and keep its changes", commit},
              {"rollback", "", "", "end it and drop its changes", roll_back},
              {"param", "set", "NAME VALUE", "set a parameter: .param age 36", set_parameter},
              {"params", "", "[clear]", "the parameters that are set", list_parameters},
              {"explain", "", "[on|off|STATEMENT]", "show plans in place of results", explain},
              {"profile", "", "[on|off|STATEMENT]", "run, then show the plan with rows and times",
               profile},
              {"read", "i", "FILE", "run a script", read_script},
              {"edit", "e", "", "edit the last statement, then run it", edit},
              {"watch", "watch", "[SECONDS [STATEMENT]]", "repeat a statement until Ctrl-C", watch},
              {"timeout", "", "[SECONDS|off]", "end statements that run longer", set_timeout},
          }};
}

}  // namespace geode::cli
