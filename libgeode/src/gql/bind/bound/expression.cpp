#include "gql/bind/bound/expression.hpp"

#include <algorithm>

#include "gql/bind/bound/statement.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql::bound {

Expression::Expression() = default;
Expression::~Expression() = default;
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;

namespace {

bool equal_tests(const LabelTest* a, const LabelTest* b) {
  if (!a || !b) return a == b;
  return a->kind == b->kind && a->name == b->name && a->graph == b->graph &&
         equal_tests(a->left.get(), b->left.get()) && equal_tests(a->right.get(), b->right.get());
}

/// Literals are the same only when they are of one type: 1 and 1.0 name different columns.
bool equal_literals(const Value& a, const Value& b) { return a.type() == b.type() && a == b; }

/// Variables that `a` and `b` bind themselves, position by position: they count as equal.
using BoundPairs = std::vector<std::pair<VariableId, VariableId>>;

bool equal_variables(VariableId a, VariableId b, const BoundPairs& pairs) {
  for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) {
    if (pair->first == a || pair->second == b) return pair->first == a && pair->second == b;
  }
  return a == b;
}

bool binds_variable(ExpressionKind kind) {
  return kind == ExpressionKind::kListComprehension || kind == ExpressionKind::kQuantifier ||
         kind == ExpressionKind::kReduce;
}

/// The first child that sees the variables a node binds.
std::size_t first_inner_child(ExpressionKind kind) {
  return kind == ExpressionKind::kReduce ? 2 : 1;
}

bool equal_within(const Expression& a, const Expression& b, BoundPairs& pairs) {
  if (a.kind != b.kind || a.children.size() != b.children.size() || a.name != b.name ||
      a.unary != b.unary || a.binary != b.binary || a.negated != b.negated ||
      a.distinct != b.distinct || a.checked != b.checked || a.filtered != b.filtered ||
      a.truth != b.truth || a.quantifier != b.quantifier || a.subquery_kind != b.subquery_kind ||
      a.function != b.function || a.aggregate != b.aggregate || a.subquery != b.subquery ||
      a.field_names != b.field_names) {
    return false;
  }
  if (!equal_literals(a.literal, b.literal) ||
      !equal_tests(a.label_test.get(), b.label_test.get()) ||
      !(a.declared_type == b.declared_type)) {
    return false;
  }
  const bool binds = binds_variable(a.kind);
  if (!binds && !equal_variables(a.variable, b.variable, pairs)) return false;
  const std::size_t before = pairs.size();
  for (std::size_t i = 0; i < a.children.size(); ++i) {
    if (binds && i == first_inner_child(a.kind)) {
      pairs.emplace_back(a.variable, b.variable);
      if (a.accumulator != kNoVariable) pairs.emplace_back(a.accumulator, b.accumulator);
    }
    const Expression* left = a.children[i].get();
    const Expression* right = b.children[i].get();
    if (!left || !right ? left != right : !equal_within(*left, *right, pairs)) {
      pairs.resize(before);
      return false;
    }
  }
  pairs.resize(before);
  return true;
}

void visit_free(const Expression& expression, std::vector<VariableId>& bound,
                const std::function<void(VariableId)>& visit) {
  const auto report = [&](VariableId variable) {
    if (std::find(bound.begin(), bound.end(), variable) == bound.end()) visit(variable);
  };
  if (expression.kind == ExpressionKind::kVariable) report(expression.variable);
  if (expression.subquery) {
    for (const VariableId variable : expression.subquery->imports) report(variable);
  }
  const bool binds = binds_variable(expression.kind);
  const std::size_t before = bound.size();
  for (std::size_t i = 0; i < expression.children.size(); ++i) {
    if (binds && i == first_inner_child(expression.kind)) {
      bound.push_back(expression.variable);
      if (expression.accumulator != kNoVariable) bound.push_back(expression.accumulator);
    }
    if (expression.children[i]) visit_free(*expression.children[i], bound, visit);
  }
  bound.resize(before);
}

}  // namespace

