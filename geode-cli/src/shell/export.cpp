#include "shell/export.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sys/stat.h>
#include <utility>

#include <geode/error.hpp>
#include "csv_field.hpp"
#include "json_writer.hpp"
#include "output_file.hpp"
#include "shell/dump.hpp"
#include "shell/snapshot.hpp"

namespace geode::cli {

namespace {

constexpr std::string_view kNodes = "MATCH (n) RETURN n";
constexpr std::string_view kEdges = "MATCH (a)-[e]->(b) RETURN e, labels(a), labels(b)";

/// A file of nodes or edges: which properties its elements have, and of which types.
struct Table {
  std::string labels;    ///< LABEL[:LABEL] of nodes, LABEL of edges
  std::string from, to;  ///< of edges: the first label of their ends
  std::string file;
  std::vector<std::string> columns;
  std::map<std::string, std::set<ValueType>> types;
  std::unique_ptr<OutputFile> out;

  void note(const Record& properties) {
    for (const auto& [name, value] : properties) {
      const auto [place, fresh] = types.try_emplace(name);
      if (fresh) columns.push_back(name);
      place->second.insert(value.type());
    }
  }
};

/// The type of a column for --types; "" when the importer has none.
std::string_view import_type(const std::set<ValueType>& types) {
  if (types.size() == 2 && types.contains(ValueType::kInt64) &&
      types.contains(ValueType::kFloat64)) {
    return "FLOAT";
  }
  if (types.size() != 1) return "";
  switch (*types.begin()) {
    case ValueType::kBool:
      return "BOOLEAN";
    case ValueType::kInt64:
      return "INTEGER";
    case ValueType::kFloat64:
      return "FLOAT";
    case ValueType::kString:
      return "STRING";
    case ValueType::kDate:
      return "DATE";
    case ValueType::kLocalTime:
      return "LOCAL_TIME";
    case ValueType::kZonedTime:
      return "ZONED_TIME";
    case ValueType::kLocalDateTime:
      return "LOCAL_DATETIME";
    case ValueType::kZonedDateTime:
      return "ZONED_DATETIME";
    case ValueType::kDuration:
      return "DURATION";
    case ValueType::kDecimal:
      return "DECIMAL";
    case ValueType::kNull:
    case ValueType::kBytes:
    case ValueType::kList:
    case ValueType::kRecord:
    case ValueType::kNode:
    case ValueType::kEdge:
    case ValueType::kPath:
    case ValueType::kGraph:
      break;
  }
  return "";
}

bool holds_json_alone(const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
    case ValueType::kBool:
    case ValueType::kInt64:
    case ValueType::kString:
      return true;
    case ValueType::kFloat64:
      return std::isfinite(value.as_float64());
    case ValueType::kList:
      return std::all_of(value.as_list().begin(), value.as_list().end(), holds_json_alone);
    default:
      return false;
  }
}

/// Null is nothing; what a reader might take for a delimiter is in quotes.
void append_csv_value(std::string& out, const Value& value) {
  if (value.is_null()) return;
  const std::string text = value.type() == ValueType::kString    ? std::string(value.as_string())
                           : value.type() == ValueType::kDecimal ? value.as_decimal().to_string()
                                                                 : value.to_string();
  append_csv_field(out, text, ",\"\r\n;\t|");
}

/// Letters, digits, `_` and `-` of a label; something else for the rest.
std::string for_file_name(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool keeps = std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
    out += keeps ? c : '-';
  }
  return out.substr(0, 80);
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

class Export {
 public:
  Export(Snapshot& snapshot, std::string folder, ExportForm form)
      : snapshot_(snapshot), folder_(std::move(folder)), form_(form) {}

  ExportReport run() {
    survey();
    make_folder();
    write_nodes();
    write_edges();
    const std::string schema = schema_statements(snapshot_);
    write_file("schema.gql", schema);
    write_file("import.sh", import_script(), 0777);
    return std::move(report_);
  }

