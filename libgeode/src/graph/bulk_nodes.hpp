#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/bulk_columns.hpp"
#include "graph/bulk_index.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::graph {

/// One table of nodes of a bulk load: extents of its own, whole column chunks, label containers,
/// index entries.
class BulkNodes {
 public:
  BulkNodes(GraphTransaction& txn, GraphId graph, std::span<const std::string> labels,
            std::span<const std::string> keys, std::uint64_t memory_bytes);

  NodeId first() const { return first_; }
  void add(std::span<const value::Vector> columns, std::uint32_t rows);
  void finish();

 private:
  GraphTransaction& txn_;
  const GraphId graph_;
  std::vector<LabelId> labels_;  // sorted
  std::vector<PropertyKeyId> keys_;
  ShapeId shape_{};
  NodeId first_{};
  std::uint64_t rows_ = 0;
  std::optional<BulkColumns> columns_;
  std::optional<BulkIndexes> indexes_;
};

/// The ids of `names`. Throws Error 42X03 when one is there twice.
std::vector<PropertyKeyId> intern_keys(GraphTransaction& txn, std::span<const std::string> names);
/// The properties in one row of columns, nulls left out.
Properties properties_of_row(std::span<const PropertyKeyId> keys,
                             std::span<const value::Vector> columns, std::uint32_t row);

}  // namespace geode::graph
