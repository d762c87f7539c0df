#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/bulk_load.hpp"
#include "graph/edge_parts.hpp"
#include "graph/edge_store.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/log/log_writer.hpp"
#include "graph/sorted_runs.hpp"

namespace geode::graph {

/// The edges of one label of a bulk load. They are sorted by (source, target), which is the order
/// of their numbers, so that the chunks of the out direction need no numbers and edge columns are
/// read in sequence; then by target for the other direction. Properties travel with the edge as
/// bytes.
///
/// For both, edges are shared out by ranges of ids as they come, so that each range can be sorted
/// and made into chunks by itself, by several threads; the transaction belongs to the one that
/// calls, which stores what they made in the order of the ranges.
class BulkEdges {
 public:
  BulkEdges(GraphTransaction& txn, GraphId graph, std::string_view label,
            std::span<const std::string> keys, const BulkLoadOptions& options);

  /// Whether constraints or a graph type say something of the edges.
  bool checked() const;
  EdgeGatherer gatherer() const { return EdgeGatherer(ranges_); }
  void add(const NodeId* sources, const NodeId* targets, std::span<const value::Vector> columns,
           std::uint32_t rows);
  /// Of a gatherer(), unless the edges are checked().
  void add(EdgeBlock block);
  void finish();

 private:
  void take(const LogWriter::Change& change, EdgeBlock block);
  EdgeStore::Options store_options() const;
  SortedRuns::Options sort_options(bool rows, bool second_ascends) const;
  void write_sources(WriteState& write, const EdgePlan& plan, EdgeStore& by_target,
                     BulkColumns& columns, ShapeCounts& shapes);
  void write_targets(WriteState& write, const EdgePlan& plan, const EdgeStore& by_target,
                     ShapeCounts& shapes);
  template <class Part, class Make, class Take, class TakeLarge>
  void each_part(const EdgeStore& store, Make make, Take take, TakeLarge take_large);
  void poll() const {
    if (poll_) poll_();
  }

  GraphTransaction& txn_;
  const GraphId graph_;
  const std::string label_;
  std::vector<PropertyKeyId> keys_;
  const std::uint64_t memory_bytes_;
  const std::string directory_;
  const std::uint32_t workers_;
  std::function<void()> poll_;
  const EdgeRanges ranges_;
  std::optional<EdgeStore> edges_;
  EdgeGatherer rows_;
  std::uint64_t loops_ = 0;
};

}  // namespace geode::graph