 private:
  /// First pass: which files there will be, and their columns.
  void survey() {
    Result nodes = snapshot_.query(kNodes);
    std::uint64_t without_label = 0;
    for (const Row& row : nodes) {
      snapshot_.check_interrupt();
      const Node& node = row[std::size_t{0}].as_node();
      if (node.labels.empty()) {
        ++without_label;
        continue;
      }
      Table& table = nodes_[node.labels];
      if (table.labels.empty()) {
        for (const std::string& label : node.labels) {
          check_label(label);
          table.labels += (table.labels.empty() ? "" : ":") + label;
        }
        table.file = file_name("nodes-" + for_file_name(table.labels));
      }
      note(table, node.properties);
    }
    if (without_label > 0) {
      throw Error(status::kInvalidArgument, "geode import gives each node a label, and " +
                                                std::to_string(without_label) +
                                                " of this graph have none")
          .hint(".dump writes them too");
    }
    Result undirected = snapshot_.query("MATCH ()~[e]~() RETURN e LIMIT 1");
    if (undirected.begin() != undirected.end()) {
      throw Error(status::kInvalidArgument,
                  "geode import gives each edge a direction, and edges of this graph have none")
          .hint(".dump writes them too");
    }
    Result edges = snapshot_.query(kEdges);
    for (const Row& row : edges) {
      snapshot_.check_interrupt();
      const Edge& edge = row[std::size_t{0}].as_edge();
      Table& table = edge_table(row);
      if (table.labels.empty()) {
        check_label(edge.label);
        table.labels = edge.label;
        table.from = first_label(row[1]);
        table.to = first_label(row[2]);
        table.file = file_name("edges-" + for_file_name(edge.label) + '-' +
                               for_file_name(table.from) + '-' + for_file_name(table.to));
      }
      note(table, edge.properties);
    }
    id_ = free_column("_id");
    from_ = free_column("_from");
    to_ = free_column("_to");
    for (const auto& [names, table] : edges_) {
      // The importer takes columns of these names for the ends.
      if (!table.types.contains("from") || !table.types.contains("to")) continue;
      throw Error(status::kInvalidArgument, "edges " + table.labels +
                                                " have properties `from` and `to`, which geode "
                                                "import would take for their ends")
          .hint(".dump writes every graph");
    }
  }

  /// The labels of the ends, sorted as the node's are.
  static std::string first_label(const Value& labels) {
    const List& list = labels.as_list();
    return std::string(std::min_element(list.begin(), list.end(), [](const auto& a, const auto& b) {
                         return a.as_string() < b.as_string();
                       })->as_string());
  }

  Table& edge_table(const Row& row) {
    return edges_[{row[std::size_t{0}].as_edge().label, first_label(row[1]), first_label(row[2])}];
  }

  static void check_label(const std::string& label) {
    if (label.find_first_of(":=.,") == std::string::npos) return;
    throw Error(status::kInvalidArgument,
                "geode import cannot be told of the label `" + label + "`")
        .hint("`:`, `=`, `.` and `,` separate its arguments; .dump writes every graph");
  }

  void note(Table& table, const Record& properties) {
    table.note(properties);
    for (const auto& [name, value] : properties) {
      std::set<ValueType>& types = types_[name];
      types.insert(value.type());
      if (form_ == ExportForm::kJsonLines && !holds_json_alone(value)) beyond_json_.insert(name);
    }
  }

  std::string file_name(const std::string& stem) {
    const std::string ending = form_ == ExportForm::kCsv ? ".csv" : ".jsonl";
    std::string name = stem + ending;
    for (int i = 2; !file_names_.insert(name).second; ++i) {
      name = stem + '-' + std::to_string(i) + ending;
    }
    return name;
  }

  std::string free_column(const std::string& name) const {
    std::string out = name;
    for (int i = 2; types_.contains(out); ++i) out = name + std::to_string(i);
    return out;
  }

  void make_folder() const {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) throw Error(status::kIo, "cannot make " + folder_ + ": " + error.message());
    const bool empty = std::filesystem::is_empty(folder_, error);
    if (error) throw Error(status::kIo, "cannot read " + folder_ + ": " + error.message());
    if (!empty) {
      throw Error(status::kDuplicateObject, "the folder " + folder_ + " is not empty")
          .hint("name a new one");
    }
  }

  std::string path_of(const std::string& file) const { return folder_ + '/' + file; }

  void write_file(const std::string& name, const std::string& text, mode_t mode = 0666) {
    OutputFile out(path_of(name));
    out.write(text);
    out.finish();
    if (mode != 0666) {
      std::error_code error;
      std::filesystem::permissions(path_of(name), std::filesystem::perms(0755), error);
    }
    report_.files.push_back(name);
  }

  void begin(Table& table, const std::vector<std::string>& keys) {
    table.out = std::make_unique<OutputFile>(path_of(table.file));
    std::sort(table.columns.begin(), table.columns.end());
    if (form_ == ExportForm::kJsonLines) return;
    std::string line;
    for (const auto* names : {&keys, &std::as_const(table.columns)}) {
      for (const std::string& name : *names) {
        if (!line.empty()) line += ',';
        append_csv_value(line, Value(name));
      }
    }
    table.out->write(line + '\n');
  }

