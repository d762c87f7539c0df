#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <geode/backup.hpp>
#include "backup_text.hpp"
#include "commands/commands.hpp"
#include "commands/file_owner.hpp"
#include "exit_codes.hpp"
#include "stop_request.hpp"
#include "talk.hpp"
#include "terminal.hpp"

namespace geode::cli {

namespace {

namespace fs = std::filesystem;

struct RestoreArguments {
  DatabaseArgument database;
  RestoreOptions options;
  std::string time;
  bool force = false, quiet = false, json = false;
};

/// What a restore leaves behind that was killed, and the next one removes.
constexpr std::string_view kStray = ".geode-scratch-";

bool is_empty(const std::string& folder, std::error_code& code) {
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    if (!at->path().filename().string().starts_with(kStray)) return false;
  }
  return true;
}

/// The data directory, made when it is not there; removed again unless it came into use.
class DataDirectory {
 public:
  DataDirectory(const std::string& name, bool force) : name_(name) {
    if (name.empty()) return;
    std::error_code code;
    if (fs::create_directory(name, code)) {
      made_ = true;
      fs::permissions(name, fs::perms::owner_all, code);
    } else if (code || !fs::is_directory(name)) {
      throw Error(status::kCannotOpen, "cannot make folder '" + name + "'" +
                                           (code ? ": " + code.message() : ", there is a file"));
    } else if (!force && (!is_empty(name, code) || code)) {
      throw Error(status::kDuplicateObject,
                  code ? "cannot read folder '" + name + "': " + code.message()
                       : "folder '" + name + "' is not empty")
          .hint("restore into an empty folder, or replace the database in it with --force");
    }
  }
  ~DataDirectory() {
    std::error_code ignored;
    if (made_ && !kept_) fs::remove(name_, ignored);
  }
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;
  void keep() { kept_ = true; }

 private:
  const std::string name_;
  bool made_ = false, kept_ = false;
};

int run_restore(const RestoreArguments& arguments) {
  Talk talk;
  talk.quiet = arguments.quiet;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  watch_for_stop_request();
  RestoreOptions options = arguments.options;
  options.overwrite = arguments.force;
  if (!read_target_time(arguments.time, options.replay, talk)) return kExitUsage;
  try {
    options.database = arguments.database.path();
    DataDirectory folder(arguments.database.directory, arguments.force);
    RestoreReport report;
    {
      ProgressBar bar(!arguments.quiet);
      options.progress = backup_progress(bar, "restore");
      options.replay.progress = replay_progress(bar, "replay");
      report = restore_backup(options);
    }
    folder.keep();
    give_to_owner_of_folder(options.database);
    say_what_is_missing(options.replay, report.replay, talk);
    if (arguments.json) {
      std::string out = backup_json(report.info, "geode.restore/1");
      out.insert(out.size() - 1,
                 ",\"replay\":{" + replay_json(report.replay, report.archives) + "}");
      std::fputs((out + "\n").c_str(), stdout);
    } else if (!arguments.quiet) {
      std::string out = backup_lines(report.info) + "Restored: " + options.database + "\n";
      if (report.archives != 0) out += replay_lines(report.replay, report.archives);
      std::fputs(out.c_str(), stdout);
    }
    return std::fflush(stdout) == 0 ? kExitSuccess : kExitLimit;
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of(error);
  }
}

}  // namespace

Command add_restore_command(CLI::App& root) {
  auto arguments = std::make_shared<RestoreArguments>();
  CLI::App* app = root.add_subcommand("restore", "Make the database of a backup");
  arguments->database.add_to(*app);
  RestoreOptions& options = arguments->options;
  app->add_option("-i,--input", options.input, "The archive, full or incremental")
      ->type_name("FILE")
      ->required();
  app->add_option("--parent", options.parents,
                  "An archive that an incremental one goes on from, where it is not in its folder")
      ->type_name("FILE");
  app->add_option("--wal-archive", options.wal_archive,
                  "Go on along the archives of geode wal-archive in this folder")
      ->type_name("DIR");
  app->add_option("--target-time", arguments->time,
                  "Leave out commits behind this time, as 2026-11-21T15:30:00Z")
      ->type_name("TIME");
  app->add_option("--timeline", options.replay.timeline,
                  "Go along this timeline of the archived log, not the one that began last")
      ->type_name("ID");
  app->add_flag("--force", arguments->force,
                "Replace the database that is there, unless somebody has it open");
  app->add_flag("-q,--quiet", arguments->quiet, "Say nothing but errors");
  app->add_flag("--json", arguments->json, "Report as JSON on standard output");
  return {app, [arguments] { return run_restore(*arguments); }};
}

}  // namespace geode::cli
