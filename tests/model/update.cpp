#include "update.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "evaluate.hpp"

namespace geode::model {

namespace {

constexpr std::size_t kMostRows = 60;
constexpr std::array<const char*, 5> kKeys = {"n", "f", "s", "b", "m"};
const std::vector<std::string> kLabels = {"A", "B", "C"};
const std::vector<std::string> kEdgeLabels = {"X", "Y", "Z", "New"};

class Updater {
 public:
  Updater(Random& random, const Graph& graph) : random_(random), graph_(graph), generator_(random) {
    update_.after = graph;
  }

  Update run() {
    switch (pick(random_, 0, 9)) {
      case 0:
      case 1:
      case 2:
        set();
        break;
      case 3:
        remove();
        break;
      case 4:
        erase();
        break;
      case 5:
        insert_edges();
        break;
      case 6:
        insert_nodes();
        break;
      case 7:
        merge_nodes();
        break;
      default:
        merge_edges();
    }
    return std::move(update_);
  }

 private:
  std::vector<Row> match() {
    const Match pattern = generator_.update_pattern();
    update_.text = text(pattern);
    std::vector<Row> rows = Evaluator(graph_).match(pattern, {});
    if (rows.size() > kMostRows) throw TooMuchWork();
    return rows;
  }

  std::uint64_t node(const Row& row, const std::string& name) {
    return raw(row.at(name).node_id());
  }

  /// The properties of an element that a row binds.
  Properties& properties(const Row& row, const std::string& name) {
    const Value& element = row.at(name);
    return element.type() == ValueType::kNode
               ? update_.after.nodes.at(raw(element.node_id())).properties
               : update_.after.edges.at(raw(element.as_edge().id)).properties;
  }

  /// The name of a node or edge that the pattern binds.
  std::string chosen(bool& is_node) {
    const std::vector<std::string> edges = generator_.variables(Kind::kEdge);
    is_node = edges.empty() || chance(random_, 70);
    return pick_from(random_, is_node ? generator_.variables(Kind::kNode) : edges);
  }

  Properties some_properties() {
    Properties out;
    for (int i = pick(random_, 0, 2); i > 0; --i) {
      const char* key = pick_from(random_, kKeys);
      out[key] = random_property(random_, key);
    }
    return out;
  }

  void set() {
    const std::vector<Row> rows = match();
    bool is_node = true;
    const std::string name = chosen(is_node);
    update_.text += " SET ";
    switch (pick(random_, 0, is_node ? 5 : 4)) {
      case 0:
        // Adds up when an element is met in several rows.
        update_.text += name + ".n = " + name + ".n + 1, " + name + ".old = " + name + ".n";
        for (const Row& row : rows) {
          Properties& all = properties(row, name);
          const auto n = all.find("n");
          if (n == all.end()) {
            all.erase("old");
            continue;
          }
          all["old"] = n->second;
          n->second = Value(static_cast<long>(n->second.as_int64() + 1));
        }
        break;
      case 1: {
        Properties replaced = some_properties();
        if (is_node) {
          update_.text += name + " = {uid: " + name + ".uid";
          for (const auto& [key, value] : replaced)
            update_.text += ", " + key + ": " + literal(value);
          update_.text += "}";
        } else {
          update_.text += name + " = " + literal(replaced);
        }
        for (const Row& row : rows) {
          Properties& all = properties(row, name);
          if (is_node) replaced["uid"] = all.at("uid");
          all = replaced;
        }
        break;
      }
      case 2: {
        Properties added = some_properties();
        if (chance(random_, 50)) added["s"] = Value();
        update_.text += name + " += " + literal(added);
        for (const Row& row : rows) assign(properties(row, name), added);
        break;
      }
      case 5: {
        const std::string &one = pick_from(random_, kLabels), &two = pick_from(random_, kLabels);
        update_.text += name + ":" + one;
        if (one != two) update_.text += ", " + name + ":" + two;
        for (const Row& row : rows)
          update_.after.nodes.at(node(row, name)).labels.insert({one, two});
        break;
      }
      default: {
        const char* key = pick_from(random_, kKeys);
        const Value value = chance(random_, 15) ? Value() : random_property(random_, key);
        update_.text += name + "." + key + " = " + literal(value);
        for (const Row& row : rows) assign(properties(row, name), {{key, value}});
      }
    }
  }

