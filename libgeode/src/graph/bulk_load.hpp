#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <geode/value.hpp>
#include "graph/edge_block.hpp"
#include "graph/graph_transaction.hpp"

namespace geode::graph {

struct BulkLoadOptions {
  std::string temporary_directory;  ///< for sorted runs; "" = beside the database
  std::uint64_t memory_bytes = std::uint64_t{160} << 20;  ///< budget for sorting edges
  /// About how much is to be loaded.
  std::uint64_t expected_bytes = 0;
  /// Threads that may work at once.
  std::uint32_t workers = 1;
  /// How long to wait for another writer; negative: for ever.
  std::int64_t lock_timeout_ms = -1;
  /// Called many times a second while the loader works; may throw to abandon the load.
  std::function<void()> poll;
};

/// Loads many nodes and edges at chunk speed, in one atomic step: rows are gathered in typed
/// columns and sorted runs, and written as whole chunks. Nothing is visible before finish()
/// returns; an abandoned load leaves the database as it was.
///
/// Nodes of one begin_nodes() get consecutive ids; edges refer to ids. Works on a database that has
/// data already. Edges of one label are best given between one begin_edges() and end_edges(), as
/// later ones are merged with them.
class BulkLoader {
 public:
  BulkLoader(std::shared_ptr<storage::Environment> environment, BulkLoadOptions options);
  ~BulkLoader();

  /// What is begun from now on goes to this graph; before that it is the home graph.
  void use_graph(GraphId graph);
  /// Begins a table of nodes that all have `labels` and properties `keys`; gives the id of its
  /// first node.
  NodeId begin_nodes(std::span<const std::string> labels, std::span<const std::string> keys);
  /// Appends `rows` rows; columns[i] is the vector of keys[i]. At most value::kBatchRows rows a
  /// call. Throws Error 22X10 when a constraint is broken.
  void add_nodes(std::span<const value::Vector> columns, std::uint32_t rows);
  void end_nodes();

  void begin_edges(std::string_view label, std::span<const std::string> keys);
  void add_edges(const NodeId* sources, const NodeId* targets,
                 std::span<const value::Vector> columns, std::uint32_t rows);
  /// Whether each row of the edges that were begun must be looked at, for constraints or a graph
  /// type.
  bool edges_are_checked() const;
  /// Where they are not, other threads may gather edges, in blocks that are added in their order.
  EdgeGatherer edge_gatherer() const;
  void add_edges(EdgeBlock block);
  /// Sorts and writes them. Throws Error 22X02 when an end does not exist.
  void end_edges();

  /// Commits.
  void finish();
  /// The transaction the load runs in, to look up nodes that are there already and to add
  /// constraints, which the nodes loaded later obey. It does not see what is being loaded.
  GraphTransaction& transaction();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace geode::graph
