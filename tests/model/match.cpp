#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <string_view>

#include "evaluate.hpp"

namespace geode::model {

namespace {

Value edge_value(std::uint64_t id) {
  geode::Edge edge;
  edge.id = EdgeId{id};
  return Value(std::move(edge));
}

template <class T>
bool all_different(std::vector<T> items) {
  return std::set<T>(items.begin(), items.end()).size() == items.size();
}

/// Whether a walk of nodes and edges is one of a path mode.
bool is_of_mode(std::string_view mode, std::vector<std::uint64_t> nodes,
                const std::vector<std::uint64_t>& edges) {
  if (mode == "TRAIL") return all_different(edges);
  if (mode == "ACYCLIC") return all_different(nodes);
  if (mode != "SIMPLE") return true;
  if (nodes.size() > 1 && nodes.front() == nodes.back()) nodes.pop_back();
  return all_different(nodes);
}

}  // namespace

/// Finds the matches of one pattern for one row by trying every node and every edge in every place.
class Matcher {
 public:
  Matcher(Evaluator& evaluator, const Match& match)
      : evaluator_(evaluator), graph_(evaluator.graph_), match_(match) {}

  std::vector<Row> run(const Row& row) {
    row_ = row;
    std::vector<Row> rows;
    paths(0, rows);
    return rows;
  }

 private:
  using Next = std::function<void()>;

  /// A match of one path pattern.
  struct Found {
    Row row;
    std::vector<std::uint64_t> nodes, edges;
  };

  void paths(std::size_t index, std::vector<Row>& rows) {
    if (index == match_.paths.size()) {
      if (evaluator_.passes(match_.where, row_)) rows.push_back(row_);
      return;
    }
    const PathPattern& pattern = match_.paths[index];
    const Row outer_row = row_;
    const std::set<std::uint64_t> outer_used = used_;
    for (Found& found : matches_of(pattern)) {
      row_ = std::move(found.row);
      used_.insert(found.edges.begin(), found.edges.end());
      paths(index + 1, rows);
      row_ = outer_row;
      used_ = outer_used;
    }
  }

  std::vector<Found> matches_of(const PathPattern& pattern) {
    std::vector<Found> found;
    nodes_.clear();
    edges_.clear();
    mode_ = &pattern.prefix;
    match(*pattern.root, [&] {
      if (!is_of_mode(pattern.prefix, nodes_, edges_)) return;
      bind(pattern.variable, Value(static_cast<long>(edges_.size())), [&] {
        found.push_back({row_, nodes_, edges_});
      });
    });
    nodes_.clear();
    edges_.clear();
    return selected(pattern.prefix, std::move(found));
  }

