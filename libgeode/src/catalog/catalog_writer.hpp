#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "catalog/stored_catalog.hpp"

namespace geode::catalog {

/// Changes the catalog within a write transaction: each change goes to the table at once and to a
/// copy of the catalog made on the first change. What shared() handed out before stays as it was,
/// so a savepoint keeps that.
class CatalogWriter {
 public:
  CatalogWriter(storage::WriteTransaction& txn, std::shared_ptr<const StoredCatalog> catalog)
      : txn_(txn), catalog_(std::move(catalog)) {}

  const StoredCatalog& catalog() const { return *catalog_; }
  std::shared_ptr<const StoredCatalog> shared() const { return catalog_; }
  /// Back to a catalog that shared() gave; the tables are rolled back by the caller.
  void restore(std::shared_ptr<const StoredCatalog> catalog) { catalog_ = std::move(catalog); }

  LabelId intern_label(GraphId graph, std::string_view name);
  /// A new edge label gets chunks of 2^shift nodes in each direction.
  EdgeLabelId intern_edge_label(GraphId graph, std::string_view name, std::uint32_t out_shift,
                                std::uint32_t in_shift);
  /// Of edges that have no direction, for a name that directed ones have.
  EdgeLabelId intern_undirected_label(EdgeLabelId directed, std::uint32_t shift);
  /// Only for a label that has no edges.
  void set_chunk_shift(EdgeLabelId id, std::uint32_t out_shift, std::uint32_t in_shift);
  PropertyKeyId intern_property_key(std::string_view name);
  /// `labels` sorted, without duplicates.
  ShapeId intern_shape(GraphId graph, const std::vector<LabelId>& labels);
  /// The schema exists, and no graph there has the name.
  GraphId add_graph(std::string_view schema, std::string_view name);
  /// With its names and constraints, and the definitions of its indexes.
  void remove_graph(GraphId id);
  /// Null: anything may be in the graph.
  void set_graph_type(GraphId id, std::shared_ptr<const GraphType> type);
  /// Replaces one of the same name.
  void put_graph_type(GraphTypeDefinition definition);
  void remove_graph_type(std::string_view schema, std::string_view name);
  void add_schema(std::string_view path);
  void remove_schema(std::string_view path);
  /// Gives the definition its id.
  const IndexDefinition& add_index(IndexDefinition definition);
  void remove_index(IndexId id);
  void add_constraint(ConstraintDefinition definition);
  void remove_constraint(GraphId graph, std::string_view name);
  /// Users, roles, grants, policies (security.hpp). Replaces an entry of the same key.
  void put_security(const SecurityEntry& entry);
  void remove_security(const std::string& key);

 private:
  /// The catalog to change: a copy that nobody else holds, of the next version.
  StoredCatalog& change();
  void put(const std::string& key, std::string_view value);
  void erase(const std::string& key);
  void check_edge_label_count() const;
  void put_edge_label(const StoredCatalog& catalog, EdgeLabelId id);
  void put_counters(const StoredCatalog& catalog);
  void remove_rights_on(GraphId id);

  storage::WriteTransaction& txn_;
  std::shared_ptr<const StoredCatalog> catalog_;
};

}  // namespace geode::catalog
