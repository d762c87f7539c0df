#include <utility>

#include "base/nearest_name.hpp"
#include "gql/bind/errors.hpp"
#include "gql/bind/pattern_state.hpp"
#include "gql/bind/statement_binder.hpp"
#include "gql/bind/type_inference.hpp"

namespace geode::gql {

using bound::ExpressionKind;
using value::Type;

namespace {

using Kind = ast::LabelExpression::Kind;

bool edge_label_satisfies(const ast::LabelExpression& labels, std::string_view label) {
  switch (labels.kind) {
    case Kind::kName:
      return labels.name.text == label;
    case Kind::kWildcard:
    // Which labels it gives is known only when the statement runs.
    case Kind::kDynamic:
      return true;
    case Kind::kNot:
      return !edge_label_satisfies(*labels.left, label);
    case Kind::kAnd:
      return edge_label_satisfies(*labels.left, label) &&
             edge_label_satisfies(*labels.right, label);
    case Kind::kOr:
      return edge_label_satisfies(*labels.left, label) ||
             edge_label_satisfies(*labels.right, label);
  }
  return false;
}

void visit_names(const ast::LabelExpression& labels,
                 const std::function<void(const ast::Name&)>& visit) {
  if (labels.kind == Kind::kName) visit(labels.name);
  if (labels.left) visit_names(*labels.left, visit);
  if (labels.right) visit_names(*labels.right, visit);
}

std::string unknown_label(std::string_view what, std::string_view name,
                          const std::vector<std::string_view>& known) {
  const std::string_view nearest = base::nearest_name(name, known);
  return std::string(what) + " " + quoted(name) + " does not exist" +
         (nearest.empty() ? std::string() : " (did you mean " + quoted(nearest) + "?)");
}

std::vector<std::string_view> node_label_names(const catalog::Catalog& catalog,
                                               catalog::GraphId graph) {
  std::vector<std::string_view> names;
  for (const catalog::LabelId label : catalog.labels(graph)) {
    names.push_back(catalog.label_name(label));
  }
  return names;
}

std::vector<std::string_view> edge_label_names(const catalog::Catalog& catalog,
                                               catalog::GraphId graph) {
  std::vector<std::string_view> names;
  for (const catalog::EdgeLabelId label : catalog.edge_labels(graph)) {
    if (!catalog.is_directed(label)) continue;  // the name is there already
    names.push_back(catalog.edge_label_name(label));
  }
  return names;
}

}  // namespace

bool requires_label(const bound::LabelTest& test, std::string_view label) {
  if (test.kind == Kind::kName) return test.name == label;
  return test.kind == Kind::kAnd &&
         (requires_label(*test.left, label) || requires_label(*test.right, label));
}

std::unique_ptr<bound::LabelTest> StatementBinder::bind_labels(const ast::LabelExpression& labels,
                                                               bool nodes, bool edges) {
  auto test = std::make_unique<bound::LabelTest>();
  test->kind = labels.kind;
  if (labels.left) test->left = bind_labels(*labels.left, nodes, edges);
  if (labels.right) test->right = bind_labels(*labels.right, nodes, edges);
  if (labels.kind != Kind::kName) return test;

  test->name = labels.name.text;
  test->graph = context_.graph;
  bool found = false;
  if (nodes) {
    if (const auto id = catalog_.find_label(context_.graph, test->name)) {
      test->node_label = static_cast<std::uint32_t>(*id);
      found = true;
    }
  }
  if (edges) {
    if (const auto id = catalog_.find_edge_label(context_.graph, test->name)) {
      test->edge_label = static_cast<std::uint32_t>(*id);
      found = true;
    }
  }
  const bool complete = (!nodes || test->node_label != bound::kUnknownName) &&
                        (!edges || test->edge_label != bound::kUnknownName);
  if (!complete) program_.has_unknown_names = true;
  if (!found) {
    std::vector<std::string_view> known;
    if (nodes) known = node_label_names(catalog_, context_.graph);
    if (edges) {
      const auto more = edge_label_names(catalog_, context_.graph);
      known.insert(known.end(), more.begin(), more.end());
    }
    warn(status::kUnknownName, unknown_label(nodes ? "label" : "edge label", test->name, known),
         labels.name.position);
  }
  return test;
}

std::vector<catalog::EdgeLabelId> StatementBinder::matching_edge_labels(
    const ast::LabelExpression* labels) {
  std::vector<catalog::EdgeLabelId> result;
  for (const catalog::EdgeLabelId id : catalog_.edge_labels(context_.graph)) {
    if (!labels || edge_label_satisfies(*labels, catalog_.edge_label_name(id)))
      result.push_back(id);
  }
  if (labels) {
    visit_names(*labels, [this](const ast::Name& name) {
      if (catalog_.find_edge_label(context_.graph, name.text)) return;
      program_.has_unknown_names = true;
      warn(status::kUnknownName,
           unknown_label("edge label", name.text, edge_label_names(catalog_, context_.graph)),
           name.position);
    });
  }
  return result;
}

// ---- labels whose names are computed

bool has_dynamic_name(const ast::LabelExpression& labels) {
  return labels.kind == Kind::kDynamic || (labels.left && has_dynamic_name(*labels.left)) ||
         (labels.right && has_dynamic_name(*labels.right));
}

bound::ExpressionPtr StatementBinder::bind_label_names(const ast::Expression& names,
                                                       const Scope& scope) {
  ExpressionPtr result = bind_expression(names, Place(scope));
  if (!fits(result->type, Type::of(ValueType::kString, ValueType::kList))) {
    throw argument_type_error(
        "a label is a text or a list of texts, not " + result->type.without_null().name(),
        names.position);
  }
  return result;
}

/// `all(x IN names WHERE x IN labels(element))`, or any(..); a text is a list of one.
bound::ExpressionPtr StatementBinder::has_labels(ExpressionPtr names, bool any,
                                                 const bound::Expression& element) {
  const Position position = names->position;
  if (!names->type.only(ValueType::kList)) {
    ExpressionPtr is_list =
        bound::make_expression(ExpressionKind::kIsTyped, Type::of(ValueType::kBool), position);
    is_list->declared_type = value::DeclaredType::of(value::DeclaredType::Kind::kList);
    is_list->children.push_back(bound::clone(*names));
    ExpressionPtr one = bound::make_expression(
        ExpressionKind::kList, Type::list_of(Type::nullable(ValueType::kString)), position);
    one->children.push_back(bound::clone(*names));
    ExpressionPtr list =
        bound::make_expression(ExpressionKind::kCase, Type::nullable(ValueType::kList), position);
    list->children.push_back(std::move(is_list));
    list->children.push_back(std::move(names));
    list->children.push_back(std::move(one));
    names = std::move(list);
  }
  const VariableId each = new_variable("", Type::any());
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(bound::clone(element));
  ExpressionPtr condition = make_checked_binary(
      ast::BinaryOperator::kIn, bound::make_variable(each, Type::any(), position),
      make_function("labels", std::move(arguments), position), position);
  ExpressionPtr result = bound::make_expression(ExpressionKind::kQuantifier,
                                                Type::nullable(ValueType::kBool), position);
  result->quantifier = any ? ast::QuantifierKind::kAny : ast::QuantifierKind::kAll;
  result->variable = each;
  result->children.push_back(std::move(names));
  result->children.push_back(std::move(condition));
  return result;
}

bound::ExpressionPtr StatementBinder::bind_dynamic_labels(const ast::LabelExpression& labels,
                                                          const bound::Expression& element,
                                                          const Scope& scope) {
  const auto both = [&](ast::BinaryOperator op) {
    ExpressionPtr left = bind_dynamic_labels(*labels.left, element, scope);
    ExpressionPtr right = bind_dynamic_labels(*labels.right, element, scope);
    const Position position = element.position;
    return make_checked_binary(op, std::move(left), std::move(right), position);
  };
  switch (labels.kind) {
    case Kind::kAnd:
      return both(ast::BinaryOperator::kAnd);
    case Kind::kOr:
      return both(ast::BinaryOperator::kOr);
    case Kind::kNot:
      return make_unary(ast::UnaryOperator::kNot, bind_dynamic_labels(*labels.left, element, scope),
                        element.position);
    case Kind::kDynamic:
      return has_labels(bind_label_names(*labels.dynamic, scope), labels.any, element);
    case Kind::kName:
    case Kind::kWildcard:
      break;
  }
  ExpressionPtr test = bound::make_expression(ExpressionKind::kLabelTest,
                                              Type::nullable(ValueType::kBool), element.position);
  test->label_test = bind_labels(labels, element.type.may_be(ValueType::kNode),
                                 element.type.may_be(ValueType::kEdge));
  test->children.push_back(bound::clone(element));
  return test;
}

}  // namespace geode::gql
