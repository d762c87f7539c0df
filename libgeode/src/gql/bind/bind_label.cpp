#include "base/nearest_name.hpp"
#include "gql/bind/errors.hpp"
#include "gql/bind/statement_binder.hpp"

namespace geode::gql {

namespace {

using Kind = ast::LabelExpression::Kind;

bool edge_label_satisfies(const ast::LabelExpression& labels, std::string_view label) {
  switch (labels.kind) {
    case Kind::kName:
      return labels.name.text == label;
    case Kind::kWildcard:
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
    names.push_back(catalog.edge_label_name(label));
  }
  return names;
}

}  // namespace

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

}  // namespace geode::gql
