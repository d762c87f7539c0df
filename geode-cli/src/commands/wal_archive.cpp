#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <geode/log_archive.hpp>
#include "backup_text.hpp"
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "stop_request.hpp"
#include "talk.hpp"
#include "terminal.hpp"

namespace geode::cli {

namespace {

struct WalArchiveArguments {
  DatabaseArgument database;
  LogArchiveOptions options;
  bool since_checkpoint = false, quiet = false, json = false;
};

void show(const LogArchiveReport& report, const WalArchiveArguments& arguments) {
  if (arguments.json) {
    fmt::print(
        R"({{"schema":"geode.wal_archive/1","first_lsn":{},"last_lsn":{},"first_missing":{},)"
        R"("last_missing":{},"archive":{}}})"
        "\n",
        report.first_lsn, report.last_lsn, report.first_missing, report.last_missing,
        report.info.file.empty() ? "null" : backup_json(report.info, ""));
  } else if (!arguments.quiet) {
    if (report.info.file.empty()) {
      fmt::print("nothing to archive\n");
    } else {
      fmt::print("{}: commits {} to {}\n{}", report.info.file, report.first_lsn, report.last_lsn,
                 backup_lines(report.info));
    }
  }
}

int run_wal_archive(const WalArchiveArguments& arguments) {
  Talk talk;
  talk.quiet = arguments.quiet;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  std::unique_ptr<Database> database;
  try {
    Options opening;
    opening.create_if_missing = false;
    database = std::make_unique<Database>(arguments.database.path(), opening);
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of_opening(error);
  }
  watch_for_stop_request();
  try {
    LogArchiveReport report;
    {
      ProgressBar bar(!arguments.quiet);
      LogArchiveOptions options = arguments.options;
      if (options.wal_directory.empty()) options.wal_directory = arguments.database.wal_directory();
      options.progress = backup_progress(bar, "wal-archive");
      report = archive_log(*database, options);
    }
    if (report.last_missing != 0) {
      talk.say(fmt::format("commits {} to {} were dropped before they were archived: take a backup",
                           report.first_missing, report.last_missing));
    }
    show(report, arguments);
    return std::fflush(stdout) == 0 ? kExitSuccess : kExitLimit;
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of(error);
  }
}

}  // namespace

Command add_wal_archive_command(CLI::App& root) {
  auto arguments = std::make_shared<WalArchiveArguments>();
  CLI::App* app = root.add_subcommand(
      "wal-archive", "Move what is in no archive yet of a database's change log into one");
  arguments->database.add_to(*app);
  app->add_flag("--since-checkpoint", arguments->since_checkpoint,
                "Everything since the last archive; it is always so");
  app->add_option("-o,--output", arguments->options.output,
                  "The archive: FILE.tar.gz, .tar.zst or .tar")
      ->type_name("FILE")
      ->required();
  app->add_option("--wal-dir", arguments->options.wal_directory,
                  "Folder to which a program that has the database open moves its log")
      ->type_name("DIR");
  app->add_flag("--compress", arguments->options.compress,
                "Use gzip where the name of FILE says nothing");
  app->add_flag("--force", arguments->options.overwrite, "Replace FILE when it is there");
  app->add_flag("-q,--quiet", arguments->quiet, "Say nothing but errors");
  app->add_flag("--json", arguments->json, "Report as JSON on standard output");
  return {app, [arguments] { return run_wal_archive(*arguments); }};
}

}  // namespace geode::cli
