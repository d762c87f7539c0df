
#include "gql/syntax/printer.hpp"

namespace geode::gql {
namespace {

struct Arrow {
  std::string_view before, behind;
};

Arrow arrow_of(ast::EdgeDirection direction) {
  switch (direction) {
    case ast::EdgeDirection::kRight:
      return {"-[", "]->"};
    case ast::EdgeDirection::kLeft:
      return {"<-[", "]-"};
    case ast::EdgeDirection::kAny:
      return {"-[", "]-"};
    case ast::EdgeDirection::kUndirected:
      return {"~[", "]~"};
    case ast::EdgeDirection::kLeftOrUndirected:
      return {"<~[", "]~"};
    case ast::EdgeDirection::kUndirectedOrRight:
      return {"~[", "]~>"};
    case ast::EdgeDirection::kLeftOrRight:
      return {"<-[", "]->"};
  }
  return {};
}

std::string_view mode_name(ast::PathMode mode) {
  switch (mode) {
    case ast::PathMode::kUnspecified:
      return "";
    case ast::PathMode::kWalk:
      return "WALK ";
    case ast::PathMode::kTrail:
      return "TRAIL ";
    case ast::PathMode::kSimple:
      return "SIMPLE ";
    case ast::PathMode::kAcyclic:
      return "ACYCLIC ";
  }
  return "";
}

}  // namespace

void Printer::write(const ast::GraphPattern& pattern) {
  if (pattern.mode == ast::MatchMode::kDifferentEdges) add("DIFFERENT EDGES ");
  if (pattern.mode == ast::MatchMode::kRepeatableElements) add("REPEATABLE ELEMENTS ");
  write_list(pattern.paths, [this](const ast::PathPattern& path) { write(path); });
  if (pattern.keep) {
    add(" KEEP ");
    write(*pattern.keep);
    out_.pop_back();  // the blank after the prefix
  }
  for (const ast::ScanHint& hint : pattern.hints) {
    add(hint.index ? " USING INDEX " : " USING SCAN ");
    write_name(hint.variable);
    add(":");
    write_key(hint.label);
    if (!hint.index) continue;
    add("(");
    write_list(hint.keys, [this](const ast::Name& key) { write_key(key); });
    add(")");
  }
  if (pattern.condition) {
    add(" WHERE ");
    write(*pattern.condition);
  }
  if (pattern.yield) {
    add(" YIELD ");
    write_names(*pattern.yield, ", ");
  }
}

void Printer::write(const ast::PathPattern& path) {
  if (path.variable) {
    write_name(*path.variable);
    add(" = ");
  }
  if (path.prefix.cypher_function) {
    add(path.prefix.search == ast::PathSearch::kAllShortest ? "allShortestPaths("
                                                            : "shortestPath(");
    write(path.term);
    return add(")");
  }
  if (path.prefix.written) write(path.prefix);
  write(path.term);
}

/// Always with a blank at the end.
void Printer::write(const ast::PathPrefix& prefix) {
  switch (prefix.search) {
    case ast::PathSearch::kAll:
      if (prefix.mode == ast::PathMode::kUnspecified) add("ALL ");
      break;
    case ast::PathSearch::kAny:
      add("ANY ");
      break;
    case ast::PathSearch::kAllShortest:
      add("ALL SHORTEST ");
      break;
    case ast::PathSearch::kAnyShortest:
      add("ANY SHORTEST ");
      break;
    case ast::PathSearch::kShortestK:
    case ast::PathSearch::kShortestKGroup:
      add("SHORTEST ");
      break;
  }
  const bool group = prefix.search == ast::PathSearch::kShortestKGroup;
  if (!prefix.count_parameter.empty()) {
    add("$");
    add(prefix.count_parameter);
    add(" ");
  } else if (group || prefix.search == ast::PathSearch::kShortestK ||
             (prefix.search == ast::PathSearch::kAny && prefix.count != 1)) {
    add(prefix.count);
    add(" ");
  }
  add(mode_name(prefix.mode));
  if (group) add("GROUP ");
}

void Printer::write(const ast::PathTerm& term) {
  if (!term.alternatives.empty()) {
    write_list(
        term.alternatives, [this](const ast::PathTerm& alternative) { write(alternative); },
        term.multiset ? " |+| " : " | ");
    return;
  }
  for (const ast::PathFactor& x : term.factors) {
    std::visit([this](const auto& kind) { factor(kind); }, x);
  }
}

void Printer::factor(const ast::NodePattern& node_pattern) {
  add("(");
  write_filler(node_pattern.element, nullptr);
  add(")");
}

void Printer::factor(const ast::EdgePattern& edge) {
  const auto [before, behind] = arrow_of(edge.direction);
  add(before);
  write_filler(edge.element, &edge);
  add(behind);
  if (edge.quantifier && !edge.cypher_range) write_quantifier(*edge.quantifier);
}

void Printer::factor(const ast::ParenthesizedPath& path) {
  add("(");
  if (path.variable) {
    write_name(*path.variable);
    add(" = ");
  }
  add(mode_name(path.mode));
  write(*path.term);
  if (path.condition) {
    add(" WHERE ");
    write(*path.condition);
  }
  add(")");
  if (path.quantifier) write_quantifier(*path.quantifier);
}

void Printer::write_filler(const ast::ElementPattern& element, const ast::EdgePattern* edge) {
  bool empty = true;
  const auto part = [&](std::string_view text) {
    if (!empty) add(" ");
    empty = false;
    add(text);
  };
  if (element.variable) {
    part("");
    write_name(*element.variable);
  }
  if (element.labels) {
    empty = false;
    add(":");
    write(*element.labels);
  }
  if (edge != nullptr && edge->cypher_range && edge->quantifier) {
    empty = false;
    add("*");
    add(edge->quantifier->minimum);
    add("..");
    if (edge->quantifier->maximum) add(*edge->quantifier->maximum);
  }
  if (element.has_properties) {
    part("");
    write_fields(element.properties);
  }
  if (element.property_parameter) {
    part("");
    write(*element.property_parameter);
  }
  if (element.condition) {
    part("WHERE ");
    write(*element.condition);
  }
}

void Printer::write_quantifier(const ast::QuantifierRange& range) {
  if (range.questioned) return add("?");
  add("{");
  add(range.minimum);
  add(",");
  if (range.maximum) add(*range.maximum);
  add("}");
}

void Printer::write(const ast::LabelExpression& labels, int minimum) {
  using Kind = ast::LabelExpression::Kind;
  const int strength = labels.kind == Kind::kOr ? 1 : labels.kind == Kind::kAnd ? 2 : 3;
  if (strength < minimum) add("(");
  switch (labels.kind) {
    case Kind::kName:
      write_key(labels.name);
      break;
    case Kind::kWildcard:
      add("%");
      break;
    case Kind::kDynamic:
      add(labels.any ? "$any(" : "$(");
      write(*labels.dynamic);
      add(")");
      break;
    case Kind::kNot:
      add("!");
      write(*labels.left, 3);
      break;
    case Kind::kAnd:
    case Kind::kOr:
      write(*labels.left, strength);
      add(labels.kind == Kind::kAnd ? "&" : "|");
      write(*labels.right, strength + 1);
      break;
  }
  if (strength < minimum) add(")");
}

}  // namespace geode::gql
