#include "shell/dump_catalog.hpp"

#include <map>

#include <geode/result.hpp>
#include "gql_text.hpp"
#include "shell/snapshot.hpp"

namespace geode::cli {

namespace {

std::string name_text(std::string_view name) {
  std::string out;
  append_gql_name(out, name);
  return out;
}

std::string labels_text(std::string_view word, const Value& labels) {
  std::string out;
  for (const Value& label : labels.as_list()) {
    out += (out.empty() ? std::string(word) : "&") + name_text(label.as_string());
  }
  return out;
}

/// ` LABELS A => LABELS A&B {name STRING}`
std::string filler(const Row& row) {
  std::string out = labels_text(" LABELS ", row["keyLabels"]);
  if (!(row["keyLabels"] == row["labels"])) out += " =>" + labels_text(" LABELS ", row["labels"]);
  std::string properties;
  for (const auto& [name, type] : row["properties"].as_record()) {
    properties += (properties.empty() ? "" : ", ") + name_text(name) + ' ';
    properties += type.as_string();
  }
  return out + " {" + properties + '}';
}

std::string element_type(const Row& row) {
  const std::string_view kind = row["element"].as_string();
  const bool node = kind == "NODE";
  const bool directed = kind == "EDGE";
  std::string out = std::string(kind) + " TYPE";
  if (!row["name"].is_null()) out += ' ' + name_text(row["name"].as_string());
  if (node) return out + filler(row);
  return out + " (" + labels_text(":", row["from"]) + (directed ? ")-[" : ")~[") +
         filler(row).substr(1) + (directed ? "]->(" : "]~(") + labels_text(":", row["to"]) + ')';
}

}  // namespace

std::string catalog_statements(Snapshot& snapshot) {
  std::string out;
  Result schemas = snapshot.query("SHOW SCHEMAS YIELD schema WHERE schema <> '/'");
  for (const Row& row : schemas) {
    const std::string_view path = row[std::size_t{0}].as_string();
    const std::size_t slash = path.rfind('/');
    out += "CREATE SCHEMA " + graph_path(path.substr(0, slash), path.substr(slash + 1)) + ";\n";
  }
  std::map<std::pair<std::string, std::string>, std::string> types;
  Result elements = snapshot.query("SHOW GRAPH TYPES");
  for (const Row& row : elements) {
    std::string& text =
        types[{std::string(row["schema"].as_string()), std::string(row["graphType"].as_string())}];
    text += (text.empty() ? "" : ", ") + element_type(row);
  }
  for (const auto& [path, text] : types) {
    out += "CREATE GRAPH TYPE " + graph_path(path.first, path.second) + " { " + text + " };\n";
  }
  return out;
}

ElementTypesText element_types_text(Snapshot& snapshot) {
  ElementTypesText out;
  std::string closed;
  Result elements = snapshot.query("SHOW ELEMENT TYPES");
  for (const Row& row : elements) {
    if (row["closed"].as_bool()) {
      closed += (closed.empty() ? "" : ", ") + element_type(row);
    } else {
      out.statements += "CREATE " + element_type(row) + ";\n";
    }
  }
  if (!closed.empty()) out.closed_type = "{ " + closed + " }";
  return out;
}

}  // namespace geode::cli
