#include "shell/dump.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <geode/version.hpp>
#include "gql_text.hpp"
#include "shell/dump_catalog.hpp"
#include "shell/snapshot.hpp"

namespace geode::cli {

namespace {

constexpr std::int64_t kOneStatement = 10'000;
constexpr std::size_t kElementsInStatement = 500;

constexpr std::string_view kNodes = "MATCH (n) RETURN n";
// An edge without a direction is met from both of its ends.
constexpr std::string_view kEdges =
    "MATCH ()-[e]->() RETURN e UNION ALL MATCH (a)~[e]~(b) WHERE id(a) <= id(b) RETURN e";

std::int64_t count(Snapshot& snapshot, const std::string& query) {
  return snapshot.query(query).single().as_int64();
}

/// `name`, or `name2`, `name3` ... when that is taken.
std::string free_name(const std::string& name, const std::set<std::string>& taken) {
  std::string out = name;
  for (int i = 2; taken.contains(out); ++i) out = name + std::to_string(i);
  return out;
}

std::set<std::string> names(Snapshot& snapshot, std::string_view query) {
  std::set<std::string> out;
  Result result = snapshot.query(query);
  for (const Row& row : result) out.emplace(row[std::size_t{0}].as_string());
  return out;
}

void append_node(std::string& out, const std::string& variable, const Node& node,
                 const std::string& more_label, const std::string& more_property) {
  out += '(' + variable;
  char sign = ':';
  const auto add_label = [&](std::string_view label) {
    out += sign;
    append_gql_name(out, label);
    sign = '&';
  };
  if (!more_label.empty()) add_label(more_label);
  for (const std::string& label : node.labels) add_label(label);
  std::string properties;
  if (node.properties.empty() && more_property.empty()) {
    out += ')';
    return;
  }
  append_gql_record(properties, node.properties);
  if (!more_property.empty()) {
    properties.insert(1, more_property + (node.properties.empty() ? "" : ", "));
  }
  if (out.back() != '(') out += ' ';
  out += properties + ')';
}

DumpCounts dump_in_one_statement(Snapshot& snapshot, const WriteText& write) {
  DumpCounts counts;
  // Nodes of edges need a name; the others do without.
  std::vector<Value> edges;
  std::unordered_map<std::uint64_t, std::size_t> variables;
  Result found = snapshot.query(kEdges);
  for (const Row& row : found) {
    edges.push_back(row[std::size_t{0}]);
    for (const NodeId end : {edges.back().as_edge().source, edges.back().as_edge().target}) {
      variables.try_emplace(raw(end), 0);
    }
  }
  Result nodes = snapshot.query(kNodes);
  std::string text;
  for (const Row& row : nodes) {
    const Node& node = row[std::size_t{0}].as_node();
    text = counts.nodes == 0 ? "INSERT\n  " : ",\n  ";
    const auto variable = variables.find(raw(node.id));
    std::string name;
    if (variable != variables.end()) {
      variable->second = counts.nodes;
      name = "n" + std::to_string(counts.nodes);
    }
    append_node(text, name, node, "", "");
    write(text);
    ++counts.nodes;
  }
  for (const Value& value : edges) {
    const Edge& edge = value.as_edge();
    text = ",\n  (n" + std::to_string(variables.at(raw(edge.source))) + ')';
    text += edge.directed ? "-[:" : "~[:";
    append_gql_name(text, edge.label);
    if (!edge.properties.empty()) {
      text += ' ';
      append_gql_record(text, edge.properties);
    }
    text += edge.directed ? "]->(n" : "]~(n";
    text += std::to_string(variables.at(raw(edge.target))) + ')';
    write(text);
    ++counts.edges;
  }
  if (counts.nodes > 0) write(";\n");
  return counts;
}

/// The label and the number that nodes of a large graph have while it is built.
struct Marks {
  std::string label, key, index;
};

class ManyStatements {
 public:
  ManyStatements(Snapshot& snapshot, const WriteText& write, const Marks& marks)
      : snapshot_(snapshot), write_(write) {
    append_gql_name(label_, marks.label);
    append_gql_name(key_, marks.key);
    append_gql_name(index_, marks.index);
  }

  DumpCounts run() {
    write_("CREATE INDEX " + index_ + " FOR (n:" + label_ + ") ON (n." + key_ + ");\n");
    insert_nodes();
    insert_edges();
    write_("MATCH (n:" + label_ + ") REMOVE n:" + label_ + ", n." + key_ + ";\n");
    write_("DROP INDEX " + index_ + ";\n");
    return counts_;
  }

 private:
  void insert_nodes() {
    Result nodes = snapshot_.query(kNodes);
    std::string text;
    for (const Row& row : nodes) {
      const Node& node = row[std::size_t{0}].as_node();
      const bool first = counts_.nodes++ % kElementsInStatement == 0;
      if (first && !text.empty()) write_(text + ";\n");
      if (first) text = "INSERT ";
      text += first ? "" : ",\n  ";
      append_node(text, "", node, label_, key_ + ": " + std::to_string(raw(node.id)));
    }
    if (!text.empty()) write_(text + ";\n");
  }

