#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <geode/error.hpp>
#include <geode/value.hpp>
#include "catalog/catalog.hpp"
#include "gql/function/registry.hpp"
#include "gql/syntax/ast/expression.hpp"
#include "gql/syntax/ast/pattern.hpp"
#include "value/declared_type.hpp"
#include "value/value_type.hpp"

namespace geode::gql::bound {

/// A binding variable of one statement. Every name that is introduced anew gets a new id, whatever
/// it shadows.
enum class VariableId : std::uint32_t {};
inline constexpr VariableId kNoVariable{0xffffffff};

/// The id of a label or property key that the catalog does not know (yet).
inline constexpr std::uint32_t kUnknownName = 0xffffffff;

struct LabelTest;
struct Query;
struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

/// A condition on the labels of a node or the label of an edge.
struct LabelTest {
  ast::LabelExpression::Kind kind{};
  std::string name;  ///< kName
  /// Where the name was looked up; an element of another graph is tested by the name.
  catalog::GraphId graph = catalog::kHomeGraph;
  std::uint32_t node_label = kUnknownName;
  std::uint32_t edge_label = kUnknownName;
  std::unique_ptr<LabelTest> left, right;
};

enum class ExpressionKind : std::uint8_t {
  kLiteral,    ///< literal
  kParameter,  ///< name; index: position among the statement's parameters
  kVariable,   ///< variable
  kProperty,   ///< children[0] . name; key: property key when children[0] may be a node or edge
  kUnary,      ///< unary
  kBinary,     ///< binary; AND and OR have two children
  kIsNull,     ///< negated
  kIsTruth,    ///< truth, negated
  kLabelTest,  ///< children[0] is a node or edge; label_test, negated
  kIsTyped,    ///< declared_type, negated
  kFunction,   ///< function, children = arguments
  kAggregate,  ///< aggregate, children = arguments, distinct; only inside an Aggregate projection;
               ///< filtered: behind the arguments stands the condition of a FILTER
  kCase,       ///< children = condition, result, condition, result, ..., otherwise (always there;
               ///< conditions are boolean)
  kList,       ///< children = elements
  kRecord,     ///< children = values of field_names
  kIndex,      ///< children[0] [ children[1] ]
  kSlice,      ///< children[0] [ children[1] .. children[2] ]; a null child: left out
  kListComprehension,  ///< variable over children[0]; children[1] condition or null; children[2]
                       ///< result or null
  kQuantifier,         ///< quantifier; variable over children[0], condition children[1]
  kReduce,    ///< accumulator = children[0]; variable over children[1]; children[2] next value
  kSubquery,  ///< subquery_kind, subquery; correlated: outer variables it reads are in its
              ///< `imports`; TABLE: field_names
  kCast,      ///< declared_type; checked: the value must be of the type as it is
  kPath,      ///< a path value from children = variables of nodes and edges (or lists of edges) in
              ///< turn, in path order; checked: any expressions, which may not belong together
  kNodeOrEdgeEquals,  ///< the same element, never null when both are bound: children[0],
                      ///< children[1]
  kGuard,  ///< the condition children[0]; false where it is unknown, or fails with a data
           ///< exception
};

/// A typed expression with every name resolved. One struct for all kinds: which fields a kind uses
/// is said above.
struct Expression {
  ExpressionKind kind{};
  value::Type type;
  Position position;
  std::vector<ExpressionPtr> children;

  Value literal;
  std::string name;
  std::uint32_t index = 0;
  std::uint32_t key = kUnknownName;
  VariableId variable = kNoVariable;
  VariableId accumulator = kNoVariable;
  ast::UnaryOperator unary{};
  ast::BinaryOperator binary{};
  bool negated = false;
  bool distinct = false;
  bool checked = false;
  bool filtered = false;
  ast::TruthValue truth{};
  ast::QuantifierKind quantifier{};
  ast::SubqueryKind subquery_kind{};
  std::unique_ptr<LabelTest> label_test;
  std::vector<std::string> field_names;
  const ScalarFunction* function = nullptr;
  const AggregateFunction* aggregate = nullptr;
  value::DeclaredType declared_type;
  std::shared_ptr<const Query> subquery;

  Expression();
  ~Expression();
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;
};

ExpressionPtr clone(const Expression& expression);
std::unique_ptr<LabelTest> clone(const LabelTest& test);
/// An expression of a kind; its fields are set by the caller.
ExpressionPtr make_expression(ExpressionKind kind, value::Type type, Position position = {});
ExpressionPtr make_literal(Value value, Position position = {});
ExpressionPtr make_variable(VariableId variable, value::Type type, Position position = {});
ExpressionPtr make_binary(ast::BinaryOperator op, ExpressionPtr left, ExpressionPtr right);
/// Structural equality (same variables, same literals): for GROUP BY and ORDER BY matching.
bool equal(const Expression& a, const Expression& b);
/// Calls visit(VariableId) for each free variable, subqueries' imports included; bound inner
/// variables are left out.
void for_each_free_variable(const Expression& expression,
                            const std::function<void(VariableId)>& visit);
bool contains_aggregate(const Expression& expression);
/// Splits a AND b AND c.
void split_conjunction(ExpressionPtr expression, std::vector<ExpressionPtr>& out);

}  // namespace geode::gql::bound
