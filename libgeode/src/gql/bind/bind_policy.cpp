#include "gql/bind/bind_policy.hpp"

#include <algorithm>
#include <utility>

#include "gql/bind/errors.hpp"
#include "gql/bind/pattern_state.hpp"
#include "gql/bind/type_inference.hpp"
#include "gql/syntax/parser.hpp"

namespace geode::gql {

using bound::ExpressionKind;
using bound::ExpressionPtr;
using catalog::PolicyCommand;
using catalog::Privilege;
using value::Type;

namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// `a op b`; the other one when there is only one.
ExpressionPtr joined(ast::BinaryOperator op, ExpressionPtr a, ExpressionPtr b) {
  if (!a) return b;
  if (!b) return a;
  return bound::make_binary(op, std::move(a), std::move(b));
}

ExpressionPtr negation(ExpressionPtr operand) {
  ExpressionPtr result =
      bound::make_expression(ExpressionKind::kUnary, Type::nullable(ValueType::kBool));
  result->unary = ast::UnaryOperator::kNot;
  result->children.push_back(std::move(operand));
  return result;
}

/// No value can make it fail: it needs no guard, and the optimizer sees what it is.
bool cannot_fail(const bound::Expression& e) {
  switch (e.kind) {
    case ExpressionKind::kLiteral:
    case ExpressionKind::kVariable:
      return true;
    case ExpressionKind::kLabelTest:
    case ExpressionKind::kProperty:
      // `d.x IS Person` and `d.x.y` ask a property, which may be anything.
      if (e.children[0]->kind == ExpressionKind::kProperty) return false;
      break;
    case ExpressionKind::kIsNull:
      break;
    case ExpressionKind::kUnary:
      if (e.unary != ast::UnaryOperator::kNot || !e.children[0]->type.may_be(ValueType::kBool))
        return false;
      if (e.children[0]->kind == ExpressionKind::kProperty) return false;
      break;
    case ExpressionKind::kBinary:
      switch (e.binary) {
        case ast::BinaryOperator::kEqual:
        case ast::BinaryOperator::kNotEqual:
          break;
        case ast::BinaryOperator::kAnd:
        case ast::BinaryOperator::kOr:
          for (const ExpressionPtr& child : e.children) {
            if (child->kind == ExpressionKind::kProperty) return false;
          }
          break;
        case ast::BinaryOperator::kIn:
          if (e.children[1]->kind != ExpressionKind::kList &&
              !(e.children[1]->kind == ExpressionKind::kLiteral &&
                e.children[1]->literal.type() == ValueType::kList))
            return false;
          break;
        default:
          return false;
      }
      break;
    case ExpressionKind::kList:
      break;
    default:
      return false;
  }
  return std::all_of(e.children.begin(), e.children.end(),
                     [](const ExpressionPtr& child) { return child && cannot_fail(*child); });
}

/// A condition whose failure is its falsehood: an error would tell of a row that is hidden.
ExpressionPtr guarded(ExpressionPtr condition) {
  // A property by itself fails as a condition where it is no truth value; `= true` does not.
  if (condition->kind == ExpressionKind::kProperty) {
    condition = bound::make_binary(ast::BinaryOperator::kEqual, std::move(condition),
                                   bound::make_literal(Value(true)));
  }
  if (cannot_fail(*condition)) return condition;
  ExpressionPtr guard = bound::make_expression(ExpressionKind::kGuard, Type::of(ValueType::kBool));
  guard->children.push_back(std::move(condition));
  return guard;
}

ast::LabelExpression label_named(const std::string& label) {
  ast::LabelExpression out;
  out.kind = ast::LabelExpression::Kind::kName;
  out.name.text = label;
  return out;
}

}  // namespace

void StatementBinder::require(Privilege privilege, Position position) const {
  if (context_.access) context_.access->require(privilege, context_.graph, position);
}

