#include "verify/adjacency_walk.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include <geode/error.hpp>
#include "graph/held_bytes.hpp"

namespace geode::verifier {

namespace {

using graph::DeltaEntry;
using graph::EdgeList;
using graph::kHubBit;
constexpr auto kBase = Table::kBase;
constexpr auto kHot = Table::kHot;

/// The first place where edges do not ascend by (neighbour, edge), or the number of edges.
std::size_t ascends_until(std::span<const std::uint32_t> neighbours,
                          std::span<const std::uint32_t> edges) {
  for (std::size_t i = 1; i < neighbours.size(); ++i) {
    if (std::tie(neighbours[i - 1], edges[i - 1]) >= std::tie(neighbours[i], edges[i])) return i;
  }
  return neighbours.size();
}

bool contains(std::span<const std::uint32_t> neighbours, std::span<const std::uint32_t> edges,
              const DeltaEntry& entry) {
  const auto first = static_cast<std::size_t>(
      std::lower_bound(neighbours.begin(), neighbours.end(), entry.neighbour) - neighbours.begin());
  for (std::size_t i = first; i < neighbours.size() && neighbours[i] == entry.neighbour; ++i) {
    if (edges[i] == entry.edge) return true;
  }
  return false;
}

}  // namespace

/// A chunk as it is stored, and its delta.
struct AdjacencyWalk::Chunk {
  graph::HeldBytes bytes;
  graph::AdjacencyView view;
  bool has_base = false;
  std::vector<std::uint32_t> offsets;  ///< of all nodes, whatever the form
  std::vector<std::uint32_t> edges;    ///< numbers of all edges of the chunk
  graph::AdjacencyDelta delta;

  void expand() {
    offsets.resize(view.nodes() + std::size_t{1});
    view.expand_offsets(offsets.data());
    if (view.implicit_edges()) {
      edges.resize(view.edge_count());
      std::iota(edges.begin(), edges.end(), view.first_edge());
    } else {
      edges.assign(view.edges(), view.edges() + view.edge_count());
    }
  }
  bool is_hub(std::uint32_t local) const { return has_base && (offsets[local] & kHubBit) != 0; }
  std::span<const std::uint32_t> neighbours_of(std::uint32_t local) const {
    if (!has_base) return {};
    const std::uint32_t begin = offsets[local] & ~kHubBit, end = offsets[local + 1] & ~kHubBit;
    return {view.neighbours() + begin, end - begin};
  }
  std::span<const std::uint32_t> edges_of(std::uint32_t local) const {
    if (!has_base) return {};
    const std::uint32_t begin = offsets[local] & ~kHubBit, end = offsets[local + 1] & ~kHubBit;
    return std::span(edges).subspan(begin, end - begin);
  }
};

AdjacencyWalk::AdjacencyWalk(Run& run, EdgeLabelId label, Direction direction)
    : run_(run),
      label_(label),
      direction_(direction),
      shift_(run.catalog->chunk_shift(label, direction == Direction::kIn)) {}

std::string AdjacencyWalk::text(std::uint32_t chunk) const {
  return run_.edge_label_text(graph::keys::number(label_)) +
         (direction_ == Direction::kOut ? ", outgoing" : ", incoming") + ", chunk " +
         std::to_string(chunk);
}

void AdjacencyWalk::damage(std::uint32_t chunk, std::string found, std::string expected) {
  damaged_.insert(chunk);
  run_.damage(kBase, text(chunk), std::move(found), std::move(expected));
}

graph::ChunkAddress AdjacencyWalk::address(std::uint32_t chunk) const {
  return {direction_, label_, chunk, shift_};
}

void AdjacencyWalk::find_chunks() {
  const auto gather = [&](Table table, const graph::Key& prefix, std::size_t at) {
    storage::Cursor cursor = run_.txn().cursor(table);
    for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
      if (cursor.key().size() < at + 4) continue;
      const std::uint32_t chunk = graph::keys::u32_at(cursor.key(), at);
      if (chunks_.empty() || chunks_.back() != chunk) chunks_.push_back(chunk);
    }
  };
  const std::uint8_t side = graph::keys::code(direction_);
  gather(kBase, graph::keys::adjacency_prefix(direction_, label_), 6);
  gather(kBase, graph::Key().u8(0x11).u8(side).u32(graph::keys::number(label_)), 6);
  gather(kHot, graph::Key().u8(0x10).u8(side).u32(graph::keys::number(label_)), 6);
  std::sort(chunks_.begin(), chunks_.end());
  chunks_.erase(std::unique(chunks_.begin(), chunks_.end()), chunks_.end());
}

