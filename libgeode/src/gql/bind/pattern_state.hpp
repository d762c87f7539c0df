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
  /// kUnion*: an element that every alternative of a path pattern union has; kConditional: one that
  /// only some of them have.
  enum class Kind : std::uint8_t {
    kNode,
    kEdge,
    kPath,
    kUnionNode,
    kUnionEdge,
    kConditional,
    kOther
  };
  static std::string_view kind_name(Kind kind) {
    switch (kind) {
      case Kind::kNode:
      case Kind::kUnionNode:
        return "a node";
      case Kind::kEdge:
      case Kind::kUnionEdge:
        return "an edge";
      case Kind::kConditional:
        return "an element of some alternatives only";
      case Kind::kPath:
        return "a path";
      case Kind::kOther:
        return "a list";
    }
    return "";
  }
  struct Element {
    Kind kind;
    std::uint32_t index = 0;                   ///< into GraphPattern::nodes, for a node
    VariableId variable = bound::kNoVariable;  ///< of edges and union elements; in a branch of all
    bool group = false;
  };
  struct Condition {
    const ast::ElementPattern* element = nullptr;  ///< its property map and WHERE, over `variable`
    const ast::Expression* expression = nullptr;   ///< or a WHERE of a parenthesised path
    VariableId variable = bound::kNoVariable;
    const Scope* scope = nullptr;
    bound::GraphPattern* target = nullptr;  ///< where it goes: null is the whole pattern,
    std::optional<std::uint32_t> edge;      ///< and there to each edge of this quantified edge
  };

  Pattern(Scope& names, Derived& derived_names, std::uint32_t first)
      : scope(names), derived(derived_names), first_variable(first) {}

  /// What a name of an element stands for already.
  const Binding* find(std::string_view name) const {
    return isolated ? scope.find_here(name) : scope.find(name);
  }

  bound::GraphPattern out;
  Scope& scope;
  Derived& derived;
  /// Variables from here on are the pattern's own.
  std::uint32_t first_variable;
  std::map<std::string, Element, std::less<>> elements;
  std::vector<VariableId> introduces;
  std::vector<Condition> conditions;
  std::vector<std::unique_ptr<Scope>> inner_scopes;
  /// Path variables are known when everything else is.
  std::vector<VariableId> path_variables;
  /// A branch of a segment: names of elements are its own, whatever they are outside.
  bool isolated = false;
  /// Its names are null when there is no match.
  bool optional = false;
};

/// One path while its factors are walked from left to right.
struct StatementBinder::Chain {
  std::uint32_t path = 0;
  std::optional<std::uint32_t> node;       ///< the node the walk stands on
  std::optional<bound::PatternEdge> edge;  ///< an edge that waits for its right node
  std::vector<std::uint32_t> nodes, edges;
  ast::PathMode mode = ast::PathMode::kUnspecified;  ///< of parentheses around the whole path
  bool sole = true;         ///< what is walked is the only factor of the path
  bool restricted = false;  ///< by a path mode or search that ends even without an upper bound
};

/// A branch of a segment while it is bound.
struct StatementBinder::Branch {
  std::unique_ptr<Scope> scope;
  std::unique_ptr<Derived> derived;
  std::unique_ptr<Pattern> pattern;
  Chain chain;
};

/// While it lives, a chain stands within parentheses with a path mode.
class StatementBinder::Restriction {
 public:
  Restriction(Chain& chain, ast::PathMode mode);
  ~Restriction();
  Restriction(const Restriction&) = delete;
  Restriction& operator=(const Restriction&) = delete;

 private:
  Chain& chain_;
  bool before_;
};

/// Errors and checks that all elements of a pattern share (bind_path.cpp).
Error type_conflict(const ast::Name& name, std::string_view wanted, std::string_view is);
Error already_bound(const ast::Name& name);
void check_range(const ast::QuantifierRange& range);
bool has_conditions(const ast::ElementPattern& element);
/// Only elements with the label pass (bind_label.cpp).
bool requires_label(const bound::LabelTest& test, std::string_view label);
/// `$(..)` stands somewhere in it (bind_label.cpp).
bool has_dynamic_name(const ast::LabelExpression& labels);

}  // namespace geode::gql
