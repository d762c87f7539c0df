#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <geode/log_archive.hpp>
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "progress.hpp"
#include "stop_request.hpp"
#include "talk.hpp"
#include "terminal.hpp"
#include "time_text.hpp"

namespace geode::cli {

namespace {

struct WalReplayArguments {
  DatabaseArgument database;
  std::string folder, time, timeline;
  bool quiet = false, json = false;
};

void show(const LogReplayReport& report, const WalReplayArguments& arguments) {
  const ReplayReport& replay = report.replay;
  if (arguments.json) {
    fmt::print(
        R"({{"schema":"geode.wal_replay/1","archives":{},"records":{},"lsn":{},"commit_time":{},)"
        R"("timeline":"{}","new_timeline":"{}","reached_target":{}}})"
        "\n",
        report.archives, replay.records, replay.lsn,
        replay.commit_time == 0 ? "null" : "\"" + time_text(replay.commit_time) + "\"",
        replay.timeline, replay.new_timeline, replay.reached_target);
  } else if (!arguments.quiet) {
    fmt::print("{} commits of {} archives applied\n", replay.records, report.archives);
    fmt::print("last commit: {}{}\n", replay.lsn,
               replay.commit_time == 0 ? "" : " at " + time_text(replay.commit_time));
    fmt::print("timeline: {}, next {}\n", replay.timeline.empty() ? "none" : replay.timeline,
               replay.new_timeline);
  }
}

int run_wal_replay(const WalReplayArguments& arguments) {
  Talk talk;
  talk.quiet = arguments.quiet;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  ReplayRequest request;
  request.timeline = arguments.timeline;
  if (!arguments.time.empty()) {
    request.until = time_of(arguments.time);
    if (!request.until) {
      talk.usage("`" + arguments.time + "` is not a time", "RFC 3339, as in 2026-11-21T15:30:00Z");
      return kExitUsage;
    }
  }
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
    LogReplayReport report;
    {
      ProgressBar bar(!arguments.quiet);
      request.progress = [&](std::uint64_t done, std::uint64_t all) {
        bar.update("wal-replay", done, all, done, "commits");
        return !stop_requested();
      };
      report = replay_archives(*database, arguments.folder, request);
    }
    if (request.until && !report.replay.reached_target) {
      talk.say("the archives hold no commit behind that time: it is the end of what is archived");
    }
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
