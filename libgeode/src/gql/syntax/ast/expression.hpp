#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <geode/error.hpp>
#include <geode/value.hpp>
#include "gql/syntax/ast/reference.hpp"
#include "gql/syntax/ast/type.hpp"

namespace geode::gql::ast {

struct Expression;
struct LabelExpression;
struct PathPattern;
struct PathTerm;
struct GraphPattern;
struct Query;
struct ForeachClause;

}  // namespace geode::gql::ast

// A tree refers to types that are complete only further down, and the code that destroys one is
// large: it stands in ast.cpp, once, instead of in every file that lets go of a pointer.
#define GEODE_DESTROYED_IN_AST(type)                             \
  template <>                                                    \
  struct std::default_delete<geode::gql::ast::type> {            \
    void operator()(geode::gql::ast::type* node) const noexcept; \
  }
GEODE_DESTROYED_IN_AST(Expression);
GEODE_DESTROYED_IN_AST(LabelExpression);
GEODE_DESTROYED_IN_AST(PathPattern);
GEODE_DESTROYED_IN_AST(PathTerm);
GEODE_DESTROYED_IN_AST(Query);
GEODE_DESTROYED_IN_AST(ForeachClause);
#undef GEODE_DESTROYED_IN_AST

namespace geode::gql::ast {

using ExpressionPtr = std::unique_ptr<Expression>;
using LabelExpressionPtr = std::unique_ptr<LabelExpression>;

struct Literal {
  Value value;
};

/// `$name`, or `$1`.
struct Parameter {
  std::string name;
};

struct Variable {
  std::string name;
};

/// `base.key`
struct PropertyAccess {
  ExpressionPtr base;
  Name key;
};

/// `base[index]`
struct Index {
  ExpressionPtr base, index;
};

/// `base[from..to]`; either end may be left out.
struct Slice {
  ExpressionPtr base, from, to;
};

enum class UnaryOperator : std::uint8_t { kNot, kMinus, kPlus };

struct Unary {
  UnaryOperator op;
  ExpressionPtr operand;
};

enum class BinaryOperator : std::uint8_t {
  kOr,
  kXor,
  kAnd,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
  kConcatenate,  ///< ||
  kIn,
  kStartsWith,
  kEndsWith,
  kContains,
  kMatchesRegex,
};

/// A chain `a < b < c` arrives as (a < b) AND (b < c), the middle cloned.
struct Binary {
  BinaryOperator op;
  ExpressionPtr left, right;
};

struct IsNull {
  ExpressionPtr operand;
  bool negated = false;
};

enum class TruthValue : std::uint8_t { kTrue, kFalse, kUnknown };

/// `x IS [NOT] TRUE | FALSE | UNKNOWN`
struct IsTruth {
  ExpressionPtr operand;
  TruthValue value;
  bool negated = false;
};

/// `x IS [NOT] LABELED e`, `x:e`, `x IS e`
struct IsLabeled {
  ExpressionPtr operand;
  LabelExpressionPtr labels;
  bool negated = false;
};

/// `GRAPH g`: a graph as a value; a name alone may be that of a variable.
struct GraphValue {
  GraphReference graph;
};

/// `TABLE t`: an expression that must be a table.
struct TableValue {
  ExpressionPtr table;
};

/// `x IS [NOT] TYPED type`, `x IS :: type`
struct IsTyped {
  ExpressionPtr operand;
  TypeSpecification type;
  bool negated = false;
};

/// `s IS [NOT] [NFC|NFD|NFKC|NFKD] NORMALIZED`
struct IsNormalized {
  ExpressionPtr operand;
  std::string form = "NFC";
  bool negated = false;
};

/// `e IS [NOT] DIRECTED`, `n IS [NOT] SOURCE OF e`, `n IS [NOT] DESTINATION OF e`
struct IsDirected {
  ExpressionPtr operand;
  bool negated = false;
};
struct IsEndOf {
  ExpressionPtr node, edge;
  bool source = true;
  bool negated = false;
};

/// `low <= x AND x <= high` written BETWEEN.
struct Between {
  ExpressionPtr operand, low, high;
  bool negated = false;
};

/// Scalar function, aggregate or constructor: names keep their spelling; look-up ignores case.
/// `duration.between` is one name. count(*) has star = true and no arguments.
struct FunctionCall {
  std::string name;
  std::vector<ExpressionPtr> arguments;
  bool distinct = false;
  bool star = false;
  ExpressionPtr filter;  ///< an aggregate's `FILTER (WHERE condition)`, or null
};

struct CaseBranch {
  /// Simple CASE: values or conditions compared with the operand; several with GQL's `WHEN 1, 2`.
  std::vector<ExpressionPtr> when;
  ExpressionPtr then;
};

struct Case {
  ExpressionPtr operand;  ///< null for a searched CASE
  std::vector<CaseBranch> branches;
  ExpressionPtr otherwise;  ///< null: NULL
};

struct ListConstructor {
  std::vector<ExpressionPtr> elements;
};

struct RecordConstructor {
  std::vector<std::pair<Name, ExpressionPtr>> fields;
};

/// `base { .a, .b AS.., c: expression, .*, d }`
struct MapProjection {
  struct Item {
    enum class Kind : std::uint8_t { kProperty, kAllProperties, kVariable, kField } kind;
    Name name;
    ExpressionPtr value;  ///< kField
  };
  ExpressionPtr base;
  std::vector<Item> items;
};

/// `[x IN list WHERE condition | result]`
struct ListComprehension {
  Name variable;
  ExpressionPtr list, condition, result;  ///< condition and result may be null
};

enum class QuantifierKind : std::uint8_t { kAll, kAny, kNone, kSingle };

/// `all(x IN list WHERE condition)`
struct Quantifier {
  QuantifierKind kind;
  Name variable;
  ExpressionPtr list, condition;
};

/// `reduce(total = 0, x IN list | total + x)`
struct Reduce {
  Name accumulator;
  ExpressionPtr initial;
  Name variable;
  ExpressionPtr list, result;
};

/// `[p = (a)-->(b) WHERE condition | result]`
struct PatternComprehension {
  std::unique_ptr<PathPattern> pattern;
  ExpressionPtr condition, result;
};

/// A pattern used as a predicate: `(a)-->(b)` in a condition.
struct PatternPredicate {
  std::unique_ptr<PathPattern> pattern;
};

enum class SubqueryKind : std::uint8_t { kExists, kCount, kValue, kCollect, kTable };

/// `EXISTS { ... }`, `COUNT { ... }`, `VALUE { ... }`, `COLLECT { ... }`, `TABLE { ... }`. The
/// short form of the first two, with only a pattern (and WHERE), is a query of one MATCH without
/// RETURN.
struct Subquery {
  SubqueryKind kind;
  std::unique_ptr<Query> query;
};

struct Cast {
  ExpressionPtr operand;
  TypeSpecification type;
};

/// `x = 1`, `VALUE x INT = 1`
struct ValueBinding {
  Name variable;
  std::optional<TypeSpecification> type;
  ExpressionPtr value;
};

/// `LET x = 1, y = 2 IN expression END`
struct LetIn {
  std::vector<ValueBinding> bindings;
  ExpressionPtr body;
};

/// `TRIM([LEADING|TRAILING|BOTH] [characters] FROM source)`
struct Trim {
  enum class Side : std::uint8_t { kBoth, kLeading, kTrailing } side = Side::kBoth;
  ExpressionPtr characters;  ///< may be null
  ExpressionPtr source;
};

/// `ALL_DIFFERENT(a, b)`, `SAME(a, b)`, `PROPERTY_EXISTS(x, name)` arrive as FunctionCall; the
/// property name as a string literal.

using ExpressionNode =
    std::variant<Literal, Parameter, Variable, PropertyAccess, Index, Slice, Unary, Binary, IsNull,
                 IsTruth, IsLabeled, IsTyped, IsNormalized, IsDirected, IsEndOf, Between,
                 FunctionCall, Case, ListConstructor, RecordConstructor, MapProjection,
                 ListComprehension, Quantifier, Reduce, PatternComprehension, PatternPredicate,
                 Subquery, Cast, LetIn, Trim, GraphValue, TableValue>;

/// One expression; `position` spans its whole text (a column without alias is named by that text).
struct Expression {
  Position position;
  ExpressionNode node;
};

/// A deep copy.
ExpressionPtr clone(const Expression& expression);

}  // namespace geode::gql::ast
