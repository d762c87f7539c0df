#include <algorithm>
#include <map>
#include <set>

#include <geode/error.hpp>
#include <geode/session.hpp>
#include "gql_text.hpp"
#include "shell/meta_commands.hpp"
#include "shell/shell.hpp"
#include "shell/snapshot.hpp"

namespace geode::cli {

namespace {

Value count_value(std::uint64_t count) { return static_cast<long long>(count); }

std::vector<std::vector<Value>> count_rows(const std::vector<NamedCount>& counts) {
  std::vector<std::vector<Value>> rows;
  for (const NamedCount& entry : counts) rows.push_back({entry.name, count_value(entry.count)});
  return rows;
}

/// What SHOW LABELS or SHOW EDGE LABELS lists of the graph that the session works on, by name.
std::vector<NamedCount> counts(Shell& shell, std::string_view statement) {
  Snapshot snapshot(shell);
  std::vector<NamedCount> out;
  Result result = snapshot.query(statement);
  for (const Row& row : result) {
    out.push_back({std::string(row[std::size_t{0}].as_string()),
                   static_cast<std::uint64_t>(row[std::size_t{1}].as_int64())});
  }
  std::sort(out.begin(), out.end(),
            [](const NamedCount& a, const NamedCount& b) { return a.name < b.name; });
  return out;
}

std::vector<NamedCount> node_labels_of(Shell& shell) { return counts(shell, "SHOW LABELS"); }
std::vector<NamedCount> edge_labels_of(Shell& shell) { return counts(shell, "SHOW EDGE LABELS"); }

void labels(Shell& shell, const std::vector<std::string>&, std::string_view) {
  shell.show({"label", "nodes"}, count_rows(node_labels_of(shell)));
}

void edge_labels(Shell& shell, const std::vector<std::string>&, std::string_view) {
  shell.show({"edge label", "edges"}, count_rows(edge_labels_of(shell)));
}

void property_keys(Shell& shell, const std::vector<std::string>&, std::string_view) {
  std::vector<std::vector<Value>> rows;
  for (const std::string& key : shell.target().property_keys()) rows.push_back({key});
  shell.show({"property key"}, rows);
}

constexpr std::size_t kSampleSize = 1000;

/// The properties that the first elements of a label have, with the types of their values.
void schema_of(Shell& shell, const std::string& label) {
  const auto has = [&](const std::vector<NamedCount>& all) {
    return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.name == label; });
  };
  const std::vector<NamedCount> nodes = node_labels_of(shell);
  const std::vector<NamedCount> edges = edge_labels_of(shell);
  if (!has(nodes) && !has(edges)) {
    std::vector<std::string> names;
    for (const auto* all : {&nodes, &edges}) {
      for (const NamedCount& one : *all) names.push_back(one.name);
    }
    const std::string nearest = nearest_name(label, names);
    throw Error(status::kInvalidReference, "there is no label `" + label + "`")
        .hint(nearest.empty() ? ".schema lists the labels" : "did you mean `" + nearest + "`?");
  }
  struct Property {
    std::set<std::string_view> types;
    std::uint64_t count = 0;
  };
  std::vector<std::vector<Value>> rows;
  const auto add = [&](std::string_view kind, const std::string& pattern) {
    std::map<std::string, Property> found;
    Snapshot snapshot(shell);
    Result result =
        snapshot.query("MATCH " + pattern + " RETURN x LIMIT " + std::to_string(kSampleSize));
    std::uint64_t seen = 0;
    for (const Row& row : result) {
      const Value& x = row[std::size_t{0}];
      ++seen;
      for (const auto& [name, value] :
           x.type() == ValueType::kNode ? x.as_node().properties : x.as_edge().properties) {
        Property& property = found[name];
        property.types.insert(type_name(value.type()));
        ++property.count;
      }
    }
    for (const auto& [name, property] : found) {
      std::string types;
      for (const std::string_view type : property.types) {
        types += (types.empty() ? "" : " | ") + std::string(type);
      }
      rows.push_back({kind, name, types, count_value(property.count), count_value(seen)});
    }
  };
  std::string quoted;
  append_gql_name(quoted, label);
  if (has(nodes)) add("node", "(x:" + quoted + ")");
  if (has(edges)) add("edge", "()-[x:" + quoted + "]->()");
  shell.show({"element", "property", "types", "have it", "looked at"}, rows);
}

void graphs(Shell& shell, const std::vector<std::string>&, std::string_view) {
  shell.run_statement("SHOW GRAPHS");
}

void schema(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  if (words.size() > 1) throw Error(status::kSyntaxError, "the form is .schema [LABEL]");
  if (words.size() == 1) return schema_of(shell, words[0]);
  std::vector<std::vector<Value>> rows;
  for (const NamedCount& label : node_labels_of(shell)) {
    rows.push_back({"node label", label.name, count_value(label.count)});
  }
  for (const NamedCount& label : edge_labels_of(shell)) {
    rows.push_back({"edge label", label.name, count_value(label.count)});
  }
  for (const std::string& key : shell.target().property_keys()) {
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
              {"graphs", "l", "", "graphs of the database", graphs},
              {"schema", "d", "[LABEL]", "labels and property keys; of a label, its properties",
               schema},
              {"labels", "dl", "", "labels of nodes, with counts", labels},
              {"types", "de", "", "labels of edges, with counts", edge_labels},
              {"keys", "dk", "", "property keys", property_keys},
              {"indexes", "di", "", "indexes", indexes},
              {"constraints", "dc", "", "constraints", constraints},
          }};
}

}  // namespace geode::cli
