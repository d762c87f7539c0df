#include <geode/error.hpp>
#include <geode/version.hpp>
#include "import_run.hpp"
#include "shell/meta_commands.hpp"
#include "shell/sample_data.hpp"
#include "shell/shell.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

void open(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  if (words.size() > 1) throw Error(status::kSyntaxError, "the form is .open [FILE|URL]");
  if (shell.target().in_transaction()) {
    throw Error(status::kActiveTransaction, "a transaction is open")
        .hint("end it with .commit or .rollback");
  }
  Options options = shell.options();
  const std::string path = words.empty() ? ":memory:" : words[0];
  if (path == ":memory:") options.read_only = false;
  shell.open(path, options);
}

/// The same words as `geode import` takes after the database.
void import_data(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  ImportOptions options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string flag = words[i];
    std::string argument;
    // `--nodes X` and `--nodes=X`; the value of the second holds more `=`.
    if (const std::size_t equals = flag.find('='); equals != std::string::npos) {
      argument = flag.substr(equals + 1);
      flag.erase(equals);
    } else if (++i < words.size()) {
      argument = words[i];
    } else {
      throw Error(status::kSyntaxError, flag + " needs a value");
    }
    if (flag == "--nodes") {
      options.nodes.push_back(parse_node_source(argument));
    } else if (flag == "--edges") {
      options.edges.push_back(parse_edge_source(argument));
    } else if (flag == "--types") {
      parse_types(argument, options.types);
    } else if (flag == "--delimiter") {
      options.delimiter = parse_delimiter(argument);
    } else if (flag == "--on-error") {
      parse_on_error(argument, options);
    } else {
      throw Error(status::kSyntaxError, "unknown word `" + flag + "`")
          .hint(".help import shows the form");
    }
  }
  if (options.nodes.empty() && options.edges.empty()) {
    throw Error(status::kSyntaxError, "nothing to import").hint(".help import shows the form");
  }
  shell.interrupts().take();
  const ImportReport report =
      run_import(shell.target().database(), std::move(options), !shell.talk().quiet,
                 [&] { return shell.interrupts().pending(); });
  shell.talk().say(describe(report));
}

void sample(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  const std::string name = words.empty() ? "social" : words[0];
  const std::string_view statement = sample_statement(name);
  if (statement.empty()) {
    throw Error(status::kInvalidArgument, "there is no sample `" + name + "`")
        .hint("samples are social and movies");
  }
  shell.run_statement(statement);
}

void status(Shell& shell, const std::vector<std::string>&, std::string_view) {
  Target& target = shell.target();
  std::uint64_t edges = 0;
  for (const NamedCount& label : target.edge_labels()) edges += label.count;
  const TransactionState state = target.transaction_state();
  const std::string_view text = state == TransactionState::kNone      ? "none"
                                : state == TransactionState::kReading ? "reading"
                                : state == TransactionState::kWriting ? "writing"
                                                                      : "failed, to be rolled back";
  shell.show({"database", "id", "access", "transaction", "edges"},
             {{target.place(), target.id(), target.read_only() ? "read only" : "read and write",
               text, static_cast<long long>(edges)}});
}

void version(Shell& shell, const std::vector<std::string>&, std::string_view) {
  shell.talk().say("geode " GEODE_VERSION);
}

void quit(Shell& shell, const std::vector<std::string>&, std::string_view) { shell.leave(); }

}  // namespace

MetaCommandGroup database_commands() {
  return {"Database",
          {
              {"open", "c connect", "[FILE|URL]",
               "open another database, or that of a server; without either one in memory", open},
              {"import", "",
               "--nodes LABEL=FILE[,key=COLUMN] --edges LABEL=FILE,from=LABEL[.KEY],to=LABEL[.KEY]",
               "load CSV or JSON Lines", import_data},
              {"sample", "", "[social|movies]", "insert a small graph to play with", sample},
              {"status", "conninfo", "", "what is open", status},
              {"version", "", "", "the version of this program", version},
              {"quit", "q quit", "", "leave", quit},
          }};
}

}  // namespace geode::cli
