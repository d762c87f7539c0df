#pragma once

#include <array>
#include <memory>
#include <vector>

#include "catalog/catalog.hpp"
#include "catalog/name_dictionary.hpp"
#include "catalog/shape.hpp"
#include "storage/transaction.hpp"

namespace geode::catalog {

/// The catalog as the table kCatalog holds it. Keys begin with a byte that tells the kind, numbers
/// are big-endian:
///   10 label:u32        graph u32, name
///   11 edge-label:u32   graph u32, chunk shift of the out and of the in direction (u8 each), name;
///                       the first shift has kUndirectedFlag when the edges have no direction.
///                       Their number is then above that of the directed edges with the same name
///   12 key:u32          name
///   13 shape:u32        graph u32, labels u32 each
///   14 index:u32        index definition
///   15 graph:u32 name   constraint definition
///   16                  u32 the next index id, u32 the next graph id
///   17 graph:u32        graph definition; the home graph has one when it has a type
///   18 path             a schema; the root has no entry
///   19 schema 00 name   graph type definition
///   1a, 1b, 1c          users, roles, policies (security.hpp)
class StoredCatalog final : public Catalog {
 public:
  /// Everything `txn` sees; `version` is that of its database header.
  static std::shared_ptr<const StoredCatalog> load(const storage::Transaction& txn,
                                                   std::uint64_t version);

  std::uint64_t version() const override { return version_; }
  std::optional<LabelId> find_label(GraphId graph, std::string_view name) const override {
    return labels_.find(graph, name);
  }
  std::optional<EdgeLabelId> find_edge_label(GraphId graph, std::string_view name) const override {
    return edge_labels_.find(graph, name);
  }
  std::optional<PropertyKeyId> find_property_key(std::string_view name) const override {
    return property_keys_.find(kHomeGraph, name);
  }
  const std::string& label_name(LabelId id) const override { return labels_.name(id); }
  const std::string& edge_label_name(EdgeLabelId id) const override {
    return edge_labels_.name(id);
  }
  const std::string& property_key_name(PropertyKeyId id) const override {
    return property_keys_.name(id);
  }
  std::span<const LabelId> labels(GraphId graph) const override { return labels_.of_graph(graph); }
  std::span<const EdgeLabelId> edge_labels(GraphId graph) const override {
    return edge_labels_.of_graph(graph);
  }
  GraphId graph_of(LabelId id) const override { return labels_.graph(id); }
  GraphId graph_of(EdgeLabelId id) const override { return edge_labels_.graph(id); }
  EdgeLabelId directed_label(EdgeLabelId id) const override { return entry(id).directed; }
  std::optional<EdgeLabelId> undirected_label(EdgeLabelId directed) const override {
    return entry(directed).undirected;
  }
  const std::vector<GraphDefinition>& graphs() const override { return graphs_; }
  const std::vector<std::string>& schemas() const override { return schemas_; }
  const std::vector<GraphTypeDefinition>& graph_types() const override { return graph_types_; }
  std::uint32_t label_count() const override { return labels_.size(); }
  std::uint32_t edge_label_count() const override { return edge_labels_.size(); }
  std::uint32_t property_key_count() const override { return property_keys_.size(); }
  std::span<const LabelId> shape_labels(ShapeId id) const override { return shapes_.labels(id); }
  std::uint32_t shape_count() const override { return shapes_.size(); }
  const std::vector<IndexDefinition>& indexes() const override { return indexes_; }
  const std::vector<ConstraintDefinition>& constraints() const override { return constraints_; }
  const std::shared_ptr<const Security>& security() const override { return security_; }

  GraphId graph_of(ShapeId id) const { return shapes_.graph(id); }
  bool shape_has(ShapeId id, LabelId label) const { return shapes_.contains(id, label); }
  /// log2 of the nodes in an adjacency chunk of this label and direction.
  std::uint32_t chunk_shift(EdgeLabelId id, bool incoming) const {
    return entry(id).chunk_shifts[incoming ? 1 : 0];
  }

 private:
  friend class CatalogWriter;
  struct EdgeLabelEntry {
    std::array<std::uint8_t, 2> chunk_shifts{};
    EdgeLabelId directed{};
    std::optional<EdgeLabelId> undirected;
  };
  static constexpr std::uint8_t kUndirectedFlag = 0x80;

  const EdgeLabelEntry& entry(EdgeLabelId id) const {
    return edge_label_entries_[static_cast<std::uint32_t>(id)];
  }
  EdgeLabelId add_edge_label(GraphId graph, std::string_view name, bool directed,
                             std::array<std::uint8_t, 2> chunk_shifts);
  /// Adds a graph, or replaces the definition of one.
  void put_graph(GraphDefinition definition);
  void sort_definitions();

  std::uint64_t version_ = 0;
  NameDictionary<LabelId> labels_;
  NameDictionary<EdgeLabelId> edge_labels_;
  NameDictionary<PropertyKeyId> property_keys_;  // all of the home graph
  std::vector<EdgeLabelEntry> edge_label_entries_;
  ShapeTable shapes_;
  std::vector<IndexDefinition> indexes_;
  std::vector<ConstraintDefinition> constraints_;
  std::vector<GraphDefinition> graphs_{
      {kHomeGraph, std::string(kRootSchema), std::string(kHomeGraphName), nullptr}};
  std::vector<GraphTypeDefinition> graph_types_;
  std::vector<std::string> schemas_{std::string(kRootSchema)};
  std::shared_ptr<const Security> security_ = std::make_shared<Security>();
  std::uint32_t next_index_ = 0;
  std::uint32_t next_graph_ = 1;
};

}  // namespace geode::catalog
