#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <geode/database.hpp>
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "talk.hpp"
#include "terminal.hpp"

namespace geode::cli {

namespace {

struct CompactArguments {
  std::string database, output;
  bool quiet = false;
  bool json = false;
};

/// A compacted copy; the original is only read.
CompactReport copy_compacted(const std::string& from, const std::string& to) {
  Options options;
  options.read_only = true;
  CompactReport report;
  {
    const Database original(from, options);
    report.bytes_before = original.file_info().file_bytes;
    original.save(to);
  }
  Options existing;
  existing.create_if_missing = false;
  try {
    const CompactReport copy = Database(to, existing).compact();
    report.bytes_after = copy.bytes_after;
    report.merges_left = copy.merges_left;
  } catch (...) {
    ::unlink(to.c_str());
    ::unlink((to + "-lock").c_str());
    throw;
  }
  return report;
}

int run_compact(const CompactArguments& arguments) {
  Talk talk;
  talk.quiet = arguments.quiet;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  std::string path;
  std::unique_ptr<Database> database;
  try {
    path = database_path(arguments.database);
    if (path == ":memory:") {
      throw Error(status::kInvalidArgument, "an in-memory database has no file to compact");
    }
    if (arguments.output.empty()) {
      Options options;
      options.create_if_missing = false;
      database = std::make_unique<Database>(path, options);
    }
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of_opening(error);
  }
  try {
    const CompactReport report =
        database != nullptr ? database->compact() : copy_compacted(path, arguments.output);
    if (arguments.json) {
      fmt::print(R"({{"schema":"geode.compact/1","bytes_before":{},"bytes_after":{}}})"
                 "\n",
                 report.bytes_before, report.bytes_after);
    } else {
      talk.say(
          fmt::format("{} bytes before, {} bytes after", report.bytes_before, report.bytes_after));
    }
    return std::fflush(stdout) == 0 ? kExitSuccess : kExitLimit;
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of(error);
  }
}

}  // namespace

Command add_compact_command(CLI::App& root) {
  auto arguments = std::make_shared<CompactArguments>();
  CLI::App* app =
      root.add_subcommand("compact", "Give the space of what was deleted back to the file system");
  app->add_option("database", arguments->database,
                  "File of the database; nobody else may have it open")
      ->type_name("DATABASE")
      ->required();
  app->add_option(
         "--output", arguments->output,
         "Write a compacted copy there, with an id of its own, and leave the file as it is")
      ->type_name("FILE");
  app->add_flag("-q,--quiet", arguments->quiet, "Say nothing but errors");
  app->add_flag("--json", arguments->json, "Report as JSON on standard output");
  return {app, [arguments] { return run_compact(*arguments); }};
}

}  // namespace geode::cli
