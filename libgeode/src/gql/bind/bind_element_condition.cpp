#include "gql/bind/bind_element_condition.hpp"

#include <algorithm>

#include "gql/bind/errors.hpp"
#include "gql/bind/statement_binder.hpp"

namespace geode::gql {

using bound::ExpressionKind;
using bound::ExpressionPtr;
using value::Type;

namespace {

Error too_much(std::string message, Position position) {
  return syntax_error("InvalidClauseComposition", std::move(message), position,
                      "it reads the properties and the labels of one element");
}

/// Takes the element out of a bound condition.
class Narrowing {
 public:
  using NewVariable = std::function<bound::VariableId(std::string_view name, Type type)>;

  Narrowing(bound::VariableId element, const std::string& name, NewVariable new_variable,
            ElementCondition& out)
      : element_(element), name_(name), new_variable_(std::move(new_variable)), out_(out) {}

  void narrow(ExpressionPtr& e) {
    if (ExpressionPtr replacement = replaced(*e)) {
      e = std::move(replacement);
      return;
    }
    check(*e);
    for (ExpressionPtr& child : e->children) {
      if (child) narrow(child);
    }
  }

 private:
  bool is_element(const ExpressionPtr& e) const {
    return e && e->kind == ExpressionKind::kVariable && e->variable == element_;
  }
  static bool is_text(const ExpressionPtr& e) {
    return e && e->kind == ExpressionKind::kLiteral && e->literal.type() == ValueType::kString;
  }

  /// Null: it stays.
  ExpressionPtr replaced(const bound::Expression& e) {
    if (e.children.empty() || !is_element(e.children[0])) return nullptr;
    const Position position = e.position;
    const bool keyed = e.children.size() == 2 && is_text(e.children[1]);
    if (e.kind == ExpressionKind::kProperty) return property(e.name, position);
    if (e.kind == ExpressionKind::kIndex && keyed) {
      return property(std::string(e.children[1]->literal.as_string()), position);
    }
    if (e.kind == ExpressionKind::kLabelTest) {
      ExpressionPtr test = label_test(*e.label_test, position);
      return e.negated ? negation(std::move(test), position) : std::move(test);
    }
    if (e.kind != ExpressionKind::kFunction) return nullptr;
    if (e.function->name == "labels") return labels(position);
    if (e.function->name == "property_exists" && keyed) {
      ExpressionPtr test =
          bound::make_expression(ExpressionKind::kIsNull, Type::of(ValueType::kBool), position);
      test->negated = true;
      test->children.push_back(property(std::string(e.children[1]->literal.as_string()), position));
      return test;
    }
    return nullptr;
  }

  void check(const bound::Expression& e) const {
    if (e.kind == ExpressionKind::kSubquery)
      throw too_much("a constraint cannot have a subquery", e.position);
    if (e.kind == ExpressionKind::kLabelTest)
      throw too_much("only " + quoted(name_) + " has labels here", e.position);
    if (e.kind == ExpressionKind::kParameter)
      throw too_much("a constraint cannot have a parameter", e.position);
    if (e.kind == ExpressionKind::kVariable && e.variable == element_) {
      throw too_much("a constraint cannot read " + quoted(name_) + " as a whole", e.position);
    }
    if (e.kind != ExpressionKind::kFunction || e.function->deterministic) return;
    // What only reads the clock when nothing else is given reads none otherwise.
    if (e.function->constant_in_statement && !e.children.empty()) return;
    throw too_much(
        "a constraint cannot call " + e.function->name + "(), which gives another value each time",
        e.position);
  }

  ExpressionPtr property(const std::string& name, Position position) {
    auto found = std::find_if(out_.properties.begin(), out_.properties.end(),
                              [&](const auto& known) { return known.first == name; });
    if (found == out_.properties.end()) {
      out_.properties.emplace_back(name, new_variable_(name, Type::any()));
      found = out_.properties.end() - 1;
    }
    return bound::make_variable(found->second, Type::any(), position);
  }

  ExpressionPtr labels(Position position) {
    const Type type = Type::list_of(Type::of(ValueType::kString));
    if (out_.labels == bound::kNoVariable) out_.labels = new_variable_("labels", type);
    return bound::make_variable(out_.labels, type, position);
  }

  static ExpressionPtr negation(ExpressionPtr operand, Position position) {
    ExpressionPtr result =
        bound::make_expression(ExpressionKind::kUnary, Type::of(ValueType::kBool), position);
    result->unary = ast::UnaryOperator::kNot;
    result->children.push_back(std::move(operand));
    return result;
  }

  ExpressionPtr label_test(const bound::LabelTest& test, Position position) {
    using Kind = ast::LabelExpression::Kind;
    using ast::BinaryOperator;
    switch (test.kind) {
      case Kind::kName:
        return bound::make_binary(BinaryOperator::kIn, bound::make_literal(test.name, position),
                                  labels(position));
      case Kind::kWildcard:
        return bound::make_binary(BinaryOperator::kNotEqual, labels(position),
                                  bound::make_literal(List(), position));
      case Kind::kNot:
        return negation(label_test(*test.left, position), position);
      case Kind::kAnd:
        return bound::make_binary(BinaryOperator::kAnd, label_test(*test.left, position),
                                  label_test(*test.right, position));
      case Kind::kOr:
        return bound::make_binary(BinaryOperator::kOr, label_test(*test.left, position),
                                  label_test(*test.right, position));
      case Kind::kDynamic:
        break;  // bound as a condition
    }
    return bound::make_literal(Value(), position);
  }

  const bound::VariableId element_;
  const std::string& name_;
  NewVariable new_variable_;
  ElementCondition& out_;
};

}  // namespace

ElementCondition StatementBinder::bind_element_condition(const ast::Expression& condition,
                                                         const std::string& variable, bool edge) {
  begin_query();
  Scope scope;
  const VariableId element =
      new_variable(variable, Type::of(edge ? ValueType::kEdge : ValueType::kNode));
  scope.declare(variable, {element, false, nullptr, nullptr});
  ElementCondition out;
  out.expression = bind_condition(condition, Place(scope), "a constraint");
  Narrowing(
      element, variable,
      [this](std::string_view name, Type type) { return new_variable(name, std::move(type)); }, out)
      .narrow(out.expression);
  return out;
}

ElementCondition bind_element_condition(const ast::Expression& condition,
                                        const std::string& variable, bool edge,
                                        const catalog::Catalog& catalog) {
  return StatementBinder(catalog, nullptr, *Routines::builtin(), {})
      .bind_element_condition(condition, variable, edge);
}

}  // namespace geode::gql
