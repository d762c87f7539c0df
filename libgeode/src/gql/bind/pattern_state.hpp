#pragma once

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gql/bind/statement_binder.hpp"

namespace geode::gql {

/// One graph pattern while it is bound. Conditions wait until all names of the pattern are known,
/// because an element may refer to elements that stand to its right.
struct StatementBinder::Pattern {
  enum class Kind : std::uint8_t { kNode, kEdge, kPath, kOther };
  static std::string_view kind_name(Kind kind) {
    switch (kind) {
      case Kind::kNode:
        return "a node";
      case Kind::kEdge:
        return "an edge";
      case Kind::kPath:
        return "a path";
      case Kind::kOther:
        return "a list";
    }
    return "";
  }
  struct Element {
    Kind kind;
    std::uint32_t index = 0;  ///< into GraphPattern::nodes, for a node
  };
  struct Condition {
    const ast::ElementPattern* element = nullptr;  ///< its property map and WHERE, over `variable`
    const ast::Expression* expression = nullptr;   ///< or a WHERE of a parenthesised path
    VariableId variable = bound::kNoVariable;
    const Scope* scope = nullptr;
    bound::PathSegment* segment = nullptr;          ///< where it goes: into a segment,
    std::optional<std::uint32_t> edge;              ///< to each edge of a quantified edge,
                                                    ///< or, with neither, to the whole pattern
    std::uint32_t first_inner = 0, last_inner = 0;  ///< the segment's own variables
  };

  Pattern(Scope& names, Derived& derived_names, std::uint32_t first)
      : scope(names), derived(derived_names), first_variable(first) {}

  bound::GraphPattern out;
  Scope& scope;
  Derived& derived;
  /// Variables from here on are the pattern's own.
  std::uint32_t first_variable;
  std::map<std::string, Element, std::less<>> elements;
  std::vector<VariableId> introduces;
  std::vector<Condition> conditions;
  std::vector<std::unique_ptr<Scope>> inner_scopes;
};

/// One path while its factors are walked from left to right.
struct StatementBinder::Chain {
  std::uint32_t path = 0;
  std::optional<std::uint32_t> node;       ///< the node the walk stands on
  std::optional<bound::PatternEdge> edge;  ///< an edge that waits for its right node
  std::vector<std::uint32_t> nodes, edges;
  ast::PathMode mode = ast::PathMode::kUnspecified;  ///< of parentheses around the whole path
};

/// Errors and checks that all elements of a pattern share (bind_path.cpp).
Error type_conflict(const ast::Name& name, std::string_view wanted, std::string_view is);
Error already_bound(const ast::Name& name);
void check_range(const ast::QuantifierRange& range);
bool has_conditions(const ast::ElementPattern& element);

}  // namespace geode::gql
