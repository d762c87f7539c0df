#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/running_limits.hpp"
#include "base/stack.hpp"
#include "gql/bind/errors.hpp"
#include "gql/bind/pattern_state.hpp"
#include "gql/bind/statement_binder.hpp"
#include "gql/bind/type_inference.hpp"
#include "gql/syntax/operator_text.hpp"

namespace geode::gql {

using bound::ExpressionKind;
using value::Type;

namespace {

/// `NaN`, `Infinity` and `Inf` are numbers where no variable has the name.
std::optional<double> special_number(std::string_view name) {
  const auto is = [&](std::string_view word) {
    return std::equal(name.begin(), name.end(), word.begin(), word.end(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  };
  if (is("nan")) return std::numeric_limits<double>::quiet_NaN();
  if (is("infinity") || is("inf")) return std::numeric_limits<double>::infinity();
  return std::nullopt;
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Type truth_of(const bound::Expression& operand) {
  return operand.type.may_be_null() ? Type::nullable(ValueType::kBool) : Type::of(ValueType::kBool);
}

}  // namespace

bound::ExpressionPtr StatementBinder::bind_expression(const ast::Expression& expression,
                                                      const Place& place) {
  base::check_stack();
  base::poll_interrupt_seldom();
  return std::visit([&](const auto& node) { return bind_node(node, expression.position, place); },
                    expression.node);
}

bound::ExpressionPtr StatementBinder::bind_condition(const ast::Expression& expression,
                                                     const Place& place, std::string_view where) {
  Place condition = place;
  condition.condition = true;
  ExpressionPtr result = bind_expression(expression, condition);
  if (!fits(result->type, ValueType::kBool)) {
    throw argument_type_error(
        std::string(where) + " needs a condition, but this is " + result->type.name(),
        expression.position);
  }
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Literal& node, Position position,
                                                const Place&) {
  return bound::make_literal(node.value, position);
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Parameter& node, Position position,
                                                const Place&) {
  ExpressionPtr result = bound::make_expression(ExpressionKind::kParameter, Type::any(), position);
  result->name = node.name;
  auto& names = program_.parameters;
  while (result->index < names.size() && names[result->index] != node.name) ++result->index;
  if (result->index == names.size()) {
    names.push_back(node.name);
    program_.parameter_positions.push_back(position);
  }
  for (const auto& [name, graph] : context_.graph_parameters) {
    if (name != node.name) continue;
    const catalog::GraphId id = referenced_graph(graph, catalog_, position).id;
    return bound::make_literal(graph_value(id, catalog_), position);
  }
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Variable& node, Position position,
                                                const Place& place) {
  if (!place.scope->find(node.name)) {
    if (const auto number = special_number(node.name)) {
      return bound::make_literal(*number, position);
    }
    if (auto value = catalog_value(node.name, context_, catalog_)) {
      return bound::make_literal(*std::move(value), position);
    }
    if (policy_element_ != nullptr) {
      return bind_property_of(bound::clone(*policy_element_), {node.name, position}, position);
    }
  }
  return use_binding(resolve(*place.scope, {node.name, position}), position);
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::PropertyAccess& node, Position position,
                                                const Place& place) {
  const auto* variable = std::get_if<ast::Variable>(&node.base->node);
  const Binding* binding = variable ? place.scope->find(variable->name) : nullptr;
  if (variable && !binding && !catalog_value(variable->name, context_, catalog_) &&
      policy_element_ == nullptr) {
    throw undefined_variable(variable->name, node.base->position, place.scope->visible_names(),
                             "MATCH, LET and FOR define variables; RETURN and WITH end those that "
                             "they do not give");
  }
  ExpressionPtr base = bind_expression(*node.base, place.part());
  if (!binding || !binding->group) return bind_property_of(std::move(base), node.key, position);

  // A property of a group variable is the list of that property of its elements.
  const Type element = base->type.element_type();
  const VariableId each = new_variable("", element);
  ExpressionPtr property =
      bind_property_of(bound::make_variable(each, element, position), node.key, position);
  ExpressionPtr list = bound::make_expression(ExpressionKind::kListComprehension,
                                              Type::list_of(property->type), position);
  list->variable = each;
  list->children.push_back(std::move(base));
  list->children.push_back(nullptr);
  list->children.push_back(std::move(property));
  return list;
}

bound::ExpressionPtr StatementBinder::bind_property_of(ExpressionPtr base, const ast::Name& key,
                                                       Position position) {
  const auto type = property_type(base->type);
  if (!type) {
    throw Error(status::kInvalidValueType, base->type.name() + " has no properties", key.position)
        .category("TypeError", "InvalidArgumentType")
        .hint("nodes, edges, records, dates, times and durations have")
        .phase(Phase::kCompile);
  }
  ExpressionPtr result = bound::make_expression(ExpressionKind::kProperty, *type, position);
  result->name = key.text;
  result->key = property_key(key.text, base->type, key.position);
  result->children.push_back(std::move(base));
  return result;
}

/// `PATH[n, e, m]`
bound::ExpressionPtr StatementBinder::make_path(const std::vector<ast::ExpressionPtr>& elements,
                                                Position position, const Place& place) {
  if (elements.size() % 2 == 0) {
    throw syntax_error("InvalidNumberOfArguments",
                       "a path is made of nodes with edges between them", position,
                       "write PATH[node, edge, node, ...]");
  }
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kPath, Type::nullable(ValueType::kPath), position);
  result->checked = true;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    ExpressionPtr element = bind_expression(*elements[i], place.part());
    const bool node = i % 2 == 0;
    if (!fits(element->type, node ? ValueType::kNode : ValueType::kEdge)) {
      throw argument_type_error(std::string(node ? "a node" : "an edge") +
                                    " is wanted at this place of a path, not " +
                                    element->type.without_null().name(),
                                elements[i]->position);
    }
    result->children.push_back(std::move(element));
  }
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Index& node, Position position,
                                                const Place& place) {
  const auto* base_name = std::get_if<ast::Variable>(&node.base->node);
  if (base_name && lower_case(base_name->name) == "path" && !place.scope->find(base_name->name)) {
    // PATH[n], the path of one node, unless there is something named path to index.
    std::vector<ast::ExpressionPtr> elements;
    elements.push_back(ast::clone(*node.index));
    return make_path(elements, position, place);
  }
  ExpressionPtr base = bind_expression(*node.base, place.part());
  ExpressionPtr index = bind_expression(*node.index, place.part());
  const auto type = index_type(base->type);
  if (!type) {
    throw Error(status::kInvalidValueType, base->type.name() + " has no elements to take by [..]",
                position)
        .category("TypeError", "InvalidArgumentType")
        .hint(base->type.only(ValueType::kString) ? "substring(text, start, length) takes a part"
                                                  : "")
        .phase(Phase::kCompile);
  }
  ExpressionPtr result = bound::make_expression(ExpressionKind::kIndex, *type, position);
  result->children.push_back(std::move(base));
  result->children.push_back(std::move(index));
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Slice& node, Position position,
                                                const Place& place) {
  ExpressionPtr base = bind_expression(*node.base, place.part());
  if (!fits(base->type, ValueType::kList)) {
    const bool text = base->type.only(ValueType::kString);
    throw argument_type_error(
        "a slice needs a list, but this is " + base->type.without_null().name(), base->position,
        text ? "substring(text, start, length) takes a part" : "");
  }
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kSlice, base->type.with_null(), position);
  result->children.push_back(std::move(base));
  for (const auto* end : {&node.from, &node.to}) {
    ExpressionPtr bound = *end ? bind_expression(**end, place.part()) : nullptr;
    if (bound && !fits(bound->type, ValueType::kInt64)) {
      throw argument_type_error("a slice's ends are integers, not " + bound->type.name(),
                                (*end)->position);
    }
    result->children.push_back(std::move(bound));
  }
  return result;
}

bound::ExpressionPtr StatementBinder::make_unary(ast::UnaryOperator op, ExpressionPtr operand,
                                                 Position position) const {
  const auto type = unary_type(op, operand->type);
  if (!type) {
    const bool negation = op == ast::UnaryOperator::kNot;
    throw argument_type_error(
        (negation ? "NOT needs a truth value, but this is " : "a sign needs a number, not ") +
            operand->type.name(),
        operand->position.line ? operand->position : position);
  }
  ExpressionPtr result = bound::make_expression(ExpressionKind::kUnary, *type, position);
  result->unary = op;
  result->children.push_back(std::move(operand));
  return result;
}

bound::ExpressionPtr StatementBinder::make_checked_binary(ast::BinaryOperator op,
                                                          ExpressionPtr left, ExpressionPtr right,
                                                          Position position) const {
  const auto type = binary_type(op, left->type, right->type);
  if (!type) {
    const std::string name(operator_text(op).text);
    switch (op) {
      case ast::BinaryOperator::kOr:
      case ast::BinaryOperator::kXor:
      case ast::BinaryOperator::kAnd: {
        const bound::Expression& wrong = fits(left->type, ValueType::kBool) ? *right : *left;
        throw argument_type_error(name + " needs truth values, but this is " + wrong.type.name(),
                                  wrong.position);
      }
      case ast::BinaryOperator::kIn:
        throw argument_type_error("IN needs a list, but this is " + right->type.name(),
                                  right->position);
      default:
        throw argument_type_error(
            "`" + name + "` cannot combine " + left->type.name() + " and " + right->type.name(),
            position);
    }
  }
  ExpressionPtr result = bound::make_expression(ExpressionKind::kBinary, *type, position);
  result->binary = op;
  result->children.push_back(std::move(left));
  result->children.push_back(std::move(right));
  return result;
}

bound::ExpressionPtr StatementBinder::make_is_null(ExpressionPtr operand, bool negated,
                                                   Position position) const {
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kIsNull, Type::of(ValueType::kBool), position);
  result->negated = negated;
  result->children.push_back(std::move(operand));
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Unary& node, Position position,
                                                const Place& place) {
  const bool negation = node.op == ast::UnaryOperator::kNot;
  return make_unary(node.op, bind_expression(*node.operand, negation ? place : place.part()),
                    position);
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Binary& node, Position position,
                                                const Place& place) {
  const bool logical = node.op == ast::BinaryOperator::kAnd ||
                       node.op == ast::BinaryOperator::kOr || node.op == ast::BinaryOperator::kXor;
  const Place inner = logical ? place : place.part();
  ExpressionPtr left = bind_expression(*node.left, inner);
  ExpressionPtr right = bind_expression(*node.right, inner);
  return make_checked_binary(node.op, std::move(left), std::move(right), position);
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::IsNull& node, Position position,
                                                const Place& place) {
  return make_is_null(bind_expression(*node.operand, place.part()), node.negated, position);
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::IsTruth& node, Position position,
                                                const Place& place) {
  ExpressionPtr operand = bind_condition(*node.operand, place, "IS TRUE, FALSE or UNKNOWN");
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kIsTruth, Type::of(ValueType::kBool), position);
  result->truth = node.value;
  result->negated = node.negated;
  result->children.push_back(std::move(operand));
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::IsLabeled& node, Position position,
                                                const Place& place) {
  ExpressionPtr operand = bind_expression(*node.operand, place.part());
  const Type elements = Type::of(ValueType::kNode, ValueType::kEdge);
  if (!fits(operand->type, elements)) {
    throw argument_type_error("only nodes and edges have labels, not " + operand->type.name(),
                              operand->position);
  }
  if (has_dynamic_name(*node.labels)) {
    ExpressionPtr test = bind_dynamic_labels(*node.labels, *operand, *place.scope);
    return node.negated ? make_unary(ast::UnaryOperator::kNot, std::move(test), position)
                        : std::move(test);
  }
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kLabelTest, truth_of(*operand), position);
  result->label_test = bind_labels(*node.labels, operand->type.may_be(ValueType::kNode),
                                   operand->type.may_be(ValueType::kEdge));
  result->negated = node.negated;
  result->children.push_back(std::move(operand));
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::IsTyped& node, Position position,
                                                const Place& place) {
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kIsTyped, Type::of(ValueType::kBool), position);
  result->declared_type = node.type.type;
  result->negated = node.negated;
  result->children.push_back(bind_expression(*node.operand, place.part()));
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::IsNormalized& node, Position position,
                                                const Place& place) {
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(bind_expression(*node.operand, place.part()));
  arguments.push_back(bound::make_literal(node.form, position));
  ExpressionPtr call = make_function("is_normalized", std::move(arguments), position);
  return node.negated ? make_unary(ast::UnaryOperator::kNot, std::move(call), position)
                      : std::move(call);
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::IsDirected& node, Position position,
                                                const Place& place) {
  ExpressionPtr edge = bind_expression(*node.operand, place.part());
  if (!fits(edge->type, ValueType::kEdge)) {
    throw argument_type_error("IS DIRECTED asks about an edge, not " + edge->type.name(),
                              edge->position);
  }
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(std::move(edge));
  ExpressionPtr call = make_function("is_directed", std::move(arguments), position);
  return node.negated ? make_unary(ast::UnaryOperator::kNot, std::move(call), position)
                      : std::move(call);
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::IsEndOf& node, Position position,
                                                const Place& place) {
  ExpressionPtr end = bind_expression(*node.node, place.part());
  if (!fits(end->type, ValueType::kNode)) {
    throw argument_type_error(
        "only a node is the source or destination of an edge, not " + end->type.name(),
        end->position);
  }
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(bind_expression(*node.edge, place.part()));
  ExpressionPtr other =
      make_function(node.source ? "startNode" : "endNode", std::move(arguments), position);
  return make_checked_binary(
      node.negated ? ast::BinaryOperator::kNotEqual : ast::BinaryOperator::kEqual, std::move(end),
      std::move(other), position);
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Between& node, Position position,
                                                const Place& place) {
  ExpressionPtr operand = bind_expression(*node.operand, place.part());
  return with_value(std::move(operand), [&](const Use& use) {
    ExpressionPtr above = make_checked_binary(ast::BinaryOperator::kGreaterOrEqual, use(),
                                              bind_expression(*node.low, place.part()), position);
    ExpressionPtr below = make_checked_binary(ast::BinaryOperator::kLessOrEqual, use(),
                                              bind_expression(*node.high, place.part()), position);
    ExpressionPtr both = make_checked_binary(ast::BinaryOperator::kAnd, std::move(above),
                                             std::move(below), position);
    return node.negated ? make_unary(ast::UnaryOperator::kNot, std::move(both), position)
                        : std::move(both);
  });
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Case& node, Position position,
                                                const Place& place) {
  if (!node.operand) return bind_case(node, position, place, nullptr);
  return with_value(bind_expression(*node.operand, place.part()),
                    [&](const Use& use) { return bind_case(node, position, place, use); });
}

