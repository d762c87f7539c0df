#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <geode/error.hpp>
#include "graph/chunk/column_chunk.hpp"
#include "graph/delta/row_delta.hpp"
#include "graph/held_bytes.hpp"
#include "graph/statistics.hpp"
#include "storage/value_codec.hpp"
#include "verify/adjacency_walk.hpp"
#include "verify/run.hpp"

namespace geode::verifier {

namespace {

using graph::kExtentBits;
using graph::kExtentRows;
constexpr auto kBase = Table::kBase;
constexpr auto kHot = Table::kHot;

/// The edges of one label. Those with numbers of one range at a time are laid out by number from
/// the outgoing side; the incoming side and the column of sources are compared with that.
class EdgeCheck {
 public:
  EdgeCheck(Run& run, EdgeLabelId label)
      : run_(run),
        label_(label),
        number_(graph::keys::number(label)),
        graph_(run.catalog->graph_of(label)),
        out_(run, label, Direction::kOut),
        in_(run, label, Direction::kIn),
        pairs_{std::vector<std::uint64_t>(run.catalog->label_count()),
               std::vector<std::uint64_t>(run.catalog->label_count())} {}

  void check() {
    if (!run_.guard(kHot, run_.edge_label_text(number_), [&] {
          for (const Direction side : {Direction::kOut, Direction::kIn}) {
            kept_[graph::keys::code(side)] = graph::read_record<graph::EdgeStatistics>(
                run_.txn(), graph::keys::edge_statistics(side, label_));
          }
        })) {
      return;
    }
    limit_ = std::min<std::uint64_t>(kept_[0].next_edge, std::uint64_t{1} << 32);
    out_whole_ = out_.check();
    in_whole_ = in_.check();
    sources_whole_ = run_.whole(ElementKind::kEdge, number_, graph::kSourceColumn);
    const std::uint64_t capacity =
        std::max<std::uint64_t>(run_.options().memory_bytes / kBytesAnEdge, kExtentRows) &
        ~std::uint64_t{kExtentRows - 1};
    std::uint64_t first = 0;
    do {
      check_range(first, std::min(limit_, first + capacity), first == 0);
      first += capacity;
    } while (first < limit_);
    check_counts();
  }

  GraphId graph() const { return graph_; }
  std::uint64_t count() const { return counted_[0]; }
  bool whole() const { return out_whole_; }

 private:
  static constexpr std::uint64_t kBytesAnEdge = 17;  // of the arrays below, and of its column
  enum : std::uint8_t { kLeaves = 1, kArrives = 2 };

  std::string edge(std::uint64_t number) const { return run_.edge_text(number_, number); }
  static std::string ends(std::uint64_t source, std::uint64_t target) {
    return "node " + std::to_string(source) + " to node " + std::to_string(target);
  }

  void check_range(std::uint64_t first, std::uint64_t last, bool first_time) {
    first_ = first;
    const auto size = static_cast<std::size_t>(last - first);
    source_.assign(size, 0);
    target_.assign(size, 0);
    state_.assign(size, 0);
    out_.each([&](std::uint64_t node, auto neighbours, auto edges) {
      if (first_time) count_node(Direction::kOut, node, neighbours, edges);
      for (std::size_t i = 0; i < edges.size(); ++i) leave(node, neighbours[i], edges[i]);
    });
    in_.each([&](std::uint64_t node, auto neighbours, auto edges) {
      if (first_time) count_node(Direction::kIn, node, neighbours, edges);
      for (std::size_t i = 0; i < edges.size(); ++i) arrive(neighbours[i], node, edges[i]);
    });
    if (out_whole_ && in_whole_) {
      for (std::size_t i = 0; i < size; ++i) {
        if (state_[i] != kLeaves) continue;
        run_.damage(kBase, edge(first + i),
                    "it leaves node " + std::to_string(source_[i]) + " and arrives nowhere",
                    "an incoming side at node " + std::to_string(target_[i]));
      }
    }
    if (out_whole_ && sources_whole_) compare_sources(first, last);
  }