void AdjacencyWalk::read(std::uint32_t number, Chunk& out) const {
  if (const auto stored =
          run_.txn().get(kBase, graph::keys::adjacency_chunk(direction_, label_, number))) {
    out.bytes = graph::HeldBytes(*stored);
    out.view = graph::AdjacencyView(out.bytes.view());
    out.has_base = true;
  }
  if (const auto stored =
          run_.txn().get(kHot, graph::keys::adjacency_delta(direction_, label_, number))) {
    out.delta = graph::AdjacencyDelta(*stored);
  }
}

bool AdjacencyWalk::check() {
  find_chunks();
  for (const std::uint32_t number : chunks_) {
    if (!run_.guard(kBase, text(number), [&] { check_chunk(number); })) damaged_.insert(number);
  }
  return damaged_.empty();
}

void AdjacencyWalk::check_chunk(std::uint32_t number) {
  if (number > (0xffffffffu >> shift_)) {
    return damage(number, "nodes above number 4294967295", "numbers of 32 bits");
  }
  Chunk chunk;
  read(number, chunk);
  std::set<std::uint32_t> segments;
  if (chunk.has_base) {
    chunk.view.verify();
    if (chunk.view.nodes() != 1u << shift_) {
      return damage(number, std::to_string(chunk.view.nodes()) + " nodes",
                    std::to_string(1u << shift_));
    }
    if (chunk.view.folded_lsn() > run_.header.lsn) {
      damage(number, "changes of commit " + std::to_string(chunk.view.folded_lsn()),
             "none after the last one, " + std::to_string(run_.header.lsn));
    }
    chunk.expand();
    check_base(number, chunk);
    std::uint32_t hubs = 0;
    for (std::uint32_t local = 0; local < chunk.view.nodes(); ++local) {
      const auto degree = static_cast<std::uint32_t>(chunk.neighbours_of(local).size());
      if (!chunk.is_hub(local)) {
        degrees_.add(degree);
        continue;
      }
      ++hubs;
      degrees_.add(check_hub(number, local, segments).size());
    }
    if (hubs != chunk.view.hubs().size()) {
      damage(number, std::to_string(hubs) + " nodes marked as hubs",
             std::to_string(chunk.view.hubs().size()) + ", as many as it lists");
    }
  }
  check_segments(number, segments);
  if (!damaged_.contains(number)) check_delta(number, chunk);
}

void AdjacencyWalk::check_base(std::uint32_t number, Chunk& chunk) {
  for (std::uint32_t local = 0; local < chunk.view.nodes(); ++local) {
    const auto neighbours = chunk.neighbours_of(local);
    if (ascends_until(neighbours, chunk.edges_of(local)) == neighbours.size()) continue;
    damage(number,
           "edges of " + Run::node_text(address(number).first_node() + std::uint64_t{local}) +
               " in no order",
           "edges by neighbour and number");
    return;
  }
}

graph::EdgeList AdjacencyWalk::check_hub(std::uint32_t number, std::uint32_t local,
                                         std::set<std::uint32_t>& segments) {
  const std::uint32_t node = address(number).first_node() + local;
  const auto stored =
      run_.txn().get(kBase, graph::keys::hub_directory(direction_, label_, number, node));
  if (!stored) throw Error(status::kCorrupt, Run::node_text(node) + " is a hub without directory");
  const graph::HubDirectory directory = graph::HubDirectory::decode(*stored);
  EdgeList all;
  for (const graph::HubDirectory::Segment& segment : directory.segments) {
    const auto bytes = run_.txn().get(
        kBase, graph::keys::hub_segment(direction_, label_, number, segment.segment));
    const std::string name =
        "segment " + std::to_string(segment.segment) + " of " + Run::node_text(node);
    if (!bytes) throw Error(status::kCorrupt, name + " is missing");
    if (!segments.insert(segment.segment).second) {
      throw Error(status::kCorrupt, name + " is of two hubs");
    }
    const graph::HeldBytes held(*bytes);
    const graph::HubSegmentView view(held.view(), true);
    if (view.neighbours.size() != segment.size || segment.size == 0 ||
        view.neighbours.front() != segment.first_neighbour ||
        view.edges.front() != segment.first_edge) {
      damage(number, name + " is another than its directory says", "the edges of its directory");
    }
    all.neighbours.insert(all.neighbours.end(), view.neighbours.begin(), view.neighbours.end());
    all.edges.insert(all.edges.end(), view.edges.begin(), view.edges.end());
  }
  if (ascends_until(all.neighbours, all.edges) != all.neighbours.size()) {
    damage(number, "edges of " + Run::node_text(node) + " in no order",
           "edges by neighbour and number");
  }
  return all;
}

