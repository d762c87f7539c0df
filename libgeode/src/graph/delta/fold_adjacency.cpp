#include <algorithm>
#include <cstring>
#include <tuple>

#include <geode/error.hpp>
#include "graph/delta/merge.hpp"
#include "graph/keys.hpp"

namespace geode::graph {
namespace {

// A hub that lost so many edges becomes an ordinary node again; well below kHubDegree, so that it
// does not swing.
constexpr std::uint32_t kDissolveDegree = kHubDegree / 2;

/// Rewrites the hubs of one chunk within a fold.
class HubFold {
 public:
  HubFold(storage::WriteTransaction& txn, const ChunkAddress& at, std::uint64_t lsn)
      : txn_(txn), at_(at), lsn_(lsn) {}

  /// Applies the changes of one hub to its segments. False: it has become small; `rest` then has
  /// its edges and the segments are gone.
  bool update(std::uint32_t local, std::span<const DeltaEntry> changes, EdgeList& rest) {
    HubDirectory directory = read_directory(local);
    const std::uint32_t degree = directory.degree();
    const bool dropped = changes[0].operation == DeltaEntry::kDropNode;
    const auto deleted = static_cast<std::uint32_t>(std::count_if(
        changes.begin(), changes.end(),
        [](const DeltaEntry& change) { return change.operation == DeltaEntry::kDelete; }));
    if (dropped || degree + changes.size() - 2 * std::size_t{deleted} <= kDissolveDegree) {
      rest = read_hub(txn_, at_, local, changes);
      erase(local, directory);
      return false;
    }
    std::vector<HubDirectory::Segment> updated;
    for (std::size_t i = 0; i < directory.segments.size(); ++i) {
      const std::span<const DeltaEntry> own = i + 1 < directory.segments.size()
                                                  ? take_before(changes, directory.segments[i + 1])
                                                  : std::exchange(changes, {});
      if (own.empty()) {
        updated.push_back(directory.segments[i]);
      } else {
        rewrite(directory.segments[i], own, updated);
      }
    }
    directory.segments = std::move(updated);
    join_small(directory);
    write_directory(local, directory);
    return true;
  }

  /// Moves the edges of a node out of its chunk.
  HubEntry create(std::uint32_t local, std::span<const std::uint32_t> neighbours,
                  std::span<const std::uint32_t> edges) {
    HubDirectory directory;
    write_pieces(neighbours, edges, directory.segments);
    write_directory(local, directory);
    HubEntry entry;
    entry.local = static_cast<std::uint16_t>(local);
    entry.segments = static_cast<std::uint32_t>(directory.segments.size());
    entry.degree = static_cast<std::uint32_t>(neighbours.size());
    entry.first_segment = directory.segments[0].segment;
    return entry;
  }

 private:
  using Segment = HubDirectory::Segment;

  static std::span<const DeltaEntry> take_before(std::span<const DeltaEntry>& changes,
                                                 const Segment& next) {
    std::size_t count = 0;
    while (count < changes.size() && std::tie(changes[count].neighbour, changes[count].edge) <
                                         std::tie(next.first_neighbour, next.first_edge)) {
      ++count;
    }
    const std::span<const DeltaEntry> out = changes.first(count);
    changes = changes.subspan(count);
    return out;
  }

  HubDirectory read_directory(std::uint32_t local) {
    const auto bytes = txn_.get(
        storage::Table::kBase,
        keys::hub_directory(at_.direction, at_.label, at_.chunk, at_.first_node() + local));
    if (!bytes) throw Error(status::kCorrupt, "a hub has no directory");
    return HubDirectory::decode(*bytes);
  }
  void write_directory(std::uint32_t local, const HubDirectory& directory) {
    directory.encode(buffer_);
    txn_.put(storage::Table::kBase,
             keys::hub_directory(at_.direction, at_.label, at_.chunk, at_.first_node() + local),
             buffer_);
  }
  Key segment_key(std::uint32_t segment) const {
    return keys::hub_segment(at_.direction, at_.label, at_.chunk, segment);
  }

