#include <algorithm>

#include "gql/bind/errors.hpp"
#include "session/session_impl.hpp"

namespace geode::session {

using namespace gql::ast;

namespace {

bool has_index(const graph::GraphTransaction& graph, std::string_view name) {
  const auto& indexes = graph.catalog().indexes();
  return std::any_of(indexes.begin(), indexes.end(),
                     [&](const auto& index) { return index.name == name; });
}

bool has_constraint(const graph::GraphTransaction& graph, std::string_view name) {
  const auto& constraints = graph.catalog().constraints();
  return std::any_of(constraints.begin(), constraints.end(),
                     [&](const auto& constraint) { return constraint.name == name; });
}

std::vector<catalog::PropertyKeyId> intern_keys(const std::vector<Name>& keys,
                                                graph::GraphTransaction& graph) {
  std::vector<catalog::PropertyKeyId> ids;
  for (const Name& key : keys) ids.push_back(graph.intern_property_key(key.text));
  return ids;
}

std::string joined(const std::vector<Name>& names) {
  std::string text;
  for (const Name& name : names) text += "_" + name.text;
  return text;
}

Error exists_already(const char* what, const std::string& name, Position position) {
  return Error(status::kDuplicateObject,
               std::string("there is a ") + what + " named `" + name + "` already", position)
      .hint("IF NOT EXISTS makes this a no-op");
}

void create_index(const CreateIndex& create, graph::GraphTransaction& graph) {
  std::string name =
      create.name ? create.name->text : create.label.text + joined(create.keys) + "_index";
  Position position = create.name ? create.name->position : create.label.position;
  if (has_index(graph, name)) {
    if (create.if_not_exists) return;
    throw exists_already("index", name, position);
  }
  std::string method = create.method;
  std::transform(method.begin(), method.end(), method.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (!method.empty() && method != "btree" && method != "hash" && method != "range") {
    throw Error(status::kSyntaxError, "there is no index method `" + create.method + "`", position)
        .hint("use btree or hash");
  }
  graph.create_index(name, graph.intern_label(create.label.text), intern_keys(create.keys, graph),
                     create.unique ? catalog::IndexKind::kUnique : catalog::IndexKind::kRange);
}

void create_constraint(const CreateConstraint& create, graph::GraphTransaction& graph) {
  std::string base = create.name ? create.name->text
                                 : create.label.text + joined(create.keys) +
                                       (create.unique ? "_unique" : "_not_null");
  if (has_constraint(graph, base)) {
    if (create.if_not_exists) return;
    throw exists_already("constraint", base,
                         create.name ? create.name->position : create.label.position);
  }
  catalog::ConstraintDefinition definition;
  definition.graph = catalog::kHomeGraph;
  definition.on_edges = create.on_edge;
  definition.label = create.on_edge
                         ? static_cast<std::uint32_t>(graph.intern_edge_label(create.label.text))
                         : static_cast<std::uint32_t>(graph.intern_label(create.label.text));
  definition.keys = intern_keys(create.keys, graph);
  if (create.unique) {
    if (create.on_edge) {
      throw Error(status::kSyntaxError, "a unique constraint is made on nodes; edges have none",
                  create.label.position);
    }
    definition.name = base;
    definition.kind = catalog::ConstraintKind::kUnique;
    graph.create_constraint(definition);
  }
  if (create.not_null) {
    definition.name = create.unique ? base + "_not_null" : base;
    definition.kind = catalog::ConstraintKind::kNotNull;
    graph.create_constraint(definition);
  }
}

/// "did you mean" over the names of definitions.
template <class Definitions>
std::string nearest(std::string_view name, const Definitions& definitions) {
  std::vector<std::string_view> names;
  for (const auto& definition : definitions) names.push_back(definition.name);
  return gql::did_you_mean(name, names);
}

}  // namespace

bool is_catalog_change(const StatementNode& node) {
  return std::holds_alternative<CreateIndex>(node) || std::holds_alternative<DropIndex>(node) ||
         std::holds_alternative<CreateConstraint>(node) ||
         std::holds_alternative<DropConstraint>(node);
}

bool run_catalog_statement(const StatementNode& node, graph::GraphTransaction& graph) {
  if (const auto* index = std::get_if<CreateIndex>(&node)) {
    create_index(*index, graph);
  } else if (const auto* constraint = std::get_if<CreateConstraint>(&node)) {
    create_constraint(*constraint, graph);
  } else if (const auto* index = std::get_if<DropIndex>(&node)) {
    if (!graph.drop_index(index->name.text) && !index->if_exists) {
      throw Error(status::kInvalidReference, "there is no index named `" + index->name.text + "`",
                  index->name.position)
          .hint(nearest(index->name.text, graph.catalog().indexes()));
    }
  } else if (const auto* constraint = std::get_if<DropConstraint>(&node)) {
    if (!graph.drop_constraint(constraint->name.text) && !constraint->if_exists) {
      throw Error(status::kInvalidReference,
                  "there is no constraint named `" + constraint->name.text + "`",
                  constraint->name.position)
          .hint(nearest(constraint->name.text, graph.catalog().constraints()));
    }
  } else {
    return false;
  }
  return true;
}

}  // namespace geode::session
