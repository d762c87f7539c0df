#include <cstdint>
#include <cstdio>
#include <memory>
#include <signal.h>
#include <string>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <geode/salvage.hpp>
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "json_writer.hpp"
#include "progress.hpp"
#include "stop_request.hpp"
#include "talk.hpp"
#include "terminal.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

struct SalvageArguments {
  DatabaseArgument database;
  std::string output;
  std::size_t losses = 100;
  bool include_outdated = false;
  bool quiet = false;
  bool json = false;
};

std::string as_json(const SalvageReport& report) {
  std::string out = R"({"schema":"geode.salvage/1")";
  const auto text = [&](std::string_view key, std::string_view value) {
    append_json_key(out, key);
    append_json_string(out, value);
  };
  const auto number = [&](std::string_view key, std::uint64_t value) {
    append_json_key(out, key);
    out += std::to_string(value);
  };
  const auto flag = [&](std::string_view key, bool value) {
    append_json_key(out, key);
    out += value ? "true" : "false";
  };
  text("path", report.path);
  text("output", report.output);
  text("database_id", report.database_id);
  number("format_version", report.format_version);
  number("transaction", report.transaction);
  flag("whole", report.whole());
  flag("older_state", report.older_state);
  number("damages", report.damages);
  number("found_pages", report.found_pages);
  number("graphs", report.graphs);
  number("nodes", report.nodes);
  number("edges", report.edges);
  number("properties", report.properties);
  number("indexes", report.indexes);
  number("constraints", report.constraints);
  number("edges_without_end", report.edges_without_end);
  number("outdated", report.outdated);
  append_json_key(out, "seconds");
  out += fmt::format("{:.3f}", report.seconds);
  append_json_key(out, "losses");
  out += '[';
  for (const SalvageLoss& loss : report.losses) {
    out += &loss == &report.losses.front() ? "{" : ",{";
    text("where", loss.where);
    text("what", loss.what);
    out += '}';
  }
  out += ']';
  number("more_losses", report.more_losses);
  return out + "}\n";
}

/// What was saved, then what was lost.
std::string as_text(const SalvageReport& report, bool include_outdated) {
  std::string out =
      fmt::format("saved {} and {} with {}, {} and {}\n", counted(report.nodes, "node"),
                  counted(report.edges, "edge"), counted(report.properties, "property value"),
                  counted(report.indexes, "index"), counted(report.constraints, "constraint"));
  if (report.found_pages > 0) {
    out += fmt::format("{} that nothing led to any more among it\n",
                       counted(report.found_pages, "page"));
  }
  for (const SalvageLoss& loss : report.losses) {
    out += fmt::format("lost: {}: {}\n", loss.where, loss.what);
  }
  if (report.more_losses > 0) out += fmt::format("... and {} more\n", report.more_losses);
  if (report.outdated > 0 && !include_outdated) {
    out += "hint: --include-outdated saves older values where what changed them last is lost\n";
  }
  out += report.whole() ? "nothing was lost\n" : "";
  return out;
}

int run_salvage(const SalvageArguments& arguments) {
  Talk talk;
  talk.quiet = arguments.quiet;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  std::string path;
  try {
    path = arguments.database.path();
    if (path == ":memory:") {
      throw Error(status::kInvalidArgument, "an in-memory database has no file to salvage");
    }
  } catch (const Error& error) {
    if (error.gqlstatus() == status::kInvalidArgument) {
      talk.usage(error.message(), error.hint_text());
      return kExitUsage;
    }
    talk.error(error, "");
    return exit_code_of_opening(error);
  }
  watch_for_stop_request();
  SalvageOptions options;
  options.include_outdated = arguments.include_outdated;
  options.maximum_losses = arguments.losses;
  try {
    SalvageReport report;
    {
      ProgressBar bar(!arguments.quiet);
      options.progress = [&](const SalvageProgress& progress) {
        bar.update(progress.part, progress.done, progress.total, progress.done, "items");
        return !stop_requested();
      };
      report = salvage(path, arguments.output, options);
    }
    const std::string text = arguments.json    ? as_json(report)
                             : arguments.quiet ? std::string()
                                               : as_text(report, options.include_outdated);
    if (!write_output(text)) return kExitLimit;
    return report.whole() ? kExitSuccess : kExitDamaged;
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of(error);
  }
}

}  // namespace

Command add_salvage_command(CLI::App& root) {
  auto arguments = std::make_shared<SalvageArguments>();
  CLI::App* app = root.add_subcommand(
      "salvage", "Make a new database of what can be read of a damaged one, which stays as it is");
  arguments->database.add_to(*app);
  app->add_option("--output", arguments->output, "The new database; there must be no such file")
      ->type_name("FILE")
      ->required();
  app->add_flag("--include-outdated", arguments->include_outdated,
                "Save older values, too, where what changed them last is lost");
  app->add_option("--losses", arguments->losses, "Losses to show at most; 100 when left out")
      ->type_name("COUNT");
  app->add_flag("-q,--quiet", arguments->quiet, "Say nothing but errors");
  app->add_flag("--json", arguments->json, "Report as JSON on standard output");
  return {app, [arguments] { return run_salvage(*arguments); }};
}

}  // namespace geode::cli
