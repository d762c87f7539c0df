#include <algorithm>

#include "gql/function/registry.hpp"
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

List name_list(const std::vector<catalog::PropertyKeyId>& keys, const catalog::Catalog& catalog) {
  List list;
  for (catalog::PropertyKeyId key : keys) list.emplace_back(catalog.property_key_name(key));
  return list;
}

std::unique_ptr<Result::Impl> table(std::vector<std::string> columns) {
  auto result = std::make_unique<Result::Impl>();
  result->columns = std::make_shared<std::vector<std::string>>(std::move(columns));
  result->has_columns = true;
  return result;
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
                  index->name.position);
    }
  } else if (const auto* constraint = std::get_if<DropConstraint>(&node)) {
    if (!graph.drop_constraint(constraint->name.text) && !constraint->if_exists) {
      throw Error(status::kInvalidReference,
                  "there is no constraint named `" + constraint->name.text + "`",
                  constraint->name.position);
    }
  } else {
    return false;
  }
  return true;
}

std::unique_ptr<Result::Impl> show(const Show& statement, graph::GraphTransaction& graph) {
  const catalog::Catalog& catalog = graph.catalog();
  switch (statement.kind) {
    case ShowKind::kIndexes: {
      auto result = table({"name", "label", "properties", "type", "unique", "constraint"});
      for (const catalog::IndexDefinition& index : catalog.indexes()) {
        result->rows.push_back({Value(index.name), Value(catalog.label_name(index.label)),
                                Value(name_list(index.keys, catalog)), Value("btree"),
                                Value(index.kind == catalog::IndexKind::kUnique),
                                index.constraint.empty() ? Value() : Value(index.constraint)});
      }
      return result;
    }
    case ShowKind::kConstraints: {
      auto result = table({"name", "element", "label", "properties", "type"});
      for (const catalog::ConstraintDefinition& constraint : catalog.constraints()) {
        std::string label = constraint.on_edges
                                ? catalog.edge_label_name(catalog::EdgeLabelId{constraint.label})
                                : catalog.label_name(catalog::LabelId{constraint.label});
        result->rows.push_back(
            {Value(constraint.name), Value(constraint.on_edges ? "EDGE" : "NODE"), Value(label),
             Value(name_list(constraint.keys, catalog)),
             Value(constraint.kind == catalog::ConstraintKind::kUnique ? "UNIQUE" : "NOT NULL")});
      }
      return result;
    }
    case ShowKind::kLabels: {
      auto result = table({"label", "nodes"});
      for (std::uint32_t id = 0; id < catalog.label_count(); ++id) {
        catalog::LabelId label{id};
        result->rows.push_back({Value(catalog.label_name(label)),
                                Value(static_cast<std::int64_t>(graph.node_count(label)))});
      }
      return result;
    }
    case ShowKind::kEdgeLabels: {
      auto result = table({"label", "edges"});
      for (std::uint32_t id = 0; id < catalog.edge_label_count(); ++id) {
        catalog::EdgeLabelId label{id};
        result->rows.push_back({Value(catalog.edge_label_name(label)),
                                Value(static_cast<std::int64_t>(graph.edge_count(label)))});
      }
      return result;
    }
    case ShowKind::kPropertyKeys: {
      auto result = table({"property"});
      for (std::uint32_t id = 0; id < catalog.property_key_count(); ++id) {
        result->rows.push_back({Value(catalog.property_key_name(catalog::PropertyKeyId{id}))});
      }
      return result;
    }
    case ShowKind::kFunctions: {
      auto result = table({"name", "kind", "signature", "description"});
      const gql::FunctionRegistry& registry = gql::FunctionRegistry::builtin();
      for (const gql::ScalarFunction* function : registry.scalars()) {
        result->rows.push_back({Value(function->name), Value("scalar"), Value(function->signature),
                                Value(function->description)});
      }
      for (const gql::AggregateFunction* function : registry.aggregates()) {
        result->rows.push_back({Value(function->name), Value("aggregate"),
                                Value(function->signature), Value(function->description)});
      }
      std::sort(result->rows.begin(), result->rows.end(),
                [](const auto& a, const auto& b) { return a[0].as_string() < b[0].as_string(); });
      return result;
    }
    case ShowKind::kGraphs: {
      auto result = table({"name"});
      result->rows.push_back({Value("home")});
      return result;
    }
    case ShowKind::kProcedures:
    case ShowKind::kTransactions:
    case ShowKind::kSettings:
      break;
  }
  throw Error(
      status::kSyntaxError,
      "SHOW knows INDEXES, CONSTRAINTS, LABELS, EDGE LABELS, PROPERTY KEYS, GRAPHS and FUNCTIONS");
}

}  // namespace geode::session
