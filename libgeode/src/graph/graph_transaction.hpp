#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <geode/value.hpp>
#include "base/interrupt.hpp"
#include "catalog/catalog.hpp"
#include "storage/environment.hpp"
#include "value/vector.hpp"

namespace geode::graph {

using catalog::EdgeLabelId;
using catalog::GraphId;
using catalog::IndexId;
using catalog::LabelId;
using catalog::PropertyKeyId;
using catalog::ShapeId;

/// The two stored directions of adjacency: kOut lists targets by source, kIn sources by target.
enum class Direction : std::uint8_t { kOut, kIn };

/// The neighbours of one node under one edge label and direction, sorted by (neighbour, edge
/// number).
struct Neighbours {
  const std::uint32_t* nodes = nullptr;
  const std::uint32_t* edges =
      nullptr;  ///< edge numbers, or null: they are first_edge, first_edge + 1, ...
  std::uint32_t first_edge = 0;
  std::uint32_t size = 0;
  std::uint32_t edge_number(std::uint32_t i) const { return edges ? edges[i] : first_edge + i; }
};

/// Adjacency of one (edge label, direction) in one snapshot. Deltas are merged; the caller sees one
/// layout. Views live until the transaction ends or writes. Not for use by several threads at once
/// unless `share()`d.
class Adjacency {
 public:
  virtual ~Adjacency() = default;
  virtual Neighbours neighbours(NodeId node) const = 0;
  /// lists[i] = neighbours(first + i) for i < n.
  virtual void lists(NodeId first, std::uint32_t n, Neighbours* lists) const = 0;
  /// lists[i] = neighbours(nodes[i]).
  virtual void lists(const NodeId* nodes, std::uint32_t n, Neighbours* lists) const = 0;
  virtual std::uint32_t degree(NodeId node) const = 0;
  /// degrees[i] = degree of node first + i, for all of `degrees`. No edge is read.
  virtual void degrees(NodeId first, std::span<std::uint32_t> degrees) const = 0;
  /// degrees[i] = degree of nodes[i].
  virtual void degrees(const NodeId* nodes, std::uint32_t n, std::uint32_t* degrees) const = 0;
  /// Hints that neighbours(node) comes soon.
  virtual void prefetch(NodeId node) const = 0;
  virtual EdgeLabelId label() const = 0;
  virtual Direction direction() const = 0;
};

/// A property of nodes, or of the edges of one label, in one snapshot. Deltas are merged.
class Column {
 public:
  virtual ~Column() = default;
  /// out[i] = the property of element ids[i] (null when absent), for i < n. Chooses the physical
  /// type that fits; out is flat, or coded when it is strings of a dictionary. `ids` are node ids,
  /// or edge numbers. Strings may point into the
  /// mapped file (read snapshots) or are copied into out's arena (write transactions).
  virtual void read(const std::uint64_t* ids, std::uint32_t n, value::Vector& out) const = 0;
  /// The same for the elements first, first + 1, ..., at most kBatchRows of them.
  virtual void read_range(std::uint64_t first, std::uint32_t n, value::Vector& out) const = 0;
  virtual Value get(std::uint64_t id) const = 0;
};

using Properties = std::vector<std::pair<PropertyKeyId, Value>>;

/// Changes of one statement or transaction, for summaries.
struct Changes {
  std::uint64_t nodes_created = 0, nodes_deleted = 0;
  std::uint64_t edges_created = 0, edges_deleted = 0;
  std::uint64_t labels_added = 0, labels_removed = 0;
  std::uint64_t properties_set = 0, properties_removed = 0;
  std::uint64_t indexes_added = 0, indexes_removed = 0;
  std::uint64_t constraints_added = 0, constraints_removed = 0;
  bool any() const;
  /// Something came to be that was not there.
  bool adds() const;
};

struct DegreeHistogram;

/// What the optimizer may ask. Counts are exact.
struct PropertyStatistics {
  std::uint64_t count = 0;  ///< elements that have the property
  double distinct = 0;      ///< estimated number of distinct values
  std::optional<Value> minimum,
      maximum;  ///< of orderable scalars, from zone maps; absent when mixed
};

struct IndexRange {
  std::optional<Value> low, high;
  bool low_inclusive = true, high_inclusive = true;
};

/// The one way to read or write a graph: a snapshot, or the one write transaction, of a database.
class GraphTransaction {
 public:
  /// `kept` as for storage::ReadTransaction.
  static std::unique_ptr<GraphTransaction> begin_read(
      std::shared_ptr<storage::Environment> environment, bool kept = false);
  static std::unique_ptr<GraphTransaction> begin_write(
      std::shared_ptr<storage::Environment> environment, std::int64_t timeout_ms = -1);
  /// As storage::WriteTransaction::begin_large().
  static std::unique_ptr<GraphTransaction> begin_load(
      std::shared_ptr<storage::Environment> environment, std::int64_t timeout_ms,
      std::uint64_t expected_bytes);
  ~GraphTransaction();
  /// Of a read transaction: gives its snapshot up, and later takes the latest. What was handed out
  /// of it ends with the snapshot. Where nothing was committed in between, what was remembered is
  /// still right, so a transaction that is used again costs less than a new one.
  void suspend() noexcept;
  void resume();
  /// For its lifetime the holder of a read transaction is at work with it, on one thread (see
  /// storage::ReadTransaction). Throws Error 40X02 when the snapshot was ended while it was at
  /// rest.
  class Use {
   public:
    explicit Use(GraphTransaction& transaction) : transaction_(transaction) { transaction.wake(); }
    /// The holder is at work with it already.
    Use(GraphTransaction& transaction, std::adopt_lock_t /*at_work*/) : transaction_(transaction) {}
    ~Use() { transaction_.rest(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    GraphTransaction& transaction_;
  };
  /// A read transaction begins at work. Both do nothing in one that writes.
  void wake();
  void rest() noexcept;
  /// For base::Interrupt::Watch; null in one that writes.
  const base::SnapshotState* snapshot_state() const;
  /// Another read transaction of the state that this one shows, for another thread. Null when there
  /// was a commit since, or when this one writes.
  std::unique_ptr<GraphTransaction> begin_same() const;

  bool writable() const;
  /// Commits since the database was made.
  std::uint64_t lsn() const;
  const catalog::Catalog& catalog() const;
  std::shared_ptr<const catalog::Catalog> shared_catalog() const;

  // ---- reading
  bool node_exists(NodeId node) const;
  /// Ids are below this.
  std::uint64_t node_id_limit() const;
  std::span<const LabelId> labels(NodeId node) const;
  /// The graph of a node; kNoGraph when there is no such node.
  GraphId graph_of(NodeId node) const;
  bool has_label(NodeId node, LabelId label) const;
  /// Writes up to `capacity` ids of live nodes with `label`, ascending, from `from` on; gives how
  /// many. The next call begins at the last id + 1.
  std::uint32_t scan_nodes(LabelId label, NodeId from, NodeId* out, std::uint32_t capacity) const;
  /// The same for all nodes of a graph.
  std::uint32_t scan_nodes(GraphId graph, NodeId from, NodeId* out, std::uint32_t capacity) const;
  /// The ids of nodes with the label are from the first on and below the second.
  std::pair<std::uint64_t, std::uint64_t> id_range(LabelId label) const;
  /// mask[i] = 1 when node i has the label. mask.size() ids from 0 on.
  void label_mask(LabelId label, std::span<std::uint8_t> mask) const;
  /// keep[i] = 1 when nodes[i] has the label.
  void test_label(LabelId label, const NodeId* nodes, std::uint32_t n, std::uint8_t* keep) const;

  /// Live as long as the transaction; after a write, ask again.
  const Adjacency& adjacency(EdgeLabelId label, Direction direction) const;
  const Column& node_column(PropertyKeyId key) const;
  const Column& edge_column(EdgeLabelId label, PropertyKeyId key) const;
  /// Whether every node with the label has the property, as far as that can be said without looking
  /// at each: false in doubt.
  bool all_have(LabelId label, PropertyKeyId key) const;
  Properties node_properties(NodeId node) const;
  Properties edge_properties(EdgeId edge) const;
  /// The ends of an edge by its id; absent when there is no such edge. Slower than walking.
  std::optional<value::EdgeRef> find_edge(EdgeId edge) const;
  /// In-out-degree over all edge labels is zero?
  bool has_edges(NodeId node) const;

  /// The node with labels and properties, the edge with label and properties.
  Value resolve_node(NodeId node) const;
  Value resolve_edge(const value::EdgeRef& edge) const;

  // ---- indexes
  /// Nodes whose index keys equal `values` (all keys given), rechecked.
  void seek_equal(IndexId index, std::span<const Value> values, std::vector<NodeId>& out) const;
  /// Nodes whose first index key lies in `range`, ascending by value then id.
  void seek_range(IndexId index, const IndexRange& range, std::vector<NodeId>& out) const;

  // ---- statistics
  std::uint64_t node_count(GraphId graph) const;
  std::uint64_t node_count(LabelId label) const;
  std::uint64_t edge_count(GraphId graph) const;
  std::uint64_t edge_count(EdgeLabelId label) const;
  /// Edges of the label that lead back to their source.
  std::uint64_t loop_count(EdgeLabelId label) const;
  /// The edges whose label has this directed label's name, those without a direction too.
  std::uint64_t named_edge_count(EdgeLabelId directed) const;
  /// Estimated edges of `label` that leave (kOut) or reach (kIn) nodes with `node_label`.
  double edge_count(EdgeLabelId label, Direction direction, LabelId node_label) const;
  /// Whether all edges of `label` leave (kOut) or reach (kIn) nodes with `node_label`.
  bool all_at_label(EdgeLabelId label, Direction direction, LabelId node_label) const;
  /// How many edges of `label` leave (kOut) or reach (kIn) a node; nothing where too many of them
  /// wait in deltas for it to tell.
  std::optional<DegreeHistogram> degree_histogram(EdgeLabelId label, Direction direction) const;
  /// Of all graphs together.
  PropertyStatistics property_statistics(PropertyKeyId key) const;

  // ---- writing (write transactions only)
  LabelId intern_label(GraphId graph, std::string_view name);
  EdgeLabelId intern_edge_label(GraphId graph, std::string_view name, bool directed = true);
  PropertyKeyId intern_property_key(std::string_view name);

  /// `labels` are of `graph`. Null properties are left out. Throws 22X10 when a constraint is
  /// broken.
  NodeId insert_node(GraphId graph, std::span<const LabelId> labels, const Properties& properties);
  /// Throws 22X02 when an end does not exist, G1003 when the ends and the label are not of one
  /// graph.
  value::EdgeRef insert_edge(NodeId source, NodeId target, EdgeLabelId label,
                             const Properties& properties);
  /// Null removes the property. Gives whether anything changed.
  bool set_node_property(NodeId node, PropertyKeyId key, const Value& value);
  bool set_edge_property(EdgeId edge, PropertyKeyId key, const Value& value);
  bool add_label(NodeId node, LabelId label);
  bool remove_label(NodeId node, LabelId label);
  // The same by name.
  bool add_label(NodeId node, std::string_view label);
  bool remove_label(NodeId node, std::string_view label);
  /// Throws G1001 when the node still has edges and `detach` is false. False: there was no such
  /// node.
  bool delete_node(NodeId node, bool detach);
  bool delete_edge(const value::EdgeRef& edge);
  /// The edges of a node that are not among `seen`, which is sorted. They do not count as changes:
  /// who deletes the node is not to learn of them.
  void delete_unseen_edges(NodeId node, std::span<const EdgeId> seen);
  /// Checks what can only be checked when the statement is over (NOT NULL, connected deletions).
  /// Throws 22X10 / G1001.
  void check_statement_end();

  void create_index(std::string name, LabelId label, std::vector<PropertyKeyId> keys,
                    catalog::IndexKind kind, std::string owning_constraint = {});
  /// False: no such index.
  bool drop_index(GraphId graph, std::string_view name);
  void create_constraint(catalog::ConstraintDefinition definition);
  bool drop_constraint(GraphId graph, std::string_view name);
  /// Throw 42X03 when there is one of that name, 42002 when there is no such schema.
  GraphId create_graph(std::string_view schema, std::string_view name);
  void create_schema(std::string_view path);
  /// Null: anything may be in the graph. Throws G2000 when something in it does not fit.
  void set_graph_type(GraphId graph, std::shared_ptr<const catalog::GraphType> type);
  /// Replaces one of the same name; graphs keep the type they were made with.
  void put_graph_type(catalog::GraphTypeDefinition definition);
  void drop_graph_type(std::string_view schema, std::string_view name);
  /// With everything in it. The home graph cannot be dropped.
  void drop_graph(GraphId graph);
  /// Throws G1000 when there is still something in the schema.
  void drop_schema(std::string_view path);
  /// Users, roles, grants and policies; an entry of the same key is replaced.
  void put_security(const catalog::SecurityEntry& entry);
  void drop_security(const std::string& key);
  /// Inserts every node and edge of `from` into `to`.
  void copy_graph(GraphId from, GraphId to);

  const Changes& changes() const;
  void reset_changes();

  // ---- savepoints and the end
  /// Everything since the matching begin_savepoint can be undone. Nest.
  void begin_savepoint();
  void release_savepoint();
  void rollback_savepoint();
  /// Durable when it returns. Statistics, counts and the LSN are written in the same LMDB commit.
  void commit();
  void rollback();

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  GraphTransaction();
  std::unique_ptr<Impl> impl_;
};

/// Merges deltas that are due into chunks, for about `budget` and in a commit of its own, so that a
/// writer never waits long. Gives how many are still due.
std::uint64_t fold(const std::shared_ptr<storage::Environment>& environment,
                   std::chrono::microseconds budget = std::chrono::milliseconds(8));
/// Merges every delta, however small, in such commits; gives how many are left, as when others
/// write meanwhile.
std::uint64_t fold_all(const std::shared_ptr<storage::Environment>& environment);
/// Whether fold() would find something to do; the first time also for what others left.
bool fold_is_due(const std::shared_ptr<storage::Environment>& environment);

}  // namespace geode::graph
