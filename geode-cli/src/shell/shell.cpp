#include "shell/shell.hpp"

#include <istream>
#include <unistd.h>
#include <utility>

#include "exit_codes.hpp"
#include "shell/delete_guard.hpp"
#include "shell/meta_commands.hpp"
#include "terminal.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t\r\n(;"));
}

/// EXPLAIN and PROFILE make sense for what has a plan.
bool has_plan(std::string_view text) {
  for (const std::string_view word :
       {"EXPLAIN", "PROFILE", "SHOW", "BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT",
        "RELEASE", "SESSION", "PING", "DROP"}) {
    if (same_word(first_word(text), word)) return false;
  }
  return true;
}

}  // namespace

Shell::Shell(const std::string& place, const Options& options, const ShellSettings& settings,
             const Talk& talk, Interrupts& interrupts)
    : options_(options), settings_(settings), talk_(talk), interrupts_(interrupts) {
  open(place, options);
}

void Shell::open(const std::string& place, const Options& options) {
  target_ = open_target(place, options);
  options_ = options;
}

int Shell::run(const Input& input, std::string_view origin) {
  if (input.kind == Input::Kind::kStatement) return run_statement(input.text, origin);
  outcome_ = kExitSuccess;
  try {
    run_meta_command(*this, input.text);
    return outcome_;
  } catch (const Error& error) {
    talk_.error(error, "", origin);
    return exit_code_of(error);
  }
}

int Shell::run_script(std::istream& script, std::string_view name) {
  ScriptReader reader;
  int code = kExitSuccess;
  const auto run_ready = [&] {
    while (std::optional<Input> input = reader.take()) {
      const std::string origin =
          name.empty() ? std::string() : std::string(name) + ':' + std::to_string(input->line);
      const int outcome = run(*input, origin);
      if (outcome != kExitSuccess && code == kExitSuccess) code = outcome;
      if (leaving_ || outcome == kExitInterrupted) return false;
      if (outcome != kExitSuccess && !settings_.keep_going) return false;
    }
    return true;
  };
  for (std::string line; std::getline(script, line);) {
    reader.feed(line);
    if (!run_ready()) return code;
  }
  reader.end_statement();
  run_ready();
  return code;
}

std::string Shell::with_plan_mode(std::string_view text) const {
  if (settings_.plan == PlanMode::kOff || !has_plan(text)) return std::string(text);
  const std::string_view prefix = settings_.plan == PlanMode::kExplain ? "EXPLAIN " : "PROFILE ";
  return std::string(prefix) + std::string(text);
}

int Shell::run_statement(std::string_view text, std::string_view origin) {
  outcome_ = execute_and_show(text, origin);
  return outcome_;
}

int Shell::execute_and_show(std::string_view given, std::string_view origin) {
  if (same_word(given, "exit") || same_word(given, "quit")) {
    leave();
    return kExitSuccess;
  }
  const std::string text = with_plan_mode(given);
  last_statement_ = given;
  try {
    std::optional<Interrupts::Running> running;
    running.emplace(interrupts_, *target_);
    const auto start = std::chrono::steady_clock::now();
    const StatementOptions options{.timeout = settings_.timeout, .memory_limit_bytes = 0};
    Result result = needs_guard(*this, text) ? run_guarded(*this, text, options)
                                             : target_->execute(text, parameters_, options);
    if (same_word(text, "ping") && !is_json(settings_.format)) {
      output_.write(cell_text(result.single(), "") + '\n');
      output_.flush();
      return kExitSuccess;
    }
    output_.begin_result(settings_.pager);
    show_result(result);
    const Summary& summary = result.summary();
    running.reset();  // a Ctrl-C in the pager is not for the statement
    output_.end_result();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    show_summary(summary, text, result.has_columns(), elapsed.count());
    return kExitSuccess;
  } catch (const Error& error) {
    try {
      output_.end_result();
    } catch (const Error&) {
      // The same trouble once more; the first telling is the better one.
    }
    talk_.error(error, text, origin);
    return exit_code_of(error);
  }
}

void Shell::show_result(Result& result) {
  const auto show_plan = [&] {
    std::string plan = result.plan();
    if (!plan.empty() && plan.back() != '\n') plan += '\n';
    output_.write(plan);
  };
  if (!result.has_columns() || !result.plan().empty()) {
    result.consume();
    show_plan();
    return;
  }
  const auto renderer = make_renderer(settings_.format, render_options(), output_);
  last_result_ = {};
  last_result_.columns = result.columns();
  last_result_.there = true;
  renderer->begin(result.columns());
  while (const std::optional<Row> row = result.next()) {
    renderer->row(row->values());
    keep(row->values());
    if (interrupts_.pending()) throw Error(status::kCancelled, "interrupted");
  }
  renderer->end();
  result.consume();
  show_plan();
}

void Shell::keep(const std::vector<Value>& row) {
  if (last_result_.too_long) return;
  if (last_result_.rows.size() < LastResult::kKeptRows) {
    last_result_.rows.push_back(row);
    return;
  }
  last_result_.too_long = true;
  last_result_.rows = {};
}

void Shell::show_summary(const Summary& summary, std::string_view statement, bool has_table,
                         double seconds) {
  for (const Notice& notice : summary.notices) talk_.warn(notice, statement);
  std::string line = describe(summary.counters);
  const auto add = [&](const std::string& part) {
    if (!line.empty()) line += " · ";
    line += part;
  };
  if (has_table && settings_.footer) add(counted(summary.rows, "row"));
  if (settings_.timing) add(duration_text(seconds));
  if (!line.empty()) talk_.say(line);
}

void Shell::show(const std::vector<std::string>& columns,
                 const std::vector<std::vector<Value>>& rows) {
  output_.begin_result(settings_.pager);
  const auto renderer = make_renderer(settings_.format, render_options(), output_);
  renderer->begin(columns);
  for (const std::vector<Value>& row : rows) renderer->row(row);
  renderer->end();
  output_.end_result();
}

RenderOptions Shell::render_options() const {
  RenderOptions options;
  options.null_text = settings_.null_text;
  options.headers = settings_.headers;
  options.color = settings_.color;
  if (settings_.width) {
    options.max_width = *settings_.width;
  } else if (output_.to_terminal()) {
    options.max_width = terminal_size(STDOUT_FILENO).columns;
  }
  return options;
}

}  // namespace geode::cli
