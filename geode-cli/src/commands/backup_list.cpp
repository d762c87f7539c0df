#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <tuple>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <geode/backup.hpp>
#include "backup_text.hpp"
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "json_writer.hpp"
#include "talk.hpp"
#include "terminal.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

struct BackupListArguments {
  std::string folder;
  bool json = false;
};

/// A file of the folder: what it says of itself, or why it is no archive.
struct Listed {
  BackupInfo info;
  std::string problem;
};

std::vector<Listed> list_archives(const std::string& folder) {
  std::error_code code;
  std::vector<Listed> out;
  for (std::filesystem::directory_iterator at(folder, code), end; !code && at != end;
       at.increment(code)) {
    Listed listed;
    listed.info.file = at->path().string();
    try {
      listed.info = read_backup_info(listed.info.file);
    } catch (const Error& error) {
      listed.problem = error.message();
    }
    out.push_back(std::move(listed));
  }
  if (code) {
    throw Error(status::kCannotOpen, "cannot read folder '" + folder + "': " + code.message());
  }
  // The newest last, where the shell leaves the eye; what has no time comes first.
  std::sort(out.begin(), out.end(), [](const Listed& a, const Listed& b) {
    return std::tie(a.info.created_at, a.info.lsn, a.info.file) <
           std::tie(b.info.created_at, b.info.lsn, b.info.file);
  });
  return out;
}

void print_json(const std::vector<Listed>& archives) {
  std::string out = R"({"schema":"geode.backup-list/1","archives":[)";
  std::string others;
  bool first = true;
  for (const Listed& listed : archives) {
    if (listed.problem.empty()) {
      out += (first ? "" : ",") + backup_json(listed.info, "");
      first = false;
      continue;
    }
    others += others.empty() ? "{" : ",{";
    append_json_key(others, "file");
    append_json_string(others, listed.info.file);
    append_json_key(others, "problem");
    append_json_string(others, listed.problem);
    others += '}';
  }
  out += "],\"others\":[" + others + "]}\n";
  std::fputs(out.c_str(), stdout);
}

void print_lines(const std::vector<Listed>& archives) {
  for (const Listed& listed : archives) {
    if (!listed.problem.empty()) {
      fmt::print("{}\n", listed.problem);
      continue;
    }
    const BackupInfo& info = listed.info;
    fmt::print("{}  {}  {}  LSN {}  {}  {}{}\n", backup_time(info.created_at), info.type,
               info.database_id, lsn_text(info), bytes_text(info.bytes), info.file,
               info.parent ? "  parent " + info.parent->name : "");
  }
}

int run_backup_list(const BackupListArguments& arguments) {
  Talk talk;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  try {
    const std::vector<Listed> archives = list_archives(arguments.folder);
    if (arguments.json) {
      print_json(archives);
    } else {
      print_lines(archives);
    }
    return std::fflush(stdout) == 0 ? kExitSuccess : kExitLimit;
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of(error);
  }
}

}  // namespace

Command add_backup_list_command(CLI::App& backup) {
  auto arguments = std::make_shared<BackupListArguments>();
  CLI::App* app = backup.add_subcommand("list", "Tell of every archive in a folder");
  app->add_option("folder", arguments->folder, "The folder")->type_name("DIR")->required();
  app->add_flag("--json", arguments->json, "Report as JSON");
  return {app, [arguments] { return run_backup_list(*arguments); }};
}

}  // namespace geode::cli
