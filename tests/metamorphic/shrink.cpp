#include "shrink.hpp"

#include <algorithm>
#include <utility>

#include "transform.hpp"

namespace geode::metamorphic {

using namespace model;  // NOLINT(google-build-using-namespace): this is about its tree alone

namespace {

/// Makes change number `target` of those that are possible, counted in the order in which they are
/// met.
class OneChange : public Transform {
 public:
  explicit OneChange(std::size_t target) : target_(target) {}

  /// False when there are not so many changes.
  bool made() const { return next_ > target_; }

  Query query(const Query& query) override {
    Query out = Transform::query(query);
    for (std::size_t i = 0; out.parts.size() > 1 && i < out.parts.size(); ++i) {
      if (!now()) continue;
      out.parts.erase(out.parts.begin() + static_cast<std::ptrdiff_t>(i));
      out.operators.pop_back();
      return out;
    }
    for (auto& part : out.parts) {
      for (std::size_t i = 0; i + 1 < part.size(); ++i) {
        if (!now()) continue;
        part.erase(part.begin() + static_cast<std::ptrdiff_t>(i));
        return out;
      }
    }
    return out;
  }

  Clause clause(const Clause& clause) override {
    Clause out = Transform::clause(clause);
    if (auto* call = std::get_if<Call>(&out)) clear(call->optional);
    if (auto* unwind = std::get_if<Unwind>(&out)) clear(unwind->counter);
    return out;
  }

  Projection projection(const Projection& projection) override {
    Projection out = Transform::projection(projection);
    for (std::size_t i = 0; out.items.size() > 1 && i < out.items.size(); ++i) {
      if (!now()) continue;
      out.items.erase(out.items.begin() + static_cast<std::ptrdiff_t>(i));
      if (out.ordered)
        out.descending.erase(out.descending.begin() + static_cast<std::ptrdiff_t>(i));
      return out;
    }
    clear(out.distinct);
    clear(out.skip);
    clear(out.limit);
    clear(out.where);
    if (!out.skip && !out.limit) clear(out.ordered);
    for (std::size_t i = 0; i < out.descending.size(); ++i) {
      if (out.descending[i] && now()) out.descending[i] = false;
    }
    for (Item& item : out.items) clear(item.distinct);
    return out;
  }

  Match match(const Match& match) override {
    Match out = Transform::match(match);
    clear(out.optional);
    clear(out.repeatable);
    for (std::size_t i = 0; out.paths.size() > 1 && i < out.paths.size(); ++i) {
      if (!now()) continue;
      out.paths.erase(out.paths.begin() + static_cast<std::ptrdiff_t>(i));
      return out;
    }
    clear(out.where);
    return out;
  }

  PathPattern path(const PathPattern& path) override {
    PathPattern out = Transform::path(path);
    clear(out.variable);
    clear(out.prefix);
    return out;
  }

  PathTermPtr term(const PathTermPtr& term) override {
    auto out = std::make_shared<PathTerm>(*Transform::term(term));
    switch (out->kind) {
      case PathTerm::Kind::kNode:
        clear_element(out->node);
        break;
      case PathTerm::Kind::kEdge:
        clear_element(out->edge);
        if (out->edge.direction == '-' && now()) out->edge.direction = '>';
        if (out->edge.quantified) shorten(out->edge.minimum, out->edge.maximum, 0);
        clear(out->edge.quantified);
        break;
      case PathTerm::Kind::kSequence:
        // A step and the node it leads to, or comes from.
        for (std::size_t i = 0; i + 2 < out->parts.size(); ++i) {
          if (!now()) continue;
          const auto at = out->parts.begin() + static_cast<std::ptrdiff_t>(i);
          out->parts.erase(at, at + 2);
          return out;
        }
        break;
      case PathTerm::Kind::kUnion:
      case PathTerm::Kind::kMultiset:
        for (std::size_t i = 0; out->parts.size() > 1 && i < out->parts.size(); ++i) {
          if (!now()) continue;
          out->parts.erase(out->parts.begin() + static_cast<std::ptrdiff_t>(i));
          return out;
        }
        if (out->parts.size() == 1 && now()) return out->parts[0];
        break;
      case PathTerm::Kind::kGroup:
        clear(out->mode);
        clear(out->condition);
        if (out->repeat == PathTerm::Repeat::kQuantified) {
          shorten(out->minimum, out->maximum, 0);
        }
        if (out->repeat != PathTerm::Repeat::kOnce && now()) {
          out->repeat = PathTerm::Repeat::kOnce;
        }
        if (out->repeat == PathTerm::Repeat::kOnce && now()) return out->parts[0];
    }
    return out;
  }

  ExpressionPtr expression(const ExpressionPtr& expression) override {
    if (!expression) return nullptr;
    ExpressionPtr out = Transform::expression(expression);
    for (const ExpressionPtr& child : out->children) {
      if (now()) return child;
    }
    if (out->kind == Expression::Kind::kLiteral) return out;
    for (const Value& simple : {Value(), Value(true), Value(1)}) {
      if (!now()) continue;
      auto literal = std::make_shared<Expression>();
      literal->literal = simple;
      return literal;
    }
    return out;
  }

  LabelTestPtr labels(const LabelTestPtr& labels) override {
    for (const LabelTestPtr& part : {labels->left, labels->right}) {
      if (part && now()) return part;
    }
    return labels;
  }

  Properties properties(const Properties& properties) override {
    Properties out = properties;
    for (const auto& [key, value] : properties) {
      if (now()) out.erase(key);
    }
    return out;
  }

 private:
  bool now() { return next_++ == target_; }

  /// The change that takes something away that is there.
  template <class T>
  void clear(T& thing) {
    if (thing != T() && now()) thing = T();
  }

  template <class Element>
  void clear_element(Element& element) {
    clear(element.variable);
    clear(element.labels);
    clear(element.condition);
  }

  void shorten(int& minimum, std::optional<int>& maximum, int least) {
    if (minimum > least && now()) --minimum;
    if (maximum && *maximum > std::max(1, minimum) && now()) --*maximum;
    if (!maximum && now()) maximum = std::max(1, minimum);
  }

  const std::size_t target_;
  std::size_t next_ = 0;
};

}  // namespace

std::vector<Query> simpler(const Query& query) {
  std::vector<Query> out;
  for (std::size_t target = 0;; ++target) {
    OneChange change(target);
    Query changed = change.query(query);
    if (!change.made()) return out;
    out.push_back(std::move(changed));
  }
}

std::vector<Graph> simpler(const Graph& graph) {
  std::vector<Graph> out;
  const auto add = [&](const auto& change) {
    out.push_back(graph);
    change(out.back());
  };
  for (const auto& [id, node] : graph.nodes) {
    add([&, id = id](Graph& g) { g.delete_node(id); });
  }
  for (const auto& [id, edge] : graph.edges) {
    add([&, id = id](Graph& g) { g.edges.erase(id); });
  }
  for (const auto& [id, node] : graph.nodes) {
    for (const std::string& label : node.labels) {
      add([&, id = id](Graph& g) { g.nodes.at(id).labels.erase(label); });
    }
    for (const auto& [key, value] : node.properties) {
      if (key == "uid") continue;
      add([&, id = id, key = key](Graph& g) { g.nodes.at(id).properties.erase(key); });
    }
  }
  for (const auto& [id, edge] : graph.edges) {
    for (const auto& [key, value] : edge.properties) {
      add([&, id = id, key = key](Graph& g) { g.edges.at(id).properties.erase(key); });
    }
  }
  return out;
}

}  // namespace geode::metamorphic