  /// Of each two ends, the paths that a path search keeps. Which of several equally good ones are
  /// kept is left open.
  static std::vector<Found> selected(std::string_view prefix, std::vector<Found> all) {
    const bool shortest = prefix.find("SHORTEST") != std::string_view::npos;
    if (!shortest && !prefix.starts_with("ANY")) return all;
    std::size_t count = 1;
    const std::size_t digit = prefix.find_first_of("0123456789");
    if (digit != std::string_view::npos) {
      std::from_chars(prefix.data() + digit, prefix.data() + prefix.size(), count);
    }
    const bool groups = prefix.ends_with("GROUP") || prefix == "ALL SHORTEST";
    std::stable_sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
      return a.edges.size() < b.edges.size();
    });
    struct Ends {
      std::size_t kept = 0, longest = std::numeric_limits<std::size_t>::max();
    };
    std::map<std::pair<std::uint64_t, std::uint64_t>, Ends> taken;
    std::erase_if(all, [&](const Found& found) {
      Ends& ends = taken[{found.nodes.front(), found.nodes.back()}];
      if (groups) {
        if (ends.longest != found.edges.size()) ++ends.kept;
        ends.longest = found.edges.size();
      } else {
        ++ends.kept;
      }
      return ends.kept > count;
    });
    return all;
  }

  /// Binds a variable while `next` runs; does nothing when the variable is bound to something else.
  template <class F>
  void bind(const std::string& variable, const Value& value, const F& next) {
    if (variable.empty()) return next();
    const auto bound = row_.find(variable);
    if (bound != row_.end()) {
      if (equal(bound->second, value) == std::optional<bool>(true)) next();
      return;
    }
    row_[variable] = value;
    next();
    row_.erase(variable);
  }

  bool has_properties(const Properties& wanted, const Properties& properties) const {
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
      const auto found = properties.find(entry.first);
      return found != properties.end() &&
             equal(found->second, entry.second) == std::optional<bool>(true);
    });
  }

  /// Goes on with `next` for each match of `term` that begins where the walk has come to.
  void match(const PathTerm& term, const Next& next) {
    evaluator_.work();
    switch (term.kind) {
      case PathTerm::Kind::kNode:
        return somewhere([&] { node(term.node, next); });
      case PathTerm::Kind::kEdge:
        return somewhere([&] { edge(term.edge, next); });
      case PathTerm::Kind::kSequence:
        return sequence(term, 0, next);
      case PathTerm::Kind::kUnion:
      case PathTerm::Kind::kMultiset:
        return alternatives(term, next);
      case PathTerm::Kind::kGroup:
        return somewhere([&] { group(term, next); });
    }
  }

  /// A path that has not begun may begin at any node.
  void somewhere(const Next& next) {
    if (!nodes_.empty()) return next();
    for (const auto& [id, unused] : graph_.nodes) {
      nodes_.push_back(id);
      next();
      nodes_.pop_back();
    }
  }

  void node(const NodePattern& pattern, const Next& next) {
    const std::uint64_t id = nodes_.back();
    const Node& node = graph_.nodes.at(id);
    if (pattern.labels && !evaluator_.has_labels(*pattern.labels, node.labels)) return;
    if (!has_properties(pattern.properties, node.properties)) return;
    bind(pattern.variable, Value::node_reference(NodeId{id}), [&] {
      if (evaluator_.passes(pattern.condition, row_)) next();
    });
  }

  void edge(const EdgePattern& pattern, const Next& next) {
    if (!pattern.quantified) {
      step(pattern, [&](std::uint64_t id) {
        bind(pattern.variable, edge_value(id), [&] {
          if (evaluator_.passes(pattern.condition, row_)) next();
        });
      });
      return;
    }
    List list;
    repeat_edge(pattern, list, next);
  }

  void repeat_edge(const EdgePattern& edge, List& list, const Next& next) {
    if (list.size() >= static_cast<std::size_t>(edge.minimum)) {
      bind(edge.variable, Value(list), next);
    }
    if (edge.maximum && list.size() == static_cast<std::size_t>(*edge.maximum)) return;
    step(edge, [&](std::uint64_t id) {
      const Value value = edge_value(id);
      if (edge.condition) {
        const Row before = row_;
        row_[edge.variable] = value;
        const bool passed = evaluator_.passes(edge.condition, row_);
        row_ = before;
        if (!passed) return;
      }
      list.push_back(value);
      repeat_edge(edge, list, next);
      list.pop_back();
    });
  }

  template <class F>
  void step(const EdgePattern& pattern, const F& next) {
    const std::uint64_t at = nodes_.back();
    for (const auto& [id, edge] : graph_.edges) {
      evaluator_.work();
      // No edge twice in one MATCH.
      const bool walked = std::find(edges_.begin(), edges_.end(), id) != edges_.end();
      if (!match_.repeatable && (walked || used_.contains(id))) continue;
      if (pattern.labels && !evaluator_.has_labels(*pattern.labels, {edge.label})) continue;
      if (!has_properties(pattern.properties, edge.properties)) continue;
      const bool along = edge.source == at && pattern.direction != '<';
      const bool against = edge.target == at && pattern.direction != '>';
      if (!along && !against) continue;
      edges_.push_back(id);
      // A loop is met once, whichever way it is looked at.
      nodes_.push_back(along ? edge.target : edge.source);
      // What the path mode refuses, it refuses of every longer walk: there is an end.
      if (is_of_mode(*mode_, nodes_, edges_)) next(id);
      nodes_.pop_back();
      edges_.pop_back();
    }
  }

  void sequence(const PathTerm& term, std::size_t index, const Next& next) {
    if (index == term.parts.size()) return next();
    match(*term.parts[index], [&] { sequence(term, index + 1, next); });
  }

  /// A variable that only other alternatives bind is null, or an empty list. What an alternative of
  /// `|` matches like one before it counts once.
  void alternatives(const PathTerm& term, const Next& next) {
    std::set<std::string> earlier;
    for (const PathTermPtr& part : term.parts) {
      std::set<std::string> matched = earlier;
      match(*part, [&] {
        const Row before = row_;
        for (const PathTermPtr& other : term.parts) complete(*other);
        const std::string now = walk_and_row();
        if (term.kind == PathTerm::Kind::kMultiset || !earlier.contains(now)) {
          matched.insert(now);
          next();
        }
        row_ = before;
      });
      earlier = std::move(matched);
    }
  }

  std::string walk_and_row() const {
    std::string text;
    for (const std::uint64_t node : nodes_) text += std::to_string(node) + " ";
    for (const std::uint64_t edge : edges_) text += std::to_string(edge) + "-";
    for (const auto& [name, value] : row_) text += name + "=" + identity(value) + "|";
    return text;
  }

  /// Gives the variables of a part that was not matched the value they have then.
  void complete(const PathTerm& term) {
    for_each_element(term, [&](const PathTerm& element) {
      const bool is_node = element.kind == PathTerm::Kind::kNode;
      const std::string& name = is_node ? element.node.variable : element.edge.variable;
      if (name.empty()) return;
      row_.emplace(name, !is_node && element.edge.quantified ? Value(List()) : Value());
    });
  }

  void group(const PathTerm& term, const Next& next) {
    switch (term.repeat) {
      case PathTerm::Repeat::kOnce:
        return once(term, next);
      case PathTerm::Repeat::kMaybe: {
        once(term, next);
        const Row before = row_;
        complete(*term.parts[0]);
        next();
        row_ = before;
        return;
      }
      case PathTerm::Repeat::kQuantified: {
        std::map<std::string, List> lists;
        for (const std::string& name : variables_of(*term.parts[0])) lists[name];
        return repeat(term, 0, lists, next);
      }
    }
  }

  /// One walk through what stands in the parentheses; path mode and condition are of this walk.
  void once(const PathTerm& term, const Next& next) {
    const auto nodes = static_cast<std::ptrdiff_t>(nodes_.size()) - 1;
    const auto edges = static_cast<std::ptrdiff_t>(edges_.size());
    match(*term.parts[0], [&] {
      if (is_of_mode(term.mode, {nodes_.begin() + nodes, nodes_.end()},
                     {edges_.begin() + edges, edges_.end()}) &&
          evaluator_.passes(term.condition, row_)) {
        next();
      }
    });
  }

  void repeat(const PathTerm& term, int times, std::map<std::string, List>& lists,
              const Next& next) {
    if (times >= term.minimum) {
      const Row before = row_;
      for (const auto& [name, list] : lists) row_[name] = Value(list);
      next();
      row_ = before;
    }
    if (term.maximum && times == *term.maximum) return;
    once(term, [&] {
      const Row before = row_;
      const std::map<std::string, List> lists_before = lists;
      for (auto& [name, list] : lists) {
        const auto bound = row_.find(name);
        // What was not bound this time is left out of the list.
        if (!bound->second.is_null()) list.push_back(bound->second);
        row_.erase(bound);
      }
      repeat(term, times + 1, lists, next);
      lists = lists_before;
      row_ = before;
    });
  }

  Evaluator& evaluator_;
  const Graph& graph_;
  const Match& match_;
  Row row_;
  /// Edges of the paths before this one.
  std::set<std::uint64_t> used_;
  /// The walk so far.
  std::vector<std::uint64_t> nodes_, edges_;
  /// The prefix of the path.
  const std::string* mode_ = nullptr;
};

std::vector<Row> Evaluator::match(const Match& match, const Row& row) {
  std::vector<Row> found = Matcher(*this, match).run(row);
  if (!found.empty() || !match.optional) return found;
  Row nulls = row;
  for (const PathPattern& path : match.paths) {
    if (!path.variable.empty()) nulls.emplace(path.variable, Value());
    for (const std::string& name : variables_of(*path.root)) nulls.emplace(name, Value());
  }
  return {nulls};
}

}  // namespace geode::model
