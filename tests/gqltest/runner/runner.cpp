#include "runner.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include <geode/geode.hpp>
#include "case_file.hpp"

namespace geode::test {
namespace {

/// What a record gave: lines to compare, and the error that ended it.
struct Outcome {
  std::vector<std::string> lines;
  std::string error_code;
};

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::vector<std::string> split_lines(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Estimates stand behind two blanks and `~`; they change with the statistics and are cut. Features
/// have records of their own.
std::vector<std::string> plan_lines(const Result& explained) {
  std::vector<std::string> lines = split_lines(explained.plan());
  if (!lines.empty() && lines.back().starts_with("features: ")) lines.pop_back();
  for (std::string& line : lines) line.resize(std::min(line.size(), line.find("  ~")));
  return lines;
}

std::string place_and_message(const Error& error) {
  const Position at = error.position();
  if (at.line == 0) return error.message();
  return std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + error.message();
}

std::vector<std::string> counter_lines(const Counters& counters) {
  std::vector<std::string> lines;
  for (const auto& [name, count] : counters.entries()) {
    if (count > 0) lines.push_back(std::string(name) + " " + std::to_string(count));
  }
  return lines;
}

/// An expected line that ends in `...` stands for every line that begins so.
bool line_matches(const std::string& expected, const std::string& actual) {
  if (expected.size() >= 3 && expected.ends_with("...")) {
    return actual.starts_with(std::string_view(expected).substr(0, expected.size() - 3));
  }
  return expected == actual;
}

/// The first of `lines` that is a row.
std::ptrdiff_t first_row(const Record& record, const std::vector<std::string>& lines) {
  return record.flag("header") && !lines.empty() ? 1 : 0;
}

bool lines_match(const Record& record, const std::vector<std::string>& actual) {
  std::vector<std::string> expected = record.expected;
  if (record.kind == RecordKind::kQuery && record.flag("sorted")) {
    std::sort(expected.begin() + first_row(record, expected), expected.end());
  }
  return std::equal(expected.begin(), expected.end(), actual.begin(), actual.end(), line_matches);
}

/// graphs/NAME.gql in the file's folder or the nearest folder above that has one.
std::filesystem::path graph_file(const std::string& case_file, const std::string& name) {
  std::filesystem::path folder = std::filesystem::absolute(case_file).parent_path();
  while (true) {
    std::filesystem::path candidate = folder / "graphs" / (name + ".gql");
    if (std::filesystem::exists(candidate)) return candidate;
    if (folder == folder.parent_path()) throw std::runtime_error("no graphs/" + name + ".gql");
    folder = folder.parent_path();
  }
}

class CaseRun {
 public:
  CaseRun(const std::string& path, const RunnerOptions& options) : path_(path), options_(options) {
    restart();
  }

  Tally run() {
    std::vector<Record> records = read_case_file(path_);
    bool changed = false;
    for (Record& record : records) {
      try {
        changed |= run_record(record);
      } catch (const Error& error) {
        fail(record, "this failed: " + error.gqlstatus() + " " + place_and_message(error));
      } catch (const std::exception& error) {
        fail(record, error.what());
      }
    }
    if (options_.rewrite && changed) write_case_file(path_, records);
    return tally_;
  }

 private:
  void restart() {
    session_.reset();
    database_.emplace(":memory:", options_.database);
    session_.emplace(database_->session());
    parameters_ = {};
  }

  void run_script(const std::string& script) {
    for (const StatementText& part : split_statements(script)) {
      session_->execute(std::string_view(script).substr(part.offset, part.length), parameters_)
          .consume();
    }
  }

  void load_graph(const std::string& name) {
    restart();
    if (name == "empty") return;
    std::ifstream in(graph_file(path_, name));
    std::ostringstream script;
    script << in.rdbuf();
    run_script(script.str());
  }

  void set_parameter(const Record& record) {
    if (record.words.size() < 2) throw std::runtime_error("parameter NAME EXPRESSION");
    const std::size_t at = record.head.find(record.words[0], std::string("parameter").size());
    const std::string expression = record.head.substr(at + record.words[0].size());
    parameters_.set(record.words[0], session_->execute("RETURN" + expression).single());
  }

  /// A table of values apart by ` | `: arguments, then result columns.
  void declare_procedure(const Record& record) {
    auto table = std::make_shared<std::vector<std::vector<Value>>>();
    for (std::string line : split_lines(record.text)) {
      for (std::size_t at = line.find(" | "); at != std::string::npos; at = line.find(" | ", at))
        line.replace(at, 3, ", ");
      table->push_back(session_->execute("RETURN [" + line + "]").single().as_list());
    }
    const std::string signature = record.head.substr(std::string("procedure ").size());
    database_->register_procedure(
        {signature, "", [table](std::span<const Value> arguments, ProcedureResult& result) {
           for (const std::vector<Value>& row : *table) {
             if (!std::equal(arguments.begin(), arguments.end(), row.begin())) continue;
             const auto columns = row.begin() + static_cast<std::ptrdiff_t>(arguments.size());
             result.add({columns, row.end()});
           }
         }});
  }

  std::vector<std::string> notice_lines(const Record& record) {
    Result result = session_->execute(record.text, parameters_);
    std::vector<std::string> lines;
    for (const Notice& notice : result.consume().notices) {
      std::string line = notice.gqlstatus + " ";
      if (notice.position.line > 0) {
        line += std::to_string(notice.position.line) + ":" +
                std::to_string(notice.position.column) + ": ";
      }
      lines.push_back(line + notice.message);
    }
    return lines;
  }

  std::vector<std::string> query_lines(const Record& record) {
    Result result = session_->execute(record.text, parameters_);
    std::vector<std::string> lines;
    for (const Row& row : result) {
      std::vector<std::string> cells;
      for (const Value& value : row.values()) cells.push_back(value.to_string());
      lines.push_back(join(cells, " | "));
    }
    if (record.flag("sorted")) std::sort(lines.begin(), lines.end());
    if (record.flag("header")) lines.insert(lines.begin(), join(result.columns(), " | "));
    return lines;
  }

  /// The record's lines, or the error it ended with; other records than these have none.
  Outcome outcome_of(const Record& record) {
    Outcome outcome;
    try {
      switch (record.kind) {
        case RecordKind::kQuery:
          outcome.lines = query_lines(record);
          break;
        case RecordKind::kStatement:
          outcome.lines =
              counter_lines(session_->execute(record.text, parameters_).consume().counters);
          break;
        case RecordKind::kError:
          session_->execute(record.text, parameters_).consume();
          break;
        case RecordKind::kPlan:
          outcome.lines = plan_lines(session_->execute("EXPLAIN " + record.text, parameters_));
          break;
        case RecordKind::kNotices:
          outcome.lines = notice_lines(record);
          break;
        case RecordKind::kComment:
        case RecordKind::kGraph:
        case RecordKind::kSetup:
        case RecordKind::kParameter:
        case RecordKind::kProcedure:
        case RecordKind::kFeature:
          break;
      }
    } catch (const Error& error) {
      outcome.error_code = error.gqlstatus();
      outcome.lines = {place_and_message(error)};
    }
    return outcome;
  }

  /// True when the record was changed to what came.
  bool run_record(Record& record) {
    if (skipping_ && record.kind != RecordKind::kFeature) return false;
    switch (record.kind) {
      case RecordKind::kComment:
        return false;
      case RecordKind::kGraph:
        if (record.words.size() != 1) throw std::runtime_error("graph NAME");
        load_graph(record.words[0]);
        return false;
      case RecordKind::kSetup:
        run_script(record.text);
        return false;
      case RecordKind::kParameter:
        set_parameter(record);
        return false;
      case RecordKind::kProcedure:
        declare_procedure(record);
        return false;
      case RecordKind::kFeature:
        if (record.words.empty()) throw std::runtime_error("feature ID [unseen]");
        skipping_ = !is_supported(record.words[0]);
        feature_ = record.flag("unseen") || !record.words[0].starts_with('G') ? std::string()
                                                                              : record.words[0];
        return false;
      case RecordKind::kPlan:
        // Plans are written down for the optimizer as it ships, and for one thread.
        if (!options_.database.optimize || options_.database.worker_threads > 1) return false;
        return compare(record, outcome_of(record));
      case RecordKind::kStatement:
      case RecordKind::kQuery:
      case RecordKind::kError:
      case RecordKind::kNotices:
        if (record.kind != RecordKind::kError) check_feature(record);
        return compare(record, outcome_of(record));
    }
    return false;
  }

  /// What is no optional feature is mandatory.
  bool is_supported(const std::string& feature) {
    Parameters id;
    id.set("id", Value(feature));
    Session session = database_->session();
    const std::string query =
        "SHOW FEATURES WHERE id = $id AND NOT supported RETURN count(*) AS missing";
    return session.execute(query, id).single() == Value(0);
  }

  /// A positive case of an optional feature must be seen as one.
  void check_feature(const Record& record) {
    if (feature_.empty()) return;
    Parameters statement;
    statement.set("statement", Value(record.text));
    Session session = database_->session();
    const std::string query = "CALL dbms.featuresOf($statement) YIELD id RETURN collect(id) AS ids";
    const List ids = session.execute(query, statement).single().as_list();
    if (std::find(ids.begin(), ids.end(), Value(feature_)) == ids.end()) {
      throw std::runtime_error("feature " + feature_ + " is not among " + Value(ids).to_string());
    }
  }

  bool compare(Record& record, const Outcome& outcome) {
    const bool wants_error = record.kind == RecordKind::kError;
    if (wants_error && record.words.size() != 1) throw std::runtime_error("error CODE");
    const std::string wanted_code = wants_error ? record.words[0] : std::string();
    const bool code_matches = outcome.error_code == wanted_code;
    const bool compares_lines = record.has_expected || record.kind == RecordKind::kQuery ||
                                record.kind == RecordKind::kNotices ||
                                record.kind == RecordKind::kPlan;
    if (code_matches && (!compares_lines || lines_match(record, outcome.lines))) {
      ++tally_.passed;
      return false;
    }
    if (options_.rewrite && (wants_error == !outcome.error_code.empty())) {
      if (wants_error) record.head = "error " + outcome.error_code;
      record.has_expected = compares_lines;
      record.expected = outcome.lines;
      ++tally_.passed;
      return true;
    }
    std::string expected = wants_error ? "error " + wanted_code + "\n" : "";
    std::string actual = !outcome.error_code.empty() ? "error " + outcome.error_code + "\n" : "";
    fail(record, "expected\n" + expected + join(record.expected, "\n") + "\nactual\n" + actual +
                     join(outcome.lines, "\n"));
    return false;
  }

  void fail(const Record& record, const std::string& message) {
    ++tally_.failed;
    std::cout << path_ << ":" << record.line << ": " << record.head << "\n"
              << record.text << "\n"
              << message << "\n\n";
  }

  const std::string path_;
  const RunnerOptions& options_;
  std::optional<Database> database_;
  std::optional<Session> session_;
  Parameters parameters_;
  std::string feature_;
  bool skipping_ = false;
  Tally tally_;
};

}  // namespace

Tally run_case_file(const std::string& path, const RunnerOptions& options) {
  return CaseRun(path, options).run();
}

}  // namespace geode::test
