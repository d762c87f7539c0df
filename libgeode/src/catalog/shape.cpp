#include "catalog/shape.hpp"

#include <algorithm>

#include <geode/error.hpp>

namespace geode::catalog {

const ShapeTable::Shape& ShapeTable::shape(ShapeId id) const {
  const auto at = static_cast<std::uint32_t>(id);
  if (at >= shapes_.size()) {
    throw Error(status::kCorrupt, "no shape has the number " + std::to_string(at));
  }
  return shapes_[at];
}

std::span<const LabelId> ShapeTable::labels(ShapeId id) const { return shape(id).labels; }

GraphId ShapeTable::graph(ShapeId id) const { return shape(id).graph; }

std::optional<ShapeId> ShapeTable::find(GraphId graph, const std::vector<LabelId>& labels) const {
  const auto found = ids_.find({graph, labels});
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

ShapeId ShapeTable::add(GraphId graph, std::vector<LabelId> labels) {
  const ShapeId id{size()};
  ids_.emplace(std::pair(graph, labels), id);
  shapes_.push_back({graph, std::move(labels)});
  return id;
}

bool ShapeTable::contains(ShapeId id, LabelId label) const {
  const std::span<const LabelId> all = labels(id);
  return std::find(all.begin(), all.end(), label) != all.end();
}

}  // namespace geode::catalog
