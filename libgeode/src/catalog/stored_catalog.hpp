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
///   11 edge-label:u32   graph u32, chunk shift of the out and of the in direction (u8 each), name
///   12 key:u32          name
///   13 shape:u32        graph u32, labels u32 each
///   14 index:u32        index definition
///   15 name             constraint definition
///   16                  u32 the next index id
class StoredCatalog final : public Catalog {
 public:
  /// Everything `txn` sees; `version` is that of its database header.
  static std::shared_ptr<const StoredCatalog> load(const storage::Transaction& txn,
                                                   std::uint64_t version);

  std::uint64_t version() const override { return version_; }
  std::optional<LabelId> find_label(std::string_view name) const override;
  std::optional<EdgeLabelId> find_edge_label(std::string_view name) const override;
  std::optional<PropertyKeyId> find_property_key(std::string_view name) const override;
  const std::string& label_name(LabelId id) const override;
  const std::string& edge_label_name(EdgeLabelId id) const override;
  const std::string& property_key_name(PropertyKeyId id) const override;
  std::uint32_t label_count() const override { return labels_.size(); }
  std::uint32_t edge_label_count() const override { return edge_labels_.size(); }
  std::uint32_t property_key_count() const override { return property_keys_.size(); }
  std::span<const LabelId> shape_labels(ShapeId id) const override { return shapes_.labels(id); }
  std::uint32_t shape_count() const override { return shapes_.size(); }
  const std::vector<IndexDefinition>& indexes() const override { return indexes_; }
  const std::vector<ConstraintDefinition>& constraints() const override { return constraints_; }

  bool shape_has(ShapeId id, LabelId label) const { return shapes_.contains(id, label); }
  /// log2 of the nodes in an adjacency chunk of this label and direction.
  std::uint32_t chunk_shift(EdgeLabelId id, bool incoming) const {
    return chunk_shifts_[static_cast<std::uint32_t>(id)][incoming ? 1 : 0];
  }

 private:
  friend class CatalogWriter;
  std::uint64_t version_ = 0;
  NameDictionary labels_, edge_labels_, property_keys_;
  std::vector<std::array<std::uint8_t, 2>> chunk_shifts_;
  ShapeTable shapes_;
  std::vector<IndexDefinition> indexes_;
  std::vector<ConstraintDefinition> constraints_;
  std::uint32_t next_index_ = 0;
};

}  // namespace geode::catalog
