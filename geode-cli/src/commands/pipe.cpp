#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <geode/database.hpp>
#include "commands/commands.hpp"
#include "exit_codes.hpp"
#include "json_value.hpp"
#include "json_writer.hpp"
#include "talk.hpp"

namespace geode::cli {

namespace {

using Json = nlohmann::ordered_json;

/// Answers requests, one JSON object a line each way. Nothing but answers goes to standard output.
///
/// {"op":"reset"}, {"op":"run","query":..,"params":{..}}, {"op":"prepare","query":..} ->
/// {"ok":true,"id":1},
/// {"op":"run","id":1,"params":{..}}, {"op":"close"}.
///
/// {"op":"procedure","signature":"a.b(x STRING, n INT) :: (y STRING)","rows":[["k",1,"v"],..]}
/// gives the database a procedure that looks its arguments up in a table: a row is its arguments,
/// then its result columns. It stays until the next reset.
class Pipe {
 public:
  Pipe(std::string path, const Options& options) : path_(std::move(path)), options_(options) {
    open();
  }

  /// False once the conversation is over.
  bool answer(std::string_view request, std::string& out) {
    out.clear();
    try {
      const Json json = parse_json(request);
      return answer_parsed(json, out);
    } catch (const Error& error) {
      append_error(out, error);
    } catch (const Json::exception& error) {
      append_error(out, Error(status::kInvalidArgument, error.what()));
    } catch (const std::exception& error) {
      append_error(out, Error(status::kInternal, error.what()));
    }
    return true;
  }

 private:
  void open() {
    // In this order: the statements belong to the session, the session to the database, and the
    // same file may not be open twice.
    statements_.clear();
    session_.reset();
    database_.reset();
    database_.emplace(path_, options_);
    session_.emplace(database_->session());
  }

  bool answer_parsed(const Json& request, std::string& out) {
    const std::string op = request.is_object() ? request.value("op", "") : "";
    if (op == "run") {
      run(request, out);
    } else if (op == "prepare") {
      prepare(request, out);
    } else if (op == "procedure") {
      declare_procedure(request);
      out = R"({"ok":true})";
    } else if (op == "reset") {
      open();
      out = R"({"ok":true})";
    } else if (op == "close") {
      out = R"({"ok":true})";
      return false;
    } else {
      throw Error(status::kInvalidArgument, op.empty() ? "a request is an object with \"op\""
                                                       : "there is no operation `" + op + "`")
          .hint("operations are run, prepare, procedure, reset and close");
    }
    return true;
  }

  static const std::string& query_of(const Json& request) {
    const auto query = request.find("query");
    if (query == request.end() || !query->is_string()) {
      throw Error(status::kInvalidArgument, "\"query\" must be a string");
    }
    return query->get_ref<const std::string&>();
  }

  Session& session() {
    if (!session_)
      throw Error(status::kConnection, "no database is open").hint("reset opens it again");
    return *session_;
  }

  void prepare(const Json& request, std::string& out) {
    PreparedStatement statement = session().prepare(query_of(request));
    const std::int64_t id = next_id_++;
    statements_.emplace(id, std::move(statement));
    out = R"({"ok":true,"id":)" + std::to_string(id) + '}';
  }

  void declare_procedure(const Json& request) {
    session();
    const auto signature = request.find("signature");
    const auto rows = request.find("rows");
    if (signature == request.end() || !signature->is_string() || rows == request.end() ||
        !rows->is_array()) {
      throw Error(status::kInvalidArgument,
                  "a procedure has \"signature\", a string, and \"rows\", lists of values");
    }
    auto table = std::make_shared<std::vector<std::vector<Value>>>();
    for (const Json& row : *rows) {
      std::vector<Value>& values = table->emplace_back();
      for (const Json& value : row) values.push_back(value_from_json(value, *database_));
    }
    database_->register_procedure(
        {signature->get<std::string>(), "A table given through the pipe",
         [table](std::span<const Value> arguments, ProcedureResult& result) {
           for (const std::vector<Value>& row : *table) {
             if (row.size() < arguments.size() ||
                 !std::equal(arguments.begin(), arguments.end(), row.begin())) {
               continue;
             }
             const auto columns = row.begin() + static_cast<std::ptrdiff_t>(arguments.size());
             result.add({columns, row.end()});
           }
         }});
  }

  void run(const Json& request, std::string& out) {
    Session& session = this->session();
    const auto given = request.find("params");
    const Parameters parameters =
        given == request.end() ? Parameters() : parameters_from_json(*given, *database_);
    const auto id = request.find("id");
    if (id == request.end()) {
      Result result = session.execute(query_of(request), parameters);
      append_result(out, result);
      return;
    }
    const auto statement =
        id->is_number_integer() ? statements_.find(id->get<std::int64_t>()) : statements_.end();
    if (statement == statements_.end()) {
      throw Error(status::kInvalidReference, "there is no prepared statement " + id->dump());
    }
    Result result = statement->second.execute(parameters);
    append_result(out, result);
  }

