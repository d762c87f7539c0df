#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <geode/backup.hpp>
#include "backup_text.hpp"
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "stop_request.hpp"
#include "talk.hpp"
#include "terminal.hpp"

namespace geode::cli {

namespace {

namespace fs = std::filesystem;

struct RestoreArguments {
  DatabaseArgument database;
  std::string input;
  bool force = false, quiet = false, json = false;
};

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
    } else if (!force && !fs::is_empty(name, code)) {
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
  try {
    RestoreOptions options;
    options.input = arguments.input;
    options.overwrite = arguments.force;
    options.database = arguments.database.path();
    DataDirectory folder(arguments.database.directory, arguments.force);
    BackupInfo info;
    {
      ProgressBar bar(!arguments.quiet);
      options.progress = backup_progress(bar, "restore");
      info = restore_backup(options);
    }
    folder.keep();
    if (arguments.json) {
      std::fputs((backup_json(info, "geode.restore/1") + "\n").c_str(), stdout);
    } else if (!arguments.quiet) {
      std::fputs((backup_lines(info) + "Restored: " + options.database + "\n").c_str(), stdout);
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
  app->add_option("-i,--input", arguments->input, "The archive")->type_name("FILE")->required();
  app->add_flag("--force", arguments->force,
                "Replace the database that is there, unless somebody has it open");
  app->add_flag("-q,--quiet", arguments->quiet, "Say nothing but errors");
  app->add_flag("--json", arguments->json, "Report as JSON on standard output");
  return {app, [arguments] { return run_restore(*arguments); }};
}

}  // namespace geode::cli
