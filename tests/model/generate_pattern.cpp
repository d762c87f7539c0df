#include <algorithm>
#include <iterator>

#include "generate.hpp"

namespace geode::model {

namespace {

using Terms = PathTerm::Kind;

const std::vector<std::string> kKeys = {"n", "f", "s", "b", "m"};
const std::vector<std::string> kModes = {"TRAIL", "ACYCLIC", "SIMPLE"};

PathTermPtr sequence(std::vector<PathTermPtr> parts) {
  auto term = std::make_shared<PathTerm>();
  term->kind = Terms::kSequence;
  term->parts = std::move(parts);
  return term;
}

bool endless(const PathTerm& term) {
  if (term.kind == Terms::kEdge) return term.edge.quantified && !term.edge.maximum;
  if (term.repeat == PathTerm::Repeat::kQuantified && !term.maximum) return true;
  return std::any_of(term.parts.begin(), term.parts.end(),
                     [](const PathTermPtr& part) { return endless(*part); });
}

}  // namespace

LabelTestPtr Generator::node_labels(int depth) {
  static const std::vector<std::string> kLabels = {"A", "B", "C", "A", "B", "Nobody"};
  return labels(kLabels, true, depth);
}

LabelTestPtr Generator::edge_labels(int depth) {
  static const std::vector<std::string> kLabels = {"X", "Y", "Z", "X", "Y"};
  return labels(kLabels, false, depth);
}

LabelTestPtr Generator::labels(const std::vector<std::string>& names, bool of_node, int depth) {
  auto test = std::make_shared<LabelTest>();
  const int form = depth <= 0 ? 0 : pick(0, 9);
  if (form < 6) {
    test->name = pick_from(random_, names);
  } else if (form == 6) {
    test->kind = LabelTest::Kind::kNot;
    test->left = labels(names, of_node, depth - 1);
  } else if (form == 7 && of_node) {
    test->kind = LabelTest::Kind::kAny;
  } else {
    test->kind = form == 8 && of_node ? LabelTest::Kind::kAnd : LabelTest::Kind::kOr;
    test->left = labels(names, of_node, depth - 1);
    test->right = labels(names, of_node, depth - 1);
  }
  return test;
}

Properties Generator::properties() {
  const std::string& key = pick_from(random_, kKeys);
  return {{key, random_property(random_, key)}};
}

ExpressionPtr Generator::small_condition(const std::string& variable) {
  std::vector<Variable> only = {{variable, Kind::kNode}};
  scope_.swap(only);
  ExpressionPtr condition = comparison(0);
  scope_.swap(only);
  return condition;
}

PathTermPtr Generator::node(bool bind_variable, std::vector<Variable>& made) {
  auto term = std::make_shared<PathTerm>();
  NodePattern& pattern = term->node;
  const std::string known = closed_ ? "" : variable_of(Kind::kNode);
  if (!known.empty() && chance(35)) {
    pattern.variable = known;
  } else if (!closed_ && !made.empty() && chance(12)) {
    // The same node in two places of the pattern.
    const Variable& again = pick_from(random_, made);
    if (again.kind == Kind::kNode) pattern.variable = again.name;
  } else if (bind_variable && chance(75)) {
    pattern.variable = new_name(Kind::kNode);
    made.push_back({pattern.variable, Kind::kNode});
  }
  if (chance(45)) pattern.labels = node_labels(2);
  if (chance(10)) {
    pattern.properties = properties();
  } else if (!pattern.variable.empty() && chance(10)) {
    pattern.condition = small_condition(pattern.variable);
  }
  return term;
}

PathTermPtr Generator::edge(bool bind_variable, std::vector<Variable>& made) {
  auto term = std::make_shared<PathTerm>();
  term->kind = Terms::kEdge;
  EdgePattern& pattern = term->edge;
  pattern.direction = ">><<-"[pick(0, 4)];
  if (chance(65)) pattern.labels = edge_labels(1);
  pattern.quantified = !closed_ && chance(25);
  if (pattern.quantified) {
    pattern.minimum = pick(0, 2);
    // Without a direction and without an end there are too many ways through a graph.
    if (pattern.direction == '-' || chance(75)) {
      pattern.maximum = std::max(1, pattern.minimum + pick(0, 2));
    }
  }
  const std::string known = closed_ ? "" : variable_of(Kind::kEdge);
  if (!pattern.quantified && !known.empty() && chance(6)) {
    const bool twice = std::any_of(
        made.begin(), made.end(), [&](const Variable& variable) { return variable.name == known; });
    if (!twice) {
      pattern.variable = known;
      made.push_back({known, Kind::kEdge});
      return term;
    }
  }
  if (bind_variable && chance(45)) {
    const Kind kind = pattern.quantified ? Kind::kEdges : Kind::kEdge;
    pattern.variable = new_name(kind);
    made.push_back({pattern.variable, kind});
  }
  if (chance(10)) {
    pattern.properties = properties();
  } else if (!pattern.variable.empty() && chance(12)) {
    pattern.condition = small_condition(pattern.variable);
  }
  return term;
}

/// node, edge, node, ...
PathTermPtr Generator::steps(int count, std::vector<Variable>& made) {
  std::vector<PathTermPtr> parts = {node(true, made)};
  for (int i = 0; i < count; ++i) {
    parts.push_back(edge(true, made));
    parts.push_back(node(true, made));
  }
  return sequence(std::move(parts));
}

/// `((x)-[e]->(y) WHERE ...){1,2}`: outside, its variables are lists.
PathTermPtr Generator::repeated(std::vector<Variable>& made) {
  auto term = std::make_shared<PathTerm>();
  term->kind = Terms::kGroup;
  term->repeat = PathTerm::Repeat::kQuantified;
  term->minimum = pick(0, 2);
  if (chance(80)) term->maximum = std::max(1, term->minimum + pick(0, 1));
  std::vector<Variable> inner, outer_later;
  outer_later.swap(later_);
  const bool outer_closed = closed_;
  closed_ = true;
  if (nesting_ < 2 && chance(15)) {
    ++nesting_;
    auto nested = std::static_pointer_cast<const PathTerm>(repeated(inner));
    --nesting_;
    auto copy = std::make_shared<PathTerm>(*nested);
    // What is repeated must have an edge each time.
    copy->minimum = std::max(1, copy->minimum);
    if (!copy->maximum || *copy->maximum < copy->minimum) copy->maximum = copy->minimum + 1;
    term->parts = {copy};
  } else if (chance(20)) {
    term->parts = {alternatives(inner)};
  } else {
    term->parts = {steps(chance(75) ? 1 : 2, inner)};
  }
  closed_ = outer_closed;
  for (const Variable& variable : later_) made.push_back({variable.name, Kind::kEdges});
  later_ = std::move(outer_later);
  if (chance(15)) term->mode = pick_from(random_, kModes);
  std::vector<std::string> elements;
  for (const Variable& variable : inner) {
    if (variable.kind == Kind::kNode || variable.kind == Kind::kEdge) {
      elements.push_back(variable.name);
    }
    made.push_back({variable.name, Kind::kEdges});
  }
  if (!elements.empty() && chance(30)) {
    term->condition = small_condition(pick_from(random_, elements));
  }
  return term;
}

/// `((x)-->(y) | (x)<--(z))`: what only one of them has may be null.
PathTermPtr Generator::alternatives(std::vector<Variable>& made) {
  auto term = std::make_shared<PathTerm>();
  term->kind = chance(65) ? Terms::kUnion : Terms::kMultiset;
  const bool outer_closed = closed_;
  closed_ = true;
  const std::string shared = chance(50) ? new_name(Kind::kNode) : "";
  if (!shared.empty()) made.push_back({shared, Kind::kNode});
  for (int i = chance(80) ? 2 : 3; i > 0; --i) {
    std::vector<Variable> own;
    PathTermPtr steps_of_one = steps(chance(80) ? 1 : 2, own);
    auto copy = std::make_shared<PathTerm>(*steps_of_one);
    if (!shared.empty()) {
      auto first = std::make_shared<PathTerm>(*copy->parts[0]);
      std::erase_if(
          own, [&](const Variable& variable) { return variable.name == first->node.variable; });
      first->node.variable = shared;
      first->node.condition = nullptr;
      copy->parts[0] = first;
    }
    term->parts.push_back(copy);
    later_.insert(later_.end(), own.begin(), own.end());
  }
  closed_ = outer_closed;
  auto group = std::make_shared<PathTerm>();
  group->kind = Terms::kGroup;
  group->parts = {term};
  return group;
}

/// `((x)-[e]->(y))?`
PathTermPtr Generator::optional_part(std::vector<Variable>&) {
  auto term = std::make_shared<PathTerm>();
  term->kind = Terms::kGroup;
  term->repeat = PathTerm::Repeat::kMaybe;
  const bool outer_closed = closed_;
  closed_ = true;
  term->parts = {steps(1, later_)};
  closed_ = outer_closed;
  return term;
}

/// `(TRAIL (x)-[e]->(y)-[f]->(z) WHERE ...)`
PathTermPtr Generator::group(std::vector<Variable>& made) {
  auto term = std::make_shared<PathTerm>();
  term->kind = Terms::kGroup;
  const std::size_t before = made.size();
  term->parts = {steps(pick(1, 2), made)};
  if (chance(50)) term->mode = "TRAIL";
  std::vector<std::string> nodes;
  for (std::size_t i = before; i < made.size(); ++i) {
    if (made[i].kind == Kind::kNode) nodes.push_back(made[i].name);
  }
  if (!nodes.empty() && chance(50)) term->condition = small_condition(pick_from(random_, nodes));
  return term;
}

void Generator::choose_search(PathPattern& pattern, std::vector<Variable>& made) {
  static const std::vector<std::string> kSearches = {
      "ALL SHORTEST", "ANY SHORTEST", "SHORTEST 2", "SHORTEST 2 GROUP", "ANY", "ANY 2"};
  pattern.prefix = pick_from(random_, kSearches);
  if (pattern.prefix == "ALL SHORTEST" || pattern.prefix.ends_with("GROUP")) return;
  // Which of several paths is found is left open; its ends are not.
  const std::string first = pattern.root->parts.front()->node.variable;
  const std::string last = pattern.root->parts.back()->node.variable;
  const auto hidden = [&](const Variable& v) { return v.name != first && v.name != last; };
  std::erase_if(made, hidden);
  later_.clear();
}

/// Without DIFFERENT EDGES, a path mode must end what has no other end.
void Generator::choose_mode(PathPattern& pattern, bool repeatable) {
  if (chance(8) || (repeatable && endless(*pattern.root))) {
    pattern.prefix = pick_from(random_, kModes);
  }
}

PathPattern Generator::path(int depth, bool alone, bool repeatable) {
  PathPattern pattern;
  std::vector<Variable> made;
  const int count = depth > 0 ? pick(0, 1) : alone ? pick(0, 3) : pick(0, 2);
  const bool searching = alone && !repeatable && count > 0 && chance(15);
  std::vector<PathTermPtr> parts = {node(true, made)};
  for (int i = 0; i < count; ++i) {
    const int form = pick(0, 99);
    if (depth > 0 || form < 70) {
      parts.push_back(edge(true, made));
    } else if (form < 81) {
      parts.push_back(repeated(made));
    } else if (form < 89) {
      parts.push_back(alternatives(made));
    } else if (form < 94) {
      parts.push_back(optional_part(made));
    } else {
      parts.push_back(group(made));
    }
    // What a search chooses from is not a question of what else is known.
    if (searching && i + 1 < count) {
      closed_ = true;
      parts.push_back(node(true, made));
      closed_ = false;
    } else {
      parts.push_back(node(true, made));
    }
  }
  pattern.root = sequence(std::move(parts));
  if (searching) {
    choose_search(pattern, made);
  } else {
    choose_mode(pattern, repeatable);
  }
  const bool any_path = pattern.prefix.starts_with("ANY") && pattern.prefix != "ANY SHORTEST";
  if (count > 0 && !any_path && chance(15)) {
    pattern.variable = new_name(Kind::kPath);
    made.push_back({pattern.variable, Kind::kPath});
  }
  for (const Variable& variable : made) {
    const bool known = std::any_of(scope_.begin(), scope_.end(), [&](const Variable& other) {
      return other.name == variable.name;
    });
    if (!known) scope_.push_back(variable);
  }
  return pattern;
}

Match Generator::match(int depth) {
  Match match;
  const bool alone = chance(75);
  match.repeatable = depth == 0 && chance(10);
  std::vector<Variable> outer_later;
  outer_later.swap(later_);
  match.paths.push_back(path(depth, alone, match.repeatable));
  if (!alone) {
    // Edges that are bound already may stand in one place only.
    std::vector<Variable> edges;
    std::copy_if(scope_.begin(), scope_.end(), std::back_inserter(edges),
                 [](const Variable& variable) { return variable.kind == Kind::kEdge; });
    std::erase_if(scope_, [](const Variable& variable) { return variable.kind == Kind::kEdge; });
    match.paths.push_back(path(depth, false, match.repeatable));
    scope_.insert(scope_.end(), edges.begin(), edges.end());
  }
  scope_.insert(scope_.end(), later_.begin(), later_.end());
  later_ = std::move(outer_later);
  if (chance(depth > 0 ? 30 : 45)) match.where = truth(depth > 0 ? 1 : 2);
  return match;
}

Match Generator::update_pattern() {
  Match match;
  do {
    clear();
    later_.clear();
    match.paths = {path(1, false, false)};
  } while (variables(Kind::kNode).empty());
  if (chance(60)) match.where = truth(1);
  return match;
}

}  // namespace geode::model
