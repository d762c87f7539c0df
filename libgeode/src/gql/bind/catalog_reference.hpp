#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/catalog.hpp"
#include "gql/syntax/ast/catalog.hpp"

namespace geode::gql {

/// What references to schemas and graphs mean where a statement stands: the characteristics of its
/// session (ISO/IEC 39075:2024, 4.7.2), and what AT and USE put in their place.
struct CatalogContext {
  std::string schema{catalog::kRootSchema};      ///< CURRENT_SCHEMA
  catalog::GraphId graph = catalog::kHomeGraph;  ///< CURRENT_GRAPH
  /// What `$g` stands for in the place of a graph.
  std::vector<std::pair<std::string, catalog::GraphId>> graph_parameters;

  friend bool operator==(const CatalogContext&, const CatalogContext&) = default;
};

/// Schema and name that a reference spells out; whether there is such a thing is not asked. Throw
/// Error 42002 when a path leaves the root, or names no graph.
std::string schema_path(const ast::SchemaReference& reference, const CatalogContext& context);
std::pair<std::string, std::string> object_path(const ast::GraphReference& reference,
                                                const CatalogContext& context);
/// `name`, or `/schema/name` when it is not of the root.
std::string path_text(std::string_view schema, std::string_view name);

/// What CURRENT_GRAPH, HOME_GRAPH, CURRENT_SCHEMA and HOME_SCHEMA are as values; nothing for
/// another word.
std::optional<std::string> catalog_name(std::string_view word, const CatalogContext& context,
                                        const catalog::Catalog& catalog);

/// Throw Error 42002, with the nearest name, when there is none.
std::string find_schema(const ast::SchemaReference& reference, const CatalogContext& context,
                        const catalog::Catalog& catalog);
catalog::GraphId find_graph(const ast::GraphReference& reference, const CatalogContext& context,
                            const catalog::Catalog& catalog);

}  // namespace geode::gql
