#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::graph {

/// The index entries of the nodes of one bulk load: gathered, sorted, and written in the order of
/// their keys, in several sorted batches when they exceed the budget.
class BulkIndexes {
 public:
  /// For the indexes on any of `labels`. `keys` are the properties of the nodes to come.
  BulkIndexes(GraphTransaction& txn, std::span<const LabelId> labels,
              std::span<const PropertyKeyId> keys, std::uint64_t memory_bytes);

  void add_rows(std::span<const value::Vector> columns, std::uint32_t rows, NodeId first);
  /// Throws Error 22X10 when a key of a unique index is there already.
  void finish();

 private:
  struct Entry {
    std::uint64_t prefix = 0;  ///< the first bytes of the key behind the number of the index
    std::uint32_t place = 0;
    std::uint32_t size = 0;
    std::uint32_t node = 0;
  };
  struct Index {
    catalog::IndexDefinition definition;
    std::vector<std::size_t> columns;  ///< of its keys; kNone: no such property, so always null
    std::vector<Entry> entries;
    std::string bytes;
  };
  static constexpr std::size_t kNone = SIZE_MAX;
  void write(Index& index);

  GraphTransaction& txn_;
  std::uint64_t memory_bytes_;
  std::vector<Index> indexes_;
  std::vector<Value> values_;
};

}  // namespace geode::graph
