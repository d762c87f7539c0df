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
#include "time_text.hpp"

namespace geode::cli {

namespace {

struct ChangeLogArguments {
  std::string action, database;
  std::uint64_t limit = std::uint64_t{4} << 30;
  bool json = false;
};

void show(const ChangeLogInfo& info, bool json) {
  if (json) {
    fmt::print(
        R"({{"schema":"geode.change_log/1","on":{},"lsn":{},"commit_time":{},"first_lsn":{},)"
        R"("archived_lsn":{},"dropped_lsn":{},"bytes":{},"limit_bytes":{},"timeline":"{}"}})"
        "\n",
        info.on, info.lsn,
        info.commit_time == 0 ? "null" : "\"" + time_text(info.commit_time) + "\"", info.first_lsn,
        info.archived_lsn, info.dropped_lsn, info.bytes, info.limit_bytes, info.timeline);
    return;
  }
  fmt::print("change log        {}\n", info.on ? "on" : "off");
  fmt::print("last commit       {}{}\n", info.lsn,
             info.commit_time == 0 ? "" : " at " + time_text(info.commit_time));
  if (!info.timeline.empty()) fmt::print("timeline          {}\n", info.timeline);
  if (info.first_lsn != 0) {
    fmt::print("not yet archived  commits {} to {}, {} bytes of at most {}\n", info.first_lsn,
               info.lsn, info.bytes,
               info.limit_bytes == 0 ? "any" : std::to_string(info.limit_bytes));
  } else if (info.on) {
    fmt::print("not yet archived  none\n");
  }
  if (info.dropped_lsn != 0) {
    fmt::print("dropped           commits up to {}: take a new backup\n", info.dropped_lsn);
  }
}

int run_change_log(const ChangeLogArguments& arguments) {
  Talk talk;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  std::unique_ptr<Database> database;
  try {
    Options options;
    options.create_if_missing = false;
    options.read_only = arguments.action == "status";
    database = std::make_unique<Database>(database_path(arguments.database), options);
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of_opening(error);
  }
  try {
    if (arguments.action != "status") {
      database->set_change_log(arguments.action == "on", arguments.limit);
    }
    show(database->change_log(), arguments.json);
    return std::fflush(stdout) == 0 ? kExitSuccess : kExitLimit;
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of(error);
  }
}

}  // namespace

Command add_change_log_command(CLI::App& root) {
  auto arguments = std::make_shared<ChangeLogArguments>();
  CLI::App* app = root.add_subcommand(
      "change-log", "Switch the change log of a database on or off, or show how it stands");
  app->add_option("action", arguments->action, "on, off or status")
      ->check(CLI::IsMember({"on", "off", "status"}))
      ->required();
  app->add_option("database", arguments->database, "File of the database")
      ->type_name("DATABASE")
      ->required();
  app->add_option("--limit", arguments->limit,
                  "Bytes that commits may take which are not yet archived; the oldest are dropped "
                  "when they are more; 0: any (default 4GiB)")
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(false));
  app->add_flag("--json", arguments->json, "Report as JSON");
  return {app, [arguments] { return run_change_log(*arguments); }};
}

}  // namespace geode::cli
