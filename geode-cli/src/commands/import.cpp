#include <cstdio>
#include <memory>
#include <signal.h>
#include <string>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <geode/import.hpp>
#include "commands/commands.hpp"
#include "config/units.hpp"
#include "exit_codes.hpp"
#include "import_run.hpp"
#include "talk.hpp"
#include "terminal.hpp"

namespace geode::cli {

namespace {

struct ImportArguments {
  std::string database;
  std::vector<std::string> nodes, edges, types;
  std::string graph, delimiter, memory;
  std::string on_error = "stop";
  std::uint32_t workers = 0;
  bool quiet = false;
  bool json = false;
};

volatile sig_atomic_t interrupted = 0;

extern "C" void note_interrupt(int) {
  if (interrupted) ::_exit(kExitInterrupted);
  interrupted = 1;
}

ImportOptions options_of(const ImportArguments& arguments) {
  ImportOptions options;
  for (const std::string& text : arguments.nodes) options.nodes.push_back(parse_node_source(text));
  for (const std::string& text : arguments.edges) options.edges.push_back(parse_edge_source(text));
  for (const std::string& text : arguments.types) parse_types(text, options.types);
  options.graph = arguments.graph;
  if (!arguments.delimiter.empty()) options.delimiter = parse_delimiter(arguments.delimiter);
  if (!arguments.memory.empty()) options.memory_bytes = server::parse_size(arguments.memory);
  options.workers = arguments.workers;
  parse_on_error(arguments.on_error, options);
  if (options.nodes.empty() && options.edges.empty()) {
    throw Error(status::kInvalidArgument, "nothing to import: give --nodes, --edges or both");
  }
  return options;
}

int run_import_command(const ImportArguments& arguments) {
  Talk talk;
  talk.quiet = arguments.quiet;
  talk.json = arguments.json;
  talk.color = use_color(ColorChoice::kAuto, STDERR_FILENO);
  ImportOptions options;
  try {
    options = options_of(arguments);
  } catch (const Error& error) {
    talk.usage(error.message(), error.hint_text());
    return kExitUsage;
  }
  std::unique_ptr<Database> database;
  try {
    database = std::make_unique<Database>(database_path(arguments.database));
  } catch (const Error& error) {
    talk.error(error, "");
    return exit_code_of_opening(error);
  }
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  try {
    const ImportReport report = run_import(*database, std::move(options), !arguments.quiet,
                                           [] { return interrupted != 0; });
    if (arguments.json) {
      fmt::print(R"({{"schema":"geode.import/1","nodes":{},"edges":{},"rejected":{},)"
                 R"("bytes_read":{},"seconds":{:.3f}}})"
                 "\n",
                 report.nodes, report.edges, report.rejected, report.bytes_read, report.seconds);
    } else {
      talk.say(describe(report));
    }
    return std::fflush(stdout) == 0 ? kExitSuccess : kExitLimit;
  } catch (const Error& error) {
    if (interrupted != 0) {
      talk.usage("the import was stopped; the database is as it was before");
      return kExitStoppedPartWay;
    }
    talk.error(error, "");
    return exit_code_of(error);
  }
}

}  // namespace

Command add_import_command(CLI::App& root) {
  auto arguments = std::make_shared<ImportArguments>();
  CLI::App* app = root.add_subcommand("import", "Load CSV or JSON Lines files, all or nothing");
  app->add_option("database", arguments->database,
                  "File of the database; made when it is not there")
      ->type_name("DATABASE")
      ->required();
  app->add_option(
         "--nodes", arguments->nodes,
         "A file of nodes: LABEL[:LABEL]=FILE[,key=COLUMN]; join=COLUMN for a key that is not "
         "kept as a property. May be repeated")
      ->type_name("SOURCE")
      ->allow_extra_args(false);
  app->add_option("--edges", arguments->edges,
                  "A file of edges: LABEL=FILE,from=LABEL[.KEY],to=LABEL[.KEY]. May be repeated")
      ->type_name("SOURCE")
      ->allow_extra_args(false);
  app->add_option("--graph", arguments->graph,
                  "The graph they go to, NAME or /SCHEMA/NAME; made when it is not there")
      ->type_name("GRAPH");
  app->add_option("--types", arguments->types,
                  "Types in place of those found out: column=INTEGER,other=STRING")
      ->type_name("TYPES")
      ->allow_extra_args(false);
  app->add_option("--delimiter", arguments->delimiter,
                  "Between fields; found out from the file when left out")
      ->type_name("CHARACTER");
  app->add_option("--on-error", arguments->on_error,
                  "What to do with bad rows: stop, skip or log=FILE")
      ->type_name("ACTION");
  app->add_option("--memory", arguments->memory, "Memory to sort in, such as 512MB")
      ->type_name("SIZE");
  app->add_option("--workers", arguments->workers,
                  "Threads that work at once; otherwise as many as there are processors to use")
      ->type_name("COUNT")
      ->check(CLI::Range(1, 64));
  app->add_flag("-q,--quiet", arguments->quiet, "Say nothing but errors");
  app->add_flag("--json", arguments->json, "Report as JSON on standard output");
  return {app, [arguments] { return run_import_command(*arguments); }};
}

}  // namespace geode::cli
