#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gql/syntax/ast/expression.hpp"

namespace geode::gql::ast {

/// `A & B | !C`, `%`, `$(expression)`. `:A:B` arrives as A & B; `[:A|:B]` as A | B.
struct LabelExpression {
  enum class Kind : std::uint8_t { kName, kWildcard, kNot, kAnd, kOr, kDynamic } kind;
  Name name;                       ///< kName
  LabelExpressionPtr left, right;  ///< kNot: left only
  /// kDynamic: a label, or a list of labels that must all (`$(..)`) or one at least (`$any(..)`) be
  /// there.
  ExpressionPtr dynamic;
  bool any = false;
};
LabelExpressionPtr make_label(LabelExpression::Kind kind, LabelExpressionPtr left,
                              LabelExpressionPtr right);

using PropertyMap = std::vector<std::pair<Name, ExpressionPtr>>;

/// What node and edge patterns share: `variable :labels {properties} WHERE condition`.
struct ElementPattern {
  std::optional<Name> variable;
  LabelExpressionPtr labels;    ///< may be null
  bool has_properties = false;  ///< `{}` was written, even when empty
  PropertyMap properties;
  ExpressionPtr property_parameter;  ///< `(n $map)`: the whole map is an expression
  ExpressionPtr condition;           ///< may be null
  Position position;
};

struct NodePattern {
  ElementPattern element;
};

enum class EdgeDirection : std::uint8_t {
  kRight,
  kLeft,
  kAny,
  kUndirected,
  kLeftOrUndirected,
  kUndirectedOrRight,
  kLeftOrRight
};

/// `{m,n}`, `*`, `+`, `?`; maximum absent = unbounded.
struct QuantifierRange {
  std::uint64_t minimum = 1;
  std::optional<std::uint64_t> maximum = 1;
  bool questioned = false;  ///< `?`: variables are null instead of lists
  Position position;
};

struct EdgePattern {
  ElementPattern element;
  EdgeDirection direction = EdgeDirection::kRight;
  std::optional<QuantifierRange> quantifier;
  /// `[r*1..3]`: Cypher's spelling, where the variable is a list of edges even for *1..1.
  bool cypher_range = false;
};

enum class PathMode : std::uint8_t { kUnspecified, kWalk, kTrail, kSimple, kAcyclic };
enum class PathSearch : std::uint8_t {
  kAll,
  kAny,
  kAllShortest,
  kAnyShortest,
  kShortestK,
  kShortestKGroup
};

struct PathPrefix {
  PathSearch search = PathSearch::kAll;
  PathMode mode = PathMode::kUnspecified;
  std::uint64_t count = 1;      ///< ANY k, SHORTEST k
  std::string count_parameter;  ///< SHORTEST $k: the parameter's name, instead of `count`
  bool written = false;
  /// `shortestPath(...)` / `allShortestPaths(...)`
  bool cypher_function = false;
};

struct PathTerm;

/// `( [p =] [TRAIL] pattern [WHERE condition] )` with an optional quantifier.
struct ParenthesizedPath {
  std::optional<Name> variable;
  PathMode mode = PathMode::kUnspecified;
  std::unique_ptr<PathTerm> term;
  ExpressionPtr condition;
  std::optional<QuantifierRange> quantifier;
  Position position;
};

using PathFactor = std::variant<NodePattern, EdgePattern, ParenthesizedPath>;

/// A concatenation of factors, or alternatives of them. The parser inserts empty node patterns so
/// that in each concatenation nodes (or parenthesised paths) and edges alternate and both ends are
/// nodes or parenthesised paths.
struct PathTerm {
  std::vector<PathFactor> factors;
  /// `a | b` (union) or `a |+| b` (multiset): then factors is empty.
  std::vector<PathTerm> alternatives;
  bool multiset = false;
};

/// `[p =] [prefix] term`
struct PathPattern {
  std::optional<Name> variable;
  PathPrefix prefix;
  PathTerm term;
  Position position;
};

enum class MatchMode : std::uint8_t { kDefault, kDifferentEdges, kRepeatableElements };

/// `USING INDEX n:Label(key, ..)`, `USING SCAN n:Label`
struct ScanHint {
  bool index = false;
  Name variable, label;
  std::vector<Name> keys;
  Position position;
};

struct GraphPattern {
  MatchMode mode = MatchMode::kDefault;
  std::vector<PathPattern> paths;
  std::optional<PathPrefix> keep;
  ExpressionPtr condition;  ///< WHERE
  std::optional<std::vector<Name>> yield;
  std::vector<ScanHint> hints;
};

}  // namespace geode::gql::ast