  /// What is counted of a side as a whole, and what can be said of an edge by itself.
  void count_node(Direction side, std::uint64_t node, std::span<const std::uint32_t> neighbours,
                  std::span<const std::uint32_t> edges) {
    run_.looked_at(edges.size());
    counted_[graph::keys::code(side)] += edges.size();
    if (run_.extents_whole) {
      const std::uint32_t shape = run_.shape_of(node);
      if (shape != graph::kNoShape) {
        for (const LabelId label : run_.catalog->shape_labels(ShapeId{shape})) {
          // A shape may name a label that is not there, which is a finding of the catalog.
          std::vector<std::uint64_t>& counts = pairs_[graph::keys::code(side)];
          if (graph::keys::number(label) < counts.size()) {
            counts[graph::keys::number(label)] += edges.size();
          }
        }
      }
    }
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (edges[i] >= limit_) {
        run_.damage(kBase, edge(edges[i]), "an edge of this number",
                    "edges below number " + std::to_string(limit_) + ", the next to be given");
      }
      if (side != Direction::kOut) continue;
      if (neighbours[i] == node) ++loops_;
      if (!run_.extents_whole) continue;
      check_end(edges[i], "source", node);
      check_end(edges[i], "target", neighbours[i]);
    }
  }

  void check_end(std::uint32_t number, const char* end, std::uint64_t node) {
    const std::uint32_t shape = run_.shape_of(node);
    if (shape == graph::kNoShape) {
      run_.damage(kBase, edge(number),
                  std::string("its ") + end + ", node " + std::to_string(node) + ", does not exist",
                  "ends that exist");
    } else if (run_.catalog->graph_of(ShapeId{shape}) != graph_) {
      run_.damage(
          kBase, edge(number),
          std::string("its ") + end + ", node " + std::to_string(node) + ", is of another graph",
          "ends in the graph of its label");
    }
  }

  void leave(std::uint64_t node, std::uint32_t target, std::uint32_t number) {
    if (number < first_ || number - first_ >= state_.size()) return;
    const std::size_t at = number - first_;
    if (state_[at] != 0) {
      run_.damage(
          kBase, edge(number),
          "it leads from " + ends(source_[at], target_[at]) + " and from " + ends(node, target),
          "each number once");
      return;
    }
    state_[at] = kLeaves;
    source_[at] = static_cast<std::uint32_t>(node);
    target_[at] = target;
  }

  void arrive(std::uint32_t source, std::uint64_t node, std::uint32_t number) {
    if (number < first_ || number - first_ >= state_.size() || !out_whole_) return;
    const std::size_t at = number - first_;
    if (state_[at] == 0) {
      run_.damage(kBase, edge(number),
                  "it arrives at node " + std::to_string(node) + " and leaves nowhere",
                  "an outgoing side at node " + std::to_string(source));
    } else if ((state_[at] & kArrives) != 0) {
      run_.damage(kBase, edge(number),
                  "it arrives twice, the second time at node " + std::to_string(node),
                  "each number once");
    } else if (source_[at] != source || target_[at] != node) {
      run_.damage(kBase, edge(number), "its incoming side leads from " + ends(source, node),
                  ends(source_[at], target_[at]) + ", as its outgoing side");
    }
    state_[at] |= kArrives;
  }

  /// The column of sources says which numbers are of edges, and where they begin.
  void compare_sources(std::uint64_t first, std::uint64_t last) {
    std::vector<std::int64_t> stored(static_cast<std::size_t>(last - first), kNone);
    for (std::uint64_t chunk = first >> kExtentBits; chunk << kExtentBits < last; ++chunk) {
      read_base(static_cast<std::uint32_t>(chunk), first, stored);
    }
    read_rows(first, last, stored);
    for (std::size_t i = 0; i < stored.size(); ++i) {
      const bool leaves = (state_[i] & kLeaves) != 0;
      if (leaves ? stored[i] == static_cast<std::int64_t>(source_[i]) : stored[i] == kNone) {
        continue;
      }
      run_.damage(kBase, edge(first + i),
                  stored[i] == kNone
                      ? "no source in the column of sources"
                      : "node " + std::to_string(stored[i]) + " in the column of sources",
                  leaves ? "node " + std::to_string(source_[i]) + ", which it leaves"
                         : "none, as it leaves no node");
    }
  }

