#include "graph/graph_transaction.hpp"

#include <algorithm>

#include <geode/error.hpp>
#include "graph/log/timeline.hpp"
#include "graph/transaction_impl.hpp"

namespace geode::graph {
bool Changes::any() const {
  return (nodes_created | nodes_deleted | edges_created | edges_deleted | labels_added |
          labels_removed | properties_set | properties_removed | indexes_added | indexes_removed |
          constraints_added | constraints_removed) != 0;
}

bool Changes::adds() const {
  return (nodes_created | edges_created | labels_added | properties_set | indexes_added |
          constraints_added) != 0;
}

void WriteState::flush() {
  labels.flush();
  adjacency.flush(lsn(), statistics, due);
  ids.flush();
  statistics.flush(epoch(), [this](ElementKind kind, std::uint32_t label, std::uint32_t chunk,
                                   std::uint64_t count) {
    if (count >= row_limit(kind, label, chunk)) {
      due.push_back({FoldTask::kRows, keys::code(kind), label, chunk});
    }
  });
}

void WriteState::discard() {
  labels.discard();
  adjacency.discard();
  ids.discard();
  statistics.discard();
}

WriteState& GraphTransaction::Impl::writer() {
  if (write == nullptr || write_txn == nullptr) {
    throw Error(write == nullptr ? status::kReadOnlyTransaction : status::kInvalidTransactionState,
                write == nullptr ? "this transaction is read-only" : "this transaction has ended");
  }
  return *write;
}

GraphTransaction::GraphTransaction() = default;
GraphTransaction::~GraphTransaction() = default;

std::unique_ptr<GraphTransaction> GraphTransaction::begin_read(
    std::shared_ptr<storage::Environment> environment, bool kept) {
  std::unique_ptr<GraphTransaction> out(new GraphTransaction());
  out->impl_ = std::make_unique<Impl>(environment);
  out->impl_->read_txn = storage::ReadTransaction::begin(std::move(environment), kept);
  out->impl_->snapshot = out->impl_->cache.snapshot(*out->impl_->read_txn);
  return out;
}

void GraphTransaction::wake() {
  if (impl_->read_txn) impl_->read_txn->wake();
}

void GraphTransaction::rest() noexcept {
  if (impl_->read_txn) impl_->read_txn->rest();
}

const base::SnapshotState* GraphTransaction::snapshot_state() const {
  return impl_->read_txn ? impl_->read_txn->state() : nullptr;
}

void GraphTransaction::suspend() noexcept { impl_->read_txn->suspend(); }

void GraphTransaction::resume() {
  Impl& impl = *impl_;
  impl.read_txn->resume();
  if (impl.read_txn->id() == impl.snapshot->transaction_id() &&
      impl.read_txn->map_generation() == impl.snapshot->map_generation()) {
    return;
  }
  impl.forget_readers();
  impl.snapshot = impl.cache.snapshot(*impl.read_txn);
}

std::unique_ptr<GraphTransaction> GraphTransaction::begin_same() const {
  if (impl_->write != nullptr) return nullptr;
  std::unique_ptr<GraphTransaction> other = begin_read(impl_->environment);
  if (other->impl_->read_txn->id() != impl_->read_txn->id()) return nullptr;
  return other;
}

std::unique_ptr<GraphTransaction> GraphTransaction::begin_write(
    std::shared_ptr<storage::Environment> environment, std::int64_t timeout_ms) {
  std::unique_ptr<GraphTransaction> out(new GraphTransaction());
  out->impl_ = std::make_unique<Impl>(environment);
  out->impl_->begin_write(storage::WriteTransaction::begin(std::move(environment), timeout_ms));
  return out;
}

std::unique_ptr<GraphTransaction> GraphTransaction::begin_load(
    std::shared_ptr<storage::Environment> environment, std::int64_t timeout_ms,
    std::uint64_t expected_bytes) {
  std::unique_ptr<GraphTransaction> out(new GraphTransaction());
  out->impl_ = std::make_unique<Impl>(environment);
  out->impl_->begin_write(
      storage::WriteTransaction::begin_large(std::move(environment), timeout_ms, expected_bytes));
  return out;
}

void GraphTransaction::Impl::begin_write(std::unique_ptr<storage::WriteTransaction> begun) {
  write_txn = std::move(begun);
  // Begun while the writer is held, so this is the state the writer began with: what the
  // transaction has not changed is read from it, through directories shared with every other
  // reader.
  read_txn = storage::ReadTransaction::begin(environment);
  snapshot = cache.snapshot(*read_txn);
  write = std::make_unique<WriteState>(*write_txn, *snapshot);
}

bool GraphTransaction::writable() const { return impl_->write != nullptr; }

std::uint64_t GraphTransaction::lsn() const { return impl_->snapshot->header().lsn; }

const catalog::Catalog& GraphTransaction::catalog() const { return impl_->catalog(); }

std::shared_ptr<const catalog::Catalog> GraphTransaction::shared_catalog() const {
  if (impl_->write != nullptr) return impl_->write->catalog.shared();
  return impl_->snapshot->catalog();
}

const Changes& GraphTransaction::changes() const { return impl_->changes; }
void GraphTransaction::reset_changes() {
  impl_->note_changes();
  impl_->changes = Changes();
}

void GraphTransaction::begin_savepoint() {
  WriteState& write = impl_->writer();
  write.flush();
  write.txn.begin_child();
  write.log.begin_savepoint();
  write.savepoints.push_back({write.header, write.catalog.shared(), impl_->changes, write.checks});
}

void GraphTransaction::release_savepoint() {
  WriteState& write = impl_->writer();
  if (write.savepoints.empty()) {
    throw Error(status::kUnknownSavepoint, "there is no savepoint to release");
  }
  write.txn.commit_child();
  write.log.release_savepoint();
  write.savepoints.pop_back();
}

void GraphTransaction::rollback_savepoint() {
  WriteState& write = impl_->writer();
  if (write.savepoints.empty()) {
    throw Error(status::kUnknownSavepoint, "there is no savepoint to roll back to");
  }
  write.txn.abort_child();
  write.discard();
  write.log.rollback_savepoint();
  WriteState::Savepoint& savepoint = write.savepoints.back();
  write.header = savepoint.header;
  write.catalog.restore(std::move(savepoint.catalog));
  write.checks = std::move(savepoint.checks);
  impl_->changes = savepoint.changes;
  write.savepoints.pop_back();
}

void GraphTransaction::commit() {
  if (impl_->write == nullptr) return;
  WriteState& write = impl_->writer();
  check_statement_end();
  while (!write.savepoints.empty()) release_savepoint();
  if (!write.changed) {
    rollback();
    return;
  }
  write.flush();
  write.header.commit_time =
      write.replayed_time.value_or(std::max(write.header.commit_time + 1, microseconds_now()));
  write.log.finish(write.header.commit_time);
  write.header.lsn = write.lsn();
  write.header.catalog_version = write.catalog.catalog().version();
  if (write.nodes_changed) write.header.nodes_changed = write.epoch();
  write.header.epoch = write.epoch();
  write_header(write.txn, write.header);
  impl_->note_changes();
  if (impl_->removed && !impl_->added) write.txn.use_reserve();
  const std::unique_ptr<storage::WriteTransaction> txn = std::move(impl_->write_txn);
  txn->commit();
  impl_->cache.keep(write.catalog.shared());
  impl_->cache.add_fold_tasks(write.due);
}

void GraphTransaction::rollback() {
  if (impl_->write_txn == nullptr) return;
  const std::unique_ptr<storage::WriteTransaction> txn = std::move(impl_->write_txn);
  txn->abort();
}

}  // namespace geode::graph
