#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <geode/error.hpp>
#include <geode/upgrade.hpp>
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "json_writer.hpp"
#include "talk.hpp"
#include "terminal.hpp"

namespace geode::cli {

namespace {

struct UpgradeArguments {
  DatabaseArgument database;
  UpgradeOptions options;
  bool quiet = false;
  bool json = false;
};

std::string as_json(const UpgradeReport& report) {
  std::string out = R"({"schema":"geode.upgrade/1")";
  append_json_key(out, "path");
  append_json_string(out, report.path);
  out += fmt::format(R"(,"from_version":{},"to_version":{},"done":{})", report.from_version,
                     report.to_version, report.done);
  if (!report.kept.empty()) {
    append_json_key(out, "kept");
    append_json_string(out, report.kept);
  }
  out += fmt::format(R"(,"bytes_before":{},"bytes_after":{})", report.bytes_before,
                     report.bytes_after);
  return out + "}\n";
}

std::string as_text(const UpgradeReport& report) {
  if (report.from_version == report.to_version) {
    return fmt::format("format version {} is the present one\n", report.to_version);
  }
  if (!report.done) {
    return fmt::format("format version {} can be upgraded to {}\n", report.from_version,
                       report.to_version);
  }
  return fmt::format("upgraded from format version {} to {}{}\n", report.from_version,
                     report.to_version,
                     report.kept.empty() ? "" : "; the file before is " + report.kept);
}

int run_upgrade(const UpgradeArguments& arguments) {
  Talk talk;
  talk.quiet = arguments.quiet;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  try {
    const std::string path = arguments.database.path();
    if (path == ":memory:") {
      throw Error(status::kInvalidArgument, "an in-memory database has no file to upgrade");
    }
    const UpgradeReport report = upgrade(path, arguments.options);
    const std::string text = arguments.json    ? as_json(report)
                             : arguments.quiet ? std::string()
                                               : as_text(report);
    if (!write_output(text)) return kExitLimit;
    return kExitSuccess;
  } catch (const Error& error) {
    if (error.gqlstatus() == status::kInvalidArgument) {
      talk.usage(error.message(), error.hint_text());
      return kExitUsage;
    }
    talk.error(error, "");
    return exit_code_of_opening(error);
  }
}

}  // namespace

Command add_upgrade_command(CLI::App& root) {
  auto arguments = std::make_shared<UpgradeArguments>();
  CLI::App* app = root.add_subcommand(
      "upgrade", "Bring a database file of an older version to the present format");
  arguments->database.add_to(*app);
  app->add_flag("--check", arguments->options.check_only, "Only tell what would be done");
  app->add_flag("--keep", arguments->options.keep,
                "Leave the file before as FILE.v6, of version 6");
  app->add_flag("-q,--quiet", arguments->quiet, "Say nothing but errors");
  app->add_flag("--json", arguments->json, "Report as JSON on standard output");
  return {app, [arguments] { return run_upgrade(*arguments); }};
}

}  // namespace geode::cli