  void read_base(std::uint32_t chunk, std::uint64_t first, std::vector<std::int64_t>& out) const {
    const auto bytes = run_.txn().get(
        kBase, graph::keys::column_chunk(ElementKind::kEdge, number_, graph::kSourceColumn, chunk));
    if (!bytes) return;
    const graph::HeldBytes held(*bytes);
    const graph::ColumnView view(held.view());
    const std::uint64_t base = (std::uint64_t{chunk} << kExtentBits) - first;
    for (std::uint32_t row = 0; row < view.header().rows && base + row < out.size(); ++row) {
      const std::uint32_t entry = view.entry(row);
      if (entry == graph::ColumnView::kAbsent) continue;
      const Value value = view.value(entry);
      out[base + row] = value.type() == ValueType::kInt64 ? value.as_int64() : kNoNode;
    }
  }

  void read_rows(std::uint64_t first, std::uint64_t last, std::vector<std::int64_t>& out) const {
    const graph::Key prefix = graph::keys::row_prefix(ElementKind::kEdge, number_);
    storage::Cursor cursor = run_.txn().cursor(kHot);
    for (bool more = cursor.seek(graph::keys::row(ElementKind::kEdge, number_, first));
         more && cursor.has_prefix(prefix); more = cursor.next()) {
      const std::uint64_t id = graph::keys::u64_at(cursor.key(), 6);
      if (id >= last) break;
      const graph::RowView row(cursor.value());
      std::int64_t& source = out[static_cast<std::size_t>(id - first)];
      if (row.deleted()) source = kNone;
      if (const auto field = row.find(graph::kSourceColumn)) {
        const Value value = field->empty() ? Value() : storage::decode_value(*field);
        source = value.is_null()                     ? kNone
                 : value.type() == ValueType::kInt64 ? value.as_int64()
                                                     : kNoNode;
      }
    }
  }

  void check_counts() {
    const std::string name = run_.edge_label_text(number_);
    for (const Direction side : {Direction::kOut, Direction::kIn}) {
      const std::uint8_t code = graph::keys::code(side);
      if (side == Direction::kOut ? !out_whole_ : !in_whole_) continue;
      const char* direction = side == Direction::kOut ? ", outgoing" : ", incoming";
      run_.compare_count(kHot, name + direction, kept_[code].count, counted_[code]);
      if (kept_[code].last_change > run_.header.epoch) {
        run_.damage(kHot, name + direction,
                    "a change of epoch " + std::to_string(kept_[code].last_change),
                    "none after that of the header, " + std::to_string(run_.header.epoch));
      }
      check_pairs(side);
      run_.guard(kHot, name + direction, [&] { check_degrees(side); });
    }
    if (out_whole_) run_.compare_count(kHot, name + ", loops", kept_[0].loops, loops_);
  }

  void check_pairs(Direction side) {
    if (!run_.extents_whole) return;
    const std::uint8_t code = graph::keys::code(side);
    for (std::uint32_t i = 0; i < pairs_[code].size(); ++i) {
      if (!run_.known_label(i)) continue;
      const std::string where = run_.edge_label_text(number_) +
                                (side == Direction::kOut ? " from " : " to ") +
                                run_.label_text(LabelId{i});
      run_.guard(kHot, where, [&] {
        const auto kept = graph::read_record<std::uint64_t>(
            run_.txn(), graph::keys::label_pair_count(side, label_, LabelId{i}));
        run_.compare_count(kHot, where, kept, pairs_[code][i]);
      });
    }
  }

