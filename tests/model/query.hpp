#pragma once

#include <cstdint>
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

struct PathPattern {
  std::string variable;  ///< only its length is looked at
  std::string prefix;    ///< "", TRAIL, SIMPLE, ACYCLIC, ALL SHORTEST, ANY SHORTEST
  std::vector<NodePattern> nodes;
  std::vector<EdgePattern> edges;
};

struct Match {
  bool optional = false;
  std::vector<PathPattern> paths;
  ExpressionPtr where;
};

struct Unwind {
  ExpressionPtr list;
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

using Clause = std::variant<Match, Unwind, Filter, Projection, Call>;

/// Linear queries with a set operator between each two.
struct Query {
  std::vector<std::vector<Clause>> parts;
  std::vector<std::string> operators;

  const Projection& returning() const { return std::get<Projection>(parts.back().back()); }
};

std::string text(const Expression& expression);
std::string text(const Match& match);
std::string text(const Query& query);

}  // namespace geode::model
