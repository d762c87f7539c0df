#include "graph/bulk_adjacency.hpp"

#include <geode/error.hpp>
#include "graph/delta/merge.hpp"
#include "graph/keys.hpp"
#include "graph/transaction_impl.hpp"

namespace geode::graph {
namespace {

constexpr auto kBase = storage::Table::kBase;
constexpr auto kHot = storage::Table::kHot;

}  // namespace

BulkAdjacency::BulkAdjacency(ChunkSink& chunks, const Place& place, WriteState* stored)
    : chunks_(chunks), place_(place), stored_(stored) {}

void BulkAdjacency::begin_node(std::uint32_t node) {
  if (open_) end_node();
  const std::uint32_t chunk = node >> place_.shift;
  if (!open_ || chunk != chunk_) {
    if (open_) write_chunk();
    chunk_ = chunk;
    next_segment_ = 1;
    chunk_is_stored_ =
        stored_ != nullptr &&
        (stored_->txn.get(kBase, keys::adjacency_chunk(place_.direction, place_.label, chunk)) ||
         stored_->txn.get(kHot, keys::adjacency_delta(place_.direction, place_.label, chunk)));
  }
  open_ = true;
  node_ = node;
  node_begin_ = neighbours_.size();
  const std::uint32_t local = node & ((1u << place_.shift) - 1);
  offsets_.resize(local + 1, static_cast<std::uint32_t>(node_begin_));
}

void BulkAdjacency::write_segment(std::size_t begin, std::size_t end) {
  const auto neighbours = std::span(neighbours_).subspan(begin, end - begin);
  const auto edges = std::span(edges_).subspan(begin, end - begin);
  encode_hub_segment(neighbours, edges, place_.lsn, bytes_);
  chunks_.put(keys::hub_segment(place_.direction, place_.label, chunk_, next_segment_), bytes_);
  hub_.segments.push_back(
      {neighbours.front(), edges.front(), next_segment_, static_cast<std::uint32_t>(end - begin)});
  ++next_segment_;
}

void BulkAdjacency::stream_segments() {
  const std::size_t end = neighbours_.size() - kSegmentEdges;
  std::size_t at = node_begin_;
  while (at + kSegmentEdges <= end) {
    write_segment(at, at + kSegmentEdges);
    at += kSegmentEdges;
  }
  const auto drop = [&](std::vector<std::uint32_t>& values) {
    values.erase(values.begin() + static_cast<std::ptrdiff_t>(node_begin_),
                 values.begin() + static_cast<std::ptrdiff_t>(at));
  };
  drop(neighbours_);
  drop(edges_);
}

void BulkAdjacency::end_node() {
  std::size_t degree = neighbours_.size() - node_begin_;
  if (!chunk_is_stored_ && (degree > kHubDegree || !hub_.segments.empty())) {
    // Full ones, which fill their pages, but for the last two, neither of which is to be small.
    std::size_t at = node_begin_;
    for (; degree > 2 * kSegmentEdges; degree -= kSegmentEdges, at += kSegmentEdges) {
      write_segment(at, at + kSegmentEdges);
    }
    const std::size_t half = degree > kSegmentEdges ? (degree + 1) / 2 : degree;
    write_segment(at, at + half);
    if (half < degree) write_segment(at + half, at + degree);
    neighbours_.resize(node_begin_);
    edges_.resize(node_begin_);
    degree = hub_.degree();
    hub_.encode(bytes_);
    chunks_.put(keys::hub_directory(place_.direction, place_.label, chunk_, node_), bytes_);
    HubEntry entry;
    entry.local = static_cast<std::uint16_t>(node_ & ((1u << place_.shift) - 1));
    entry.segments = static_cast<std::uint32_t>(hub_.segments.size());
    entry.degree = static_cast<std::uint32_t>(degree);
    entry.first_segment = hub_.segments.front().segment;
    hubs_.push_back(entry);
    offsets_.back() |= kHubBit;
    hub_.segments.clear();
  }
  degrees_.push_back({node_, static_cast<std::uint32_t>(degree), !chunk_is_stored_});
}

void BulkAdjacency::write_chunk() {
  if (chunk_is_stored_) {
    merge_into_stored_chunk();
  } else {
    const auto count = static_cast<std::uint32_t>(neighbours_.size());
    offsets_.resize((std::size_t{1} << place_.shift) + 1, count);
    AdjacencyArrays arrays;
    arrays.offsets = offsets_;
    arrays.neighbours = neighbours_;
    arrays.hubs = hubs_;
    // Edges numbered one after the other need no numbers.
    bool consecutive = true;
    for (std::uint32_t i = 1; consecutive && i < count; ++i) {
      consecutive = edges_[i] == edges_[0] + i;
    }
    if (consecutive) {
      arrays.first_edge = count > 0 ? edges_[0] : 0;
    } else {
      arrays.edges = edges_;
    }
    encode_adjacency(arrays, place_.lsn, bytes_);
    chunks_.put(keys::adjacency_chunk(place_.direction, place_.label, chunk_), bytes_);
  }
  offsets_.clear();
  neighbours_.clear();
  edges_.clear();
  hubs_.clear();
}

void BulkAdjacency::merge_into_stored_chunk() {
  AdjacencyDelta delta;
  if (const auto bytes =
          stored_->txn.get(kHot, keys::adjacency_delta(place_.direction, place_.label, chunk_))) {
    delta = AdjacencyDelta(*bytes);
  }
  const auto nodes = static_cast<std::uint32_t>(offsets_.size());
  const auto count = static_cast<std::uint32_t>(neighbours_.size());
  for (std::uint32_t local = 0; local < nodes; ++local) {
    const std::uint32_t end = local + 1 < nodes ? offsets_[local + 1] : count;
    for (std::uint32_t i = offsets_[local]; i < end; ++i) {
      delta.add(local, neighbours_[i], edges_[i], place_.lsn);
    }
  }
  fold_adjacency_chunk(stored_->txn, {place_.direction, place_.label, chunk_, place_.shift},
                       delta.entries(), place_.lsn,
                       stored_->statistics.degrees(place_.direction, place_.label));
}

void BulkAdjacency::finish() {
  if (!open_) return;
  end_node();
  write_chunk();
  open_ = false;
}

void ShapeCounts::add(std::span<const BulkAdjacency::Degree> degrees) {
  for (const BulkAdjacency::Degree& degree : degrees) {
    // Without labels of their own, deleted nodes and ids that were never given have no shape.
    const Extent& extent = write_.labels.extent(degree.node >> kExtentBits);
    const std::uint32_t shape = extent.shape_of(degree.node & (kExtentRows - 1));
    if (shape == kNoShape) {
      throw Error(status::kElementDeleted,
                  "node " + std::to_string(degree.node) + " does not exist")
          .category("EntityNotFound", "DeletedEntityAccess");
    }
    if (shape >= edges_by_shape_.size()) edges_by_shape_.resize(shape + 1, 0);
    edges_by_shape_[shape] += degree.edges;
    if (degree.in_new_chunk) degrees_.add(degree.edges);
  }
}

void ShapeCounts::finish(EdgeLabelId label, Direction direction) {
  const catalog::StoredCatalog& catalog = write_.catalog.catalog();
  for (std::uint32_t shape = 0; shape < edges_by_shape_.size(); ++shape) {
    if (edges_by_shape_[shape] == 0) continue;
    for (const LabelId node_label : catalog.shape_labels(ShapeId{shape})) {
      write_.statistics.label_pair(direction, label, node_label) += edges_by_shape_[shape];
    }
  }
  write_.statistics.degrees(direction, label).add(degrees_);
}

}  // namespace geode::graph
