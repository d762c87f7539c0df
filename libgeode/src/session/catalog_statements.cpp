#include <algorithm>
#include <type_traits>
#include <variant>

#include "gql/bind/errors.hpp"
#include "gql/exec/element_condition.hpp"
#include "gql/syntax/print.hpp"
#include "session/graph_statements.hpp"
#include "session/session_impl.hpp"

namespace geode::session {

using namespace gql::ast;

namespace {

template <class Definitions>
bool has(const Definitions& all, catalog::GraphId graph, std::string_view name) {
  return std::any_of(all.begin(), all.end(), [&](const auto& definition) {
    return definition.graph == graph && definition.name == name;
  });
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

void create_index(const CreateIndex& create, catalog::GraphId of, graph::GraphTransaction& graph) {
  std::string name =
      create.name ? create.name->text : create.label.text + joined(create.keys) + "_index";
  Position position = create.name ? create.name->position : create.label.position;
  if (has(graph.catalog().indexes(), of, name)) {
    if (create.if_not_exists) return;
    throw exists_already("index", name, position);
  }
  std::string method = create.method;
  std::transform(method.begin(), method.end(), method.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (!method.empty() && method != "btree" && method != "hash" && method != "range") {
    const bool planned = method == "fulltext" || method == "text" || method == "vector" ||
                         method == "point" || method == "spatial" || method == "lookup";
    throw Error(planned ? status::kNotSupported : status::kSyntaxError,
                planned ? method + " indexes are not in this build"
                        : "there is no index method `" + create.method + "`",
                position)
        .hint("use btree or hash");
  }
  graph.create_index(name, graph.intern_label(of, create.label.text),
                     intern_keys(create.keys, graph),
                     create.unique ? catalog::IndexKind::kUnique : catalog::IndexKind::kRange);
}

std::string_view ending(const CreateConstraint& create) {
  if (create.condition) return "_check";
  if (create.type) return "_typed";
  return create.unique ? "_unique" : "_not_null";
}

void create_constraint(const CreateConstraint& create, catalog::GraphId of,
                       graph::GraphTransaction& graph) {
  const std::string base =
      create.name ? create.name->text
                  : create.label.text + joined(create.keys) + std::string(ending(create));
  if (has(graph.catalog().constraints(), of, base)) {
    if (create.if_not_exists) return;
    throw exists_already("constraint", base,
                         create.name ? create.name->position : create.label.position);
  }
  catalog::ConstraintDefinition definition;
  definition.name = base;
  definition.graph = of;
  definition.on_edges = create.on_edge;
  definition.label =
      create.on_edge ? static_cast<std::uint32_t>(graph.intern_edge_label(of, create.label.text))
                     : static_cast<std::uint32_t>(graph.intern_label(of, create.label.text));
  definition.keys = intern_keys(create.keys, graph);
  if (create.condition) {
    definition.kind = catalog::ConstraintKind::kCheck;
    definition.condition = gql::print(*create.condition);
    definition.variable = create.variable.text;
    const auto condition = gql::exec::make_condition(*create.condition, definition.variable,
                                                     create.on_edge, graph.catalog());
    for (const std::string& name : condition->properties()) {
      definition.keys.push_back(graph.intern_property_key(name));
    }
    return graph.create_constraint(std::move(definition));
  }
  if (create.type) {
    if (!create.type->type.value_type().intersects(~value::Type::kReferenceKinds)) {
      throw Error(status::kInvalidValueType,
                  "no property is of the type " + create.type->type.name(), create.type->position);
    }
    definition.kind = catalog::ConstraintKind::kTyped;
    definition.type = create.type->type;
    return graph.create_constraint(std::move(definition));
  }
  if (create.unique) {
    if (create.on_edge) {
      throw Error(status::kSyntaxError, "a unique constraint is made on nodes; edges have none",
                  create.label.position);
    }
    definition.kind = catalog::ConstraintKind::kUnique;
    graph.create_constraint(definition);
  }
  if (create.not_null) {
    if (create.unique) definition.name += "_not_null";
    definition.kind = catalog::ConstraintKind::kNotNull;
    graph.create_constraint(definition);
  }
}

/// "did you mean" over the names of definitions.
template <class Definitions>
std::string nearest(std::string_view name, catalog::GraphId graph, const Definitions& definitions) {
  std::vector<std::string_view> names;
  for (const auto& definition : definitions) {
    if (definition.graph == graph) names.push_back(definition.name);
  }
  return gql::did_you_mean(name, names);
}

}  // namespace

bool is_catalog_change(const StatementNode& node) {
  return std::visit(
      []<class Node>(const Node&) {
        return std::is_same_v<Node, CreateIndex> || std::is_same_v<Node, DropIndex> ||
               std::is_same_v<Node, CreateConstraint> || std::is_same_v<Node, DropConstraint> ||
               is_graph_statement<Node>;
      },
      node);
}

void run_catalog_statement(const StatementNode& node, graph::GraphTransaction& graph,
                           const gql::CatalogContext& context) {
  const catalog::GraphId of = context.graph;
  if (const auto* index = std::get_if<CreateIndex>(&node)) {
    create_index(*index, of, graph);
  } else if (const auto* constraint = std::get_if<CreateConstraint>(&node)) {
    create_constraint(*constraint, of, graph);
  } else if (const auto* index = std::get_if<DropIndex>(&node)) {
    if (!graph.drop_index(of, index->name.text) && !index->if_exists) {
      throw Error(status::kInvalidReference, "there is no index named `" + index->name.text + "`",
                  index->name.position)
          .hint(nearest(index->name.text, of, graph.catalog().indexes()));
    }
  } else if (const auto* constraint = std::get_if<DropConstraint>(&node)) {
    if (!graph.drop_constraint(of, constraint->name.text) && !constraint->if_exists) {
      throw Error(status::kInvalidReference,
                  "there is no constraint named `" + constraint->name.text + "`",
                  constraint->name.position)
          .hint(nearest(constraint->name.text, of, graph.catalog().constraints()));
    }
  } else {
    run_graph_statement(node, graph, context);
  }
}

}  // namespace geode::session