  static void assign(Properties& all, const Properties& added) {
    for (const auto& [key, value] : added) {
      if (value.is_null()) {
        all.erase(key);
      } else {
        all[key] = value;
      }
    }
  }

  void remove() {
    const std::vector<Row> rows = match();
    bool is_node = true;
    const std::string name = chosen(is_node);
    if (is_node && chance(random_, 50)) {
      const std::string& label = pick_from(random_, kLabels);
      update_.text += " REMOVE " + name + ":" + label;
      for (const Row& row : rows) update_.after.nodes.at(node(row, name)).labels.erase(label);
      return;
    }
    const char* key = pick_from(random_, kKeys);
    update_.text += " REMOVE " + name + "." + key;
    for (const Row& row : rows) properties(row, name).erase(key);
  }

  void erase() {
    const std::vector<Row> rows = match();
    bool is_node = true;
    const std::string name = chosen(is_node);
    const bool detach = chance(random_, 60);
    update_.text += (detach ? " DETACH DELETE " : " DELETE ") + name;
    std::set<std::uint64_t> nodes;
    for (const Row& row : rows) {
      if (is_node) {
        nodes.insert(node(row, name));
      } else {
        update_.after.edges.erase(raw(row.at(name).as_edge().id));
      }
    }
    const std::vector<std::string> edges = generator_.variables(Kind::kEdge);
    if (is_node && !edges.empty() && chance(random_, 60)) {
      update_.text += ", " + edges[0];
      for (const Row& row : rows) update_.after.edges.erase(raw(row.at(edges[0]).as_edge().id));
    }
    const bool held =
        std::any_of(update_.after.edges.begin(), update_.after.edges.end(), [&](const auto& e) {
          return nodes.contains(e.second.source) || nodes.contains(e.second.target);
        });
    if (held && !detach) {
      update_.error = "G1001";
      update_.after = graph_;
      return;
    }
    for (const std::uint64_t id : nodes) update_.after.delete_node(id);
  }

  void insert_edges() {
    const std::vector<Row> rows = match();
    const std::vector<std::string> nodes = generator_.variables(Kind::kNode);
    const std::string &from = pick_from(random_, nodes), &to = pick_from(random_, nodes);
    const Properties given = some_properties();
    const std::string& label = pick_from(random_, kEdgeLabels);
    update_.text += " INSERT (" + from + ")-[:" + label + " " + literal(given) + "]->(" + to + ")";
    for (const Row& row : rows)
      update_.after.add_edge({node(row, from), node(row, to), label, given});
  }

  void insert_nodes() {
    const int count = pick(random_, 0, 4);
    const Properties given = some_properties(), on_edge = some_properties();
    const std::string &one = pick_from(random_, kLabels), &two = pick_from(random_, kLabels);
    const std::string& label = pick_from(random_, kEdgeLabels);
    const long base = static_cast<long>(update_.after.next_node);
    std::string fields;
    for (const auto& [key, value] : given) fields += ", " + key + ": " + literal(value);
    update_.text = "UNWIND range(1, " + std::to_string(count) + ") AS i INSERT (:" + one +
                   (one == two ? "" : "&" + two) + " {uid: " + std::to_string(base) +
                   " + 2 * (i - 1)" + fields + "})-[:" + label + " " + literal(on_edge) +
                   "]->({uid: " + std::to_string(base + 1) + " + 2 * (i - 1), n: i})";
    for (int i = 1; i <= count; ++i) {
      const std::uint64_t first = update_.after.add_node({{one, two}, given});
      const std::uint64_t second = update_.after.add_node({{}, {{"n", Value(i)}}});
      update_.after.add_edge({first, second, label, on_edge});
    }
  }

