#include "graph/snapshot.hpp"

#include "graph/statistics.hpp"

namespace geode::graph {

Snapshot::Snapshot(GraphCache& cache, const storage::Transaction& txn)
    : cache_(cache),
      transaction_id_(txn.id()),
      map_generation_(txn.map_generation()),
      header_(read_header(txn)),
      catalog_(cache.catalog(txn, header_.catalog_version)),
      extents_(cache.extents(header_.nodes_changed, header_.extents)) {}

std::shared_ptr<AdjacencyDirectory> Snapshot::adjacency(const storage::Transaction& txn,
                                                        EdgeLabelId label, Direction direction,
                                                        bool make) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<AdjacencyDirectory>& slot = adjacency_[{keys::number(label), direction}];
  if (slot == nullptr) {
    const auto record = read_record<EdgeStatistics>(txn, keys::edge_statistics(direction, label));
    const std::uint32_t shift = catalog_->chunk_shift(label, direction == Direction::kIn);
    const std::uint64_t nodes = std::uint64_t{header_.extents} << kExtentBits;
    slot = cache_.adjacency(map_generation_, label, direction, record.last_change, shift,
                            static_cast<std::uint32_t>(nodes >> shift), make);
  }
  return slot;
}

std::shared_ptr<ColumnDirectory> Snapshot::column(const storage::Transaction& txn, ElementKind kind,
                                                  std::uint32_t label, PropertyKeyId key) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<ColumnDirectory>& slot = columns_[{kind, label, keys::number(key)}];
  if (slot == nullptr) {
    // Only the first word of the record is needed.
    std::uint64_t last_change = 0;
    if (const auto bytes =
            txn.get(storage::Table::kHot, keys::property_statistics(kind, label, key))) {
      last_change = PropertyRecord::decode_last_change(*bytes);
    }
    std::uint32_t chunks = header_.extents;
    if (kind == ElementKind::kEdge) {
      const auto edges = read_record<EdgeStatistics>(
          txn, keys::edge_statistics(Direction::kOut, EdgeLabelId{label}));
      chunks = static_cast<std::uint32_t>((edges.next_edge + kExtentRows - 1) >> kExtentBits);
    }
    slot = cache_.column(map_generation_, kind, label, key, last_change, chunks);
  }
  return slot;
}

std::shared_ptr<LabelContainers> Snapshot::label(const storage::Transaction& txn, LabelId label) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<LabelContainers>& slot = labels_[keys::number(label)];
  if (slot == nullptr) {
    const auto record = read_record<LabelStatistics>(txn, keys::label_count(label));
    slot = cache_.label(label, record.last_change);
    if (slot == nullptr) {
      slot = std::make_shared<LabelContainers>(txn, label, record.last_change);
      cache_.keep(label, slot);
    }
  }
  return slot;
}

GraphCache& GraphCache::of(storage::Environment& environment) {
  return *static_cast<GraphCache*>(environment.attachment(
      []() -> std::shared_ptr<void> { return std::make_shared<GraphCache>(); }));
}

void set_condition_compiler(storage::Environment& environment, ConditionCompiler compiler) {
  GraphCache::of(environment).set_condition_compiler(std::move(compiler));
}

void GraphCache::set_condition_compiler(ConditionCompiler compiler) {
  const std::lock_guard lock(mutex_);
  condition_compiler_ = std::move(compiler);
}

/// Conditions are few, but a program could make and drop them without end.
std::shared_ptr<Condition> GraphCache::condition(const catalog::ConstraintDefinition& constraint,
                                                 const catalog::Catalog& catalog) {
  constexpr std::size_t kKept = 1000;
  const std::lock_guard lock(mutex_);
  if (conditions_.size() > kKept) conditions_.clear();
  auto& slot = conditions_[{constraint.condition, constraint.variable, constraint.on_edges}];
  if (slot == nullptr) {
    if (!condition_compiler_) {
      throw Error(status::kInternal, "there is nothing to evaluate check constraints with");
    }
    slot = condition_compiler_(constraint, catalog);
  }
  return slot;
}

std::shared_ptr<Snapshot> GraphCache::snapshot(const storage::Transaction& txn) {
  const auto is_known = [&] {
    return snapshot_ != nullptr && snapshot_->transaction_id() == txn.id() &&
           snapshot_->map_generation() == txn.map_generation();
  };
  {
    const std::lock_guard lock(mutex_);
    if (is_known()) return snapshot_;
    if (generation_ < txn.map_generation()) {
      generation_ = txn.map_generation();
      adjacency_.clear();
      columns_.clear();
    }
  }
  // Made outside the lock, which it takes itself. Two threads may make the same one; the later is
  // kept.
  auto made = std::make_shared<Snapshot>(*this, txn);
  const std::lock_guard lock(mutex_);
  if (is_known()) return snapshot_;
  if (snapshot_ == nullptr || snapshot_->transaction_id() <= txn.id()) snapshot_ = made;
  return made;
}

