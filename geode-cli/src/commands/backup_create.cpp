#include <cstdio>
#include <memory>
#include <string>
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

struct BackupCreateArguments {
  DatabaseArgument database;
  std::string output;
  std::string type, parent, wal_archive;
  bool compress = false, force = false, quiet = false, json = false;
};

int run_backup_create(const BackupCreateArguments& arguments) {
  Talk talk;
  talk.quiet = arguments.quiet;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  BackupOptions options;
  options.output = arguments.output;
  options.compress = arguments.compress;
  options.overwrite = arguments.force;
  options.parent = arguments.parent;
  options.wal_archive = arguments.wal_archive;
  if (arguments.type == "incremental" && arguments.parent.empty()) {
    talk.usage("an incremental backup goes on from another one", "name that: --parent FILE");
    return kExitUsage;
  }
  if (arguments.type == "full" && !arguments.parent.empty()) {
    talk.usage("a full backup has no parent", "leave out --parent, or take --type incremental");
    return kExitUsage;
  }
  if (!arguments.wal_archive.empty() && arguments.parent.empty()) {
    talk.usage("a full backup needs no --wal-archive");
    return kExitUsage;
  }
  if (arguments.output == "-") {
    if (is_terminal(STDOUT_FILENO)) {
      talk.usage("a backup is not written to a terminal", "redirect it: --output - > FILE");
      return kExitUsage;
    }
    options.descriptor = STDOUT_FILENO;
  }
  std::unique_ptr<Database> database;
  try {
    const std::string path = arguments.database.path();
    if (path == ":memory:") {
      throw Error(status::kInvalidArgument, "an in-memory database that is empty has no backup")
          .hint("give the file of a database");
    }
    Options opening;
    opening.read_only = true;
    database = std::make_unique<Database>(path, opening);
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of_opening(error);
  }
  watch_for_stop_request();
  try {
    BackupInfo info;
    {
      ProgressBar bar(!arguments.quiet);
      options.progress = backup_progress(bar, "backup");
      info = create_backup(*database, options);
    }
    FILE* const out = options.descriptor < 0 ? stdout : stderr;
    if (arguments.json) {
      std::fputs((backup_json(info, "geode.backup-report/1") + "\n").c_str(), out);
    } else if (!arguments.quiet) {
      std::fputs(backup_lines(info).c_str(), out);
    }
    return std::fflush(out) == 0 ? kExitSuccess : kExitLimit;
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of(error);
  }
}

}  // namespace

Command add_backup_create_command(CLI::App& backup) {
  auto arguments = std::make_shared<BackupCreateArguments>();
  CLI::App* app = backup.add_subcommand(
      "create", "Write a database into one archive, while others go on writing to it");
  arguments->database.add_to(*app);
  app->add_option("-o,--output", arguments->output,
                  "The archive: FILE.tar.gz, .tar.zst or .tar; - for standard output")
      ->type_name("FILE")
      ->required();
  app->add_flag("--compress", arguments->compress, "Use gzip where the name of FILE says nothing");
  app->add_option("--type", arguments->type, "What the archive holds: full or incremental")
      ->type_name("TYPE")
      ->check(CLI::IsMember({"full", "incremental"}));
  app->add_option("--parent", arguments->parent,
                  "Write only the commits behind this archive, which the change log must have")
      ->type_name("FILE");
  app->add_option("--wal-archive", arguments->wal_archive,
                  "Folder to which the change log was moved since the parent")
      ->type_name("DIR");
  app->add_flag("--force", arguments->force, "Replace FILE when it is there");
  app->add_flag("-q,--quiet", arguments->quiet, "Say nothing but errors");
  app->add_flag("--json", arguments->json, "Report as JSON");
  return {app, [arguments] { return run_backup_create(*arguments); }};
}

}  // namespace geode::cli
