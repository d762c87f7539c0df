#include "gql/bind/catalog_reference.hpp"

#include <algorithm>

#include <geode/error.hpp>
#include "gql/bind/errors.hpp"
#include "gql/syntax/keywords.hpp"
#include "value/text.hpp"

namespace geode::gql {
namespace {

[[noreturn]] void unknown(std::string_view what, const std::string& name, Position position,
                          std::string hint, std::string_view detail) {
  throw Error(status::kInvalidReference, "there is no " + std::string(what) + " " + quoted(name),
              position)
      .category("SyntaxError", std::string(detail))
      .hint(std::move(hint))
      .phase(Phase::kCompile);
}

/// As GQL writes it: the name alone of a graph of the root.
std::string full_path(const catalog::GraphDefinition& graph) {
  std::string out;
  if (graph.schema != catalog::kRootSchema) {
    for (std::size_t begin = 1; begin < graph.schema.size();) {
      const std::size_t end = std::min(graph.schema.find('/', begin), graph.schema.size());
      out += '/';
      value::append_identifier(out, std::string_view(graph.schema).substr(begin, end - begin));
      begin = end + 1;
    }
    out += '/';
  }
  value::append_identifier(out, graph.name);
  return out;
}

/// As full_path() gives it, or without quotes; a graph of the root also with a slash.
bool is_path_of(std::string_view path, const catalog::GraphDefinition& graph) {
  const bool in_root = graph.schema == catalog::kRootSchema;
  if (in_root && path.starts_with('/')) path.remove_prefix(1);
  return path == full_path(graph) || path == path_text(graph.schema, graph.name);
}

/// A reference by path alone stands somewhere in the value.
bool names_graph(const Value& value) {
  switch (value.type()) {
    case ValueType::kGraph:
      return value.as_graph().id == kNoGraph;
    case ValueType::kList:
      return std::any_of(value.as_list().begin(), value.as_list().end(), names_graph);
    case ValueType::kRecord:
      return std::any_of(value.as_record().begin(), value.as_record().end(),
                         [](const auto& field) { return names_graph(field.second); });
    default:
      return false;
  }
}

}  // namespace

std::string schema_path(const ast::SchemaReference& reference, const CatalogContext& context) {
  using Base = ast::SchemaReference::Base;
  std::string path;
  switch (reference.base) {
    case Base::kRoot:
    case Base::kHome:
      path = catalog::kRootSchema;
      break;
    case Base::kCurrent:
      path = context.schema;
      break;
    case Base::kParameter:
      unknown("schema parameter", "$$" + reference.parameter.text, reference.parameter.position,
              "write the path of the schema: /sales", "UnknownSchema");
  }
  for (std::uint32_t i = 0; i < reference.up; ++i) {
    if (path == catalog::kRootSchema) {
      throw Error(status::kInvalidReference, "there is nothing above the root of the catalog",
                  reference.position)
          .category("SyntaxError", "UnknownSchema")
          .phase(Phase::kCompile);
    }
    path.erase(std::max<std::size_t>(path.rfind('/'), 1));
  }
  for (const ast::Name& name : reference.names) {
    if (path.back() != '/') path += '/';
    path += name.text;
  }
  return path;
}

std::pair<std::string, std::string> object_path(const ast::GraphReference& reference,
                                                const CatalogContext& context) {
  if (reference.kind != ast::GraphReference::Kind::kNamed) {
    throw Error(status::kInvalidReference, "a name is wanted here", reference.position)
        .category("SyntaxError", "UnknownGraph")
        .hint("write a name, or a path such as /sales/orders")
        .phase(Phase::kCompile);
  }
  return {reference.schema ? schema_path(*reference.schema, context) : context.schema,
          reference.name.text};
}

std::string path_text(std::string_view schema, std::string_view name) {
  if (schema == catalog::kRootSchema) return std::string(name);
  return std::string(schema) + "/" + std::string(name);
}

bool operator==(const CatalogContext& a, const CatalogContext& b) {
  return a.schema == b.schema && a.graph == b.graph && a.access == b.access &&
         std::equal(a.graph_parameters.begin(), a.graph_parameters.end(),
                    b.graph_parameters.begin(), b.graph_parameters.end(),
                    [](const auto& x, const auto& y) {
                      return x.first == y.first && x.second.id == y.second.id &&
                             x.second.path == y.second.path;
                    });
}

Value graph_value(catalog::GraphId graph, const catalog::Catalog& catalog) {
  return GraphReference{full_path(*catalog.find_graph(graph)), graph};
}

std::optional<Value> catalog_value(std::string_view word, const CatalogContext& context,
                                   const catalog::Catalog& catalog) {
  const auto is = [&](std::string_view keyword) { return equals_ignoring_case(word, keyword); };
  if (is("CURRENT_SCHEMA")) return Value(context.schema);
  if (is("HOME_SCHEMA")) return Value(catalog::kRootSchema);
  if (is("CURRENT_GRAPH") || is("CURRENT_PROPERTY_GRAPH")) {
    return graph_value(context.graph, catalog);
  }
  if (is("HOME_GRAPH") || is("HOME_PROPERTY_GRAPH")) {
    return graph_value(catalog::kHomeGraph, catalog);
  }
  return std::nullopt;
}

const catalog::GraphDefinition& referenced_graph(const GraphReference& reference,
                                                 const catalog::Catalog& catalog,
                                                 Position position) {
  const bool by_path = reference.id == kNoGraph;
  for (const catalog::GraphDefinition& graph : catalog.graphs()) {
    if (by_path ? is_path_of(reference.path, graph) : graph.id == reference.id) return graph;
  }
  throw Error(status::kInvalidReference,
              by_path ? "there is no graph " + quoted(reference.path)
                      : "the graph that was " + reference.path + " is not there any more",
              position)
      .category("SyntaxError", "UnknownGraph")
      .hint("SHOW GRAPHS lists them")
      .phase(Phase::kCompile);
}

Value with_known_graphs(const Value& value, const catalog::Catalog& catalog) {
  if (!names_graph(value)) return value;
  if (value.type() == ValueType::kGraph) {
    return graph_value(referenced_graph(value.as_graph(), catalog, {}).id, catalog);
  }
  if (value.type() == ValueType::kList) {
    List list;
    for (const Value& item : value.as_list()) list.push_back(with_known_graphs(item, catalog));
    return list;
  }
  Record record;
  for (const auto& [name, field] : value.as_record()) {
    record.emplace_back(name, with_known_graphs(field, catalog));
  }
  return record;
}

std::string find_schema(const ast::SchemaReference& reference, const CatalogContext& context,
                        const catalog::Catalog& catalog) {
  std::string path = schema_path(reference, context);
  if (!catalog.has_schema(path)) {
    const std::vector<std::string_view> known(catalog.schemas().begin(), catalog.schemas().end());
    unknown("schema", path, reference.position, did_you_mean(path, known), "UnknownSchema");
  }
  return path;
}

catalog::GraphId find_graph(const ast::GraphReference& reference, const CatalogContext& context,
                            const catalog::Catalog& catalog, const KnownGraphs& known) {
  using Kind = ast::GraphReference::Kind;
  switch (reference.kind) {
    case Kind::kCurrent:
      return context.graph;
    case Kind::kHome:
      return catalog::kHomeGraph;
    case Kind::kParameter: {
      const auto& all = context.graph_parameters;
      const auto found = std::find_if(all.begin(), all.end(), [&](const auto& parameter) {
        return parameter.first == reference.name.text;
      });
      if (found != all.end()) {
        return referenced_graph(found->second, catalog, reference.position).id;
      }
      throw Error(status::kInvalidReference,
                  "no graph is given for the parameter " + quoted("$" + reference.name.text),
                  reference.position)
          .category("SyntaxError", "UnknownGraph")
          .hint("SESSION SET GRAPH $" + reference.name.text +
                " = name gives it one; a value of another type does not")
          .phase(Phase::kCompile);
    }
    case Kind::kNamed:
      break;
  }
  if (known && !reference.schema) {
    const KnownGraph variable = known(reference.name.text);
    if (variable.graph) return *variable.graph;
    if (variable.variable) {
      throw Error(status::kInvalidReference,
                  "which graph " + quoted(reference.name.text) +
                      " is, is not known before the statement runs",
                  reference.name.position)
          .category("SyntaxError", "UnknownGraph")
          .hint("GRAPH " + reference.name.text + " = name names one, and so does a parameter")
          .phase(Phase::kCompile);
    }
  }
  const auto [schema, name] = object_path(reference, context);
  if (const catalog::GraphDefinition* graph = catalog.find_graph(schema, name)) return graph->id;
  // The home graph is found by its name from everywhere.
  if (!reference.schema && name == catalog::kHomeGraphName) return catalog::kHomeGraph;
  std::vector<std::string_view> names;
  for (const catalog::GraphDefinition& graph : catalog.graphs()) {
    if (graph.schema == schema) names.push_back(graph.name);
  }
  std::string hint = did_you_mean(name, names);
  if (hint.empty()) hint = "SHOW GRAPHS lists them, CREATE GRAPH makes one";
  unknown("graph", path_text(schema, name), reference.position, std::move(hint), "UnknownGraph");
}

std::optional<catalog::GraphId> known_graph(const ast::Expression& expression,
                                            const CatalogContext& context,
                                            const catalog::Catalog& catalog,
                                            const KnownGraphs& known) {
  if (const auto* named = std::get_if<ast::GraphValue>(&expression.node)) {
    const ast::GraphReference& graph = named->graph;
    const bool bare = graph.kind == ast::GraphReference::Kind::kNamed && !graph.schema;
    if (const KnownGraph variable = bare ? known(graph.name.text) : KnownGraph();
        variable.variable) {
      return variable.graph;
    }
    return find_graph(graph, context, catalog);
  }
  if (const auto* parameter = std::get_if<ast::Parameter>(&expression.node)) {
    for (const auto& [name, graph] : context.graph_parameters) {
      if (name == parameter->name) return referenced_graph(graph, catalog, expression.position).id;
    }
    return std::nullopt;
  }
  const auto* variable = std::get_if<ast::Variable>(&expression.node);
  if (variable == nullptr) return std::nullopt;
  if (const KnownGraph found = known(variable->name); found.variable) return found.graph;
  const std::optional<Value> word = catalog_value(variable->name, context, catalog);
  if (!word || word->type() != ValueType::kGraph) return std::nullopt;
  return word->as_graph().id;
}

}  // namespace geode::gql