  void merge_nodes() {
    const std::string& label = pick_from(random_, kLabels);
    std::vector<int> values;
    std::string list;
    for (int i = pick(random_, 1, 3); i > 0; --i) {
      values.push_back(pick(random_, 0, 5));
      list += (list.empty() ? "" : ", ") + std::to_string(values.back()) + ".0";
    }
    const std::uint64_t base = update_.after.next_node;
    update_.text = "UNWIND range(0, " + std::to_string(values.size() - 1) +
                   ") AS i MERGE (x:" + label + " {n: [" + list +
                   "][i]}) ON CREATE SET x.uid = " + std::to_string(base) +
                   " + i, x.b = true ON MATCH SET x.b = false, x.f = 1.5";
    if (chance(random_, 50)) {
      // The same number as an integer.
      for (std::size_t at; (at = update_.text.find(".0")) != std::string::npos;)
        update_.text.erase(at, 2);
    }
    const bool integers = update_.text.find(".0") == std::string::npos;
    for (std::size_t i = 0; i < values.size(); ++i) {
      bool found = false;
      for (auto& [id, node] : update_.after.nodes) {
        const auto n = node.properties.find("n");
        if (!node.labels.contains(label) || n == node.properties.end() ||
            n->second.as_number() != values[i]) {
          continue;
        }
        found = true;
        node.properties["b"] = Value(false);
        node.properties["f"] = Value(1.5);
      }
      if (found) continue;
      update_.after.next_node = base + i;
      const Value n = integers ? Value(values[i]) : Value(static_cast<double>(values[i]));
      update_.after.add_node({{label}, {{"n", n}, {"b", Value(true)}}});
    }
    if (!integers) {
      // Integer arithmetic elsewhere relies on n.
      update_.text += " SET x.n = " + std::string("CASE WHEN x.n = 0 THEN 0 WHEN x.n = 1 THEN 1 ") +
                      "WHEN x.n = 2 THEN 2 WHEN x.n = 3 THEN 3 WHEN x.n = 4 THEN 4 ELSE 5 END";
      for (auto& [id, node] : update_.after.nodes) {
        const auto n = node.properties.find("n");
        const bool touched = n != node.properties.end() && n->second.type() == ValueType::kFloat64;
        if (touched) n->second = Value(static_cast<long>(n->second.as_number()));
      }
    }
  }

  void merge_edges() {
    const std::vector<Row> rows = match();
    const std::vector<std::string> nodes = generator_.variables(Kind::kNode);
    const std::string &from = pick_from(random_, nodes), &to = pick_from(random_, nodes);
    const std::string& label = pick_from(random_, kEdgeLabels);
    const std::string key = chance(random_, 40) ? "s" : "";
    const Properties wanted = key.empty() ? Properties() : Properties{{key, Value("a")}};
    const bool either = chance(random_, 20);
    update_.text += " MERGE (" + from + ")-[made:" + label + " " + literal(wanted) +
                    (either ? "]-(" : "]->(") + to +
                    ") ON CREATE SET made.b = true ON MATCH SET made.b = false";
    // Which way an edge without direction is made is known, but a later row then finds it: rows in
    // the other order would make it the other way round.
    if (either && rows.size() > 1) throw TooMuchWork();
    for (const Row& row : rows) {
      const std::uint64_t source = node(row, from), target = node(row, to);
      bool found = false;
      for (auto& [id, edge] : update_.after.edges) {
        const bool along = edge.source == source && edge.target == target;
        const bool against = either && edge.source == target && edge.target == source;
        if (edge.label != label || (!along && !against)) continue;
        if (!key.empty()) {
          const auto value = edge.properties.find(key);
          if (value == edge.properties.end() ||
              equal(value->second, wanted.at(key)) != std::optional<bool>(true)) {
            continue;
          }
        }
        found = true;
        edge.properties["b"] = Value(false);
      }
      if (found) continue;
      Properties made = wanted;
      made["b"] = Value(true);
      update_.after.add_edge({source, target, label, made});
    }
  }

  Random& random_;
  const Graph& graph_;
  Generator generator_;
  Update update_;
};

}  // namespace

Update random_update(Random& random, const Graph& graph) { return Updater(random, graph).run(); }

}  // namespace geode::model
