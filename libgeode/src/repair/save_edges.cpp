#include <algorithm>

#include <geode/error.hpp>
#include "graph/statistics.hpp"
#include "repair/edge_side.hpp"
#include "repair/output.hpp"
#include "repair/rows.hpp"

namespace geode::repair {

namespace {

using graph::Direction;
namespace keys = graph::keys;

/// Edges on their way into the output, in batches.
class Batch {
 public:
  Batch(ElementValues& values, std::span<const PropertyKeyId> keys) : rows(values, keys) {}
  Rows rows;
  std::vector<NodeId> sources, targets;
  void clear() {
    rows.clear();
    sources.clear();
    targets.clear();
  }
};

}  // namespace

void Output::save_edges() {
  for (std::uint32_t label = 0; label < known_->edge_label_count(); ++label) {
    if (known_->graph_of(EdgeLabelId{label}) != catalog::kNoGraph) save_label(EdgeLabelId{label});
  }
}

void Output::save_label(EdgeLabelId label) {
  const std::string name = "edges of label " + known_->edge_label_name(label);
  const std::uint32_t number = keys::number(label);
  ElementValues values(pieces_, losses_, graph::ElementKind::kEdge, number, name);
  const std::vector<PropertyKeyId> keys_of = named(values);
  std::vector<std::string> names;
  for (const PropertyKeyId key : keys_of) names.push_back(known_->property_key_name(key));
  const GraphId graph = graph_of(known_->graph_of(label));
  // Bulk loads make edges that have a direction.
  const bool directed = !pieces_.undirected(label);
  graph::GraphTransaction& txn = loader_->transaction();
  EdgeLabelId new_label{};
  std::vector<PropertyKeyId> new_keys;
  if (directed) {
    loader_->use_graph(graph);
    loader_->begin_edges(known_->edge_label_name(label), names);
  } else {
    new_label = txn.intern_edge_label(graph, known_->edge_label_name(label), false);
    for (const std::string& each : names) new_keys.push_back(txn.intern_property_key(each));
  }

  std::uint64_t limit = pieces_.file_bytes();  // more edges than bytes there never were
  losses_.guard("the counts of " + name, [&] {
    const auto kept = graph::read_record<graph::EdgeStatistics>(
        pieces_.txn(), keys::edge_statistics(Direction::kOut, label));
    if (kept.next_edge > 0) limit = std::min(limit, kept.next_edge);
  });
  std::vector<bool> saved;
  std::uint64_t without_end = 0, outdated_edges = 0;
  Batch batch(values, keys_of);
  const auto write = [&] {
    if (directed) {
      loader_->add_edges(batch.sources.data(), batch.targets.data(), batch.rows.vectors(),
                         batch.rows.size());
    }
    for (std::uint32_t i = 0; !directed && i < batch.rows.size(); ++i) {
      graph::Properties properties = batch.rows.properties(i);
      for (auto& [key, value] : properties) {
        key = new_keys[static_cast<std::size_t>(std::find(keys_of.begin(), keys_of.end(), key) -
                                                keys_of.begin())];
      }
      txn.insert_edge(batch.sources[i], batch.targets[i], new_label, properties);
    }
    losses_.report().edges += batch.rows.size();
    losses_.progress("edges", losses_.report().edges, 0);
    batch.clear();
  };
  const auto add = [&](std::uint32_t source, std::uint32_t target, std::uint32_t edge,
                       bool outdated) {
    if (edge >= limit || (edge < saved.size() && saved[edge])) return;
    values.begin(edge);
    if (outdated) {
      // Every edge has its source in a column: one that was deleted has none.
      const Value stored = values.outdated() ? Value() : values.get(graph::kSourceColumn);
      const bool there = stored.type() == ValueType::kInt64 && stored.as_int64() == source;
      if (!there && values.outdated()) {
        ++outdated_edges;
        if (!losses_.options().include_outdated) return;
      } else if (!there) {
        return;
      }
    }
    if (edge >= saved.size()) saved.resize(std::max<std::size_t>(edge + 1, saved.size() * 2));
    saved[edge] = true;
    const auto new_node = [&](std::uint32_t before) {
      return before < new_nodes_.size() ? new_nodes_[before] : kNotSaved;
    };
    const std::uint32_t from = new_node(source), to = new_node(target);
    if (from == kNotSaved || to == kNotSaved) {
      ++without_end;
      return;
    }
    batch.rows.add();
    batch.sources.push_back(NodeId{from});
    batch.targets.push_back(NodeId{to});
    if (batch.rows.full()) write();
  };
  EdgeSide out(pieces_, losses_, label, Direction::kOut, known_->chunk_shift(label, false), name);
  out.each([&](std::uint32_t node, const graph::EdgeList& edges, bool outdated) {
    for (std::uint32_t i = 0; i < edges.size(); ++i) {
      add(node, edges.neighbours[i], edges.edges[i], outdated);
    }
  });
  if (!out.whole()) {
    EdgeSide in(pieces_, losses_, label, Direction::kIn, known_->chunk_shift(label, true), name);
    in.each([&](std::uint32_t node, const graph::EdgeList& edges, bool outdated) {
      for (std::uint32_t i = 0; i < edges.size(); ++i) {
        add(edges.neighbours[i], node, edges.edges[i], outdated);
      }
    });
  }
  if (batch.rows.size() > 0) write();
  if (directed) loader_->end_edges();
  losses_.report().properties += batch.rows.value_count();
  losses_.report().edges_without_end += without_end;
  losses_.report().outdated += outdated_edges;
  if (without_end > 0) {
    losses_.add(name, std::to_string(without_end) + " lead from or to a node that is lost");
  }
  if (outdated_edges > 0) {
    losses_.add(name, std::to_string(outdated_edges) +
                          (losses_.options().include_outdated
                               ? " may have been deleted since"
                               : " may have been deleted since and are left out"));
  }
}

}  // namespace geode::repair
