#include <algorithm>
#include <set>

#include "evaluate.hpp"

namespace geode::model {

namespace {

Value edge_value(std::uint64_t id) {
  geode::Edge edge;
  edge.id = EdgeId{id};
  return Value(std::move(edge));
}

}  // namespace

/// Finds the matches of one pattern for one row by trying every node and every edge in every place.
class Matcher {
 public:
  Matcher(Evaluator& evaluator, const Match& match)
      : evaluator_(evaluator), graph_(evaluator.graph_), match_(match) {}

  std::vector<Row> run(const Row& row) {
    row_ = row;
    path(0);
    if (!match_.paths.empty()) select_shortest();
    std::vector<Row> rows;
    for (Found& found : found_) {
      if (evaluator_.passes(match_.where, found.row)) rows.push_back(std::move(found.row));
    }
    return rows;
  }

 private:
  struct Found {
    Row row;
    std::uint64_t source = 0, target = 0;
    std::size_t length = 0;  // of the last path, which is the only one when paths are searched
  };

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

  template <class F>
  void node(const NodePattern& pattern, std::uint64_t id, bool steps_here, const F& next) {
    evaluator_.work();
    const Node& node = graph_.nodes.at(id);
    if (pattern.labels && !evaluator_.has_labels(*pattern.labels, node.labels)) return;
    if (!has_properties(pattern.properties, node.properties)) return;
    bind(pattern.variable, Value::node_reference(NodeId{id}), [&] {
      if (!evaluator_.passes(pattern.condition, row_)) return;
      if (steps_here) walked_.push_back(id);
      next();
      if (steps_here) walked_.pop_back();
    });
  }

  void path(std::size_t index) {
    if (index == match_.paths.size()) {
      found_.push_back({row_, source_, target_, length_});
      return;
    }
    std::vector<std::uint64_t> outer_walk;
    outer_walk.swap(walked_);
    const std::size_t outer_length = length_;
    for (const auto& [id, unused] : graph_.nodes) {
      length_ = 0;
      node(match_.paths[index].nodes[0], id, true, [&] { element(index, 0, id); });
    }
    length_ = outer_length;
    walked_.swap(outer_walk);
  }

  /// `at` has been reached as the node before edge `position` of path `index`.
  void element(std::size_t index, std::size_t position, std::uint64_t at) {
    const PathPattern& pattern = match_.paths[index];
    if (position == pattern.edges.size()) {
      source_ = walked_.front();
      target_ = at;
      bind(pattern.variable, Value(static_cast<long>(length_)), [&] { path(index + 1); });
      return;
    }
    const EdgePattern& edge = pattern.edges[position];
    auto to_node = [&](std::uint64_t far) {
      // A quantified edge has put the nodes it came by on the walk itself.
      node(pattern.nodes[position + 1], far, !edge.quantified, [&] {
        if (mode_allows(pattern)) element(index, position + 1, far);
      });
    };
    if (!edge.quantified) {
      step(edge, at, [&](std::uint64_t id, std::uint64_t far) {
        bind(edge.variable, edge_value(id), [&] {
          if (evaluator_.passes(edge.condition, row_)) to_node(far);
        });
      });
      return;
    }
    List list;
    repeat(pattern, edge, at, list, to_node);
  }

  template <class F>
  void repeat(const PathPattern& pattern, const EdgePattern& edge, std::uint64_t at, List& list,
              const F& next) {
    if (list.size() >= static_cast<std::size_t>(edge.minimum)) {
      bind(edge.variable, Value(list), [&] { next(at); });
    }
    if (edge.maximum && list.size() == static_cast<std::size_t>(*edge.maximum)) return;
    step(edge, at, [&](std::uint64_t id, std::uint64_t far) {
      const Value value = edge_value(id);
      if (edge.condition) {
        const Row before = row_;
        row_[edge.variable] = value;
        const bool passed = evaluator_.passes(edge.condition, row_);
        row_ = before;
        if (!passed) return;
      }
      list.push_back(value);
      walked_.push_back(far);
      repeat(pattern, edge, far, list, next);
      walked_.pop_back();
      list.pop_back();
    });
  }

  template <class F>
  void step(const EdgePattern& pattern, std::uint64_t at, const F& next) {
    for (const auto& [id, edge] : graph_.edges) {
      evaluator_.work();
      // No edge twice in one MATCH.
      if (used_.contains(id)) continue;
      if (pattern.labels && !evaluator_.has_labels(*pattern.labels, {edge.label})) continue;
      if (!has_properties(pattern.properties, edge.properties)) continue;
      const bool along = edge.source == at && pattern.direction != '<';
      const bool against = edge.target == at && pattern.direction != '>';
      if (!along && !against) continue;
      used_.insert(id);
      ++length_;
      // A loop is met once, whichever way it is looked at.
      next(id, along ? edge.target : edge.source);
      --length_;
      used_.erase(id);
    }
  }

  bool mode_allows(const PathPattern& pattern) const {
    if (pattern.prefix != "ACYCLIC" && pattern.prefix != "SIMPLE") return true;
    std::vector<std::uint64_t> walk = walked_;
    const bool closed =
        pattern.prefix == "SIMPLE" && walk.size() > 1 && walk.front() == walk.back();
    if (closed) walk.pop_back();
    return std::set<std::uint64_t>(walk.begin(), walk.end()).size() == walk.size();
  }

  void select_shortest() {
    const std::string& prefix = match_.paths.back().prefix;
    if (prefix != "ALL SHORTEST" && prefix != "ANY SHORTEST") return;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> shortest;
    for (const Found& found : found_) {
      const auto [entry, added] =
          shortest.emplace(std::pair(found.source, found.target), found.length);
      entry->second = std::min(entry->second, found.length);
    }
    std::set<std::pair<std::uint64_t, std::uint64_t>> taken;
    std::erase_if(found_, [&](const Found& found) {
      const std::pair ends(found.source, found.target);
      if (found.length != shortest[ends]) return true;
      return prefix == "ANY SHORTEST" && !taken.insert(ends).second;
    });
  }

  Evaluator& evaluator_;
  const Graph& graph_;
  const Match& match_;
  Row row_;
  std::set<std::uint64_t> used_;
  std::vector<std::uint64_t> walked_;
  std::uint64_t source_ = 0, target_ = 0;
  std::size_t length_ = 0;
  std::vector<Found> found_;
};

std::vector<Row> Evaluator::match(const Match& match, const Row& row) {
  std::vector<Row> found = Matcher(*this, match).run(row);
  if (!found.empty() || !match.optional) return found;
  Row nulls = row;
  auto add = [&](const std::string& name) {
    if (!name.empty()) nulls.emplace(name, Value());
  };
  for (const PathPattern& path : match.paths) {
    add(path.variable);
    for (const NodePattern& node : path.nodes) add(node.variable);
    for (const EdgePattern& edge : path.edges) add(edge.variable);
  }
  return {nulls};
}

}  // namespace geode::model
