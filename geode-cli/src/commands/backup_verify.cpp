#include <cstdio>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

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

struct BackupVerifyArguments {
  std::string file, positional;
  std::vector<std::string> parents;
  bool brief = false, alone = false, quiet = false, json = false;
};

int run_backup_verify(const BackupVerifyArguments& arguments) {
  Talk talk;
  talk.quiet = arguments.quiet;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  const std::string& file = arguments.file.empty() ? arguments.positional : arguments.file;
  if (file.empty()) {
    talk.usage("which archive? give --file FILE");
    return kExitUsage;
  }
  watch_for_stop_request();
  try {
    BackupInfo info;
    {
      ProgressBar bar(!arguments.quiet);
      VerifyBackupOptions options;
      options.quick = arguments.brief;
      options.alone = arguments.alone;
      options.parents = arguments.parents;
      options.progress = backup_progress(bar, "verify");
      info = verify_backup(file, options);
    }
    if (arguments.json) {
      std::fputs((backup_json(info, "geode.backup-verify/1") + "\n").c_str(), stdout);
    } else if (!arguments.quiet) {
      std::fputs(backup_lines(info).c_str(), stdout);
    }
    return std::fflush(stdout) == 0 ? kExitSuccess : kExitLimit;
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of(error);
  }
}

}  // namespace

Command add_backup_verify_command(CLI::App& backup) {
  auto arguments = std::make_shared<BackupVerifyArguments>();
  CLI::App* app = backup.add_subcommand(
      "verify", "Read all of an archive and compare it with what it says of itself");
  auto* positional =
      app->add_option("archive", arguments->positional, "The archive")->type_name("FILE");
  app->add_option("--file", arguments->file, "The archive")
      ->type_name("FILE")
      ->excludes(positional);
  app->add_flag("--quick", arguments->brief,
                "Do not extract the database in it to look into that, too");
  app->add_flag("--alone", arguments->alone,
                "Leave out the archives that an incremental one goes on from");
  app->add_option("--parent", arguments->parents, "Such an archive, where it is not in its folder")
      ->type_name("FILE");
  app->add_flag("-q,--quiet", arguments->quiet, "Say nothing but errors");
  app->add_flag("--json", arguments->json, "Report as JSON");
  return {app, [arguments] { return run_backup_verify(*arguments); }};
}

}  // namespace geode::cli