  void write_row(Table& table, const std::vector<std::pair<std::string, std::uint64_t>>& keys,
                 const Record& properties) {
    std::string line;
    if (form_ == ExportForm::kJsonLines) {
      line = "{";
      for (const auto& [name, id] : keys) {
        append_json_key(line, name);
        line += std::to_string(id);
      }
      for (const auto& [name, value] : properties) {
        append_json_key(line, name);
        append_json(line, value, JsonForm::kPlain);
      }
      line += '}';
    } else {
      for (const auto& [name, id] : keys) line += (line.empty() ? "" : ",") + std::to_string(id);
      for (const std::string& column : table.columns) {
        line += ',';
        for (const auto& [name, value] : properties) {
          if (name == column) append_csv_value(line, value);
        }
      }
    }
    table.out->write(line + '\n');
  }

  void finish(Table& table) {
    table.out->finish();
    table.out.reset();
    report_.files.push_back(table.file);
  }

  void write_nodes() {
    for (auto& [labels, table] : nodes_) begin(table, {id_});
    Result nodes = snapshot_.query(kNodes);
    for (const Row& row : nodes) {
      snapshot_.check_interrupt();
      const Node& node = row[std::size_t{0}].as_node();
      write_row(nodes_.at(node.labels), {{id_, raw(node.id)}}, node.properties);
      ++report_.nodes;
    }
    for (auto& [labels, table] : nodes_) finish(table);
  }

  void write_edges() {
    for (auto& [names, table] : edges_) begin(table, {from_, to_});
    Result edges = snapshot_.query(kEdges);
    for (const Row& row : edges) {
      snapshot_.check_interrupt();
      const Edge& edge = row[std::size_t{0}].as_edge();
      write_row(edge_table(row), {{from_, raw(edge.source)}, {to_, raw(edge.target)}},
                edge.properties);
      ++report_.edges;
    }
    for (auto& [names, table] : edges_) finish(table);
  }

  /// `column=TYPE` for each column whose type the importer would not find out, or might mistake.
  std::vector<std::string> type_arguments() {
    std::vector<std::string> out;
    for (const auto& [name, types] : types_) {
      const bool json = form_ == ExportForm::kJsonLines;
      if (json && !beyond_json_.contains(name)) continue;
      const std::string_view type = import_type(types);
      const bool can_say = name.find_first_of(",=") == std::string::npos;
      if (type.empty() || !can_say) {
        report_.remarks.push_back("property `" + name + "`: " +
                                  (type.empty() ? "geode import has no one type for its values"
                                                : "its name cannot be written in --types") +
                                  ", it may read some of them as another one");
      } else {
        out.push_back(name + '=' + std::string(type));
      }
    }
    return out;
  }

  std::string import_script() {
    std::string out =
        "#!/bin/sh\n"
        "# Builds a database from the files of this folder.\n"
        "if [ $# -ne 1 ]; then\n"
        "  echo \"usage: $0 DATABASE\" >&2\n"
        "  exit 2\n"
        "fi\n"
        "here=$(dirname \"$0\")\n"
        "geode=${GEODE:-geode}\n";
    const auto source = [](std::string_view flag, std::string_view labels, std::string_view file,
                           const std::string& rest) {
      return " \\\n  " + std::string(flag) + ' ' + shell_quoted(std::string(labels) + '=') +
             "\"$here\"/" + std::string(file) + shell_quoted(rest);
    };
    if (report_.nodes > 0) {
      out += "\"$geode\" import \"$1\"";
      for (const auto& [labels, table] : nodes_) {
        out += source("--nodes", table.labels, table.file, ",join=" + id_);
      }
      for (const auto& [names, table] : edges_) {
        out += source("--edges", table.labels, table.file,
                      ",from=" + table.from + '.' + id_ + ",to=" + table.to + '.' + id_);
      }
      for (const std::string& type : type_arguments()) {
        out += " \\\n  --types " + shell_quoted(type);
      }
      if (form_ == ExportForm::kCsv) out += " \\\n  --delimiter ,";
      out += " || exit\n";
    }
    return out + "\"$geode\" shell \"$1\" -f \"$here\"/schema.gql\n";
  }

  Snapshot& snapshot_;
  const std::string folder_;
  const ExportForm form_;
  ExportReport report_;
  std::map<std::vector<std::string>, Table> nodes_;
  std::map<std::vector<std::string>, Table> edges_;  // by label, label of source, label of target
  std::map<std::string, std::set<ValueType>> types_;
  std::set<std::string> beyond_json_;  // properties with values JSON has no type for
  std::set<std::string> file_names_;
  std::string id_, from_, to_;
};

}  // namespace

ExportReport export_graph(Snapshot& snapshot, const std::string& folder, ExportForm form) {
  return Export(snapshot, folder, form).run();
}

}  // namespace geode::cli