std::unique_ptr<LabelTest> clone(const LabelTest& test) {
  auto copy = std::make_unique<LabelTest>();
  copy->kind = test.kind;
  copy->name = test.name;
  copy->graph = test.graph;
  copy->node_label = test.node_label;
  copy->edge_label = test.edge_label;
  if (test.left) copy->left = clone(*test.left);
  if (test.right) copy->right = clone(*test.right);
  return copy;
}

ExpressionPtr clone(const Expression& expression) {
  auto copy = std::make_unique<Expression>();
  copy->kind = expression.kind;
  copy->type = expression.type;
  copy->position = expression.position;
  copy->children.reserve(expression.children.size());
  for (const ExpressionPtr& child : expression.children) {
    copy->children.push_back(child ? clone(*child) : nullptr);
  }
  copy->literal = expression.literal;
  copy->name = expression.name;
  copy->index = expression.index;
  copy->key = expression.key;
  copy->variable = expression.variable;
  copy->accumulator = expression.accumulator;
  copy->unary = expression.unary;
  copy->binary = expression.binary;
  copy->negated = expression.negated;
  copy->distinct = expression.distinct;
  copy->checked = expression.checked;
  copy->filtered = expression.filtered;
  copy->truth = expression.truth;
  copy->quantifier = expression.quantifier;
  copy->subquery_kind = expression.subquery_kind;
  copy->label_test = expression.label_test ? clone(*expression.label_test) : nullptr;
  copy->field_names = expression.field_names;
  copy->function = expression.function;
  copy->aggregate = expression.aggregate;
  copy->declared_type = expression.declared_type;
  copy->subquery = expression.subquery;
  return copy;
}

ExpressionPtr make_expression(ExpressionKind kind, value::Type type, Position position) {
  auto result = std::make_unique<Expression>();
  result->kind = kind;
  result->type = std::move(type);
  result->position = position;
  return result;
}

ExpressionPtr make_literal(Value value, Position position) {
  value::Type type = value::Type::of_value(value);
  ExpressionPtr result = make_expression(ExpressionKind::kLiteral, std::move(type), position);
  result->literal = std::move(value);
  return result;
}

ExpressionPtr make_variable(VariableId variable, value::Type type, Position position) {
  ExpressionPtr result = make_expression(ExpressionKind::kVariable, std::move(type), position);
  result->variable = variable;
  return result;
}

ExpressionPtr make_binary(ast::BinaryOperator op, ExpressionPtr left, ExpressionPtr right) {
  value::Type type = binary_type(op, left->type, right->type).value_or(value::Type::any());
  ExpressionPtr result = make_expression(ExpressionKind::kBinary, std::move(type), left->position);
  result->binary = op;
  result->children.push_back(std::move(left));
  result->children.push_back(std::move(right));
  return result;
}

bool equal(const Expression& a, const Expression& b) {
  BoundPairs pairs;
  return equal_within(a, b, pairs);
}

void for_each_free_variable(const Expression& expression,
                            const std::function<void(VariableId)>& visit) {
  std::vector<VariableId> bound;
  visit_free(expression, bound, visit);
}

bool contains_aggregate(const Expression& expression) {
  if (expression.kind == ExpressionKind::kAggregate) return true;
  return std::any_of(
      expression.children.begin(), expression.children.end(),
      [](const ExpressionPtr& child) { return child && contains_aggregate(*child); });
}

void split_conjunction(ExpressionPtr expression, std::vector<ExpressionPtr>& out) {
  if (expression->kind == ExpressionKind::kBinary &&
      expression->binary == ast::BinaryOperator::kAnd) {
    ExpressionPtr left = std::move(expression->children[0]);
    ExpressionPtr right = std::move(expression->children[1]);
    split_conjunction(std::move(left), out);
    split_conjunction(std::move(right), out);
    return;
  }
  out.push_back(std::move(expression));
}

}  // namespace geode::gql::bound