  EdgeList read(const Segment& segment) {
    const auto bytes = txn_.get(storage::Table::kBase, segment_key(segment.segment));
    if (!bytes) throw Error(status::kCorrupt, "a hub segment is missing");
    std::vector<std::uint64_t> aligned((bytes->size() + 7) / 8);
    std::memcpy(aligned.data(), bytes->data(), bytes->size());
    const HubSegmentView view({reinterpret_cast<const std::byte*>(aligned.data()), bytes->size()},
                              true);
    EdgeList out;
    out.neighbours.assign(view.neighbours.begin(), view.neighbours.end());
    out.edges.assign(view.edges.begin(), view.edges.end());
    return out;
  }
  Segment write(std::span<const std::uint32_t> neighbours, std::span<const std::uint32_t> edges,
                std::uint32_t segment) {
    encode_hub_segment(neighbours, edges, lsn_, buffer_);
    txn_.put(storage::Table::kBase, segment_key(segment), buffer_);
    return {neighbours[0], edges[0], segment, static_cast<std::uint32_t>(neighbours.size())};
  }

  /// Writes new segments of equal size, none above kSegmentEdges.
  void write_pieces(std::span<const std::uint32_t> neighbours, std::span<const std::uint32_t> edges,
                    std::vector<Segment>& out) {
    const std::size_t pieces = (neighbours.size() + kSegmentEdges - 1) / kSegmentEdges;
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      const std::size_t begin = neighbours.size() * piece / pieces;
      const std::size_t end = neighbours.size() * (piece + 1) / pieces;
      out.push_back(write(neighbours.subspan(begin, end - begin), edges.subspan(begin, end - begin),
                          next_segment()));
    }
  }

  void rewrite(const Segment& segment, std::span<const DeltaEntry> changes,
               std::vector<Segment>& out) {
    const EdgeList stored = read(segment);
    EdgeList merged;
    merge_edges(stored.neighbours.data(), stored.edges.data(), 0, stored.size(), changes, merged);
    if (merged.size() == 0) {
      txn_.erase(storage::Table::kBase, segment_key(segment.segment));
    } else if (merged.size() <= kSegmentEdges) {
      out.push_back(write(merged.neighbours, merged.edges, segment.segment));
    } else {
      txn_.erase(storage::Table::kBase, segment_key(segment.segment));
      write_pieces(merged.neighbours, merged.edges, out);
    }
  }