ExpressionPtr StatementBinder::has_label(const bound::Expression& element,
                                         const std::string& label) {
  const Type& type = element.type;
  ExpressionPtr test =
      bound::make_expression(ExpressionKind::kLabelTest, Type::of(ValueType::kBool));
  test->label_test =
      bind_labels(label_named(label), type.may_be(ValueType::kNode), type.may_be(ValueType::kEdge));
  test->children.push_back(bound::clone(element));
  return test;
}

ExpressionPtr StatementBinder::bind_policy_text(const security::LabelPolicies::Condition& condition,
                                                const std::string& label,
                                                const bound::Expression& element) {
  const ast::ExpressionPtr parsed = parse_condition(condition.text);
  // A pattern that begins at a node is none that begins at an edge, so that a condition on nodes
  // may have no meaning for the edges with the label, and the other way round. It counts as false
  // then. A binder of its own finds out, as one that has failed is of no more use.
  try {
    StatementBinder(catalog_, interrupt_, routines_, context_)
        .bind_policy_test(*parsed, label, condition.alias, element.type);
  } catch (const Error& error) {
    const std::string_view code = error.gqlstatus();
    if (code.starts_with("53") || code.starts_with("57")) throw;
    return bound::make_literal(Value(false));
  }
  return bind_policy_condition(*parsed, label, condition.alias, element);
}

ExpressionPtr StatementBinder::bind_policy_condition(const ast::Expression& condition,
                                                     const std::string& label,
                                                     const std::string& alias,
                                                     const bound::Expression& element) {
  Scope scope;
  const std::shared_ptr<const bound::Expression> subject(bound::clone(element));
  scope.declare(lower_case(label), {bound::kNoVariable, false, subject});
  if (!alias.empty()) scope.declare(alias, {bound::kNoVariable, false, subject});
  // What a policy looks up is what it was written to look up, whatever its reader may see.
  const bound::Expression* before = std::exchange(policy_element_, subject.get());
  ExpressionPtr bound = bind_condition(condition, Place(scope), "a policy");
  policy_element_ = before;
  return guarded(std::move(bound));
}

ExpressionPtr StatementBinder::passes_policies(const bound::Expression& element,
                                               PolicyCommand command, bool check,
                                               const bound::LabelTest* known) {
  ExpressionPtr all;
  for (const security::LabelPolicies& policies :
       context_.access->policies(context_.graph, command, check)) {
    ExpressionPtr passes;
    for (const auto& condition : policies.permissive) {
      passes = joined(ast::BinaryOperator::kOr, std::move(passes),
                      bind_policy_text(condition, policies.label, element));
    }
    if (!passes) passes = bound::make_literal(Value(false));
    for (const auto& condition : policies.restrictive) {
      passes = joined(ast::BinaryOperator::kAnd,
                      bind_policy_text(condition, policies.label, element), std::move(passes));
    }
    if (known == nullptr || !requires_label(*known, policies.label)) {
      passes = joined(ast::BinaryOperator::kOr, negation(has_label(element, policies.label)),
                      std::move(passes));
    }
    all = joined(ast::BinaryOperator::kAnd, std::move(all), std::move(passes));
  }
  return all;
}

/// One of the labels that a privilege is for.
ExpressionPtr StatementBinder::within_extent(const bound::Expression& element,
                                             Privilege privilege) {
  const security::Extent extent = context_.access->extent(privilege, context_.graph);
  if (extent.everywhere) return nullptr;
  ExpressionPtr any;
  for (const std::string& label : extent.labels) {
    any = joined(ast::BinaryOperator::kOr, std::move(any), has_label(element, label));
  }
  return any ? std::move(any) : bound::make_literal(Value(false));
}

ExpressionPtr StatementBinder::is_visible(const bound::Expression& element,
                                          const bound::LabelTest* known) {
  ExpressionPtr granted = within_extent(element, Privilege::kSelect);
  return joined(ast::BinaryOperator::kAnd, std::move(granted),
                passes_policies(element, PolicyCommand::kSelect, false, known));
}

