#include "catalog/catalog.hpp"

#include <algorithm>

namespace geode::catalog {

const GraphDefinition* Catalog::find_graph(std::string_view schema, std::string_view name) const {
  const auto found = std::find_if(
      graphs().begin(), graphs().end(),
      [&](const GraphDefinition& graph) { return graph.schema == schema && graph.name == name; });
  return found == graphs().end() ? nullptr : &*found;
}

const GraphDefinition* Catalog::find_graph(GraphId id) const {
  const auto found = std::find_if(graphs().begin(), graphs().end(),
                                  [&](const GraphDefinition& graph) { return graph.id == id; });
  return found == graphs().end() ? nullptr : &*found;
}

const GraphTypeDefinition* Catalog::find_graph_type(std::string_view schema,
                                                    std::string_view name) const {
  const auto found = std::find_if(
      graph_types().begin(), graph_types().end(),
      [&](const GraphTypeDefinition& type) { return type.schema == schema && type.name == name; });
  return found == graph_types().end() ? nullptr : &*found;
}

bool Catalog::has_schema(std::string_view path) const {
  return std::binary_search(schemas().begin(), schemas().end(), path);
}

}  // namespace geode::catalog
