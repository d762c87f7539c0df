#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "storage/transaction.hpp"

namespace geode::graph {

/// A small change of a chunk: an edge more, an edge less, or every edge of a node of the base gone.
struct DeltaEntry {
  enum Operation : std::uint8_t { kAdd = 0, kDelete = 1, kDropNode = 2 };
  std::uint16_t local = 0;
  std::uint8_t operation = kAdd;
  std::uint8_t reserved = 0;
  std::uint32_t neighbour = 0;
  std::uint32_t edge = 0;
  std::uint32_t lsn = 0;  ///< low half of the commit's number
};
static_assert(sizeof(DeltaEntry) == 16);

/// Sorted by (local, drops first, neighbour, edge); at most one entry an edge.
bool operator<(const DeltaEntry& a, const DeltaEntry& b);

/// Entries of one node of a chunk.
std::span<const DeltaEntry> entries_of(std::span<const DeltaEntry> entries, std::uint32_t local);

/// The changes of one adjacency chunk that wait to be folded.
///
/// Bytes: n u32, flags u32, greatest lsn u64, then 16 bytes an entry in order.
class AdjacencyDelta {
 public:
  AdjacencyDelta() = default;
  /// Copies the entries. Throws Error 58X02 when the bytes are no delta.
  explicit AdjacencyDelta(storage::ByteView bytes);
  void encode(std::vector<std::byte>& out);
  static std::uint64_t greatest_lsn(storage::ByteView bytes);

  /// A new edge: no entry of it may be there.
  void add(std::uint32_t local, std::uint32_t neighbour, std::uint32_t edge, std::uint64_t lsn);
  /// An edge that exists, in this delta or in the base, and was not removed before.
  void remove(std::uint32_t local, std::uint32_t neighbour, std::uint32_t edge, std::uint64_t lsn);
  /// Every edge of the node, here and in the base.
  void drop_node(std::uint32_t local, std::uint64_t lsn);

  std::span<const DeltaEntry> entries();
  /// The same of a delta that was read and not changed.
  std::span<const DeltaEntry> sorted_entries() const { return entries_; }
  /// At least the number of entries.
  std::size_t size() const { return entries_.size(); }

 private:
  void sort_tail();
  std::vector<DeltaEntry> entries_;
  std::size_t sorted_ = 0;  // entries before this are in order
  std::uint64_t greatest_lsn_ = 0;
};

}  // namespace geode::graph
