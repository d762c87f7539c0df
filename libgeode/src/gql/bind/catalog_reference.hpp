#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/catalog.hpp"
#include "gql/syntax/ast/catalog.hpp"
#include "gql/syntax/ast/expression.hpp"
#include "security/access.hpp"

namespace geode::gql {

/// What references to schemas and graphs mean where a statement stands: the characteristics of its
/// session (ISO/IEC 39075:2024, 4.7.2), and what AT and USE put in their place.
struct CatalogContext {
  std::string schema{catalog::kRootSchema};      ///< CURRENT_SCHEMA
  catalog::GraphId graph = catalog::kHomeGraph;  ///< CURRENT_GRAPH
  /// What `$g` stands for in the place of a graph.
  std::vector<std::pair<std::string, GraphReference>> graph_parameters;
  /// The rights of the user whose session it is; null: all.
  std::shared_ptr<const security::Access> access;

  friend bool operator==(const CatalogContext& a, const CatalogContext& b);
};

/// Which graph a name in scope stands for when that is known before the statement runs.
struct KnownGraph {
  bool variable = false;  ///< the name is that of a variable that may be a graph
  std::optional<catalog::GraphId> graph;
};
using KnownGraphs = std::function<KnownGraph(std::string_view name)>;

/// Schema and name that a reference spells out; whether there is such a thing is not asked. Throw
/// Error 42002 when a path leaves the root, or names no graph.
std::string schema_path(const ast::SchemaReference& reference, const CatalogContext& context);
std::pair<std::string, std::string> object_path(const ast::GraphReference& reference,
                                                const CatalogContext& context);
/// `name`, or `/schema/name` when it is not of the root.
std::string path_text(std::string_view schema, std::string_view name);

/// What CURRENT_GRAPH, HOME_GRAPH, CURRENT_SCHEMA and HOME_SCHEMA are as values; nothing for
/// another word.
std::optional<Value> catalog_value(std::string_view word, const CatalogContext& context,
                                   const catalog::Catalog& catalog);
/// The value that stands for a graph of the catalog.
Value graph_value(catalog::GraphId graph, const catalog::Catalog& catalog);
/// The graph that a reference is to, by its id or else by its path. Throws Error 42002 when it is
/// not there, or not any more.
const catalog::GraphDefinition& referenced_graph(const GraphReference& reference,
                                                 const catalog::Catalog& catalog,
                                                 Position position);
/// The value with references by path alone looked up, in lists and records too.
Value with_known_graphs(const Value& value, const catalog::Catalog& catalog);

/// Throw Error 42002, with the nearest name, when there is none.
std::string find_schema(const ast::SchemaReference& reference, const CatalogContext& context,
                        const catalog::Catalog& catalog);
/// A name alone is that of a variable before it is that of a graph; one of which it is not known
/// which graph it is throws Error 42002, too.
catalog::GraphId find_graph(const ast::GraphReference& reference, const CatalogContext& context,
                            const catalog::Catalog& catalog, const KnownGraphs& known = {});
/// The graph that an expression gives whenever the statement runs; nothing when that is not known.
std::optional<catalog::GraphId> known_graph(const ast::Expression& expression,
                                            const CatalogContext& context,
                                            const catalog::Catalog& catalog,
                                            const KnownGraphs& known);

}  // namespace geode::gql