  /// Edges of one label, with a direction or without, share a statement; their ends and properties
  /// are rows of it.
  void insert_edges() {
    struct Rows {
      std::string text;
      std::size_t count = 0;
    };
    std::map<std::pair<std::string, bool>, Rows> by_label;
    Result edges = snapshot_.query(kEdges);
    for (const Row& row : edges) {
      const Edge& edge = row[std::size_t{0}].as_edge();
      Rows& rows = by_label[{edge.label, edge.directed}];
      rows.text += (rows.count == 0 ? "[" : ",\n  [") + std::to_string(raw(edge.source)) + ", " +
                   std::to_string(raw(edge.target)) + ", ";
      append_gql_record(rows.text, edge.properties);
      rows.text += ']';
      ++counts_.edges;
      if (++rows.count == kElementsInStatement) {
        write_rows(edge.label, edge.directed, rows.text);
        rows = {};
      }
    }
    for (const auto& [kind, rows] : by_label) {
      if (rows.count > 0) write_rows(kind.first, kind.second, rows.text);
    }
  }

  void write_rows(const std::string& label, bool directed, const std::string& rows) {
    const auto end = [&](char name, char place) {
      return std::string("(") + name + ':' + label_ + " {" + key_ + ": e[" + place + "]})";
    };
    std::string text = "UNWIND [" + rows + "] AS e MATCH " + end('a', '0') + ", " + end('b', '1') +
                       " INSERT (a)" + (directed ? "-" : "~") + "[x:";
    append_gql_name(text, label);
    write_(text + (directed ? "]->" : "]~") + "(b) SET x = e[2];\n");
  }

  Snapshot& snapshot_;
  const WriteText& write_;
  std::string label_, key_, index_;
  DumpCounts counts_;
};

std::string keys_text(std::string_view variable, const Value& keys) {
  std::string out;
  for (const Value& key : keys.as_list()) {
    out += (out.empty() ? "" : ", ") + std::string(variable) + '.';
    append_gql_name(out, key.as_string());
  }
  return out;
}

}  // namespace

std::string schema_statements(Snapshot& snapshot) {
  std::string out;
  Result indexes = snapshot.query("SHOW INDEXES");
  for (const Row& row : indexes) {
    if (!row["constraint"].is_null()) continue;  // the constraint makes it
    out += row["unique"].as_bool() ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
    append_gql_name(out, row["name"].as_string());
    out += " FOR (n:";
    append_gql_name(out, row["label"].as_string());
    out += ") ON (" + keys_text("n", row["properties"]) + ");\n";
  }
  Result constraints = snapshot.query("SHOW CONSTRAINTS");
  for (const Row& row : constraints) {
    out += "CREATE CONSTRAINT ";
    append_gql_name(out, row["name"].as_string());
    out += ' ';
    out += row["definition"].as_string();
    out += ";\n";
  }
  return out;
}

namespace {

DumpCounts dump_elements(Snapshot& snapshot, const WriteText& write) {
  const std::int64_t elements = count(snapshot, "MATCH (n) RETURN count(*)") +
                                count(snapshot, "MATCH ()-[e]->() RETURN count(*)") +
                                count(snapshot, "MATCH ()~[e]~() RETURN count(*)");
  if (elements <= kOneStatement) return dump_in_one_statement(snapshot, write);
  std::set<std::string> index_names = names(snapshot, "SHOW INDEXES");
  index_names.merge(names(snapshot, "SHOW CONSTRAINTS"));
  const Marks marks{free_name("DumpedNode", names(snapshot, "SHOW LABELS")),
                    free_name("dump_number", names(snapshot, "SHOW PROPERTY KEYS")),
                    free_name("dump_index", index_names)};
  return ManyStatements(snapshot, write, marks).run();
}

using GraphName = std::pair<std::string, std::string>;  ///< schema, name

/// The marks that nodes of a large graph wear do not fit a closed graph type, so a graph that has
/// one is built without it, and then copied into one that has it.
DumpCounts dump_graph(Snapshot& snapshot, const GraphName& graph, const std::string& untyped,
                      bool home, const WriteText& write) {
  const ElementTypesText types = element_types_text(snapshot);
  const std::string path = graph_path(graph.first, graph.second);
  const std::string place = types.closed_type.empty() ? path : graph_path(graph.first, untyped);
  if (!home) write("CREATE GRAPH " + place + ";\nSESSION SET GRAPH " + place + ";\n");
  const DumpCounts counts = dump_elements(snapshot, write);
  if (!types.closed_type.empty()) {
    write("CREATE GRAPH " + path + ' ' + types.closed_type + " AS COPY OF " + place +
          ";\nSESSION SET GRAPH " + path + ";\nDROP GRAPH " + place + ";\n");
  }
  write(types.statements + schema_statements(snapshot));
  return counts;
}

}  // namespace

DumpCounts dump(Snapshot& snapshot, const WriteText& given_write) {
  const WriteText write = [&](std::string_view text) {
    snapshot.check_interrupt();
    if (!text.empty()) given_write(text);
  };
  write("// Graphs as statements, written by geode " GEODE_VERSION ". For an empty database.\n");
  write("START TRANSACTION;\n");
  write(catalog_statements(snapshot));
  DumpCounts counts;
  bool home = true;  // the first one
  std::vector<GraphName> graphs;
  std::set<std::string> taken;
  Result shown = snapshot.query("SHOW GRAPHS");
  for (const Row& row : shown) {
    graphs.emplace_back(row["schema"].as_string(), row["name"].as_string());
    taken.insert(graphs.back().second);
  }
  const std::string untyped = free_name("untyped", taken);
  for (const GraphName& graph : graphs) {
    snapshot.use_graph(graph_path(graph.first, graph.second));
    const DumpCounts more = dump_graph(snapshot, graph, untyped, std::exchange(home, false), write);
    counts.nodes += more.nodes;
    counts.edges += more.edges;
  }
  if (graphs.size() > 1) write("SESSION RESET GRAPH;\n");
  write("COMMIT;\n");
  return counts;
}

}  // namespace geode::cli
