#include "shell/doctor.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <geode/database.hpp>
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "json_writer.hpp"
#include "talk.hpp"
#include "terminal.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

struct DoctorArguments {
  DatabaseArgument database;
  bool json = false;
};

constexpr int kSyncs = 8;
/// A commit waits for two of them; above this, one at a time is slow.
constexpr double kSlowSyncSeconds = 0.05;

/// How long the folder of the database takes to have a few bytes on disk: the median of some.
Finding measure_sync(const std::string& path) {
  const auto slash = path.rfind('/');
  std::string name = slash == std::string::npos ? "./" : path.substr(0, slash + 1);
  name += ".geode-doctor-XXXXXX";
  const int file = ::mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) {
    return {
        Finding::Level::kFact, "sync",
        std::string("not measured, as no file can be made in the folder: ") + std::strerror(errno)};
  }
  ::unlink(name.c_str());
  std::vector<double> seconds;
  bool failed = false;
  for (int i = 0; i < kSyncs && !failed; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    failed = ::pwrite(file, "durable", 7, i * 4096) != 7 || ::fdatasync(file) != 0;
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  const std::string why = failed ? std::strerror(errno) : "";
  ::close(file);
  if (failed) return {Finding::Level::kWarning, "sync", "the disk refuses it: " + why};
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2];
  return {median > kSlowSyncSeconds ? Finding::Level::kWarning : Finding::Level::kGood, "sync",
          duration_text(median) + " until a write is on disk; a commit waits for two"};
}

std::string as_json(const std::vector<Finding>& findings, bool damaged) {
  std::string out = R"({"schema":"geode.doctor/1","ok":)";
  out += damaged ? "false" : "true";
  append_json_key(out, "findings");
  out += '[';
  for (const Finding& finding : findings) {
    out += &finding == &findings.front() ? "{" : ",{";
    append_json_key(out, "name");
    append_json_string(out, finding.name);
    append_json_key(out, "state");
    append_json_string(out, finding.mark());
    append_json_key(out, "text");
    append_json_string(out, finding.text);
    if (!finding.hint.empty()) {
      append_json_key(out, "hint");
      append_json_string(out, finding.hint);
    }
    out += '}';
  }
  return out + "]}\n";
}

int run_doctor(const DoctorArguments& arguments) {
  Talk talk;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  std::string path;
  std::unique_ptr<Database> database;
  try {
    path = arguments.database.path();
    if (path == ":memory:") {
      throw Error(status::kInvalidArgument, "an in-memory database has no file to look at");
    }
    Options reading;
    reading.read_only = true;
    reading.verify_copies = false;
    database = std::make_unique<Database>(path, reading);
  } catch (const Error& error) {
    if (error.gqlstatus() == status::kInvalidArgument) {
      talk.usage(error.message(), error.hint_text());
      return kExitUsage;
    }
    talk.error(error, "");
    return exit_code_of_opening(error);
  }
  try {
    std::vector<Finding> findings = examine(*database);
    findings.push_back(measure_sync(path));
    bool damaged = false;
    std::string text;
    for (const Finding& finding : findings) {
      damaged = damaged || finding.level == Finding::Level::kDamage;
      text += fmt::format("{:<10} {:<10} {}\n", finding.mark(), finding.name, finding.text);
      if (!finding.hint.empty()) text += fmt::format("{:<21} hint: {}\n", "", finding.hint);
    }
    if (arguments.json) text = as_json(findings, damaged);
    if (!write_output(text)) return kExitLimit;
    return damaged ? kExitDamaged : kExitSuccess;
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of(error);
  }
}

}  // namespace

Command add_doctor_command(CLI::App& root) {
  auto arguments = std::make_shared<DoctorArguments>();
  CLI::App* app = root.add_subcommand(
      "doctor",
      "Look at a database file and where it lies: room, limits, damage, the disk's speed");
  arguments->database.add_to(*app);
  app->add_flag("--json", arguments->json, "Report as JSON on standard output");
  return {app, [arguments] { return run_doctor(*arguments); }};
}

}  // namespace geode::cli
