#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <geode/ids.hpp>
#include "graph/graph_transaction.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {

/// Rows of a column chunk, and ids of an extent.
inline constexpr std::uint32_t kExtentBits = 12;
inline constexpr std::uint32_t kExtentRows = 1u << kExtentBits;
/// Ids that one bitmap container stands for.
inline constexpr std::uint32_t kContainerBits = 16;

/// What a column, a partial row or a statistic belongs to.
enum class ElementKind : std::uint8_t { kNode = 0, kEdge = 1 };

/// The column of an edge label that holds the source node of each edge, so that an edge is found by
/// its number. Every edge has an entry; an edge number without one is of no edge.
inline constexpr PropertyKeyId kSourceColumn{0xffffffffu};

/// Every key of the tables kBase, kHot and kLog. Integers are big-endian, so that keys
/// sort by number.
///
/// kBase
///   10 dir:u8 label:u32 chunk:u32 seg:u32    adjacency chunk (seg 0) or hub segment (seg >= 1)
///   11 dir label chunk node:u32              hub directory of one node
///   20 kind:u8 label:u32 key:u32 chunk:u32   column chunk (label is 0 for nodes)
///   22 kind label key id:u64                 long value that does not stand in its column chunk
///   30 label:u32 hi:u32                      bitmap container of a node label
///   31 extent:u32                            extent record
///   32 hi:u32                                bitmap container of live nodes
///   33 kind label chunk                      u32[] of the property keys with a column chunk at
///   `chunk`
/// kHot
///   01 dir label                             edge statistics of one label and direction
///   02 kind label key                        property statistics
///   03 00                                    header of the database (graph/header.hpp)
///   03 01 shape:u32                          where nodes of a shape are allocated
///   03 02 graph:u32                          counts of one graph (GraphStatistics)
///   03 03                                    timelines of the change log (graph/log/timeline.hpp)
///   04 dir edge-label:u32 label:u32          u64 edges of that label that leave (reach) nodes with
///                                            the label
///   05 label:u32                             u64 live nodes with the label
///   06 kind label chunk                      u32 partial rows at `chunk`
///   07 dir label                             degrees of one label and direction
///   10 dir label chunk                       adjacency delta
///   20 kind label id:u64                     partial row
/// kLog
///   lsn:u64 part:u32                         part of a record of the change log
///                                            (graph/log/log_record.hpp)
class Key {
 public:
  Key() = default;
  operator storage::ByteView() const {
    return {bytes_.data(), size_};
  }  // NOLINT: a key is its bytes
  storage::ByteView view() const { return {bytes_.data(), size_}; }

  Key& u8(std::uint8_t value) { return add(value); }
  Key& u32(std::uint32_t value) { return add(value); }
  Key& u64(std::uint64_t value) { return add(value); }

 private:
  template <class T>
  Key& add(T value) {
    if constexpr (sizeof(T) == 4) value = __builtin_bswap32(value);
    if constexpr (sizeof(T) == 8) value = __builtin_bswap64(value);
    std::memcpy(bytes_.data() + size_, &value, sizeof(T));
    size_ += sizeof(T);
    return *this;
  }
  static_assert(std::endian::native == std::endian::little, "values are stored little-endian");
  std::array<std::byte, 24> bytes_;
  std::size_t size_ = 0;
};