bound::ExpressionPtr StatementBinder::bind_case(const ast::Case& node, Position position,
                                                const Place& place, const Use& operand) {
  ExpressionPtr result = bound::make_expression(ExpressionKind::kCase, Type::none(), position);
  for (const ast::CaseBranch& branch : node.branches) {
    ExpressionPtr condition;
    for (const ast::ExpressionPtr& when : branch.when) {
      ExpressionPtr test =
          operand ? make_checked_binary(ast::BinaryOperator::kEqual, operand(),
                                        bind_expression(*when, place.part()), when->position)
                  : bind_condition(*when, place, "WHEN");
      condition = condition ? make_checked_binary(ast::BinaryOperator::kOr, std::move(condition),
                                                  std::move(test), when->position)
                            : std::move(test);
    }
    ExpressionPtr then = bind_expression(*branch.then, place.part());
    result->type = result->type.unite(then->type);
    result->children.push_back(std::move(condition));
    result->children.push_back(std::move(then));
  }
  ExpressionPtr otherwise = node.otherwise ? bind_expression(*node.otherwise, place.part())
                                           : bound::make_literal(Value(), position);
  result->type = result->type.unite(otherwise->type);
  result->children.push_back(std::move(otherwise));
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::ListConstructor& node, Position position,
                                                const Place& place) {
  ExpressionPtr result = bound::make_expression(ExpressionKind::kList, Type::any(), position);
  Type element = Type::none();
  for (const ast::ExpressionPtr& item : node.elements) {
    result->children.push_back(bind_expression(*item, place.part()));
    element = element.unite(result->children.back()->type);
  }
  result->type = Type::list_of(element);
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::RecordConstructor& node,
                                                Position position, const Place& place) {
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kRecord, Type::of(ValueType::kRecord), position);
  std::unordered_map<std::string_view, std::size_t> places;
  for (const auto& [name, value] : node.fields) {
    ExpressionPtr field = bind_expression(*value, place.part());
    const auto [entry, added] = places.emplace(name.text, result->children.size());
    // A field written twice has its last value: names of a record are unique.
    if (added) {
      result->field_names.push_back(name.text);
      result->children.push_back(std::move(field));
    } else {
      result->children[entry->second] = std::move(field);
    }
  }
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Cast& node, Position position,
                                                const Place& place) {
  ExpressionPtr operand = bind_expression(*node.operand, place.part());
  Type type = node.type.type.value_type();
  const bool keeps_nulls = operand->type.may_be_null() && !node.type.type.not_null;
  type = keeps_nulls ? type.with_null() : type.without_null();
  ExpressionPtr result = bound::make_expression(ExpressionKind::kCast, std::move(type), position);
  result->declared_type = node.type.type;
  result->children.push_back(std::move(operand));
  return result;
}

bound::ExpressionPtr StatementBinder::bind_node(const ast::Trim& node, Position position,
                                                const Place& place) {
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(bind_expression(*node.source, place.part()));
  if (node.characters) arguments.push_back(bind_expression(*node.characters, place.part()));
  std::string_view name = "btrim";
  if (node.side == ast::Trim::Side::kLeading) name = "ltrim";
  if (node.side == ast::Trim::Side::kTrailing) name = "rtrim";
  return make_function(name, std::move(arguments), position);
}

}  // namespace geode::gql
