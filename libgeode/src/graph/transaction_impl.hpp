#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "catalog/catalog_writer.hpp"
#include "graph/adjacency.hpp"
#include "graph/adjacency_writer.hpp"
#include "graph/columns.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/header.hpp"
#include "graph/id_allocator.hpp"
#include "graph/label_index.hpp"
#include "graph/log/log_writer.hpp"
#include "graph/snapshot.hpp"
#include "graph/statistics.hpp"

namespace geode::graph {

/// What is left to be checked when the statement is over.
struct PendingChecks {
  std::vector<NodeId> deleted_with_edges;
  std::vector<NodeId> nodes;  ///< of labels with NOT NULL constraints, or of graphs with a type
  std::vector<EdgeId> edges;
};

/// The side of a GraphTransaction that writes. Changes of adjacency, labels, statistics and
/// allocators gather in memory and are written by flush(): when a savepoint begins and when the
/// transaction commits. So rolling back to a savepoint is dropping what is in memory and aborting
/// the nested LMDB transaction. Partial rows, index entries and names are written at once.
struct WriteState {
  WriteState(storage::WriteTransaction& transaction, const Snapshot& snapshot)
      : txn(transaction),
        header(snapshot.header()),
        statistics(transaction),
        catalog(transaction, snapshot.catalog()),
        labels(transaction),
        adjacency(transaction),
        ids(transaction, header),
        log(transaction, header) {}

  std::uint64_t lsn() const { return header.lsn + 1; }
  std::uint64_t epoch() const { return header.epoch + 1; }
  ChangedRows& rows(ElementKind kind, std::uint32_t label) { return changed_rows[{kind, label}]; }
  void flush();
  void discard();

  struct Savepoint {
    DatabaseHeader header;
    std::shared_ptr<const catalog::StoredCatalog> catalog;
    Changes changes;
    PendingChecks checks;
  };

  storage::WriteTransaction& txn;
  DatabaseHeader header;
  StatisticsWriter statistics;
  catalog::CatalogWriter catalog;
  LabelWriter labels;
  AdjacencyWriter adjacency;
  IdAllocator ids;
  LogWriter log;
  /// Set while the change log is applied: when the commit was that is done again.
  std::optional<std::int64_t> replayed_time;
  std::map<std::pair<ElementKind, std::uint32_t>, ChangedRows> changed_rows;
  PendingChecks checks;
  /// Labels of nodes deleted in this transaction, for edges that are deleted after their ends.
  std::unordered_map<std::uint64_t, std::vector<LabelId>> deleted_labels;
  std::vector<FoldTask> due;
  std::vector<Savepoint> savepoints;
  bool changed = false;
  bool nodes_changed = false;
};

struct GraphTransaction::Impl {
  explicit Impl(std::shared_ptr<storage::Environment> env)
      : environment(std::move(env)), cache(GraphCache::of(*environment)) {}

  const catalog::StoredCatalog& catalog() const {
    return write != nullptr ? write->catalog.catalog() : *snapshot->catalog();
  }
  void begin_write(std::unique_ptr<storage::WriteTransaction> begun);
  /// Throws Error 25G03 in a read transaction.
  WriteState& writer();
  /// kNoShape: there is no such node.
  std::uint32_t shape_of(NodeId node) const;
  std::span<const LabelId> labels(NodeId node) const;

  /// What was read for another snapshot.
  void forget_readers() {
    adjacencies.clear();
    node_columns.clear();
    edge_columns.clear();
    chunk_keys_of_.reset();
  }
  const Adjacency& adjacency(EdgeLabelId label, Direction direction);
  const GraphColumn& column(ElementKind kind, std::uint32_t label, PropertyKeyId key);
  /// The properties of an element by key.
  Properties properties(ElementKind kind, std::uint32_t label, std::uint64_t id);
  /// Keys that have a column chunk where `id` is.
  const std::vector<PropertyKeyId>& chunk_keys(ElementKind kind, std::uint32_t label,
                                               std::uint32_t chunk);

  // ---- writing, without checks of their arguments
  /// Writes the partial row of an element; counts it when it is a new one.
  void put_row(ElementKind kind, std::uint32_t label, std::uint64_t id, const RowDelta& row,
               bool is_new);
  /// Sets or removes (null) one property in the partial row.
  void change_row(ElementKind kind, std::uint32_t label, std::uint64_t id, PropertyKeyId key,
                  const Value& old, const Value& value);
  /// Marks the element deleted and takes its properties out of the counts.
  void delete_row(ElementKind kind, std::uint32_t label, std::uint64_t id,
                  const Properties& properties);
  void set_labels(NodeId node, std::vector<LabelId> labels);
  /// Of the node's graph; of all graphs when the node is deleted already.
  std::vector<EdgeLabelId> edge_labels_at(NodeId node) const;
  /// Takes out an edge that exists. `keep_source` / `keep_target`: that end drops all its edges at
  /// once.
  void erase_edge(const value::EdgeRef& edge, bool keep_source, bool keep_target);
  void count_label_pairs(EdgeLabelId label, NodeId source, NodeId target, std::int64_t change);
  /// Null when anything may be in the graph.
  const catalog::GraphType* graph_type(GraphId graph) const;
  /// What constraints and the graph type say of an element is checked when the statement is over.
  void check_later(NodeId node);
  void check_later(EdgeId edge);
  /// A node's labels changed: its edges may no longer connect what their types say.
  void check_edges_later(NodeId node);

  std::shared_ptr<storage::Environment> environment;
  GraphCache& cache;
  // The writer is held while its snapshot is open, and the snapshot while anything read from it
  // lives.
  std::unique_ptr<storage::WriteTransaction> write_txn;
  std::unique_ptr<storage::ReadTransaction> read_txn;
  std::shared_ptr<Snapshot> snapshot;
  std::unique_ptr<WriteState> write;
  Changes changes;  ///< since they were reset last
  bool added = false, removed = false;

  /// Adds up what `changes` is about to lose.
  void note_changes() {
    added = added || changes.adds();
    removed = removed || changes.any();
  }

  // Readers handed out, made on first use.
  std::vector<std::array<std::unique_ptr<Adjacency>, 2>> adjacencies;
  std::vector<std::unique_ptr<GraphColumn>> node_columns;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::unique_ptr<GraphColumn>> edge_columns;

 private:
  std::optional<std::pair<ElementKind, std::uint64_t>> chunk_keys_of_;
  std::vector<PropertyKeyId> chunk_keys_;
};

}  // namespace geode::graph