  static void append_result(std::string& out, Result& result) {
    out = R"({"ok":true,"columns":[)";
    bool first = true;
    for (const std::string& name : result.columns()) {
      if (!std::exchange(first, false)) out += ',';
      append_json_string(out, name);
    }
    out += R"(],"rows":[)";
    first = true;
    while (const std::optional<Row> row = result.next()) {
      if (!std::exchange(first, false)) out += ',';
      out += '[';
      for (std::size_t i = 0; i < row->size(); ++i) {
        if (i > 0) out += ',';
        append_json(out, (*row)[i], JsonForm::kTagged);
      }
      out += ']';
    }
    const Summary& summary = result.consume();
    out += R"(],"status":)";
    append_json_string(out, summary.gqlstatus);
    if (!result.plan().empty()) {
      out += R"(,"plan":)";
      append_json_string(out, result.plan());
    }
    if (!summary.notices.empty()) {
      append_diagnostics(out, summary.diagnostics);
      out += R"(,"notices":[)";
      for (const Notice& notice : summary.notices) {
        if (out.back() != '[') out += ',';
        out += R"({"status":)";
        append_json_string(out, notice.gqlstatus);
        out += R"(,"message":)";
        append_json_string(out, notice.message);
        if (notice.position.line > 0) {
          out += R"(,"line":)" + std::to_string(notice.position.line);
          out += R"(,"column":)" + std::to_string(notice.position.column);
        }
        out += '}';
      }
      out += ']';
    }
    out += '}';
  }

  /// The diagnostic record of a status object (ISO/IEC 39075:2024, 23.2).
  static void append_diagnostics(std::string& out, const DiagnosticRecord& record) {
    out += R"(,"diagnostics":{"OPERATION":)";
    append_json_string(out, record.operation);
    out += R"(,"OPERATION_CODE":")" + std::to_string(record.operation_code);
    out += R"(","CURRENT_SCHEMA":)";
    append_json_string(out, record.current_schema);
    out += '}';
  }

  /// Replaces what was written of an answer before the error came.
  static void append_error(std::string& out, const Error& error) {
    const auto member = [&out](std::string_view key, std::string_view value) {
      append_json_key(out, key);
      append_json_string(out, value);
    };
    out = R"({"ok":false)";
    member("status", error.gqlstatus());
    member("message", error.message());
    member("phase", error.when() == Phase::kCompile ? "compile time" : "runtime");
    if (!error.type().empty()) member("type", error.type());
    if (!error.detail().empty()) member("detail", error.detail());
    if (const Position at = error.position(); at.line > 0) {
      append_json_key(out, "line");
      out += std::to_string(at.line);
      append_json_key(out, "column");
      out += std::to_string(at.column);
    }
    if (!error.hint_text().empty()) member("hint", error.hint_text());
    append_diagnostics(out, error.diagnostics());
    out += '}';
  }

  const std::string path_;
  const Options options_;
  std::optional<Database> database_;
  std::optional<Session> session_;
  std::map<std::int64_t, PreparedStatement> statements_;
  std::int64_t next_id_ = 1;
};

struct PipeArguments {
  std::string database = ":memory:";
  bool read_only = false;
};

int run_pipe(const PipeArguments& arguments) {
  std::optional<Pipe> pipe;
  try {
    Options options;
    options.read_only = arguments.read_only;
    pipe.emplace(database_path(arguments.database), options);
  } catch (const Error& error) {
    Talk().error(error, "");
    return exit_code_of_opening(error);
  }
  std::ios::sync_with_stdio(false);
  std::string answer;
  bool open = true;
  for (std::string request; open && std::getline(std::cin, request);) {
    if (request.find_first_not_of(" \t\r") == std::string::npos) continue;
    open = pipe->answer(request, answer);
    answer += '\n';
    if (!write_output(answer)) break;  // Nobody listens any more.
  }
  return kExitSuccess;
}

}  // namespace

Command add_pipe_command(CLI::App& root) {
  auto arguments = std::make_shared<PipeArguments>();
  CLI::App* app = root.add_subcommand("pipe", "Answer JSON requests of a program, one a line");
  app->add_option("database", arguments->database, "File of the database, or :memory:")
      ->type_name("DATABASE");
  app->add_flag("-r,--read-only", arguments->read_only, "Refuse statements that write");
  return {app, [arguments] { return run_pipe(*arguments); }};
}

}  // namespace geode::cli
