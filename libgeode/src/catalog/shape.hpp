#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "catalog/catalog.hpp"

namespace geode::catalog {

/// The sets of labels that nodes have had, each interned once as a sorted list.
class ShapeTable {
 public:
  std::uint32_t size() const { return static_cast<std::uint32_t>(shapes_.size()); }
  /// Throws Error 58X02 when there is no such shape: extents name shapes, so the file is damaged.
  std::span<const LabelId> labels(ShapeId id) const;
  /// `labels` sorted, without duplicates.
  std::optional<ShapeId> find(const std::vector<LabelId>& labels) const;
  ShapeId add(std::vector<LabelId> labels);
  bool contains(ShapeId id, LabelId label) const;

 private:
  std::vector<std::vector<LabelId>> shapes_;
  std::map<std::vector<LabelId>, ShapeId> ids_;
};

}  // namespace geode::catalog