/// Segments and directories that no hub of the chunk has are lost space.
void AdjacencyWalk::check_segments(std::uint32_t number, const std::set<std::uint32_t>& used) {
  if (damaged_.contains(number)) return;
  const graph::Key prefix = graph::keys::adjacency_prefix(direction_, label_).u32(number);
  storage::Cursor cursor = run_.txn().cursor(kBase);
  for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
    if (cursor.key().size() != 14) continue;
    const std::uint32_t segment = graph::keys::u32_at(cursor.key(), 10);
    if (segment == 0 || used.contains(segment)) continue;
    run_.warning(kBase, text(number), "segment " + std::to_string(segment) + ", which no hub has",
                 "the segments of its hubs");
  }
}

void AdjacencyWalk::check_delta(std::uint32_t number, const Chunk& chunk) {
  const std::span<const DeltaEntry> entries = chunk.delta.sorted_entries();
  const auto bad = [&](const DeltaEntry& entry, const std::string& what, std::string expected) {
    damaged_.insert(number);
    run_.damage(kHot, text(number) + ", delta",
                what + " of " +
                    Run::node_text(address(number).first_node() + std::uint64_t{entry.local}) +
                    " and edge " + std::to_string(entry.edge),
                std::move(expected));
  };
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const DeltaEntry& entry = entries[i];
    if (entry.local >= 1u << shift_ || entry.operation > DeltaEntry::kDropNode) {
      return bad(entry, "an entry", "a node of the chunk and a known change");
    }
    if (i > 0 && !(entries[i - 1] < entry)) return bad(entry, "an entry", "ascending entries");
  }
  for (std::size_t i = 0; i < entries.size();) {
    const std::uint32_t local = entries[i].local;
    const std::span<const DeltaEntry> own = graph::entries_of(entries.subspan(i), local);
    i += own.size();
    EdgeList hub;
    if (chunk.is_hub(local)) hub = graph::read_hub(run_.txn(), address(number), local, {});
    const bool dropped = own.front().operation == DeltaEntry::kDropNode;
    for (const DeltaEntry& entry : own) {
      if (entry.operation == DeltaEntry::kDropNode) continue;
      const bool in_base =
          !dropped && (chunk.is_hub(local)
                           ? contains(hub.neighbours, hub.edges, entry)
                           : contains(chunk.neighbours_of(local), chunk.edges_of(local), entry));
      if (in_base == (entry.operation == DeltaEntry::kDelete)) continue;
      return bad(
          entry,
          in_base ? "an edge more, which the chunk has," : "an edge less, which the chunk has not,",
          "changes that fit the chunk");
    }
  }
}

void AdjacencyWalk::each(const Visit& visit) {
  EdgeList merged;
  for (const std::uint32_t number : chunks_) {
    if (damaged_.contains(number)) continue;
    Chunk chunk;
    read(number, chunk);
    if (chunk.has_base) chunk.expand();
    const graph::ChunkAddress at = address(number);
    std::span<const DeltaEntry> rest = chunk.delta.sorted_entries();
    for (std::uint32_t local = 0; local < at.nodes(); ++local) {
      std::size_t own_count = 0;
      while (own_count < rest.size() && rest[own_count].local == local) ++own_count;
      const std::span<const DeltaEntry> own = rest.first(own_count);
      rest = rest.subspan(own_count);
      const std::uint64_t node = at.first_node() + std::uint64_t{local};
      if (chunk.is_hub(local)) {
        const EdgeList hub = graph::read_hub(run_.txn(), at, local, own);
        visit(node, hub.neighbours, hub.edges);
        continue;
      }
      const auto neighbours = chunk.neighbours_of(local);
      const auto edges = chunk.edges_of(local);
      if (own.empty()) {
        if (!neighbours.empty()) visit(node, neighbours, edges);
        continue;
      }
      merged.neighbours.clear();
      merged.edges.clear();
      graph::merge_edges(neighbours.data(), edges.data(), 0,
                         static_cast<std::uint32_t>(neighbours.size()), own, merged);
      if (merged.size() > 0) visit(node, merged.neighbours, merged.edges);
    }
  }
}

}  // namespace geode::verifier
