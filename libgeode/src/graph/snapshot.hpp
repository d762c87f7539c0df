#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "catalog/stored_catalog.hpp"
#include "graph/adjacency_directory.hpp"
#include "graph/column_directory.hpp"
#include "graph/condition.hpp"
#include "graph/header.hpp"
#include "graph/label_index.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {

class GraphCache;

/// What is remembered about one state of the database, shared by all transactions of the process
/// that read it. Thread-safe. Every function takes a read transaction of this state.
class Snapshot {
 public:
  Snapshot(GraphCache& cache, const storage::Transaction& txn);

  std::uint64_t transaction_id() const { return transaction_id_; }
  std::uint64_t map_generation() const { return map_generation_; }
  const DatabaseHeader& header() const { return header_; }
  const std::shared_ptr<const catalog::StoredCatalog>& catalog() const { return catalog_; }

  /// Without `make`, null when there is no directory of this state yet.
  std::shared_ptr<AdjacencyDirectory> adjacency(const storage::Transaction& txn, EdgeLabelId label,
                                                Direction direction, bool make);
  std::shared_ptr<ColumnDirectory> column(const storage::Transaction& txn, ElementKind kind,
                                          std::uint32_t label, PropertyKeyId key);
  std::shared_ptr<LabelContainers> label(const storage::Transaction& txn, LabelId label);
  ExtentTable& extents() { return *extents_; }

 private:
  GraphCache& cache_;
  const std::uint64_t transaction_id_;
  const std::uint64_t map_generation_;
  const DatabaseHeader header_;
  std::shared_ptr<const catalog::StoredCatalog> catalog_;
  std::shared_ptr<ExtentTable> extents_;
  std::mutex mutex_;
  std::map<std::pair<std::uint32_t, Direction>, std::shared_ptr<AdjacencyDirectory>> adjacency_;
  std::map<std::tuple<ElementKind, std::uint32_t, std::uint32_t>, std::shared_ptr<ColumnDirectory>>
      columns_;
  std::map<std::uint32_t, std::shared_ptr<LabelContainers>> labels_;
};

/// A chunk whose delta has grown enough to be folded: an adjacency chunk, or the partial rows at a
/// column chunk.
struct FoldTask {
  enum Kind : std::uint8_t { kAdjacency, kRows };
  Kind kind = kAdjacency;
  std::uint8_t side = 0;  ///< Direction, or ElementKind
  std::uint32_t label = 0;
  std::uint32_t chunk = 0;
  friend auto operator<=>(const FoldTask&, const FoldTask&) = default;
};

/// What the graph layer remembers of one database file between transactions. Lives with its
/// environment.
class GraphCache {
 public:
  static GraphCache& of(storage::Environment& environment);

  std::shared_ptr<Snapshot> snapshot(const storage::Transaction& txn);

  // The directories last used, each valid for the states that show the same last change. They point
  // into the file: those of another generation of its map are not the same.
  std::shared_ptr<AdjacencyDirectory> adjacency(std::uint64_t generation, EdgeLabelId label,
                                                Direction direction, std::uint64_t last_change,
                                                std::uint32_t shift, std::uint32_t chunks,
                                                bool make);
  std::shared_ptr<ColumnDirectory> column(std::uint64_t generation, ElementKind kind,
                                          std::uint32_t label, PropertyKeyId key,
                                          std::uint64_t last_change, std::uint32_t chunks);
  std::shared_ptr<LabelContainers> label(LabelId label, std::uint64_t last_change);
  void keep(LabelId label, std::shared_ptr<LabelContainers> containers);
  std::shared_ptr<ExtentTable> extents(std::uint64_t nodes_changed, std::uint32_t extents);
  std::shared_ptr<const catalog::StoredCatalog> catalog(const storage::Transaction& txn,
                                                        std::uint64_t version);
  /// A catalog that has been committed.
  void keep(std::shared_ptr<const catalog::StoredCatalog> catalog);

  /// Check constraints, compiled once for each text.
  void set_condition_compiler(ConditionCompiler compiler);
  std::shared_ptr<Condition> condition(const catalog::ConstraintDefinition& constraint,
                                       const catalog::Catalog& catalog);

  void add_fold_tasks(const std::vector<FoldTask>& tasks);
  /// At most `limit` tasks, which are taken out.
  std::vector<FoldTask> take_fold_tasks(std::size_t limit);
  std::size_t fold_task_count();
  /// True once: the tasks that other processes left are to be looked for.
  bool begin_fold_search();
  bool fold_searched();

 private:
  std::mutex mutex_;
  std::uint64_t generation_ = 0;  ///< of the map that the directories point into
  std::shared_ptr<Snapshot> snapshot_;
  std::shared_ptr<const catalog::StoredCatalog> catalog_;
  std::shared_ptr<ExtentTable> extents_;
  std::map<std::pair<std::uint32_t, Direction>, std::shared_ptr<AdjacencyDirectory>> adjacency_;
  std::map<std::tuple<ElementKind, std::uint32_t, std::uint32_t>, std::shared_ptr<ColumnDirectory>>
      columns_;
  std::map<std::uint32_t, std::shared_ptr<LabelContainers>> labels_;
  ConditionCompiler condition_compiler_;
  std::map<std::tuple<std::string, std::string, bool>, std::shared_ptr<Condition>> conditions_;
  std::set<FoldTask> fold_tasks_;
  bool searched_ = false;
};

}  // namespace geode::graph
