#include "graph/adjacency.hpp"

#include <algorithm>

#include "graph/keys.hpp"

namespace geode::graph {
namespace {

// Nodes read from their chunks in a fresh snapshot before a directory is made.
constexpr std::uint32_t kPointReads = 8;

}  // namespace

SnapshotAdjacency::SnapshotAdjacency(const storage::Transaction& txn, Snapshot& snapshot,
                                     EdgeLabelId label, Direction direction)
    : txn_(txn),
      snapshot_(snapshot),
      label_(label),
      direction_(direction),
      shift_(snapshot.catalog()->chunk_shift(label, direction == Direction::kIn)),
      mask_((1u << shift_) - 1),
      node_limit_(std::uint64_t{snapshot.header().extents} << kExtentBits) {
  directory_ = snapshot.adjacency(txn, label, direction, false);
  if (directory_ != nullptr) use_directory();
}

void SnapshotAdjacency::use_directory() const {
  if (directory_ == nullptr) directory_ = snapshot_.adjacency(txn_, label_, direction_, true);
  entries_ = directory_->entries();
  chunks_ = directory_->chunk_count();
}

Neighbours SnapshotAdjacency::keep(EdgeList list) const {
  lists_.push_back(std::make_unique<EdgeList>(std::move(list)));
  const EdgeList& kept = *lists_.back();
  return {kept.neighbours.data(), kept.edges.data(), 0, kept.size()};
}

Neighbours SnapshotAdjacency::slow_neighbours(NodeId node) const {
  if (raw(node) >= node_limit_) return {};
  if (directory_ == nullptr) {
    if (++point_reads_ <= kPointReads) return point_neighbours(node);
    use_directory();
  }
  const auto chunk = static_cast<std::uint32_t>(raw(node) >> shift_);
  if (chunk >= chunks_) return {};  // the node came after the label's last change
  const AdjacencyDirectory::Entry& entry = entries_[chunk];
  if (entry.offsets.load(std::memory_order_acquire) == nullptr &&
      !directory_->resolve(txn_, chunk, false)) {
    return point_neighbours(node);
  }
  const std::uint32_t* offsets = entry.offsets.load(std::memory_order_acquire);
  const std::uint32_t local = static_cast<std::uint32_t>(raw(node)) & mask_;
  if ((offsets[local] & kHubBit) == 0) return neighbours(node);
  const EdgeList& list = directory_->hub(txn_, chunk, local);
  return {list.neighbours.data(), list.edges.data(), 0, list.size()};
}

Neighbours SnapshotAdjacency::point_neighbours(NodeId node) const {
  const auto chunk = static_cast<std::uint32_t>(raw(node) >> shift_);
  const std::uint32_t local = static_cast<std::uint32_t>(raw(node)) & mask_;
  const auto delta =
      txn_.get(storage::Table::kHot, keys::adjacency_delta(direction_, label_, chunk));
  const auto base =
      txn_.get(storage::Table::kBase, keys::adjacency_chunk(direction_, label_, chunk));
  if (!base && !delta) return {};
  AdjacencyView view;
  AdjacencyView::Range range;
  HeldBytes held;
  if (base) {
    held = HeldBytes(*base);
    view = AdjacencyView(held.view());
    range = view.range(local);
  }
  const AdjacencyDelta changes = delta ? AdjacencyDelta(*delta) : AdjacencyDelta();
  const std::span<const DeltaEntry> own = entries_of(changes.sorted_entries(), local);
  if (range.hub) {
    return keep(read_hub(txn_, {direction_, label_, chunk, shift_}, local, own));
  }
  const std::uint32_t count = range.end - range.begin;
  if (own.empty() && count == 0) return {};
  const std::uint32_t* nodes = count > 0 ? view.neighbours() + range.begin : nullptr;
  const std::uint32_t* edges =
      count > 0 && !view.implicit_edges() ? view.edges() + range.begin : nullptr;
  const std::uint32_t first_edge = view.first_edge() + range.begin;
  if (own.empty()) {
    if (held.copied()) held_.push_back(std::move(held));
    return {nodes, edges, first_edge, count};
  }
  EdgeList list;
  merge_edges(nodes, edges, first_edge, count, own, list);
  return keep(std::move(list));
}

void SnapshotAdjacency::lists(NodeId first, std::uint32_t n, Neighbours* lists) const {
  for (std::uint32_t i = 0; i < n; ++i) lists[i] = neighbours(NodeId{raw(first) + i});
}

void SnapshotAdjacency::lists(const NodeId* nodes, std::uint32_t n, Neighbours* lists) const {
  // Far enough ahead that what is fetched is there, near enough that it still is.
  constexpr std::uint32_t kAhead = 8;
  for (std::uint32_t i = 0; i < n; ++i) {
    if (i + kAhead < n) prefetch(nodes[i + kAhead]);
    lists[i] = neighbours(nodes[i]);
  }
}

std::uint32_t SnapshotAdjacency::degree(NodeId node) const {
  const std::uint64_t chunk = raw(node) >> shift_;
  if (chunk < chunks_) {
    const AdjacencyDirectory::Entry& entry = entries_[chunk];
    if (const std::uint32_t* offsets = entry.offsets.load(std::memory_order_acquire)) {
      const std::uint32_t local = static_cast<std::uint32_t>(raw(node)) & mask_;
      if ((offsets[local] & kHubBit) != 0) return entry.hubs->find(local)->degree;
      return (offsets[local + 1] & ~kHubBit) - offsets[local];
    }
  }
  return neighbours(node).size;
}

void SnapshotAdjacency::degrees(NodeId first, std::span<std::uint32_t> degrees) const {
  use_directory();
  directory_->resolve_clean(txn_);
  const std::uint64_t end = raw(first) + degrees.size();
  for (std::uint64_t at = raw(first); at < end;) {
    const std::uint64_t chunk = at >> shift_;
    const std::uint64_t chunk_end = std::min(end, (chunk + 1) << shift_);
    std::uint32_t* out = degrees.data() + (at - raw(first));
    const auto count = static_cast<std::size_t>(chunk_end - at);
    if (chunk >= chunks_) {
      std::fill(out, degrees.data() + degrees.size(), 0);
      return;
    }
    const AdjacencyDirectory::Entry& entry = entries_[chunk];
    if (entry.offsets.load(std::memory_order_acquire) == nullptr) {
      directory_->resolve(txn_, static_cast<std::uint32_t>(chunk), true);
    }
    const auto local = static_cast<std::uint32_t>(at) & mask_;
    const std::uint32_t* offsets = entry.offsets.load(std::memory_order_acquire) + local;
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = (offsets[i + 1] & ~kHubBit) - (offsets[i] & ~kHubBit);
    }
    for (std::uint32_t i = 0; entry.hubs != nullptr && i < entry.hubs->count; ++i) {
      const AdjacencyDirectory::Hub& hub = entry.hubs->hubs[i];
      if (hub.local >= local && hub.local - local < count) out[hub.local - local] = hub.degree;
    }
    at = chunk_end;
  }
}

