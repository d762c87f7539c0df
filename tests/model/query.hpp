#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "graph.hpp"

namespace geode::model {

struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;
struct Match;
struct Query;

struct LabelTest {
  enum class Kind { kName, kAny, kNot, kAnd, kOr } kind = Kind::kName;
  std::string name;
  std::shared_ptr<const LabelTest> left, right;
};
using LabelTestPtr = std::shared_ptr<const LabelTest>;

struct Expression {
  enum class Kind {
    kLiteral,
    kVariable,
    kProperty,  ///< children[0].name
    kLabels,    ///< children[0]:labels
    kOperator,  ///< name is its spelling; one child: prefix, or `IS ...` after it
    kFunction,  ///< coalesce, size, path_length
    kList,
    kCase,  ///< CASE WHEN children[0] THEN children[1] ELSE children[2] END
    kExists,
    kCount,
  } kind = Kind::kLiteral;
  Value literal;
  std::string name;
  std::vector<ExpressionPtr> children;
  LabelTestPtr labels;
  std::shared_ptr<const Match> match;
};

struct NodePattern {
  std::string variable;
  LabelTestPtr labels;
  Properties properties;
  ExpressionPtr condition;
};

struct EdgePattern {
  std::string variable;
  LabelTestPtr labels;
  char direction = '>';  ///< '>', '<' or '-'
  Properties properties;
  ExpressionPtr condition;
  bool quantified = false;
  int minimum = 1;
  std::optional<int> maximum;
};

struct PathTerm;
using PathTermPtr = std::shared_ptr<const PathTerm>;

/// A part of a path pattern.
struct PathTerm {
  enum class Kind {
    kNode,
    kEdge,
    kSequence,  ///< parts, one behind the other
    kGroup,     ///< parts[0] in parentheses
    kUnion,     ///< parts, apart by `|`
    kMultiset,  ///< parts, apart by `|+|`
  } kind = Kind::kNode;
  NodePattern node;
  EdgePattern edge;
  std::vector<PathTermPtr> parts;
  // Of a group:
  std::string mode;  ///< "", WALK, TRAIL, SIMPLE, ACYCLIC
  ExpressionPtr condition;
  enum class Repeat { kOnce, kMaybe, kQuantified } repeat = Repeat::kOnce;
  int minimum = 1;
  std::optional<int> maximum;
};

struct PathPattern {
  std::string variable;  ///< only its length is looked at
  std::string prefix;    ///< "", a path mode, or a path search such as ALL SHORTEST
  PathTermPtr root;
};

/// Calls `visit` for each node and edge of a path, from left to right.
void for_each_element(const PathTerm& term,
                      const std::function<void(const PathTerm& element)>& visit);
/// The variables of a path's nodes and edges, in order, each once.
std::vector<std::string> variables_of(const PathTerm& term);

struct Match {
  bool optional = false;
  bool repeatable = false;  ///< REPEATABLE ELEMENTS
  std::vector<PathPattern> paths;
  ExpressionPtr where;
};

struct Unwind {
  ExpressionPtr list;
  std::string alias;
  std::string counter;     ///< the name of the place in the list, "" for none
  bool from_zero = false;  ///< WITH OFFSET, not WITH ORDINALITY
};

struct Let {
  ExpressionPtr expression;
  std::string alias;
};

struct Filter {
  ExpressionPtr condition;
};

/// What a variable may hold, so that expressions are made that have a value.
enum class Kind { kNode, kEdge, kEdges, kPath, kInteger, kText, kTruth, kAny, kBag };

struct Item {
  ExpressionPtr expression;  ///< absent for count(*)
  std::string aggregate;     ///< "" for none
  bool distinct = false;
  std::string alias;
  Kind kind = Kind::kAny;
};

/// WITH and RETURN.
struct Projection {
  bool last = false;
  bool distinct = false;
  std::vector<Item> items;
  /// By all columns, so that pages are the same whatever the order of the input.
  bool ordered = false;
  std::vector<bool> descending;
  std::optional<int> skip, limit;
  ExpressionPtr where;
};

struct Call {
  bool optional = false;
  std::vector<std::string> imports;
  std::shared_ptr<const Query> query;
};

using Clause = std::variant<Match, Unwind, Let, Filter, Projection, Call>;

/// Linear queries with a set operator between each two.
struct Query {
  std::vector<std::vector<Clause>> parts;
  std::vector<std::string> operators;

  const Projection& returning() const { return std::get<Projection>(parts.back().back()); }
};

/// The words a query is written in.
struct Spelling {
  enum class Words { kGql, kCypher } words = Words::kGql;
  /// Not null: literals become parameters, whose values are put here.
  Parameters* parameters = nullptr;
};

std::string text(const Expression& expression, Spelling spelling = {});
std::string text(const Match& match, Spelling spelling = {});
std::string text(const Query& query, Spelling spelling = {});

}  // namespace geode::model
