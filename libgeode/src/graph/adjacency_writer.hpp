#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "graph/delta/adjacency_delta.hpp"
#include "graph/delta/merge.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/held_bytes.hpp"
#include "graph/snapshot.hpp"
#include "graph/statistics.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {

/// The chunks of one (edge label, direction) that a write transaction has changed: their deltas in
/// memory, and what readers of the transaction see of them.
class AdjacencyChanges {
 public:
  AdjacencyChanges(storage::WriteTransaction& txn, EdgeLabelId label, Direction direction,
                   std::uint32_t shift);

  bool touched(NodeId node) const {
    const std::uint64_t chunk = raw(node) >> shift_;
    return chunk < touched_.size() && touched_[chunk] != 0;
  }
  std::span<const std::uint8_t> touched_chunks() const { return touched_; }
  std::uint32_t shift() const { return shift_; }

  /// Of a touched chunk. Views live until the next change of it.
  Neighbours neighbours(NodeId node);

  void add(NodeId node, std::uint32_t neighbour, std::uint32_t edge, std::uint64_t lsn);
  void remove(NodeId node, std::uint32_t neighbour, std::uint32_t edge, std::uint64_t lsn);
  void drop_node(NodeId node, std::uint64_t lsn);

  /// Writes what changed; deltas that have become long are folded on the spot, and those that are
  /// due for folding are told.
  void flush(std::uint64_t lsn, StatisticsWriter& statistics, std::vector<FoldTask>& due);
  /// Forgets what is in memory; touched chunks are then read from the transaction again.
  void discard();
  std::size_t pending() const { return pending_; }

 private:
  struct Chunk {
    AdjacencyDelta delta;
    bool dirty = false;
    // What readers use, until the next change.
    bool has_base = false;
    std::vector<std::uint64_t> base_bytes;
    AdjacencyView base;
    bool base_loaded = false;
    std::uint32_t reads = 0;
    std::unique_ptr<MergedChunk> merged;
    std::map<std::uint32_t, std::unique_ptr<EdgeList>> lists;
  };
  Chunk& open(std::uint32_t chunk);
  Chunk& change(NodeId node);
  void load_base(std::uint32_t chunk, Chunk& state);
  ChunkAddress address(std::uint32_t chunk) const { return {direction_, label_, chunk, shift_}; }

  storage::WriteTransaction& txn_;
  const EdgeLabelId label_;
  const Direction direction_;
  const std::uint32_t shift_;
  std::vector<std::uint8_t> touched_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Chunk>> chunks_;
  std::vector<std::uint32_t> dirty_;
  std::size_t pending_ = 0;  // entries added since the last flush
};

/// Entries a delta may have before it is due: 100 to 200, another number for each chunk so that
/// they do not all fall due together.
std::uint32_t delta_limit(std::uint8_t side, std::uint32_t label, std::uint32_t chunk);
/// The same for the partial rows at a chunk: 500 to 1000.
std::uint64_t row_limit(ElementKind kind, std::uint32_t label, std::uint32_t chunk);

/// The changes of all labels.
class AdjacencyWriter {
 public:
  explicit AdjacencyWriter(storage::WriteTransaction& txn) : txn_(txn) {}
  /// Made on first use.
  AdjacencyChanges& changes(EdgeLabelId label, Direction direction,
                            const catalog::StoredCatalog& catalog);
  void flush(std::uint64_t lsn, StatisticsWriter& statistics, std::vector<FoldTask>& due);
  void discard();
  /// True when so much waits in memory that it should be flushed.
  bool full() const;

 private:
  storage::WriteTransaction& txn_;
  std::map<std::pair<std::uint32_t, Direction>, std::unique_ptr<AdjacencyChanges>> changes_;
};

}  // namespace geode::graph