  void check_degrees(Direction side) {
    const graph::DegreeHistogram& counted =
        side == Direction::kOut ? out_.degrees() : in_.degrees();
    const auto kept = graph::read_record<graph::DegreeHistogram>(
        run_.txn(), graph::keys::degree_histogram(side, label_));
    const bool squares =
        std::abs(kept.squares - counted.squares) <= 1e-9 * std::max(1.0, counted.squares);
    if (kept.nodes == counted.nodes && kept.edges == counted.edges && squares) return;
    run_.damage(kHot,
                run_.edge_label_text(number_) +
                    (side == Direction::kOut ? ", outgoing degrees" : ", incoming degrees"),
                "degrees of " + std::to_string(kept.edges) + " edges, whose squares add up to " +
                    std::to_string(kept.squares),
                "degrees of " + std::to_string(counted.edges) + " edges and " +
                    std::to_string(counted.squares) + ", which the chunks have");
  }

  static constexpr std::int64_t kNone = -1;    // no edge has the number
  static constexpr std::int64_t kNoNode = -2;  // a value that is no number of a node

  Run& run_;
  const EdgeLabelId label_;
  const std::uint32_t number_;
  const GraphId graph_;
  AdjacencyWalk out_, in_;
  bool out_whole_ = true, in_whole_ = true, sources_whole_ = true;
  std::array<graph::EdgeStatistics, 2> kept_{};
  std::uint64_t limit_ = 0;
  std::array<std::uint64_t, 2> counted_{};
  std::uint64_t loops_ = 0;
  std::array<std::vector<std::uint64_t>, 2> pairs_;  // by side and label of the node there
  // Of the edges from first_ on: where they lead, and on which sides they were met.
  std::uint64_t first_ = 0;
  std::vector<std::uint32_t> source_, target_;
  std::vector<std::uint8_t> state_;
};

}  // namespace

void check_edges(Run& run) {
  std::uint64_t total = 0;
  for (const catalog::GraphDefinition& each : run.catalog->graphs()) {
    const auto bytes = run.txn().get(Table::kHot, graph::keys::graph_statistics(each.id));
    if (bytes && bytes->size() == sizeof(graph::GraphStatistics)) {
      total += 2 * graph::read_record<graph::GraphStatistics>(
                       run.txn(), graph::keys::graph_statistics(each.id))
                       .edges;
    }
  }
  run.begin_part("edges", "sides of edges", total);
  std::map<GraphId, std::uint64_t> edges_of_graph;
  std::map<GraphId, bool> damaged;
  for (std::uint32_t label = 0; label < run.catalog->edge_label_count(); ++label) {
    if (!run.known_edge_label(label)) continue;
    const std::uint32_t shift = run.catalog->chunk_shift(EdgeLabelId{label}, false);
    const std::uint32_t in_shift = run.catalog->chunk_shift(EdgeLabelId{label}, true);
    const GraphId graph = run.catalog->graph_of(EdgeLabelId{label});
    if (std::min(shift, in_shift) < graph::kMinimumChunkShift ||
        std::max(shift, in_shift) > graph::kMaximumChunkShift) {
      damaged[graph] = true;  // a finding of the catalog; its chunks cannot be told apart
      continue;
    }
    EdgeCheck check(run, EdgeLabelId{label});
    check.check();
    edges_of_graph[graph] += check.count();
    damaged[graph] = damaged[graph] || !check.whole();
  }
  for (const catalog::GraphDefinition& each : run.catalog->graphs()) {
    if (damaged[each.id]) continue;
    run.guard(Table::kHot, "counts of graph " + each.name, [&] {
      const auto kept = graph::read_record<graph::GraphStatistics>(
          run.txn(), graph::keys::graph_statistics(each.id));
      run.compare_count(Table::kHot, "edges of graph " + each.name, kept.edges,
                        edges_of_graph[each.id]);
    });
  }
}

}  // namespace geode::verifier