/// Every element of a pattern that the clause is to find has to be one that the user sees. Those
/// conditions come first, so that no other is evaluated where they do not hold.
void StatementBinder::protect(bound::GraphPattern& pattern, Position position) {
  if (!context_.access || policy_element_ != nullptr) return;
  require(Privilege::kSelect, position);
  if (context_.access->sees_everything(context_.graph)) return;
  std::vector<ExpressionPtr> conditions;
  const auto add = [](ExpressionPtr condition, std::vector<ExpressionPtr>& out) {
    if (condition) bound::split_conjunction(std::move(condition), out);
  };
  for (const bound::PatternNode& node : pattern.nodes) {
    if (node.bound_before) continue;
    const ExpressionPtr variable = bound::make_variable(node.variable, type_of(node.variable));
    add(is_visible(*variable, node.labels.get()), conditions);
  }
  for (bound::PatternEdge& edge : pattern.edges) {
    if (edge.segment || edge.bound_before) continue;
    const VariableId id = edge.quantified ? edge.element : edge.variable;
    const ExpressionPtr variable = bound::make_variable(id, Type::of(ValueType::kEdge));
    if (!edge.quantified) {
      add(is_visible(*variable, nullptr), conditions);
      continue;
    }
    // The nodes on the way have no names: they are the ends of its edges.
    std::vector<ExpressionPtr> on_the_way;
    add(is_visible(*variable, nullptr), on_the_way);
    for (const std::string_view end : {"startNode", "endNode"}) {
      ExpressionPtr node =
          bound::make_expression(ExpressionKind::kFunction, Type::of(ValueType::kNode));
      node->function = FunctionRegistry::builtin().find_scalar(end);
      node->children.push_back(bound::clone(*variable));
      add(is_visible(*node, nullptr), on_the_way);
    }
    std::move(edge.element_conditions.begin(), edge.element_conditions.end(),
              std::back_inserter(on_the_way));
    edge.element_conditions = std::move(on_the_way);
  }
  std::move(pattern.conditions.begin(), pattern.conditions.end(), std::back_inserter(conditions));
  pattern.conditions = std::move(conditions);
}

/// Rows with an element that may not be changed go no further: as if the policy stood in a WHERE.
void StatementBinder::keep_changeable(const std::vector<const bound::Expression*>& targets,
                                      PolicyCommand command, Privilege privilege, Position position,
                                      Clauses& out) {
  if (!context_.access) return;
  require(privilege, position);
  for (const bound::Expression* target : targets) {
    const bool list = target->type.without_null().may_be(ValueType::kList);
    ExpressionPtr element;
    VariableId variable = bound::kNoVariable;
    if (list) {
      variable = new_variable("", target->type.element_type());
      element = bound::make_variable(variable, type_of(variable));
    } else {
      element = bound::clone(*target);
    }
    ExpressionPtr condition = joined(ast::BinaryOperator::kAnd, within_extent(*element, privilege),
                                     passes_policies(*element, command, false, nullptr));
    if (!condition) continue;
    if (target->type.may_be(ValueType::kPath)) {
      throw security::access_denied("where rights depend on the elements, a path cannot be deleted",
                                    position)
          .hint("delete its nodes and edges by their names");
    }
    if (list) {
      ExpressionPtr all =
          bound::make_expression(ExpressionKind::kQuantifier, Type::nullable(ValueType::kBool));
      all->quantifier = ast::QuantifierKind::kAll;
      all->variable = variable;
      all->children.push_back(bound::clone(*target));
      all->children.push_back(std::move(condition));
      condition = std::move(all);
    }
    ExpressionPtr null =
        bound::make_expression(ExpressionKind::kIsNull, Type::of(ValueType::kBool));
    null->children.push_back(bound::clone(*target));
    out.push_back(
        {bound::Filter{joined(ast::BinaryOperator::kOr, std::move(null), std::move(condition))},
         position});
  }
}

