#include <array>
#include <cerrno>
#include <string>
#include <thread>
#include <utility>

#include <lmdb.h>

#include <geode/error.hpp>
#include "storage/environment_impl.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/mdb_value.hpp"
#include "storage/transaction.hpp"

namespace geode::storage {

namespace {

MDB_txn* txn(void* handle) { return static_cast<MDB_txn*>(handle); }

MDB_dbi dbi(const Environment::Impl& impl, Table table) {
  return impl.tables[static_cast<std::size_t>(table)];
}

}  // namespace

struct WriteTransaction::Impl {
  std::thread::id thread = std::this_thread::get_id();
  /// The transactions around the innermost one, which is Transaction::handle_.
  std::array<MDB_txn*, kMaxDepth> outer{};
};

std::unique_ptr<WriteTransaction> WriteTransaction::begin(std::shared_ptr<Environment> environment,
                                                          std::int64_t timeout_ms) {
  std::unique_ptr<WriteTransaction> out(new WriteTransaction(std::move(environment), true));
  out->impl_ = std::make_unique<Impl>();
  auto& impl = out->environment_->impl();
  impl.require_usable();
  impl.require_writable();
  impl.writer.acquire(timeout_ms, impl.path);
  try {
    // The writer before may have failed while this one waited.
    impl.require_writable();
    out->handle_ = impl.begin_write();
  } catch (...) {
    impl.writer.release();
    throw;
  }
  return out;
}

WriteTransaction::~WriteTransaction() {
  if (handle_ == nullptr) return;
  auto& impl = environment_->impl();
  if (impl.unusable()) {
    // After fork() the transaction is the parent's.
    handle_ = nullptr;
    return;
  }
  if (impl_->thread != std::this_thread::get_id()) {
    // LMDB's lock can only be given back by the thread that took it. The environment refuses
    // writers from now on, and the writer lock stays held, so that other processes get a refusal
    // rather than a wait for ever.
    impl.writer_abandoned.store(true);
    handle_ = nullptr;
    return;
  }
  try {
    abort();
  } catch (...) {
    // Only damage found by LMDB while it ended the transaction comes here; the environment has
    // noted it.
    impl.writer_abandoned.store(true);
  }
}

void WriteTransaction::require_writable() const {
  require_live();
  if (impl_->thread != std::this_thread::get_id()) [[unlikely]] {
    throw Error(status::kInvalidTransactionState,
                "a write transaction can be used only on the thread that began it");
  }
  environment_->impl().require_usable();
}

void WriteTransaction::let_go() noexcept {
  auto& impl = environment_->impl();
  depth_ = 0;
  impl.leave_write();
  impl.writer.release();
}

bool WriteTransaction::store(Table table, ByteView key, ByteView value, unsigned flags,
                             const char* operation) {
  require_writable();
  require_key(table, key);
  const auto& impl = environment_->impl();
  MDB_val k = to_mdb(key), v = to_mdb(value);
  const int code = mdb_put(txn(handle_), dbi(impl, table), &k, &v, flags);
  if (code == MDB_KEYEXIST) return false;
  check_lmdb(code, operation, impl.path);
  return true;
}

void WriteTransaction::put(Table table, ByteView key, ByteView value) {
  store(table, key, value, 0, "mdb_put");
}

bool WriteTransaction::put_new(Table table, ByteView key, ByteView value) {
  return store(table, key, value, MDB_NOOVERWRITE, "mdb_put");
}

void WriteTransaction::append(Table table, ByteView key, ByteView value) {
  if (store(table, key, value, MDB_APPEND, "mdb_put")) return;
  if (table == Table::kIndexDup) {
    // The same key as the last one: the value goes behind its duplicates.
    Cursor end = cursor(table);
    if (end.last() && as_text(end.key()) == as_text(key) &&
        store(table, key, value, MDB_APPENDDUP, "mdb_put")) {
      return;
    }
  }
  throw Error(status::kInternal, "appended keys are not in ascending order");
}

std::span<std::byte> WriteTransaction::reserve(Table table, ByteView key, std::size_t size) {
  require_writable();
  require_key(table, key);
  const auto& impl = environment_->impl();
  MDB_val k = to_mdb(key), v{size, nullptr};
  check_lmdb(mdb_put(txn(handle_), dbi(impl, table), &k, &v, MDB_RESERVE), "mdb_put", impl.path);
  return {static_cast<std::byte*>(v.mv_data), size};
}

bool WriteTransaction::remove(Table table, ByteView key, const ByteView* value) {
  require_writable();
  require_key(table, key);
  const auto& impl = environment_->impl();
  MDB_val k = to_mdb(key), v{};
  if (value != nullptr) v = to_mdb(*value);
  const int code = mdb_del(txn(handle_), dbi(impl, table), &k, value != nullptr ? &v : nullptr);
  if (code == MDB_NOTFOUND) return false;
  check_lmdb(code, "mdb_del", impl.path);
  return true;
}

bool WriteTransaction::erase(Table table, ByteView key) { return remove(table, key, nullptr); }

bool WriteTransaction::erase(Table table, ByteView key, ByteView value) {
  return remove(table, key, &value);
}

std::uint64_t WriteTransaction::erase_prefix(Table table, ByteView prefix) {
  require_writable();
  const auto& impl = environment_->impl();
  if (prefix.empty()) {
    const std::uint64_t count = entry_count(table);
    check_lmdb(mdb_drop(txn(handle_), dbi(impl, table), 0), "mdb_drop", impl.path);
    return count;
  }
  // Each turn seeks again: deletes that follow each other through one cursor are where LMDB 0.9.24
  // has known mistakes.
  std::uint64_t count = 0;
  std::string key;
  for (;;) {
    {
      Cursor at = cursor(table);
      if (!at.seek(prefix) || !at.has_prefix(prefix)) return count;
      count += at.duplicate_count();
      // LMDB reads the key again after it has begun to change the page that the view points into.
      key.assign(as_text(at.key()));
    }
    erase(table, as_bytes(key));
  }
}

void WriteTransaction::begin_child() {
  require_writable();
  if (depth_ == kMaxDepth) {
    throw Error(status::kLimitExceeded,
                "savepoints are nested more than " + std::to_string(kMaxDepth) + " deep");
  }
  const auto& impl = environment_->impl();
  MDB_txn* child = nullptr;
  check_lmdb(mdb_txn_begin(mdb_txn_env(txn(handle_)), txn(handle_), 0, &child), "mdb_txn_begin",
             impl.path);
  impl_->outer[static_cast<std::size_t>(depth_)] = txn(handle_);
  ++depth_;
  handle_ = child;
}

void WriteTransaction::commit_child() {
  require_writable();
  if (depth_ == 0) throw Error(status::kInvalidTransactionState, "there is no savepoint");
  --depth_;
  close_cursors(depth_);
  // mdb_txn_commit frees the handle even when it fails, so the parent takes over first.
  MDB_txn* child = txn(std::exchange(handle_, impl_->outer[static_cast<std::size_t>(depth_)]));
  const int code = mdb_txn_commit(child);
  reload_cursors();
  check_lmdb(code, "mdb_txn_commit", environment_->impl().path);
}

void WriteTransaction::abort_child() {
  require_writable();
  if (depth_ == 0) throw Error(status::kInvalidTransactionState, "there is no savepoint");
  --depth_;
  close_cursors(depth_);
  mdb_txn_abort(txn(std::exchange(handle_, impl_->outer[static_cast<std::size_t>(depth_)])));
  reload_cursors();
}

void WriteTransaction::commit() {
  require_writable();
  auto& impl = environment_->impl();
  try {
    while (depth_ > 0) commit_child();
  } catch (...) {
    abort();
    throw;
  }
  close_cursors(-1);
  int code = mdb_txn_commit(txn(std::exchange(handle_, nullptr)));
  if (code == 0) {
    impl.fill_up_file();
  } else if (code == EIO && impl.out_of_room()) {
    code = ENOSPC;
  } else if (is_write_failure(code)) {
    impl.fail("commit: " + std::string(mdb_strerror(code)));
  }
  let_go();
  check_lmdb(code, "mdb_txn_commit", impl.path);
}

void WriteTransaction::abort() {
  require_writable();
  while (depth_ > 0) abort_child();
  close_cursors(-1);
  mdb_txn_abort(txn(std::exchange(handle_, nullptr)));
  let_go();
}

}  // namespace geode::storage
