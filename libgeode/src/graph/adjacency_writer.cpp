#include "graph/adjacency_writer.hpp"

#include <algorithm>
#include <cstring>

#include "graph/keys.hpp"
#include "value/hash.hpp"

namespace geode::graph {
namespace {

// A delta this long is folded by the transaction that made it so.
constexpr std::size_t kFoldAtOnce = 1000;
// Entries in memory (16 bytes each) before a large transaction writes them.
constexpr std::size_t kMaximumPending = 1u << 20;
// From this read on a changed chunk is merged whole instead of node by node.
constexpr std::uint32_t kMergeWholeFrom = 8;

}  // namespace

std::uint32_t delta_limit(std::uint8_t side, std::uint32_t label, std::uint32_t chunk) {
  const std::uint64_t seed = std::uint64_t{label} << 40 ^ std::uint64_t{side} << 36 ^ chunk;
  return 100 + static_cast<std::uint32_t>(value::mix(seed + 1) % 101);
}

std::uint64_t row_limit(ElementKind kind, std::uint32_t label, std::uint32_t chunk) {
  return delta_limit(keys::code(kind), label, chunk) * std::uint64_t{5};
}

AdjacencyChanges::AdjacencyChanges(storage::WriteTransaction& txn, EdgeLabelId label,
                                   Direction direction, std::uint32_t shift)
    : txn_(txn), label_(label), direction_(direction), shift_(shift) {}

AdjacencyChanges::Chunk& AdjacencyChanges::open(std::uint32_t chunk) {
  std::unique_ptr<Chunk>& slot = chunks_[chunk];
  if (slot == nullptr) {
    slot = std::make_unique<Chunk>();
    if (const auto bytes =
            txn_.get(storage::Table::kHot, keys::adjacency_delta(direction_, label_, chunk))) {
      slot->delta = AdjacencyDelta(*bytes);
    }
  }
  return *slot;
}

AdjacencyChanges::Chunk& AdjacencyChanges::change(NodeId node) {
  const auto chunk = static_cast<std::uint32_t>(raw(node) >> shift_);
  Chunk& state = open(chunk);
  if (chunk >= touched_.size()) touched_.resize(chunk + 1, 0);
  touched_[chunk] = 1;
  if (!std::exchange(state.dirty, true)) dirty_.push_back(chunk);
  state.merged.reset();
  state.lists.clear();
  state.reads = 0;
  ++pending_;
  return state;
}

void AdjacencyChanges::add(NodeId node, std::uint32_t neighbour, std::uint32_t edge,
                           std::uint64_t lsn) {
  change(node).delta.add(raw(node) & ((1u << shift_) - 1), neighbour, edge, lsn);
}

void AdjacencyChanges::remove(NodeId node, std::uint32_t neighbour, std::uint32_t edge,
                              std::uint64_t lsn) {
  change(node).delta.remove(raw(node) & ((1u << shift_) - 1), neighbour, edge, lsn);
}

void AdjacencyChanges::drop_node(NodeId node, std::uint64_t lsn) {
  change(node).delta.drop_node(raw(node) & ((1u << shift_) - 1), lsn);
}

void AdjacencyChanges::load_base(std::uint32_t chunk, Chunk& state) {
  if (std::exchange(state.base_loaded, true)) return;
  const auto bytes =
      txn_.get(storage::Table::kBase, keys::adjacency_chunk(direction_, label_, chunk));
  state.has_base = bytes.has_value();
  if (!bytes) return;
  // A copy: pages this transaction has written move.
  state.base_bytes.resize((bytes->size() + 7) / 8);
  std::memcpy(state.base_bytes.data(), bytes->data(), bytes->size());
  state.base =
      AdjacencyView({reinterpret_cast<const std::byte*>(state.base_bytes.data()), bytes->size()});
}

Neighbours AdjacencyChanges::neighbours(NodeId node) {
  const auto chunk = static_cast<std::uint32_t>(raw(node) >> shift_);
  const auto local = static_cast<std::uint32_t>(raw(node) & ((1u << shift_) - 1));
  Chunk& state = open(chunk);
  const auto as_neighbours = [](const EdgeList& list) {
    return Neighbours{list.neighbours.data(), list.edges.data(), 0, list.size()};
  };
  if (const auto found = state.lists.find(local); found != state.lists.end()) {
    return as_neighbours(*found->second);
  }
  load_base(chunk, state);
  const AdjacencyView* base = state.has_base ? &state.base : nullptr;
  const bool hub = base != nullptr && base->range(local).hub;
  if (!hub && state.merged == nullptr && ++state.reads >= kMergeWholeFrom) {
    state.merged = std::make_unique<MergedChunk>();
    merge_chunk(base, 1u << shift_, state.delta.entries(), {}, *state.merged);
  }
  if (!hub && state.merged != nullptr) {
    const MergedChunk& merged = *state.merged;
    const std::uint32_t begin = merged.offsets[local] & ~kHubBit;
    const std::uint32_t end = merged.offsets[local + 1] & ~kHubBit;
    return {merged.list.neighbours.data() + begin, merged.list.edges.data() + begin, 0,
            end - begin};
  }
  auto list = std::make_unique<EdgeList>();
  const std::span<const DeltaEntry> own = entries_of(state.delta.entries(), local);
  if (hub) {
    *list = read_hub(txn_, address(chunk), local, own);
  } else {
    const AdjacencyView::Range range =
        base != nullptr ? base->range(local) : AdjacencyView::Range();
    const bool none = range.begin == range.end;
    merge_edges(none ? nullptr : base->neighbours() + range.begin,
                none || base->implicit_edges() ? nullptr : base->edges() + range.begin,
                none ? 0 : base->first_edge() + range.begin, range.end - range.begin, own, *list);
  }
  return as_neighbours(*(state.lists[local] = std::move(list)));
}

void AdjacencyChanges::flush(std::uint64_t lsn, StatisticsWriter& statistics,
                             std::vector<FoldTask>& due) {
  pending_ = 0;
  if (dirty_.empty()) return;
  std::sort(dirty_.begin(), dirty_.end());
  std::vector<std::byte> bytes;
  for (const std::uint32_t chunk : dirty_) {
    Chunk& state = *chunks_.at(chunk);
    state.dirty = false;
    const Key key = keys::adjacency_delta(direction_, label_, chunk);
    const std::span<const DeltaEntry> entries = state.delta.entries();
    if (entries.size() >= kFoldAtOnce) {
      fold_adjacency_chunk(txn_, address(chunk), entries, lsn,
                           statistics.degrees(direction_, label_));
      chunks_.erase(chunk);
      continue;
    }
    if (entries.empty()) {
      txn_.erase(storage::Table::kHot, key);
      continue;
    }
    state.delta.encode(bytes);
    txn_.put(storage::Table::kHot, key, bytes);
    const std::uint8_t side = keys::code(direction_);
    if (entries.size() >= delta_limit(side, keys::number(label_), chunk)) {
      due.push_back({FoldTask::kAdjacency, side, keys::number(label_), chunk});
    }
  }
  dirty_.clear();
}

void AdjacencyChanges::discard() {
  chunks_.clear();
  dirty_.clear();
  pending_ = 0;
}

AdjacencyChanges& AdjacencyWriter::changes(EdgeLabelId label, Direction direction,
                                           const catalog::StoredCatalog& catalog) {
  std::unique_ptr<AdjacencyChanges>& slot = changes_[{keys::number(label), direction}];
  if (slot == nullptr) {
    slot = std::make_unique<AdjacencyChanges>(
        txn_, label, direction, catalog.chunk_shift(label, direction == Direction::kIn));
  }
  return *slot;
}

void AdjacencyWriter::flush(std::uint64_t lsn, StatisticsWriter& statistics,
                            std::vector<FoldTask>& due) {
  for (auto& [id, changes] : changes_) changes->flush(lsn, statistics, due);
}

void AdjacencyWriter::discard() {
  for (auto& [id, changes] : changes_) changes->discard();
}

bool AdjacencyWriter::full() const {
  std::size_t pending = 0;
  for (const auto& [id, changes] : changes_) pending += changes->pending();
  return pending >= kMaximumPending;
}

}  // namespace geode::graph
