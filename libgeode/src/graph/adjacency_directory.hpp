#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "graph/delta/merge.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/held_bytes.hpp"
#include "graph/loops.hpp"

namespace geode::graph {

/// Where the arrays of every chunk of one (edge label, direction) stand, so that a walk touches no
/// chunk header.
///
/// Filled on demand, a chunk at a time by those who ask for few nodes, at once by one cursor for
/// those who ask for many. Shared by all transactions whose snapshots see the same last_change of
/// the label: their chunks are the same pages. Chunks with changes to be folded are merged on the
/// heap, and taken over from the directory before while neither the chunk nor its delta has
/// changed. Any number of threads may read and fill it.
class AdjacencyDirectory {
 public:
  struct Hub {
    std::uint32_t local = 0;
    std::uint32_t degree = 0;
    std::atomic<const EdgeList*> edges{nullptr};
  };
  struct HubTable {
    std::unique_ptr<Hub[]> hubs;
    std::uint32_t count = 0;
    Hub* find(std::uint32_t local) const;
  };
  /// `offsets` is published last: who sees it not null may use the rest.
  struct Entry {
    std::atomic<const std::uint32_t*> offsets{nullptr};
    const std::uint32_t* neighbours = nullptr;
    const std::uint32_t* edges = nullptr;
    std::uint32_t first_edge = 0;
    std::atomic<std::uint32_t> touches{0};
    const HubTable* hubs = nullptr;
  };

  AdjacencyDirectory(EdgeLabelId label, Direction direction, std::uint32_t shift,
                     std::uint32_t chunks, std::uint64_t last_change,
                     const AdjacencyDirectory* previous);

  std::uint64_t last_change() const { return last_change_; }
  std::uint32_t shift() const { return shift_; }
  std::uint32_t chunk_count() const { return chunks_; }
  const Entry* entries() const { return entries_.get(); }

  /// Fills the entry of a chunk, unless it has a delta that few have asked for so far, or that
  /// another thread is merging: then false, and the caller merges the node it wants. `whole`: never
  /// false.
  bool resolve(const storage::Transaction& txn, std::uint32_t chunk, bool whole);
  /// Fills every entry that has no delta.
  void resolve_clean(const storage::Transaction& txn);
  /// What `look` finds, the first time it is asked for.
  template <class Look>
  const std::vector<Loop>& loops(const Look& look) {
    std::call_once(looked_for_loops_, [&] { loops_ = look(); });
    return loops_;
  }
  /// The edges of a hub of a filled chunk.
  const EdgeList& hub(const storage::Transaction& txn, std::uint32_t chunk, std::uint32_t local);

 private:
  /// A chunk with its delta, on the heap.
  struct Merged {
    std::uint64_t delta_lsn = 0, folded_lsn = 0;
    MergedChunk chunk;
    std::map<std::uint32_t, EdgeList> hubs;  // those that have changes
  };

  ChunkAddress address(std::uint32_t chunk) const { return {direction_, label_, chunk, shift_}; }
  void fill_clean(const storage::Transaction& txn, std::uint32_t chunk, storage::ByteView bytes);
  void fill_merged(const storage::Transaction& txn, std::uint32_t chunk,
                   std::optional<storage::ByteView> base, storage::ByteView delta);
  HubTable* make_hubs(const storage::Transaction& txn, std::uint32_t chunk,
                      std::span<const HubEntry> hubs, const Merged* merged);

  const EdgeLabelId label_;
  const Direction direction_;
  const std::uint32_t shift_;
  const std::uint32_t chunks_;
  const std::uint64_t last_change_;
  std::unique_ptr<Entry[]> entries_;

  std::once_flag looked_for_loops_;
  std::vector<Loop> loops_;
  std::mutex mutex_;  // for filling
  std::uint32_t resolved_ = 0;
  bool clean_resolved_ = false;
  std::vector<HeldBytes> held_;
  std::vector<std::vector<std::uint32_t>> offsets_;
  std::vector<std::unique_ptr<HubTable>> hub_tables_;
  std::vector<std::unique_ptr<const EdgeList>> hub_edges_;
  std::map<std::uint32_t, std::shared_ptr<const Merged>> merged_;
};

/// Offsets of a chunk without edges.
const std::uint32_t* no_offsets();

}  // namespace geode::graph