void SnapshotAdjacency::degrees(const NodeId* nodes, std::uint32_t n,
                                std::uint32_t* degrees) const {
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint64_t chunk = raw(nodes[i]) >> shift_;
    if (chunk < chunks_) [[likely]] {
      const std::uint32_t* offsets = entries_[chunk].offsets.load(std::memory_order_acquire);
      if (offsets != nullptr) [[likely]] {
        const std::uint32_t local = static_cast<std::uint32_t>(raw(nodes[i])) & mask_;
        const std::uint32_t begin = offsets[local];
        if ((begin & kHubBit) == 0) [[likely]] {
          degrees[i] = (offsets[local + 1] & ~kHubBit) - begin;
          continue;
        }
      }
    }
    degrees[i] = degree(nodes[i]);
  }
}

WriteAdjacency::WriteAdjacency(const storage::Transaction& txn, Snapshot& snapshot,
                               AdjacencyChanges& changes, EdgeLabelId label, Direction direction,
                               bool in_snapshot)
    : base_(in_snapshot ? std::make_unique<SnapshotAdjacency>(txn, snapshot, label, direction)
                        : nullptr),
      changes_(changes),
      label_(label),
      direction_(direction) {}

void WriteAdjacency::lists(NodeId first, std::uint32_t n, Neighbours* lists) const {
  for (std::uint32_t i = 0; i < n; ++i) lists[i] = neighbours(NodeId{raw(first) + i});
}

void WriteAdjacency::lists(const NodeId* nodes, std::uint32_t n, Neighbours* lists) const {
  for (std::uint32_t i = 0; i < n; ++i) lists[i] = neighbours(nodes[i]);
}

std::uint32_t WriteAdjacency::degree(NodeId node) const {
  if (changes_.touched(node)) return changes_.neighbours(node).size;
  return base_ != nullptr ? base_->degree(node) : 0;
}

void WriteAdjacency::degrees(const NodeId* nodes, std::uint32_t n, std::uint32_t* degrees) const {
  for (std::uint32_t i = 0; i < n; ++i) degrees[i] = degree(nodes[i]);
}

void WriteAdjacency::degrees(NodeId first, std::span<std::uint32_t> degrees) const {
  if (base_ != nullptr) {
    base_->degrees(first, degrees);
  } else {
    std::fill(degrees.begin(), degrees.end(), 0);
  }
  const std::span<const std::uint8_t> touched = changes_.touched_chunks();
  const std::uint64_t end = raw(first) + degrees.size();
  for (std::size_t chunk = raw(first) >> changes_.shift(); chunk < touched.size(); ++chunk) {
    const std::uint64_t begin = std::max<std::uint64_t>(raw(first), chunk << changes_.shift());
    if (begin >= end) break;
    if (touched[chunk] == 0) continue;
    const std::uint64_t last = std::min<std::uint64_t>(end, (chunk + 1) << changes_.shift());
    for (std::uint64_t node = begin; node < last; ++node) {
      degrees[node - raw(first)] = changes_.neighbours(NodeId{node}).size;
    }
  }
}

}  // namespace geode::graph
