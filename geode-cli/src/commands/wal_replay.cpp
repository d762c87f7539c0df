#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <geode/log_archive.hpp>
#include "backup_text.hpp"
#include "commands/commands.hpp"
#include "commands/file_owner.hpp"
#include "exit_codes.hpp"
#include "progress.hpp"
#include "stop_request.hpp"
#include "talk.hpp"
#include "terminal.hpp"

namespace geode::cli {

namespace {

struct WalReplayArguments {
  DatabaseArgument database;
  std::string folder, time, timeline;
  bool quiet = false, json = false;
};

void show(const LogReplayReport& report, const WalReplayArguments& arguments) {
  if (arguments.json) {
    fmt::print(R"({{"schema":"geode.wal_replay/1",{}}})"
               "\n",
               replay_json(report.replay, report.archives));
  } else if (!arguments.quiet) {
    fmt::print("{}", replay_lines(report.replay, report.archives));
  }
}

int run_wal_replay(const WalReplayArguments& arguments) {
  Talk talk;
  talk.quiet = arguments.quiet;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  ReplayRequest request;
  request.timeline = arguments.timeline;
  if (!read_target_time(arguments.time, request, talk)) return kExitUsage;
  watch_for_stop_request();
  try {
    LogReplayReport report;
    {
      ProgressBar bar(!arguments.quiet);
      request.progress = replay_progress(bar, "wal-replay");
      report = replay_archives(arguments.database.path(), arguments.folder, request);
      give_to_owner_of_folder(arguments.database.path());
    }
    say_what_is_missing(request, report.replay, talk);
    show(report, arguments);
    return std::fflush(stdout) == 0 ? kExitSuccess : kExitLimit;
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of(error);
  }
}

}  // namespace

Command add_wal_replay_command(CLI::App& root) {
  auto arguments = std::make_shared<WalReplayArguments>();
  CLI::App* app = root.add_subcommand(
      "wal-replay", "Take a restored database on to a later state by archives of its change log");
  arguments->database.add_to(*app);
  app->add_option("--wal-archive", arguments->folder,
                  "Folder with the archives of geode wal-archive, in any order")
      ->type_name("DIR")
      ->required();
  app->add_option("--target-time", arguments->time,
                  "Leave out commits behind this time, as 2026-11-21T15:30:00Z")
      ->type_name("TIME");
  app->add_option("--timeline", arguments->timeline,
                  "Go along this timeline, not the one that began last")
      ->type_name("ID");
  app->add_flag("-q,--quiet", arguments->quiet, "Say nothing but errors");
  app->add_flag("--json", arguments->json, "Report as JSON on standard output");
  return {app, [arguments] { return run_wal_replay(*arguments); }};
}

}  // namespace geode::cli
