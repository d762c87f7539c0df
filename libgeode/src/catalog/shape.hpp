#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "catalog/catalog.hpp"

namespace geode::catalog {

/// The sets of labels that nodes of a graph have had, each interned once as a sorted list.
class ShapeTable {
 public:
  std::uint32_t size() const { return static_cast<std::uint32_t>(shapes_.size()); }
  /// Throws Error 58X02 when there is no such shape: extents name shapes, so the file is damaged.
  std::span<const LabelId> labels(ShapeId id) const;
  /// The graph whose nodes have this shape.
  GraphId graph(ShapeId id) const;
  /// `labels` sorted, without duplicates.
  std::optional<ShapeId> find(GraphId graph, const std::vector<LabelId>& labels) const;
  ShapeId add(GraphId graph, std::vector<LabelId> labels);
  bool contains(ShapeId id, LabelId label) const;

 private:
  struct Shape {
    GraphId graph;
    std::vector<LabelId> labels;
  };
  const Shape& shape(ShapeId id) const;

  std::vector<Shape> shapes_;
  std::map<std::pair<GraphId, std::vector<LabelId>>, ShapeId> ids_;
};

}  // namespace geode::catalog
