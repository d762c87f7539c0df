#include "graph/adjacency_directory.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <geode/error.hpp>
#include "graph/keys.hpp"

namespace geode::graph {
namespace {

// From this request on a chunk with a delta is merged whole instead of node by node.
constexpr std::uint32_t kMergeWholeFrom = 32;
// Chunks filled one at a time before one cursor fills the rest.
constexpr std::uint32_t kResolveAllFrom = 32;

constexpr std::array<std::uint32_t, (1u << kMaximumChunkShift) + 1> kNoOffsets{};

/// Of a chunk in its sparse form they are made in `room`.
const std::uint32_t* offsets_of(const AdjacencyView& view, std::vector<std::uint32_t>& room) {
  if (view.offsets() != nullptr) return view.offsets();
  room.resize(view.nodes() + std::size_t{1});
  view.expand_offsets(room.data());
  return room.data();
}

/// What walks rely on from now on, without looking: offsets that ascend, and an entry for each hub
/// that they mark. The checksum of a chunk says only that it is as it was written.
void check_form(const AdjacencyView& view, const std::uint32_t* offsets, std::uint32_t nodes) {
  std::uint32_t falls = view.nodes() == nodes ? 0 : 1, marked = 0;
  for (std::uint32_t i = 0; falls == 0 && i < nodes; ++i) {
    falls = (offsets[i] & ~kHubBit) > (offsets[i + 1] & ~kHubBit) ? 1 : 0;
    marked += offsets[i] >> 31;
  }
  bool known = marked == view.hubs().size();
  for (std::size_t i = 0; falls == 0 && known && i < view.hubs().size(); ++i) {
    const std::uint32_t local = view.hubs()[i].local;
    known = local < nodes && (offsets[local] & kHubBit) != 0 &&
            (i == 0 || view.hubs()[i - 1].local < local);
  }
  if (falls != 0 || !known) {
    throw Error(status::kCorrupt, "adjacency chunk: its offsets make no sense");
  }
}

}  // namespace

const std::uint32_t* no_offsets() { return kNoOffsets.data(); }

AdjacencyDirectory::Hub* AdjacencyDirectory::HubTable::find(std::uint32_t local) const {
  Hub* const end = hubs.get() + count;
  Hub* const found = std::lower_bound(
      hubs.get(), end, local, [](const Hub& hub, std::uint32_t at) { return hub.local < at; });
  return found != end && found->local == local ? found : nullptr;
}

AdjacencyDirectory::AdjacencyDirectory(EdgeLabelId label, Direction direction, std::uint32_t shift,
                                       std::uint32_t chunks, std::uint64_t last_change,
                                       const AdjacencyDirectory* previous)
    : label_(label),
      direction_(direction),
      shift_(shift),
      chunks_(chunks),
      last_change_(last_change),
      entries_(std::make_unique<Entry[]>(chunks)) {
  if (previous != nullptr && previous->shift_ == shift) {
    auto* before = const_cast<AdjacencyDirectory*>(previous);  // its mutex guards merged_
    const std::lock_guard lock(before->mutex_);
    merged_ = before->merged_;
  }
}

bool AdjacencyDirectory::resolve(const storage::Transaction& txn, std::uint32_t chunk, bool whole) {
  Entry& entry = entries_[chunk];
  const auto delta =
      txn.get(storage::Table::kHot, keys::adjacency_delta(direction_, label_, chunk));
  if (delta && !whole &&
      entry.touches.fetch_add(1, std::memory_order_relaxed) + 1 < kMergeWholeFrom) {
    return false;
  }
  const auto base =
      txn.get(storage::Table::kBase, keys::adjacency_chunk(direction_, label_, chunk));
  {
    std::unique_lock lock(mutex_, std::defer_lock);
    if (!delta || whole) {
      lock.lock();
    } else if (!lock.try_lock()) {
      return false;  // another thread merges; a reader of few nodes does not wait for it
    }
    if (entry.offsets.load(std::memory_order_relaxed) != nullptr) return true;
    if (delta) {
      fill_merged(txn, chunk, base, *delta);
    } else if (base) {
      fill_clean(txn, chunk, *base);
    } else {
      entry.offsets.store(no_offsets(), std::memory_order_release);
    }
    if (++resolved_ != kResolveAllFrom) return true;
  }
  resolve_clean(txn);
  return true;
}

void AdjacencyDirectory::resolve_clean(const storage::Transaction& txn) {
  const std::lock_guard lock(mutex_);
  if (clean_resolved_) return;
  std::vector<std::uint8_t> has_delta(chunks_, 0);
  const Key delta_prefix = Key().u8(0x10).u8(keys::code(direction_)).u32(keys::number(label_));
  storage::Cursor deltas = txn.cursor(storage::Table::kHot);
  for (bool more = deltas.seek(delta_prefix); more && deltas.has_prefix(delta_prefix);
       more = deltas.next()) {
    const std::uint32_t chunk = keys::u32_at(deltas.key(), 6);
    if (chunk < chunks_) has_delta[chunk] = 1;
  }
  const Key prefix = keys::adjacency_prefix(direction_, label_);
  storage::Cursor chunks = txn.cursor(storage::Table::kBase);
  for (bool more = chunks.seek(prefix); more && chunks.has_prefix(prefix); more = chunks.next()) {
    const std::uint32_t chunk = keys::u32_at(chunks.key(), 6);
    if (keys::u32_at(chunks.key(), 10) != 0 || chunk >= chunks_ || has_delta[chunk] != 0) continue;
    if (entries_[chunk].offsets.load(std::memory_order_relaxed) == nullptr) {
      fill_clean(txn, chunk, chunks.value());
    }
  }
  for (std::uint32_t chunk = 0; chunk < chunks_; ++chunk) {
    if (has_delta[chunk] == 0 &&
        entries_[chunk].offsets.load(std::memory_order_relaxed) == nullptr) {
      entries_[chunk].offsets.store(no_offsets(), std::memory_order_release);
    }
  }
  clean_resolved_ = true;
}

void AdjacencyDirectory::fill_clean(const storage::Transaction& txn, std::uint32_t chunk,
                                    storage::ByteView bytes) {
  merged_.erase(chunk);
  held_.emplace_back(bytes);
  const AdjacencyView view(held_.back().view());
  if (!held_.back().copied()) held_.pop_back();
  Entry& entry = entries_[chunk];
  std::vector<std::uint32_t> expanded;
  const std::uint32_t* const offsets = offsets_of(view, expanded);
  check_form(view, offsets, 1u << shift_);
  if (!expanded.empty()) offsets_.push_back(std::move(expanded));
  entry.neighbours = view.neighbours();
  entry.edges = view.edges();
  entry.first_edge = view.first_edge();
  entry.hubs = view.hubs().empty() ? nullptr : make_hubs(txn, chunk, view.hubs(), nullptr);
  entry.offsets.store(offsets, std::memory_order_release);
}

void AdjacencyDirectory::fill_merged(const storage::Transaction& txn, std::uint32_t chunk,
                                     std::optional<storage::ByteView> base,
                                     storage::ByteView delta) {
  const HeldBytes held = base ? HeldBytes(*base) : HeldBytes();
  AdjacencyView view;
  if (base) {
    view = AdjacencyView(held.view());
    std::vector<std::uint32_t> expanded;
    check_form(view, offsets_of(view, expanded), 1u << shift_);
  }
  std::shared_ptr<const Merged>& slot = merged_[chunk];
  const std::uint64_t delta_lsn = AdjacencyDelta::greatest_lsn(delta);
  if (!slot || slot->delta_lsn != delta_lsn || slot->folded_lsn != view.folded_lsn()) {
    auto merged = std::make_shared<Merged>();
    merged->delta_lsn = delta_lsn;
    merged->folded_lsn = view.folded_lsn();
    AdjacencyDelta decoded(delta);
    const std::span<const DeltaEntry> changes = decoded.entries();
    merge_chunk(base ? &view : nullptr, 1u << shift_, changes, {}, merged->chunk);
    for (const HubEntry& hub : merged->chunk.hubs) {
      const std::span<const DeltaEntry> own = entries_of(changes, hub.local);
      if (!own.empty()) {
        merged->hubs.emplace(hub.local, read_hub(txn, address(chunk), hub.local, own));
      }
    }
    slot = std::move(merged);
  }
  Entry& entry = entries_[chunk];
  const MergedChunk& merged = slot->chunk;
  entry.neighbours = merged.list.neighbours.data();
  entry.edges = merged.list.edges.data();
  entry.hubs = merged.hubs.empty() ? nullptr : make_hubs(txn, chunk, merged.hubs, slot.get());
  entry.offsets.store(merged.offsets.data(), std::memory_order_release);
}

AdjacencyDirectory::HubTable* AdjacencyDirectory::make_hubs(const storage::Transaction& txn,
                                                            std::uint32_t chunk,
                                                            std::span<const HubEntry> hubs,
                                                            const Merged* merged) {
  auto table = std::make_unique<HubTable>();
  table->count = static_cast<std::uint32_t>(hubs.size());
  table->hubs = std::make_unique<Hub[]>(hubs.size());
  for (std::size_t i = 0; i < hubs.size(); ++i) {
    Hub& hub = table->hubs[i];
    hub.local = hubs[i].local;
    if (merged != nullptr && merged->hubs.contains(hub.local)) {
      const EdgeList& edges = merged->hubs.at(hub.local);
      hub.degree = edges.size();
      hub.edges.store(&edges, std::memory_order_relaxed);
    } else {
      hub.degree = hub_degree(txn, address(chunk), hub.local);
    }
  }
  hub_tables_.push_back(std::move(table));
  return hub_tables_.back().get();
}

const EdgeList& AdjacencyDirectory::hub(const storage::Transaction& txn, std::uint32_t chunk,
                                        std::uint32_t local) {
  Hub* const hub = entries_[chunk].hubs->find(local);
  if (const EdgeList* edges = hub->edges.load(std::memory_order_acquire)) return *edges;
  const std::lock_guard lock(mutex_);
  if (const EdgeList* edges = hub->edges.load(std::memory_order_relaxed)) return *edges;
  hub_edges_.push_back(std::make_unique<const EdgeList>(read_hub(txn, address(chunk), local, {})));
  hub->edges.store(hub_edges_.back().get(), std::memory_order_release);
  return *hub_edges_.back();
}

}  // namespace geode::graph