std::shared_ptr<AdjacencyDirectory> GraphCache::adjacency(std::uint64_t generation,
                                                          EdgeLabelId label, Direction direction,
                                                          std::uint64_t last_change,
                                                          std::uint32_t shift, std::uint32_t chunks,
                                                          bool make) {
  const std::lock_guard lock(mutex_);
  if (generation != generation_) {
    if (!make) return nullptr;
    return std::make_shared<AdjacencyDirectory>(label, direction, shift, chunks, last_change,
                                                nullptr);
  }
  std::shared_ptr<AdjacencyDirectory>& slot = adjacency_[{keys::number(label), direction}];
  if (slot != nullptr && slot->last_change() == last_change) return slot;
  if (!make) return nullptr;
  auto made = std::make_shared<AdjacencyDirectory>(label, direction, shift, chunks, last_change,
                                                   slot.get());
  // A reader of an older state must not push out what newer ones use.
  if (slot == nullptr || slot->last_change() < last_change) slot = made;
  return made;
}

std::shared_ptr<ColumnDirectory> GraphCache::column(std::uint64_t generation, ElementKind kind,
                                                    std::uint32_t label, PropertyKeyId key,
                                                    std::uint64_t last_change,
                                                    std::uint32_t chunks) {
  const std::lock_guard lock(mutex_);
  if (generation != generation_) {
    return std::make_shared<ColumnDirectory>(kind, label, key, chunks, last_change, nullptr);
  }
  std::shared_ptr<ColumnDirectory>& slot = columns_[{kind, label, keys::number(key)}];
  if (slot != nullptr && slot->last_change() == last_change) return slot;
  auto made = std::make_shared<ColumnDirectory>(kind, label, key, chunks, last_change, slot.get());
  if (slot == nullptr || slot->last_change() < last_change) slot = made;
  return made;
}

std::shared_ptr<LabelContainers> GraphCache::label(LabelId label, std::uint64_t last_change) {
  const std::lock_guard lock(mutex_);
  const auto found = labels_.find(keys::number(label));
  if (found == labels_.end() || found->second->last_change() != last_change) return nullptr;
  return found->second;
}

void GraphCache::keep(LabelId label, std::shared_ptr<LabelContainers> containers) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<LabelContainers>& slot = labels_[keys::number(label)];
  if (slot == nullptr || slot->last_change() < containers->last_change()) {
    slot = std::move(containers);
  }
}

std::shared_ptr<ExtentTable> GraphCache::extents(std::uint64_t nodes_changed,
                                                 std::uint32_t extents) {
  const std::lock_guard lock(mutex_);
  if (extents_ != nullptr && extents_->nodes_changed() == nodes_changed) return extents_;
  auto made = std::make_shared<ExtentTable>(nodes_changed, extents);
  if (extents_ == nullptr || extents_->nodes_changed() < nodes_changed) extents_ = made;
  return made;
}

std::shared_ptr<const catalog::StoredCatalog> GraphCache::catalog(const storage::Transaction& txn,
                                                                  std::uint64_t version) {
  {
    const std::lock_guard lock(mutex_);
    if (catalog_ != nullptr && catalog_->version() == version) return catalog_;
  }
  auto loaded = catalog::StoredCatalog::load(txn, version);
  keep(loaded);
  return loaded;
}

void GraphCache::keep(std::shared_ptr<const catalog::StoredCatalog> catalog) {
  const std::lock_guard lock(mutex_);
  if (catalog_ == nullptr || catalog_->version() < catalog->version()) {
    catalog_ = std::move(catalog);
  }
}

void GraphCache::add_fold_tasks(const std::vector<FoldTask>& tasks) {
  const std::lock_guard lock(mutex_);
  fold_tasks_.insert(tasks.begin(), tasks.end());
}

std::vector<FoldTask> GraphCache::take_fold_tasks(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<FoldTask> out;
  while (out.size() < limit && !fold_tasks_.empty()) {
    out.push_back(*fold_tasks_.begin());
    fold_tasks_.erase(fold_tasks_.begin());
  }
  return out;
}

std::size_t GraphCache::fold_task_count() {
  const std::lock_guard lock(mutex_);
  return fold_tasks_.size();
}

bool GraphCache::fold_searched() {
  const std::lock_guard lock(mutex_);
  return searched_;
}

bool GraphCache::begin_fold_search() {
  const std::lock_guard lock(mutex_);
  return !std::exchange(searched_, true);
}

}  // namespace geode::graph
