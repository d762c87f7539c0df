#pragma once

#include <chrono>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <geode/database.hpp>
#include "output.hpp"
#include "renderers/renderer.hpp"
#include "shell/interrupt.hpp"
#include "shell/script_reader.hpp"
#include "shell/target.hpp"
#include "talk.hpp"

namespace geode::cli {

enum class PlanMode { kOff, kExplain, kProfile };

struct ShellSettings {
  Format format = Format::kCsv;
  std::optional<std::string> null_text;
  bool headers = true;
  /// Columns of a table; absent: those of the terminal, or no limit when the output is none.
  std::optional<std::size_t> width;
  bool timing = false;
  bool footer = false;  ///< number of rows after each table
  bool pager = false;
  bool color = false;  ///< on standard output
  PlanMode plan = PlanMode::kOff;
  std::chrono::milliseconds timeout{0};
  bool keep_going = false;
  bool asks = false;  ///< someone sits at the terminal who can answer questions
};

/// The rows of the last statement, as long as they are few enough to be kept.
struct LastResult {
  static constexpr std::size_t kKeptRows = 10'000;
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
  bool there = false;
  bool too_long = false;
};

/// The engine room of the shell: what statements go to, and where results go. Knows
/// nothing of line editing; conversations and scripts drive it alike.
class Shell {
 public:
  /// `place` is the path of a file, or the URL of a server. Throws Error when it cannot be opened.
  Shell(const std::string& place, const Options& options, const ShellSettings& settings,
        const Talk& talk, Interrupts& interrupts);

  /// Runs a statement or a dot command and shows what comes of it. Gives an ExitCode; errors have
  /// been told.
  int run(const Input& input, std::string_view origin = {});
  /// Runs everything in `script` as it comes; stops at the first error unless settings say
  /// otherwise. Gives the code of the first error. `name` is what errors call it.
  int run_script(std::istream& script, std::string_view name);

  int run_statement(std::string_view text, std::string_view origin = {});
  /// Shows a table that no statement made.
  void show(const std::vector<std::string>& columns, const std::vector<std::vector<Value>>& rows);

  /// Opens another database in place of this one.
  void open(const std::string& place, const Options& options);

  ShellSettings& settings() { return settings_; }
  Output& output() { return output_; }
  const Talk& talk() const { return talk_; }
  Talk& talk() { return talk_; }
  Interrupts& interrupts() { return interrupts_; }
  Target& target() { return *target_; }
  const Options& options() const { return options_; }
  Parameters& parameters() { return parameters_; }
  const std::string& last_statement() const { return last_statement_; }
  const LastResult& last_result() const { return last_result_; }
  RenderOptions render_options() const;
  /// Steps of the tutorial that were shown.
  std::size_t tutorial_step() const { return tutorial_step_; }
  void set_tutorial_step(std::size_t step) { tutorial_step_ = step; }
  bool leaving() const { return leaving_; }
  void leave() { leaving_ = true; }

 private:
  int execute_and_show(std::string_view text, std::string_view origin);
  void show_result(Result& result);
  void keep(const std::vector<Value>& row);
  void show_summary(const Summary& summary, std::string_view statement, bool has_table,
                    double seconds);
  std::string with_plan_mode(std::string_view text) const;

  Options options_;
  ShellSettings settings_;
  Talk talk_;
  Interrupts& interrupts_;
  Output output_;
  std::unique_ptr<Target> target_;
  Parameters parameters_;
  std::string last_statement_;
  LastResult last_result_;
  std::size_t tutorial_step_ = 0;
  int outcome_ = 0;  ///< of the last statement; a dot command that runs statements ends as the last
                     ///< of them did
  bool leaving_ = false;
};

}  // namespace geode::cli
