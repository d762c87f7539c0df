#include <cstdint>
#include <cstdio>
#include <memory>
#include <signal.h>
#include <string>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <geode/verify.hpp>
#include "commands/commands.hpp"
#include "commands/file_owner.hpp"
#include "config/units.hpp"
#include "exit_codes.hpp"
#include "import_run.hpp"
#include "json_writer.hpp"
#include "progress.hpp"
#include "talk.hpp"
#include "terminal.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

struct VerifyArguments {
  DatabaseArgument database;
  std::size_t findings = 100;
  std::string memory;
  bool quiet = false;
  bool verbose = false;
  bool json = false;
};

volatile sig_atomic_t interrupted = 0;

extern "C" void note_verify_interrupt(int) {
  if (interrupted) ::_exit(kExitInterrupted);
  interrupted = 1;
}

std::string_view word(VerifySeverity severity) {
  return severity == VerifySeverity::kDamage ? "damage" : "warning";
}

std::string line_of(const VerifyPart& part) {
  if (!part.skipped.empty()) return fmt::format("{:<10} left out: {}", part.name, part.skipped);
  return fmt::format("{:<10} {} {} in {}{}", part.name, grouped_digits(part.items), part.noun,
                     duration_text(part.seconds),
                     part.findings == 0 ? "" : ", " + counted(part.findings, "finding"));
}

void append_text(std::string& out, std::string_view key, std::string_view text) {
  append_json_key(out, key);
  append_json_string(out, text);
}

void append_number(std::string& out, std::string_view key, std::uint64_t number) {
  append_json_key(out, key);
  out += std::to_string(number);
}

std::string as_json(const VerifyReport& report) {
  std::string out = "{";
  append_text(out, "schema", "geode.verify/1");
  append_text(out, "path", report.path);
  append_text(out, "database_id", report.database_id);
  append_number(out, "format_version", report.format_version);
  append_number(out, "transaction", report.transaction);
  append_json_key(out, "ok");
  out += report.ok() ? "true" : "false";
  append_number(out, "damages", report.damages);
  append_json_key(out, "seconds");
  out += fmt::format("{:.3f}", report.seconds);
  append_json_key(out, "parts");
  out += '[';
  for (const VerifyPart& part : report.parts) {
    out += &part == &report.parts.front() ? "{" : ",{";
    append_text(out, "name", part.name);
    append_number(out, "items", part.items);
    append_text(out, "noun", part.noun);
    append_number(out, "findings", part.findings);
    append_json_key(out, "seconds");
    out += fmt::format("{:.3f}", part.seconds);
    if (!part.skipped.empty()) append_text(out, "skipped", part.skipped);
    out += '}';
  }
  out += ']';
  append_json_key(out, "findings");
  out += '[';
  for (const VerifyFinding& finding : report.findings) {
    out += &finding == &report.findings.front() ? "{" : ",{";
    append_text(out, "severity", word(finding.severity));
    append_text(out, "part", finding.part);
    append_text(out, "table", finding.table);
    append_text(out, "where", finding.where);
    append_text(out, "found", finding.found);
    append_text(out, "expected", finding.expected);
    out += '}';
  }
  out += ']';
  append_number(out, "more_findings", report.more_findings);
  return out + "}\n";
}

/// The findings, or `ok`.
std::string as_text(const VerifyReport& report) {
  std::string out;
  for (const VerifyFinding& finding : report.findings) {
    out += fmt::format("{}: {} (table {}): found {}; expected {}\n", word(finding.severity),
                       finding.where, finding.table, finding.found, finding.expected);
  }
  if (report.more_findings > 0) out += fmt::format("... and {} more\n", report.more_findings);
  if (report.ok()) out += "ok\n";
  return out;
}

int run_verify(const VerifyArguments& arguments) {
  Talk talk;
  talk.quiet = arguments.quiet;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  VerifyOptions options;
  std::string path;
  try {
    path = arguments.database.path();
    options.maximum_findings = arguments.findings;
    if (!arguments.memory.empty()) options.memory_bytes = server::parse_size(arguments.memory);
    if (path == ":memory:") {
      throw Error(status::kInvalidArgument, "an in-memory database has no file to verify");
    }
  } catch (const Error& error) {
    if (error.gqlstatus() == status::kInvalidArgument) {
      talk.usage(error.message(), error.hint_text());
      return kExitUsage;
    }
    talk.error(error, "");
    return exit_code_of_opening(error);
  }
  struct sigaction action {};
  action.sa_handler = note_verify_interrupt;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  try {
    VerifyReport report;
    {
      ProgressBar bar(!arguments.quiet);
      options.progress = [&](const VerifyProgress& progress) {
        bar.update(progress.part, progress.done, progress.total, progress.done, "items");
        return interrupted == 0;
      };
      report = verify(path, options);
      give_to_owner_of_folder(path);  // its lock file
    }
    if (arguments.verbose || is_terminal(STDERR_FILENO)) {
      for (const VerifyPart& part : report.parts) talk.say(line_of(part));
    }
    const std::string text = arguments.json ? as_json(report) : as_text(report);
    if (!write_output(text)) return kExitLimit;
    return report.ok() ? kExitSuccess : kExitDamaged;
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of(error);
  }
}

}  // namespace

Command add_verify_command(CLI::App& root) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* app = root.add_subcommand(
      "verify", "Compare everything a database says about itself; others may use it meanwhile");
  arguments->database.add_to(*app);
  app->add_option("--findings", arguments->findings, "Findings to show at most; 100 when left out")
      ->type_name("COUNT");
  app->add_option("--memory", arguments->memory,
                  "Memory to compare edges in, such as 1GB; 256MiB when left out")
      ->type_name("SIZE");
  app->add_flag("-q,--quiet", arguments->quiet, "Say nothing but findings and errors");
  app->add_flag("-v,--verbose", arguments->verbose,
                "Tell what was looked at, a line for each part");
  app->add_flag("--json", arguments->json, "Report as JSON on standard output");
  return {app, [arguments] { return run_verify(*arguments); }};
}

}  // namespace geode::cli
