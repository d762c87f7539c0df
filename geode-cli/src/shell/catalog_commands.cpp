#include "shell/meta_commands.hpp"
#include "shell/shell.hpp"

namespace geode::cli {

namespace {

Value count_value(std::uint64_t count) { return static_cast<long long>(count); }

std::vector<std::vector<Value>> count_rows(const std::vector<NamedCount>& counts) {
  std::vector<std::vector<Value>> rows;
  for (const NamedCount& entry : counts) rows.push_back({entry.name, count_value(entry.count)});
  return rows;
}

void labels(Shell& shell, const std::vector<std::string>&, std::string_view) {
  shell.show({"label", "nodes"}, count_rows(shell.database().labels()));
}

void edge_labels(Shell& shell, const std::vector<std::string>&, std::string_view) {
  shell.show({"edge label", "edges"}, count_rows(shell.database().edge_labels()));
}

void property_keys(Shell& shell, const std::vector<std::string>&, std::string_view) {
  std::vector<std::vector<Value>> rows;
  for (const std::string& key : shell.database().property_keys()) rows.push_back({key});
  shell.show({"property key"}, rows);
}

void schema(Shell& shell, const std::vector<std::string>&, std::string_view) {
  std::vector<std::vector<Value>> rows;
  for (const NamedCount& label : shell.database().labels()) {
    rows.push_back({"node label", label.name, count_value(label.count)});
  }
  for (const NamedCount& label : shell.database().edge_labels()) {
    rows.push_back({"edge label", label.name, count_value(label.count)});
  }
  for (const std::string& key : shell.database().property_keys()) {
    rows.push_back({"property key", key, Value()});
  }
  shell.show({"kind", "name", "count"}, rows);
}

void indexes(Shell& shell, const std::vector<std::string>&, std::string_view) {
  shell.run_statement("SHOW INDEXES");
}

void constraints(Shell& shell, const std::vector<std::string>&, std::string_view) {
  shell.run_statement("SHOW CONSTRAINTS");
}

}  // namespace

MetaCommandGroup catalog_commands() {
  return {"Catalog",
          {
              {"schema", "d", "", "labels, edge labels and property keys", schema},
              {"labels", "dl", "", "labels of nodes, with counts", labels},
              {"types", "de", "", "labels of edges, with counts", edge_labels},
              {"keys", "dk", "", "property keys", property_keys},
              {"indexes", "di", "", "indexes", indexes},
              {"constraints", "dc", "", "constraints", constraints},
          }};
}

}  // namespace geode::cli
