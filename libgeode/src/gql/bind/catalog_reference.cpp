#include "gql/bind/catalog_reference.hpp"

#include <algorithm>

#include <geode/error.hpp>
#include "gql/bind/errors.hpp"
#include "gql/syntax/keywords.hpp"

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

std::optional<std::string> catalog_name(std::string_view word, const CatalogContext& context,
                                        const catalog::Catalog& catalog) {
  const auto is = [&](std::string_view keyword) { return equals_ignoring_case(word, keyword); };
  if (is("CURRENT_SCHEMA")) return context.schema;
  if (is("HOME_SCHEMA")) return std::string(catalog::kRootSchema);
  const bool current = is("CURRENT_GRAPH") || is("CURRENT_PROPERTY_GRAPH");
  if (!current && !is("HOME_GRAPH") && !is("HOME_PROPERTY_GRAPH")) return std::nullopt;
  const auto* graph = catalog.find_graph(current ? context.graph : catalog::kHomeGraph);
  return path_text(graph->schema, graph->name);
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
                            const catalog::Catalog& catalog) {
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
      if (found != all.end()) return found->second;
      unknown("graph parameter", "$" + reference.name.text, reference.position,
              "SESSION SET GRAPH $" + reference.name.text + " = name gives it one", "UnknownGraph");
    }
    case Kind::kNamed:
      break;
  }
  const auto [schema, name] = object_path(reference, context);
  if (const catalog::GraphDefinition* graph = catalog.find_graph(schema, name)) return graph->id;
  // The home graph is found by its name from everywhere.
  if (!reference.schema && name == catalog::kHomeGraphName) return catalog::kHomeGraph;
  std::vector<std::string_view> known;
  for (const catalog::GraphDefinition& graph : catalog.graphs()) {
    if (graph.schema == schema) known.push_back(graph.name);
  }
  std::string hint = did_you_mean(name, known);
  if (hint.empty()) hint = "SHOW GRAPHS lists them, CREATE GRAPH makes one";
  unknown("graph", path_text(schema, name), reference.position, std::move(hint), "UnknownGraph");
}

}  // namespace geode::gql
