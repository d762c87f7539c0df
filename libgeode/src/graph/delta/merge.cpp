#include "graph/delta/merge.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include <geode/error.hpp>
#include "graph/keys.hpp"

namespace geode::graph {
namespace {

HubDirectory read_hub_directory(const storage::Transaction& txn, const ChunkAddress& at,
                                std::uint32_t local) {
  const auto bytes =
      txn.get(storage::Table::kBase,
              keys::hub_directory(at.direction, at.label, at.chunk, at.first_node() + local));
  if (!bytes) throw Error(status::kCorrupt, "a hub has no directory");
  return HubDirectory::decode(*bytes);
}

void append_segment(const storage::Transaction& txn, const ChunkAddress& at, std::uint32_t segment,
                    EdgeList& out) {
  const auto bytes =
      txn.get(storage::Table::kBase, keys::hub_segment(at.direction, at.label, at.chunk, segment));
  if (!bytes) throw Error(status::kCorrupt, "a hub segment is missing");
  // Small values may stand at odd addresses.
  std::vector<std::uint64_t> aligned((bytes->size() + 7) / 8);
  std::memcpy(aligned.data(), bytes->data(), bytes->size());
  const HubSegmentView view({reinterpret_cast<const std::byte*>(aligned.data()), bytes->size()});
  out.neighbours.insert(out.neighbours.end(), view.neighbours.begin(), view.neighbours.end());
  out.edges.insert(out.edges.end(), view.edges.begin(), view.edges.end());
}

}  // namespace

void merge_edges(const std::uint32_t* neighbours, const std::uint32_t* edges,
                 std::uint32_t first_edge, std::uint32_t count, std::span<const DeltaEntry> changes,
                 EdgeList& out) {
  std::size_t next = 0;
  if (!changes.empty() && changes[0].operation == DeltaEntry::kDropNode) {
    count = 0;
    next = 1;
  }
  std::uint32_t i = 0;
  while (i < count || next < changes.size()) {
    const std::uint32_t edge = i < count ? (edges != nullptr ? edges[i] : first_edge + i) : 0;
    if (next == changes.size()) {
      out.neighbours.push_back(neighbours[i++]);
      out.edges.push_back(edge);
      continue;
    }
    const DeltaEntry& change = changes[next];
    if (i < count && std::tie(neighbours[i], edge) < std::tie(change.neighbour, change.edge)) {
      out.neighbours.push_back(neighbours[i++]);
      out.edges.push_back(edge);
      continue;
    }
    if (i < count && neighbours[i] == change.neighbour && edge == change.edge) ++i;
    if (change.operation == DeltaEntry::kAdd) {
      out.neighbours.push_back(change.neighbour);
      out.edges.push_back(change.edge);
    }
    ++next;
  }
}

void merge_chunk(const AdjacencyView* base, std::uint32_t nodes,
                 std::span<const DeltaEntry> changes,
                 const std::map<std::uint32_t, EdgeList>& replaced, MergedChunk& out) {
  const bool in_order =
      std::is_sorted(changes.begin(), changes.end(),
                     [](const DeltaEntry& a, const DeltaEntry& b) { return a.local < b.local; });
  if (!in_order || (!changes.empty() && changes.back().local >= nodes) ||
      (base != nullptr && base->nodes() < nodes)) {
    throw Error(status::kCorrupt, "adjacency delta: its entries do not fit its chunk");
  }
  std::vector<std::uint32_t> expanded;
  const std::uint32_t* offsets = nullptr;
  if (base == nullptr) {
    expanded.assign(nodes + 1, 0);
    offsets = expanded.data();
  } else if (base->sparse()) {
    expanded.resize(nodes + 1);
    base->expand_offsets(expanded.data());
    offsets = expanded.data();
  } else {
    offsets = base->offsets();
  }
  const std::uint32_t base_edges = base != nullptr ? base->edge_count() : 0;
  out.offsets.resize(nodes + 1);
  out.list.neighbours.clear();
  out.list.edges.clear();
  out.list.neighbours.reserve(base_edges + changes.size());
  out.list.edges.reserve(base_edges + changes.size());
  out.hubs.clear();
  if (base != nullptr) {
    for (const HubEntry& hub : base->hubs()) {
      if (!replaced.contains(hub.local)) out.hubs.push_back(hub);
    }
  }

  const auto copy_nodes = [&](std::uint32_t first, std::uint32_t last) {
    const std::uint32_t begin = offsets[first] & ~kHubBit, end = offsets[last] & ~kHubBit;
    const std::uint32_t moved = out.list.size() - begin;
    for (std::uint32_t i = first; i < last; ++i) out.offsets[i] = offsets[i] + moved;
    if (begin == end) return;
    out.list.neighbours.insert(out.list.neighbours.end(), base->neighbours() + begin,
                               base->neighbours() + end);
    if (!base->implicit_edges()) {
      out.list.edges.insert(out.list.edges.end(), base->edges() + begin, base->edges() + end);
    } else {
      for (std::uint32_t i = begin; i < end; ++i) out.list.edges.push_back(base->edge_number(i));
    }
  };

  std::uint32_t next_node = 0;
  std::size_t at = 0;
  auto replacement = replaced.begin();
  while (at < changes.size() || replacement != replaced.end()) {
    std::uint32_t local = at < changes.size() ? changes[at].local : nodes;
    if (replacement != replaced.end()) local = std::min(local, replacement->first);
    copy_nodes(next_node, local);
    next_node = local + 1;
    const std::size_t first = at;
    while (at < changes.size() && changes[at].local == local) ++at;
    if (replacement != replaced.end() && replacement->first == local) {
      out.offsets[local] = out.list.size();
      const EdgeList& edges = (replacement++)->second;
      out.list.neighbours.insert(out.list.neighbours.end(), edges.neighbours.begin(),
                                 edges.neighbours.end());
      out.list.edges.insert(out.list.edges.end(), edges.edges.begin(), edges.edges.end());
    } else if ((offsets[local] & kHubBit) != 0) {
      out.offsets[local] = out.list.size() | kHubBit;
    } else {
      out.offsets[local] = out.list.size();
      const std::uint32_t begin = offsets[local], end = offsets[local + 1] & ~kHubBit;
      const std::uint32_t* edges =
          begin == end || base->implicit_edges() ? nullptr : base->edges() + begin;
      merge_edges(begin == end ? nullptr : base->neighbours() + begin, edges,
                  base != nullptr ? base->first_edge() + begin : 0, end - begin,
                  changes.subspan(first, at - first), out.list);
    }
  }
  copy_nodes(next_node, nodes);
  out.offsets[nodes] = out.list.size();
}

EdgeList read_hub(const storage::Transaction& txn, const ChunkAddress& at, std::uint32_t local,
                  std::span<const DeltaEntry> changes) {
  const HubDirectory directory = read_hub_directory(txn, at, local);
  EdgeList stored;
  stored.neighbours.reserve(directory.degree());
  stored.edges.reserve(directory.degree());
  for (const HubDirectory::Segment& segment : directory.segments) {
    append_segment(txn, at, segment.segment, stored);
  }
  if (changes.empty()) return stored;
  EdgeList out;
  out.neighbours.reserve(stored.size() + changes.size());
  out.edges.reserve(stored.size() + changes.size());
  merge_edges(stored.neighbours.data(), stored.edges.data(), 0, stored.size(), changes, out);
  return out;
}

std::uint32_t hub_degree(const storage::Transaction& txn, const ChunkAddress& at,
                         std::uint32_t local) {
  return read_hub_directory(txn, at, local).degree();
}

}  // namespace geode::graph