  void join_small(HubDirectory& directory) {
    std::vector<Segment>& all = directory.segments;
    for (std::size_t i = 0; i + 1 < all.size();) {
      const bool small = std::min(all[i].size, all[i + 1].size) < kSegmentMinimum;
      if (!small || all[i].size + all[i + 1].size > kSegmentEdges) {
        ++i;
        continue;
      }
      EdgeList left = read(all[i]);
      const EdgeList right = read(all[i + 1]);
      left.neighbours.insert(left.neighbours.end(), right.neighbours.begin(),
                             right.neighbours.end());
      left.edges.insert(left.edges.end(), right.edges.begin(), right.edges.end());
      txn_.erase(storage::Table::kBase, segment_key(all[i + 1].segment));
      all[i] = write(left.neighbours, left.edges, all[i].segment);
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
  }

  void erase(std::uint32_t local, const HubDirectory& directory) {
    for (const Segment& segment : directory.segments) {
      txn_.erase(storage::Table::kBase, segment_key(segment.segment));
    }
    txn_.erase(storage::Table::kBase,
               keys::hub_directory(at_.direction, at_.label, at_.chunk, at_.first_node() + local));
  }

  /// One more than the greatest segment number of the chunk.
  std::uint32_t next_segment() {
    if (next_segment_ == 0) {
      storage::Cursor cursor = txn_.cursor(storage::Table::kBase);
      const Key prefix = keys::adjacency_prefix(at_.direction, at_.label).u32(at_.chunk);
      const Key end =
          keys::adjacency_prefix(at_.direction, at_.label).u32(at_.chunk).u32(0xffffffffu);
      next_segment_ = cursor.seek_before(end) && cursor.has_prefix(prefix)
                          ? keys::u32_at(cursor.key(), 10) + 1
                          : 1;
    }
    return next_segment_++;
  }

  storage::WriteTransaction& txn_;
  const ChunkAddress& at_;
  std::uint64_t lsn_;
  std::uint32_t next_segment_ = 0;
  std::vector<std::byte> buffer_;
};

bool has_hub(const AdjacencyView* base, std::uint32_t local) {
  return base != nullptr && base->range(local).hub;
}

/// The degree of a node with its changes.
std::uint32_t degree_after(std::uint32_t before, std::span<const DeltaEntry> changes) {
  std::uint32_t degree = before;
  for (const DeltaEntry& change : changes) {
    if (change.operation == DeltaEntry::kDropNode) degree = 0;
    if (change.operation == DeltaEntry::kAdd) ++degree;
    if (change.operation == DeltaEntry::kDelete) --degree;
  }
  return degree;
}

}  // namespace

void fold_adjacency_chunk(storage::WriteTransaction& txn, const ChunkAddress& at,
                          std::span<const DeltaEntry> changes, std::uint64_t lsn,
                          DegreeHistogram& degrees) {
  constexpr auto kBase = storage::Table::kBase;
  const Key base_key = keys::adjacency_chunk(at.direction, at.label, at.chunk);
  const auto bytes = txn.get(kBase, base_key);
  // A copy: the writes below may move the stored bytes.
  std::vector<std::uint64_t> aligned;
  AdjacencyView view;
  const AdjacencyView* base = nullptr;
  if (bytes) {
    aligned.resize((bytes->size() + 7) / 8);
    std::memcpy(aligned.data(), bytes->data(), bytes->size());
    view = AdjacencyView({reinterpret_cast<const std::byte*>(aligned.data()), bytes->size()});
    view.verify();
    base = &view;
  }

  HubFold hubs(txn, at, lsn);
  std::map<std::uint32_t, EdgeList> dissolved;
  bool chunk_changes = base == nullptr;
  for (std::size_t i = 0; i < changes.size();) {
    const std::uint32_t local = changes[i].local;
    const std::span<const DeltaEntry> own = entries_of(changes.subspan(i), local);
    i += own.size();
    const std::uint32_t before = !base                  ? 0
                                 : has_hub(base, local) ? hub_degree(txn, at, local)
                                                        : base->range(local).degree();
    degrees.move(before, degree_after(before, own));
    if (!has_hub(base, local)) {
      chunk_changes = true;
      continue;
    }
    EdgeList rest;
    if (!hubs.update(local, own, rest)) {
      dissolved.emplace(local, std::move(rest));
      chunk_changes = true;
    }
  }

  if (chunk_changes) {
    MergedChunk merged;
    merge_chunk(base, at.nodes(), changes, dissolved, merged);
    // Nodes that have grown into hubs leave the chunk.
    std::map<std::uint32_t, EdgeList> emptied;
    std::vector<HubEntry> created;
    for (std::uint32_t local = 0; local < at.nodes(); ++local) {
      const std::uint32_t begin = merged.offsets[local] & ~kHubBit;
      const std::uint32_t count = (merged.offsets[local + 1] & ~kHubBit) - begin;
      if (count <= kHubDegree) continue;
      created.push_back(hubs.create(local, std::span(merged.list.neighbours).subspan(begin, count),
                                    std::span(merged.list.edges).subspan(begin, count)));
      emptied.emplace(local, EdgeList());
    }
    if (!created.empty()) {
      EdgeList kept;
      std::vector<std::uint32_t> offsets(merged.offsets.size());
      for (std::uint32_t local = 0; local < at.nodes(); ++local) {
        const std::uint32_t begin = merged.offsets[local] & ~kHubBit;
        const std::uint32_t end = merged.offsets[local + 1] & ~kHubBit;
        offsets[local] = kept.size() | (merged.offsets[local] & kHubBit);
        if (emptied.contains(local)) {
          offsets[local] |= kHubBit;
          continue;
        }
        kept.neighbours.insert(kept.neighbours.end(), merged.list.neighbours.begin() + begin,
                               merged.list.neighbours.begin() + end);
        kept.edges.insert(kept.edges.end(), merged.list.edges.begin() + begin,
                          merged.list.edges.begin() + end);
      }
      offsets[at.nodes()] = kept.size();
      merged.offsets = std::move(offsets);
      merged.list = std::move(kept);
      merged.hubs.insert(merged.hubs.end(), created.begin(), created.end());
      std::sort(merged.hubs.begin(), merged.hubs.end(),
                [](const HubEntry& a, const HubEntry& b) { return a.local < b.local; });
    }
    if (merged.list.size() == 0 && merged.hubs.empty()) {
      txn.erase(kBase, base_key);
    } else {
      std::vector<std::byte> out;
      encode_adjacency({merged.offsets, merged.list.neighbours, merged.list.edges, 0, merged.hubs},
                       lsn, out);
      txn.put(kBase, base_key, out);
    }
  }
  txn.erase(storage::Table::kHot, keys::adjacency_delta(at.direction, at.label, at.chunk));
}

}  // namespace geode::graph
