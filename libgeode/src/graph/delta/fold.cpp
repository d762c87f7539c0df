#include "graph/delta/fold_rows.hpp"
#include "graph/delta/merge.hpp"
#include "graph/graph_transaction.hpp"
#include "graph/snapshot.hpp"
#include "graph/transaction_impl.hpp"

namespace geode::graph {
namespace {

// Tasks taken for one commit; the time decides how many of them are done.
constexpr std::size_t kMostTasks = 256;

/// Tasks that stand in the file, of other processes or from before this one began: those that are
/// due, or all.
std::vector<FoldTask> search_tasks(const storage::Transaction& txn, bool all) {
  std::vector<FoldTask> out;
  storage::Cursor cursor = txn.cursor(storage::Table::kHot);
  const Key deltas = Key().u8(0x10);
  for (bool more = cursor.seek(deltas); more && cursor.has_prefix(deltas); more = cursor.next()) {
    const auto side = static_cast<std::uint8_t>(cursor.key()[1]);
    const std::uint32_t label = keys::u32_at(cursor.key(), 2);
    const std::uint32_t chunk = keys::u32_at(cursor.key(), 6);
    if (all || cursor.value().size() / sizeof(DeltaEntry) > delta_limit(side, label, chunk)) {
      out.push_back({FoldTask::kAdjacency, side, label, chunk});
    }
  }
  const Key rows = Key().u8(0x06);
  for (bool more = cursor.seek(rows); more && cursor.has_prefix(rows); more = cursor.next()) {
    const auto side = static_cast<std::uint8_t>(cursor.key()[1]);
    const std::uint32_t label = keys::u32_at(cursor.key(), 2);
    const std::uint32_t chunk = keys::u32_at(cursor.key(), 6);
    const auto record =
        read_record<RowStatistics>(txn, keys::row_count(ElementKind{side}, label, chunk));
    if (all || record.count >= row_limit(ElementKind{side}, label, chunk)) {
      out.push_back({FoldTask::kRows, side, label, chunk});
    }
  }
  return out;
}

void run_task(const FoldTask& task, storage::WriteTransaction& txn, StatisticsWriter& statistics,
              const catalog::StoredCatalog& catalog, std::uint64_t lsn) {
  if (task.kind == FoldTask::kRows) {
    fold_rows(txn, statistics, ElementKind{task.side}, task.label, task.chunk, lsn);
    return;
  }
  const Direction direction{task.side};
  const EdgeLabelId label{task.label};
  const auto bytes =
      txn.get(storage::Table::kHot, keys::adjacency_delta(direction, label, task.chunk));
  if (!bytes) return;  // folded by another process
  AdjacencyDelta delta(*bytes);
  fold_adjacency_chunk(
      txn, {direction, label, task.chunk, catalog.chunk_shift(label, direction == Direction::kIn)},
      delta.entries(), lsn, statistics.degrees(direction, label));
  statistics.edge(direction, label);  // the chunk has moved
}

}  // namespace

std::uint64_t fold(const std::shared_ptr<storage::Environment>& environment,
                   std::chrono::microseconds budget) {
  using Clock = std::chrono::steady_clock;
  GraphCache& cache = GraphCache::of(*environment);
  if (cache.begin_fold_search()) {
    cache.add_fold_tasks(search_tasks(*storage::ReadTransaction::begin(environment), false));
  }
  std::vector<FoldTask> tasks = cache.take_fold_tasks(kMostTasks);
  if (tasks.empty()) return 0;
  std::size_t done = 0;
  try {
    const auto txn = storage::WriteTransaction::begin(environment);
    txn->use_reserve();
    const auto end = Clock::now() + budget;
    DatabaseHeader header = read_header(*txn);
    const auto catalog = cache.catalog(*txn, header.catalog_version);
    StatisticsWriter statistics(*txn);
    do {
      run_task(tasks[done], *txn, statistics, *catalog, header.lsn);
    } while (++done < tasks.size() && Clock::now() < end);
    // Folding changes where things are, not what they are: the epoch moves, the LSN does not.
    ++header.epoch;
    statistics.flush(header.epoch);
    write_header(*txn, header);
    txn->commit();
  } catch (...) {
    cache.add_fold_tasks(tasks);
    throw;
  }
  cache.add_fold_tasks({tasks.begin() + static_cast<std::ptrdiff_t>(done), tasks.end()});
  return cache.fold_task_count();
}

std::uint64_t fold_all(const std::shared_ptr<storage::Environment>& environment) {
  GraphCache& cache = GraphCache::of(*environment);
  cache.begin_fold_search();
  cache.add_fold_tasks(search_tasks(*storage::ReadTransaction::begin(environment), true));
  // Each step is a short commit of its own, so that other writers get their turn in between.
  std::uint64_t left = fold(environment);
  for (std::uint64_t before = left + 1; left > 0 && left < before;) {
    before = left;
    left = fold(environment);
  }
  return left;
}

bool fold_is_due(const std::shared_ptr<storage::Environment>& environment) {
  GraphCache& cache = GraphCache::of(*environment);
  return !cache.fold_searched() || cache.fold_task_count() > 0;
}

}  // namespace geode::graph