namespace keys {

inline std::uint8_t code(Direction direction) { return static_cast<std::uint8_t>(direction); }
inline std::uint8_t code(ElementKind kind) { return static_cast<std::uint8_t>(kind); }
template <class Id>
std::uint32_t number(Id id) {
  return static_cast<std::uint32_t>(id);
}

// ---- kBase
inline Key adjacency_prefix(Direction direction, EdgeLabelId label) {
  return Key().u8(0x10).u8(code(direction)).u32(number(label));
}
inline Key adjacency_chunk(Direction direction, EdgeLabelId label, std::uint32_t chunk) {
  return adjacency_prefix(direction, label).u32(chunk).u32(0);
}
inline Key hub_segment(Direction direction, EdgeLabelId label, std::uint32_t chunk,
                       std::uint32_t segment) {
  return adjacency_prefix(direction, label).u32(chunk).u32(segment);
}
inline Key hub_directory(Direction direction, EdgeLabelId label, std::uint32_t chunk,
                         std::uint32_t node) {
  return Key().u8(0x11).u8(code(direction)).u32(number(label)).u32(chunk).u32(node);
}
inline Key column_prefix(ElementKind kind, std::uint32_t label, PropertyKeyId key) {
  return Key().u8(0x20).u8(code(kind)).u32(label).u32(number(key));
}
inline Key column_chunk(ElementKind kind, std::uint32_t label, PropertyKeyId key,
                        std::uint32_t chunk) {
  return column_prefix(kind, label, key).u32(chunk);
}
inline Key long_value(ElementKind kind, std::uint32_t label, PropertyKeyId key, std::uint64_t id) {
  return Key().u8(0x22).u8(code(kind)).u32(label).u32(number(key)).u64(id);
}
inline Key label_prefix(LabelId label) { return Key().u8(0x30).u32(number(label)); }
inline Key label_container(LabelId label, std::uint32_t high) {
  return label_prefix(label).u32(high);
}
inline Key extent(std::uint32_t extent) { return Key().u8(0x31).u32(extent); }
inline Key live_prefix() { return Key().u8(0x32); }
inline Key live_container(std::uint32_t high) { return live_prefix().u32(high); }
inline Key chunk_keys(ElementKind kind, std::uint32_t label, std::uint32_t chunk) {
  return Key().u8(0x33).u8(code(kind)).u32(label).u32(chunk);
}

// ---- kHot
inline Key edge_statistics(Direction direction, EdgeLabelId label) {
  return Key().u8(0x01).u8(code(direction)).u32(number(label));
}
inline Key property_statistics(ElementKind kind, std::uint32_t label, PropertyKeyId key) {
  return Key().u8(0x02).u8(code(kind)).u32(label).u32(number(key));
}
inline Key header() { return Key().u8(0x03).u8(0x00); }
inline Key allocation(ShapeId shape) { return Key().u8(0x03).u8(0x01).u32(number(shape)); }
inline Key graph_statistics(catalog::GraphId graph) {
  return Key().u8(0x03).u8(0x02).u32(number(graph));
}
inline Key timelines() { return Key().u8(0x03).u8(0x03); }
inline Key label_pair_count(Direction direction, EdgeLabelId edge_label, LabelId label) {
  return Key().u8(0x04).u8(code(direction)).u32(number(edge_label)).u32(number(label));
}
inline Key label_count(LabelId label) { return Key().u8(0x05).u32(number(label)); }
inline Key row_count(ElementKind kind, std::uint32_t label, std::uint32_t chunk) {
  return Key().u8(0x06).u8(code(kind)).u32(label).u32(chunk);
}
inline Key degree_histogram(Direction direction, EdgeLabelId label) {
  return Key().u8(0x07).u8(code(direction)).u32(number(label));
}
inline Key adjacency_delta(Direction direction, EdgeLabelId label, std::uint32_t chunk) {
  return Key().u8(0x10).u8(code(direction)).u32(number(label)).u32(chunk);
}
inline Key row_prefix(ElementKind kind, std::uint32_t label) {
  return Key().u8(0x20).u8(code(kind)).u32(label);
}
inline Key row(ElementKind kind, std::uint32_t label, std::uint64_t id) {
  return row_prefix(kind, label).u64(id);
}

// ---- kLog
inline Key log_part(std::uint64_t lsn, std::uint32_t part) { return Key().u64(lsn).u32(part); }

/// The big-endian number at byte `offset` of a key.
inline std::uint32_t u32_at(storage::ByteView key, std::size_t offset) {
  std::uint32_t value;
  std::memcpy(&value, key.data() + offset, 4);
  return __builtin_bswap32(value);
}
inline std::uint64_t u64_at(storage::ByteView key, std::size_t offset) {
  std::uint64_t value;
  std::memcpy(&value, key.data() + offset, 8);
  return __builtin_bswap64(value);
}

}  // namespace keys

}  // namespace geode::graph
