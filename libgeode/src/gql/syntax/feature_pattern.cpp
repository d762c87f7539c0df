#include <algorithm>

#include "gql/syntax/feature_finder.hpp"
#include "gql/syntax/feature_list.hpp"

namespace geode::gql {
namespace {

/// A node pattern that the parser put where the text has none.
bool is_implied(const ast::PathFactor& factor) {
  const auto* node = std::get_if<ast::NodePattern>(&factor);
  return node != nullptr && node->element.position.length == 0;
}

bool is_quantified(const ast::PathFactor& factor) {
  if (const auto* edge = std::get_if<ast::EdgePattern>(&factor))
    return edge->quantifier.has_value();
  const auto* path = std::get_if<ast::ParenthesizedPath>(&factor);
  return path != nullptr && path->quantifier.has_value();
}

bool is_undirected(ast::EdgeDirection direction) {
  return direction == ast::EdgeDirection::kUndirected ||
         direction == ast::EdgeDirection::kLeftOrUndirected ||
         direction == ast::EdgeDirection::kUndirectedOrRight;
}

}  // namespace

void FeatureFinder::read(const ast::GraphPattern& pattern) {
  add_if(pattern.mode == ast::MatchMode::kDifferentEdges, feature_index("G002"));
  add_if(pattern.mode == ast::MatchMode::kRepeatableElements, feature_index("G003"));
  for (const ast::PathPattern& path : pattern.paths) read(path);
  if (pattern.keep) read(*pattern.keep, true);
  read(pattern.condition);
  add_if(pattern.yield.has_value(), feature_index("GQ19"));
}

void FeatureFinder::read(const ast::PathPattern& path) { read_path(path, false); }

/// Patterns that are inserted name nothing that is searched for.
void FeatureFinder::read_path(const ast::PathPattern& path, bool inserted) {
  if (path.variable) {
    if (!inserted) {
      add(feature_index("G004"));
      add(feature_index("GV55"));
    }
    path_variables_.insert(path.variable->text);
    declare(path.variable->text);
  }
  if (path.prefix.written && !path.prefix.cypher_function) {
    read(path.prefix, false);
    // ALL PATHS and ALL TRAIL say what is the case anyway.
    const std::string_view text = at_position(path.position);
    const std::size_t equals = path.variable ? text.find('=') + 1 : 0;
    const std::size_t word = text.find_first_not_of(" \t\r\n", equals);
    if (path.prefix.search == ast::PathSearch::kAll && word != std::string_view::npos &&
        equals_ignoring_case(text.substr(word, 3), "ALL")) {
      add(feature_index("G005"));
      add(feature_index("G015"));
    }
  }
  read(path.term);
}

void FeatureFinder::read(const ast::PathPrefix& prefix, bool keep) {
  read(prefix.mode);
  const bool search = prefix.search != ast::PathSearch::kAll;
  if (keep) {
    add(search ? feature_index("G007") : feature_index("G006"));
  } else {
    add_if(search, feature_index("G005"));
  }
  switch (prefix.search) {
    case ast::PathSearch::kAll:
      return;
    case ast::PathSearch::kAny:
      return add(feature_index("G016"));
    case ast::PathSearch::kAllShortest:
      return add(feature_index("G017"));
    case ast::PathSearch::kAnyShortest:
      return add(feature_index("G018"));
    case ast::PathSearch::kShortestK:
      return add(feature_index("G019"));
    case ast::PathSearch::kShortestKGroup:
      return add(feature_index("G020"));
  }
}

void FeatureFinder::read(ast::PathMode mode) {
  switch (mode) {
    case ast::PathMode::kUnspecified:
      return;
    case ast::PathMode::kWalk:
      return add(feature_index("G010"));
    case ast::PathMode::kTrail:
      return add(feature_index("G011"));
    case ast::PathMode::kSimple:
      return add(feature_index("G012"));
    case ast::PathMode::kAcyclic:
      return add(feature_index("G013"));
  }
}

void FeatureFinder::read(const ast::PathTerm& term) {
  if (!term.alternatives.empty()) {
    const bool variable_length =
        std::any_of(term.alternatives.begin(), term.alternatives.end(), [](const auto& operand) {
          return std::any_of(operand.factors.begin(), operand.factors.end(), is_quantified);
        });
    add(term.multiset ? feature_index("G030") : feature_index("G032"));
    add_if(variable_length, term.multiset ? feature_index("G031") : feature_index("G033"));
  }
  for (const ast::PathTerm& alternative : term.alternatives) read(alternative);
  const ast::PathFactor* before = nullptr;
  for (const ast::PathFactor& factor : term.factors) {
    const bool nodes = before != nullptr && std::holds_alternative<ast::NodePattern>(*before) &&
                       std::holds_alternative<ast::NodePattern>(factor);
    add_if(nodes, feature_index("G046"));
    before = &factor;
    std::visit([&](const auto& of_its_kind) { read(of_its_kind); }, factor);
  }
  // Edges of simplified paths have no nodes of their own.
  add_if(std::any_of(term.factors.begin(), term.factors.end(),
                     [&](const ast::PathFactor& factor) {
                       if (!is_implied(factor)) return false;
                       const Position& at = std::get<ast::NodePattern>(factor).element.position;
                       return !within_simplified_path(at);
                     }) &&
             simplified_paths_.empty(),
         feature_index("G047"));
}

void FeatureFinder::read(const ast::NodePattern& node) { read(node.element); }

void FeatureFinder::read(const ast::EdgePattern& edge) {
  if (edge.quantifier && !edge.cypher_range) read(*edge.quantifier);
  if (within_simplified_path(edge.element.position)) return read(edge.element);
  add_if(is_undirected(edge.direction), feature_index("GH02"));
  const std::string_view text = at_position(edge.element.position);
  const bool complete =
      is_undirected(edge.direction) || edge.direction == ast::EdgeDirection::kLeftOrRight;
  if (text.find('[') != std::string_view::npos) {
    add_if(complete, feature_index("G043"));
  } else {
    add(complete ? feature_index("G045") : feature_index("G044"));
  }
  const bool quantified = edge.quantifier.has_value() && !edge.cypher_range;
  if (quantified) add(edge.quantifier->questioned ? feature_index("G037") : feature_index("G036"));
  quantified_ += edge.quantifier ? 1 : 0;
  read(edge.element);
  quantified_ -= edge.quantifier ? 1 : 0;
}

void FeatureFinder::read(const ast::ParenthesizedPath& path) {
  if (path.quantifier) read(*path.quantifier);
  if (within_simplified_path(path.position)) return read(*path.term);
  add(feature_index("G038"));
  if (path.quantifier)
    add(path.quantifier->questioned ? feature_index("G037") : feature_index("G035"));
  if (path.variable) {
    add(feature_index("G048"));
    path_variables_.insert(path.variable->text);
    declare(path.variable->text);
  }
  add_if(path.mode != ast::PathMode::kUnspecified, feature_index("G049"));
  read(path.mode);
  const bool repeats = path.quantifier && !path.quantifier->questioned;
  quantified_ += repeats ? 1 : 0;
  Recording inside;
  recordings_.push_back(&inside);
  read(*path.term);
  recordings_.pop_back();
  if (path.condition) {
    add(feature_index("G050"));
    const Recording condition = record(path.condition);
    add_if(std::any_of(condition.used.begin(), condition.used.end(),
                       [&](const std::string& name) { return !inside.declared.contains(name); }),
           feature_index("G051"));
    read(path.condition);
  }
  quantified_ -= repeats ? 1 : 0;
}

void FeatureFinder::read(const ast::ElementPattern& element) {
  if (element.variable) {
    declare(element.variable->text);
    if (quantified_ > 0) group_variables_.insert(element.variable->text);
  }
  read(element.labels);
  read(element.properties);
  read(element.property_parameter);
  if (!element.condition) return;
  for (const std::string& name : record(element.condition).used)
    add_if(!element.variable || name != element.variable->text, feature_index("G041"));
  read(element.condition);
}

void FeatureFinder::read(const ast::QuantifierRange& range) {
  if (range.questioned) return;
  add(range.maximum ? feature_index("G060") : feature_index("G061"));
}

void FeatureFinder::read(const ast::LabelExpressionPtr& label) {
  if (!label) return;
  add_if(label->kind == ast::LabelExpression::Kind::kWildcard, feature_index("G074"));
  read(label->left);
  read(label->right);
}

}  // namespace geode::gql
