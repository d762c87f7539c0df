#include <algorithm>
#include <utility>

#include "gql/procedure/registry.hpp"
#include "gql/procedure/routines.hpp"
#include "graph/graph_transaction.hpp"
#include "value/text.hpp"

namespace geode::gql {

namespace {

using catalog::Catalog;
using catalog::EdgeLabelId;
using catalog::LabelId;
using catalog::PropertyKeyId;
using Arguments = std::span<const Value>;

Value count(std::uint64_t number) { return Value(static_cast<std::int64_t>(number)); }

List key_names(const std::vector<PropertyKeyId>& keys, const Catalog& catalog) {
  List list;
  for (PropertyKeyId key : keys) list.emplace_back(catalog.property_key_name(key));
  return list;
}

void labels(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  const Catalog& catalog = context.graph->catalog();
  for (const LabelId label : catalog.labels(context.working_graph)) {
    rows.push_back({Value(catalog.label_name(label)), count(context.graph->node_count(label))});
  }
}

void edge_labels(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  const Catalog& catalog = context.graph->catalog();
  for (const EdgeLabelId label : catalog.edge_labels(context.working_graph)) {
    if (!catalog.is_directed(label)) continue;
    rows.push_back(
        {Value(catalog.edge_label_name(label)), count(context.graph->named_edge_count(label))});
  }
}

void relationship_types(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  const Catalog& catalog = context.graph->catalog();
  for (const EdgeLabelId label : catalog.edge_labels(context.working_graph)) {
    if (catalog.is_directed(label)) rows.push_back({Value(catalog.edge_label_name(label))});
  }
}

void property_keys(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  const Catalog& catalog = context.graph->catalog();
  for (std::uint32_t id = 0; id < catalog.property_key_count(); ++id)
    rows.push_back({Value(catalog.property_key_name(PropertyKeyId{id}))});
}

void indexes(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  const Catalog& catalog = context.graph->catalog();
  for (const catalog::IndexDefinition& index : catalog.indexes()) {
    if (index.graph != context.working_graph) continue;
    rows.push_back({Value(index.name), Value(catalog.label_name(index.label)),
                    Value(key_names(index.keys, catalog)), Value("btree"),
                    Value(index.kind == catalog::IndexKind::kUnique),
                    index.constraint.empty() ? Value() : Value(index.constraint)});
  }
}

std::string_view type_of(const catalog::ConstraintDefinition& constraint) {
  switch (constraint.kind) {
    case catalog::ConstraintKind::kUnique:
      return "UNIQUE";
    case catalog::ConstraintKind::kNotNull:
      return "NOT NULL";
    case catalog::ConstraintKind::kTyped:
      return "TYPED";
    case catalog::ConstraintKind::kCheck:
      return "CHECK";
  }
  return "";
}

/// What stands behind CREATE CONSTRAINT and its name.
std::string definition_of(const catalog::ConstraintDefinition& constraint, const std::string& label,
                          const Catalog& catalog) {
  const bool check = constraint.kind == catalog::ConstraintKind::kCheck;
  std::string variable;
  value::append_identifier(variable, check ? constraint.variable : "x");
  std::string out = (constraint.on_edges ? "FOR ()-[" : "FOR (") + variable + ':';
  value::append_identifier(out, label);
  out += constraint.on_edges ? "]-() REQUIRE " : ") REQUIRE ";
  if (check) return out + constraint.condition;
  const bool several = constraint.keys.size() > 1;
  if (several) out += '(';
  for (std::size_t i = 0; i < constraint.keys.size(); ++i) {
    out += (i > 0 ? ", " : "") + variable + '.';
    value::append_identifier(out, catalog.property_key_name(constraint.keys[i]));
  }
  if (several) out += ')';
  out += " IS " + std::string(type_of(constraint));
  if (constraint.kind == catalog::ConstraintKind::kTyped) out += ' ' + constraint.type.name();
  return out;
}

void constraints(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  const Catalog& catalog = context.graph->catalog();
  for (const catalog::ConstraintDefinition& constraint : catalog.constraints()) {
    if (constraint.graph != context.working_graph) continue;
    const std::string& label = constraint.on_edges
                                   ? catalog.edge_label_name(EdgeLabelId{constraint.label})
                                   : catalog.label_name(LabelId{constraint.label});
    rows.push_back({Value(constraint.name), Value(constraint.on_edges ? "EDGE" : "NODE"),
                    Value(label), Value(key_names(constraint.keys, catalog)),
                    Value(type_of(constraint)), Value(definition_of(constraint, label, catalog))});
  }
}

void graphs(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  for (const catalog::GraphDefinition& graph : context.graph->catalog().graphs()) {
    rows.push_back(
        {Value(graph.name), Value(graph.schema), count(context.graph->node_count(graph.id)),
         count(context.graph->edge_count(graph.id)), Value(graph.id == context.working_graph)});
  }
}

void schemas(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  for (const std::string& schema : context.graph->catalog().schemas()) {
    rows.push_back({Value(schema)});
  }
}

/// A row for each element type: `first`, then what it is like.
void add_element_types(const catalog::GraphType& type, const std::vector<Value>& first,
                       ProcedureRows& rows) {
  const auto list = [](const std::vector<std::string>& names) {
    List out;
    for (const std::string& name : names) out.emplace_back(name);
    return Value(std::move(out));
  };
  const auto add = [&](const catalog::ElementType& element, const char* kind, Value from,
                       Value to) {
    Record properties;
    for (const auto& [name, declared] : element.properties)
      properties.emplace_back(name, Value(declared.name()));
    std::vector<Value>& row = rows.emplace_back(first);
    row.insert(row.end(), {Value(kind), element.name.empty() ? Value() : Value(element.name),
                           list(element.key_labels), list(element.labels),
                           Value(std::move(properties)), std::move(from), std::move(to)});
  };
  for (const catalog::ElementType& node : type.nodes) add(node, "NODE", {}, {});
  for (const catalog::EdgeType& edge : type.edges) {
    add(edge.element, edge.directed ? "EDGE" : "UNDIRECTED EDGE", list(edge.source),
        list(edge.target));
  }
}

void graph_types(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  for (const catalog::GraphTypeDefinition& type : context.graph->catalog().graph_types()) {
    add_element_types(*type.type, {Value(type.name), Value(type.schema)}, rows);
  }
}

void element_types(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  const auto& type = context.graph->catalog().find_graph(context.working_graph)->type;
  if (type != nullptr) add_element_types(*type, {Value(type->closed)}, rows);
}

/// Which labels edges run between: of each edge label, the node labels at both ends that at least
/// one edge has, by the counts that statistics keep.
void schema_edges(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  const Catalog& catalog = context.graph->catalog();
  for (const EdgeLabelId label : catalog.edge_labels(context.working_graph)) {
    if (context.graph->edge_count(label) == 0) continue;
    const auto ends = [&](graph::Direction direction) {
      List names;
      for (const LabelId node : catalog.labels(context.working_graph)) {
        if (context.graph->edge_count(label, direction, node) > 0)
          names.emplace_back(catalog.label_name(node));
      }
      return Value(std::move(names));
    };
    rows.push_back({Value(catalog.edge_label_name(label)), ends(graph::Direction::kOut),
                    ends(graph::Direction::kIn), count(context.graph->edge_count(label))});
  }
}

void functions(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  const auto add = [&](const auto& function, const char* kind) {
    rows.push_back({Value(function.name), Value(kind), Value(function.signature),
                    Value(function.description)});
  };
  for (const ScalarFunction* function : context.routines->functions.scalars())
    add(*function, "scalar");
  for (const AggregateFunction* function : context.routines->functions.aggregates())
    add(*function, "aggregate");
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a[0].as_string() < b[0].as_string(); });
}

