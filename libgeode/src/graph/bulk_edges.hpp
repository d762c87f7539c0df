#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/bulk_columns.hpp"
#include "graph/bulk_load.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/sorted_runs.hpp"

namespace geode::graph {

/// The edges of one label of a bulk load. They are sorted by (source, target), which is the order
/// of their numbers, so that the chunks of the out direction need no numbers and edge columns are
/// read in sequence; then by target for the other direction. Properties travel with the edge as
/// bytes.
class BulkEdges {
 public:
  BulkEdges(GraphTransaction& txn, GraphId graph, std::string_view label,
            std::span<const std::string> keys, const BulkLoadOptions& options);

  void add(const NodeId* sources, const NodeId* targets, std::span<const value::Vector> columns,
           std::uint32_t rows);
  void finish();

 private:
  /// Extents that have an end of an edge, for the mean degree.
  struct Ends {
    std::vector<std::uint8_t> extents;
    std::uint64_t extent_count = 0;
    void add(std::uint64_t node);
    double mean_degree(std::uint64_t edges, std::uint32_t least, std::uint32_t greatest) const;
  };
  void encode_row(std::span<const value::Vector> columns, std::uint32_t row);
  static void decode_row(std::string_view row, BulkColumns& columns);
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
  std::optional<SortedRuns> edges_;
  Ends sources_, targets_;
  std::string row_;
};

}  // namespace geode::graph
