#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/stored_catalog.hpp"
#include "graph/bulk_load.hpp"
#include "repair/element_values.hpp"
#include "repair/pieces.hpp"

namespace geode::repair {

using catalog::EdgeLabelId;
using catalog::GraphId;
using catalog::LabelId;
using catalog::PropertyKeyId;

/// What is saved, on its way from the pieces of a damaged database into a new one.
class Output {
 public:
  Output(const Pieces& pieces, std::shared_ptr<const catalog::StoredCatalog> known,
         std::shared_ptr<storage::Environment> environment, Losses& losses);

  // In this order, each in the file of its name.
  void save_nodes();
  void save_edges();
  /// Commits; then constraints, indexes and graph types, as far as the data fits them.
  void save_definitions();

 private:
  static constexpr std::uint32_t kNotSaved = std::numeric_limits<std::uint32_t>::max();
  /// Nodes of one graph that have the same labels.
  using Kind = std::pair<GraphId, std::vector<LabelId>>;

  void make_graphs();
  GraphId graph_of(GraphId before);
  /// Property keys of `values` whose names are known.
  std::vector<PropertyKeyId> named(const ElementValues& values) const;

  void find_nodes(std::map<Kind, std::vector<std::uint32_t>>& out);
  void add_extent(std::uint32_t number, std::map<Kind, std::vector<std::uint32_t>>& out);
  /// Of nodes whose extent is lost, labels still tell.
  void add_from_labels(std::uint32_t extent, std::map<Kind, std::vector<std::uint32_t>>& out);
  void save_kind(const Kind& kind, const std::vector<std::uint32_t>& ids, ElementValues& values,
                 const std::vector<PropertyKeyId>& keys);

  void save_label(EdgeLabelId label);
  void save_index(graph::GraphTransaction& txn, const catalog::IndexDefinition& index);
  void save_constraint(graph::GraphTransaction& txn, const catalog::ConstraintDefinition& each);
  /// The numbers that labels and property keys have now. Throw Error 58X02 when their names are
  /// lost.
  LabelId new_label(graph::GraphTransaction& txn, LabelId before);
  std::vector<PropertyKeyId> new_keys(graph::GraphTransaction& txn,
                                      const std::vector<PropertyKeyId>& before);

  const Pieces& pieces_;
  const std::shared_ptr<const catalog::StoredCatalog> known_;
  const std::shared_ptr<storage::Environment> environment_;
  Losses& losses_;
  std::optional<graph::BulkLoader> loader_;
  std::map<GraphId, GraphId> graphs_;     // before -> now
  std::vector<std::uint32_t> new_nodes_;  // by the number before
  std::uint64_t nodes_done_ = 0;
};

}  // namespace geode::repair