void procedures(Arguments, const ProcedureContext& context, ProcedureRows& rows) {
  for (const Procedure* procedure : context.routines->procedures.all()) {
    rows.push_back(
        {Value(procedure->name), Value(procedure->signature()), Value(procedure->description)});
  }
}

}  // namespace

void register_catalog_procedures(ProcedureRegistry& registry) {
  using T = ValueType;
  const auto add = [&](std::string name, std::vector<ProcedureField> columns,
                       std::string description, auto implementation) {
    registry.add({std::move(name), {}, std::move(columns), std::move(description), implementation});
  };
  add("db.labels", {field("label", T::kString), field("nodes", T::kInt64)},
      "Labels of nodes, and how many nodes have each", labels);
  add("db.edgeLabels", {field("label", T::kString), field("edges", T::kInt64)},
      "Labels of edges, and how many edges have each", edge_labels);
  add("db.relationshipTypes", {field("relationshipType", T::kString)}, "Labels of edges",
      relationship_types);
  add("db.propertyKeys", {field("property", T::kString)}, "Names of properties", property_keys);
  add("db.indexes",
      {field("name", T::kString), field("label", T::kString), field("properties", T::kList),
       field("type", T::kString), field("unique", T::kBool), field("constraint", T::kString)},
      "Indexes, and the constraint that owns each", indexes);
  add("db.constraints",
      {field("name", T::kString), field("element", T::kString), field("label", T::kString),
       field("properties", T::kList), field("type", T::kString), field("definition", T::kString)},
      "Constraints on nodes and edges", constraints);
  add("db.graphs",
      {field("name", T::kString), field("schema", T::kString), field("nodes", T::kInt64),
       field("edges", T::kInt64), field("current", T::kBool)},
      "Graphs of the database", graphs);
  const auto element_columns = [](std::vector<ProcedureField> columns) {
    for (const auto& [name, type] : {std::pair("element", T::kString),
                                     {"name", T::kString},
                                     {"keyLabels", T::kList},
                                     {"labels", T::kList},
                                     {"properties", T::kRecord},
                                     {"from", T::kList},
                                     {"to", T::kList}}) {
      columns.push_back(field(name, type));
    }
    return columns;
  };
  add("db.graphTypes",
      element_columns({field("graphType", T::kString), field("schema", T::kString)}),
      "Graph types of the catalog, a row for each element type", graph_types);
  add("db.elementTypes", element_columns({field("closed", T::kBool)}),
      "Element types of the current graph; closed: nothing else may be in it", element_types);
  add("db.schemas", {field("schema", T::kString)}, "Schemas of the catalog", schemas);
  add("db.schema.edges",
      {field("label", T::kString), field("from", T::kList), field("to", T::kList),
       field("edges", T::kInt64)},
      "Which node labels the edges of each label run between", schema_edges);
  add("dbms.functions",
      {field("name", T::kString), field("kind", T::kString), field("signature", T::kString),
       field("description", T::kString)},
      "Functions that expressions can call", functions);
  add("dbms.procedures",
      {field("name", T::kString), field("signature", T::kString), field("description", T::kString)},
      "Procedures that CALL can call", procedures);
}

}  // namespace geode::gql
