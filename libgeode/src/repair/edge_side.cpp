#include "repair/edge_side.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <geode/error.hpp>
#include "graph/held_bytes.hpp"
#include "graph/keys.hpp"

namespace geode::repair {

namespace {

using graph::DeltaEntry;
namespace keys = graph::keys;

/// The changes of a chunk in the order that merging relies on.
std::vector<DeltaEntry> read_delta(ByteView bytes, std::uint32_t nodes) {
  const graph::AdjacencyDelta delta(bytes);
  std::vector<DeltaEntry> out(delta.sorted_entries().begin(), delta.sorted_entries().end());
  const bool known = std::all_of(out.begin(), out.end(), [&](const DeltaEntry& entry) {
    return entry.local < nodes && entry.operation <= DeltaEntry::kDropNode;
  });
  if (!known || !std::is_sorted(out.begin(), out.end())) {
    throw Error(status::kCorrupt, "adjacency delta: its entries make no sense");
  }
  return out;
}

}  // namespace

EdgeSide::EdgeSide(const Pieces& pieces, Losses& losses, graph::EdgeLabelId label,
                   graph::Direction direction, std::uint32_t shift, std::string name)
    : pieces_(pieces),
      losses_(losses),
      label_(label),
      direction_(direction),
      shift_(shift),
      name_(std::move(name)) {}

void EdgeSide::lost(std::uint32_t chunk, const std::string& what) {
  whole_ = false;
  const std::uint64_t first = std::uint64_t{chunk} << shift_;
  losses_.add(name_ + (direction_ == graph::Direction::kOut ? ", outgoing" : ", incoming") +
                  " side of nodes " + std::to_string(first) + " to " +
                  std::to_string(first + (1u << shift_) - 1),
              what + "; what the other side has is saved");
}

std::set<std::uint32_t> EdgeSide::find_chunks() const {
  std::set<std::uint32_t> out;
  const auto find = [&](Table table, const graph::Key& prefix) {
    storage::Cursor cursor = pieces_.txn().cursor(table);
    for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
      if (cursor.key().size() >= 10) out.insert(keys::u32_at(cursor.key(), 6));
    }
  };
  find(Table::kBase, keys::adjacency_prefix(direction_, label_));
  find(Table::kHot, graph::Key().u8(0x10).u8(keys::code(direction_)).u32(keys::number(label_)));
  return out;
}

void EdgeSide::each(const Visit& visit) {
  const std::set<std::uint32_t> chunks = find_chunks();
  for (const std::uint32_t chunk : chunks) {
    if (std::uint64_t{chunk} << shift_ > UINT32_MAX) continue;
    read_chunk(chunk, visit);
  }
  // Chunks of which nothing is left.
  const graph::Key first = keys::adjacency_chunk(direction_, label_, 0);
  const graph::Key end = keys::adjacency_chunk(direction_, label_, UINT32_MAX);
  whole_ = whole_ && !pieces_.may_miss(Table::kBase, first, end) &&
           !pieces_.may_miss(Table::kHot, keys::adjacency_delta(direction_, label_, 0),
                             keys::adjacency_delta(direction_, label_, UINT32_MAX));
}

void EdgeSide::read_chunk(std::uint32_t chunk, const Visit& visit) {
  const std::uint32_t nodes = 1u << shift_;
  const std::uint32_t first = chunk << shift_;
  const graph::Key base_key = keys::adjacency_chunk(direction_, label_, chunk);
  const graph::Key delta_key = keys::adjacency_delta(direction_, label_, chunk);
  graph::HeldBytes held;
  std::optional<graph::AdjacencyView> base;
  std::string fault;
  if (const auto stored = pieces_.txn().get(Table::kBase, base_key)) {
    try {
      held = graph::HeldBytes(*stored);
      const graph::AdjacencyView view(held.view());
      view.verify();
      if (view.nodes() != nodes) throw Error(status::kCorrupt, "it is of another size");
      base = view;
    } catch (const Error& error) {
      fault = error.message();
    }
  } else if (pieces_.may_miss(Table::kBase, base_key)) {
    fault = "its edges cannot be read";
  }
  if (!fault.empty()) lost(chunk, fault);
  std::vector<DeltaEntry> changes;
  bool outdated = false;
  if (const auto stored = pieces_.txn().get(Table::kHot, delta_key)) {
    try {
      changes = read_delta(*stored, nodes);
    } catch (const Error& error) {
      outdated = true;
      lost(chunk, error.message());
    }
  } else if (pieces_.may_miss(Table::kHot, delta_key)) {
    outdated = true;
    lost(chunk, "what changed its edges last may be lost");
  }
  for (std::uint32_t local = 0; local < nodes; ++local) {
    graph::EdgeList list;
    const auto own = graph::entries_of(changes, local);
    const auto range = base ? base->range(local) : graph::AdjacencyView::Range{};
    if (range.hub) {
      const graph::EdgeList hub = read_hub(chunk, first + local);
      graph::merge_edges(hub.neighbours.data(), hub.edges.data(), 0, hub.size(), own, list);
    } else if (base) {
      graph::merge_edges(base->neighbours() + range.begin,
                         base->edges() != nullptr ? base->edges() + range.begin : nullptr,
                         base->first_edge() + range.begin, range.degree(), own, list);
    } else {
      graph::merge_edges(nullptr, nullptr, 0, 0, own, list);
    }
    if (list.size() > 0) visit(first + local, list, outdated);
  }
}

graph::EdgeList EdgeSide::read_hub(std::uint32_t chunk, std::uint32_t node) {
  graph::EdgeList out;
  const graph::Key directory_key = keys::hub_directory(direction_, label_, chunk, node);
  try {
    const auto stored = pieces_.txn().get(Table::kBase, directory_key);
    if (!stored) throw Error(status::kCorrupt, "the directory of a hub cannot be read");
    for (const auto& segment : graph::HubDirectory::decode(*stored).segments) {
      const auto bytes = pieces_.txn().get(
          Table::kBase, keys::hub_segment(direction_, label_, chunk, segment.segment));
      if (!bytes) {
        lost(chunk,
             "a segment of a hub, with " + std::to_string(segment.size) + " edges, cannot be read");
        continue;
      }
      const graph::HeldBytes held(*bytes);
      const graph::HubSegmentView view(held.view(), true);
      out.neighbours.insert(out.neighbours.end(), view.neighbours.begin(), view.neighbours.end());
      out.edges.insert(out.edges.end(), view.edges.begin(), view.edges.end());
    }
  } catch (const Error& error) {
    lost(chunk, error.message());
  }
  return out;
}

}  // namespace geode::repair
