#pragma once

#include <cstdint>

namespace geode {
inline namespace v1 {

/// A node of a database: dense, never reused while a snapshot may still see it. 0 is a valid id.
enum class NodeId : std::uint64_t {};

/// An edge of a database: the id of its label in the upper 20 bits, its dense number among the
/// edges of that label in the lower 44 bits.
enum class EdgeId : std::uint64_t {};

/// A graph of a database's catalog; never used again for another one. 0 is the home graph.
enum class GraphId : std::uint32_t {};
inline constexpr GraphId kNoGraph{0xffffffffu};

inline constexpr int kEdgeNumberBits = 44;

constexpr std::uint64_t raw(NodeId id) { return static_cast<std::uint64_t>(id); }
constexpr std::uint64_t raw(EdgeId id) { return static_cast<std::uint64_t>(id); }
constexpr std::uint32_t edge_label_of(EdgeId id) {
  return static_cast<std::uint32_t>(raw(id) >> kEdgeNumberBits);
}
constexpr std::uint64_t edge_number_of(EdgeId id) {
  return raw(id) & ((std::uint64_t{1} << kEdgeNumberBits) - 1);
}
constexpr EdgeId make_edge_id(std::uint32_t label, std::uint64_t number) {
  return static_cast<EdgeId>((std::uint64_t{label} << kEdgeNumberBits) | number);
}

}  // namespace v1
}  // namespace geode