/// COLLECT { MATCH (node)-[edge]-() RETURN edge }
ExpressionPtr StatementBinder::seen_edges(const bound::Expression& node) {
  if (node.kind != ExpressionKind::kVariable || node.type.may_be(ValueType::kList)) {
    throw security::access_denied(
        "where edges may be hidden, DELETE takes nodes by the names of variables", node.position)
        .hint("FOR node IN list DETACH DELETE node");
  }
  Scope scope;
  scope.declare("node", {node.variable, false, nullptr});
  const ast::ExpressionPtr written =
      parse_condition("COLLECT { MATCH (node)-[edge]-() RETURN edge }");
  return bind_expression(*written, Place(scope));
}

/// What a new or changed element has to be like.
void StatementBinder::add_check(const bound::Expression& element, PolicyCommand command,
                                Privilege privilege, std::vector<ExpressionPtr>& out) {
  if (!context_.access) return;
  ExpressionPtr condition = passes_policies(element, command, true, nullptr);
  if (command == PolicyCommand::kUpdate) {
    // A change cannot put the element out of the sight of who makes it.
    condition = joined(ast::BinaryOperator::kAnd, std::move(condition),
                       passes_policies(element, PolicyCommand::kSelect, false, nullptr));
  }
  const security::Extent extent = context_.access->extent(privilege, context_.graph);
  if (!extent.everywhere) {
    condition = joined(ast::BinaryOperator::kAnd, only_labels(element, extent.labels),
                       std::move(condition));
  }
  if (!condition) return;
  ExpressionPtr null = bound::make_expression(ExpressionKind::kIsNull, Type::of(ValueType::kBool));
  null->children.push_back(bound::clone(element));
  out.push_back(joined(ast::BinaryOperator::kOr, std::move(null), std::move(condition)));
}

/// The element has labels, and none that is not among these: the label of an edge is one, too.
ExpressionPtr StatementBinder::only_labels(const bound::Expression& element,
                                           const std::vector<std::string>& labels) {
  const auto call = [&](std::string_view function, ExpressionPtr argument, Type type) {
    ExpressionPtr out = bound::make_expression(ExpressionKind::kFunction, std::move(type));
    out->function = FunctionRegistry::builtin().find_scalar(function);
    out->children.push_back(std::move(argument));
    return out;
  };
  const Type text = Type::of(ValueType::kString);
  const VariableId label = new_variable("", text);
  ExpressionPtr all =
      bound::make_expression(ExpressionKind::kQuantifier, Type::nullable(ValueType::kBool));
  all->quantifier = ast::QuantifierKind::kAll;
  all->variable = label;
  all->children.push_back(call("labels", bound::clone(element), Type::list_of(text)));
  all->children.push_back(
      bound::make_binary(ast::BinaryOperator::kIn, bound::make_variable(label, text),
                         bound::make_literal(Value(List(labels.begin(), labels.end())))));
  ExpressionPtr any = bound::make_binary(ast::BinaryOperator::kNotEqual,
                                         call("labels", bound::clone(element), Type::list_of(text)),
                                         bound::make_literal(Value(List())));
  return joined(ast::BinaryOperator::kAnd, std::move(any), std::move(all));
}

ExpressionPtr StatementBinder::bind_policy_test(const ast::Expression& condition,
                                                const std::string& label, const std::string& alias,
                                                const Type& type) {
  begin_query();
  const VariableId element = new_variable("", type);
  return bind_policy_condition(condition, label, alias,
                               *bound::make_variable(element, type_of(element)));
}

void check_policy_condition(const ast::Expression& condition, const std::string& label,
                            const std::string& alias, const catalog::Catalog& catalog) {
  StatementBinder(catalog, nullptr, *Routines::builtin(), {})
      .bind_policy_test(
          condition, label, alias,
          Type::of_kinds(Type::of(ValueType::kNode).kinds | Type::of(ValueType::kEdge).kinds));
}

}  // namespace geode::gql
