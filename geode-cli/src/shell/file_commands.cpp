#include <geode/error.hpp>
#include "output_file.hpp"
#include "shell/dump.hpp"
#include "shell/export.hpp"
#include "shell/meta_commands.hpp"
#include "shell/shell.hpp"
#include "shell/snapshot.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

void save(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  if (words.size() != 1) throw Error(status::kSyntaxError, ".save needs the name of one new file");
  if (shell.target().transaction_state() == TransactionState::kWriting) {
    throw Error(status::kActiveTransaction, "the changes of the open transaction are not saved")
        .hint("end it with .commit or .rollback first");
  }
  shell.target().database().save(words[0]);
  const std::string go_on = shell.target().database().path() == ":memory:"
                                ? "; `.open " + words[0] + "` goes on with that file"
                                : "";
  shell.talk().say("saved to " + words[0] + go_on);
}

void dump_graph(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  if (words.size() > 1) throw Error(status::kSyntaxError, "the form is .dump [FILE]");
  Snapshot snapshot(shell);
  if (words.empty()) {
    dump(snapshot, [&](std::string_view text) { shell.output().write(text); });
    shell.output().flush();
    return;
  }
  OutputFile file(words[0]);
  const DumpCounts counts = dump(snapshot, [&](std::string_view text) { file.write(text); });
  file.finish();
  shell.talk().say("wrote " + counted(counts.nodes, "node") + " and " +
                   counted(counts.edges, "edge") + " to " + words[0]);
}

void export_files(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  const bool named = words.size() == 2;
  const bool json = named && (same_word(words[1], "jsonl") || same_word(words[1], "json"));
  if (words.empty() || words.size() > 2 || (named && !json && !same_word(words[1], "csv"))) {
    throw Error(status::kSyntaxError, "the form is .export FOLDER [csv|jsonl]");
  }
  Snapshot snapshot(shell);
  const ExportReport report =
      export_graph(snapshot, words[0], json ? ExportForm::kJsonLines : ExportForm::kCsv);
  for (const std::string& remark : report.remarks) shell.talk().say("note: " + remark);
  shell.talk().say("wrote " + counted(report.nodes, "node") + " and " +
                   counted(report.edges, "edge") + " in " + counted(report.files.size(), "file") +
                   "; `" + words[0] + "/import.sh DATABASE` builds a database of them");
}

}  // namespace

MetaCommandGroup file_commands() {
  return {
      "Files",
      {
          {"save", "", "FILE", "write the database to a new file", save},
          {"dump", "", "[FILE]", "write the graph as statements, which .read takes", dump_graph},
          {"export", "", "FOLDER [csv|jsonl]", "write files that geode import takes", export_files},
      }};
}

}  // namespace geode::cli
