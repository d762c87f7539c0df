#include "storage/transaction.hpp"

#include <string>

#include <lmdb.h>

#include <geode/error.hpp>
#include "storage/environment_impl.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/mdb_value.hpp"

namespace geode::storage {

namespace {

constexpr std::size_t kLongestKey = 511;

MDB_txn* txn(void* handle) { return static_cast<MDB_txn*>(handle); }

}  // namespace

void require_key(Table table, ByteView key) {
  const bool fits = table == Table::kLog ? key.size() == sizeof(std::uint64_t)
                                         : !key.empty() && key.size() <= kLongestKey;
  if (!fits) [[unlikely]] {
    throw Error(status::kInternal, "a key of " + std::to_string(key.size()) +
                                       " bytes does not fit table " +
                                       std::to_string(static_cast<int>(table)));
  }
}

void Transaction::throw_ended() {
  throw Error(status::kInvalidTransactionState, "the transaction has ended");
}

void Transaction::close_cursors(int depth) noexcept {
  for (Cursor* cursor = cursors_; cursor != nullptr;) {
    Cursor* const after = cursor->after_;
    if (cursor->depth_ > depth) cursor->close();
    cursor = after;
  }
}

void Transaction::reload_cursors() noexcept {
  for (Cursor* cursor = cursors_; cursor != nullptr; cursor = cursor->after_) cursor->reload();
}

std::optional<ByteView> Transaction::get(Table table, ByteView key) const {
  require_live();
  require_key(table, key);
  const auto& impl = environment_->impl();
  MDB_val k = to_mdb(key), v;
  const int code = mdb_get(txn(handle_), impl.tables[static_cast<std::size_t>(table)], &k, &v);
  if (code == MDB_NOTFOUND) return std::nullopt;
  check_lmdb(code, "mdb_get", impl.path);
  return from_mdb(v);
}

Cursor Transaction::cursor(Table table) const {
  require_live();
  const auto& impl = environment_->impl();
  MDB_cursor* handle = nullptr;
  check_lmdb(mdb_cursor_open(txn(handle_), impl.tables[static_cast<std::size_t>(table)], &handle),
             "mdb_cursor_open", impl.path);
  return Cursor(*this, table, handle);
}

std::uint64_t Transaction::id() const {
  require_live();
  return mdb_txn_id(txn(handle_));
}

std::uint64_t Transaction::map_generation() const {
  require_live();
  return Environment::Impl::map_of(txn(handle_)).generation.load(std::memory_order_relaxed);
}

std::uint64_t Transaction::entry_count(Table table) const {
  require_live();
  const auto& impl = environment_->impl();
  MDB_stat stat{};
  check_lmdb(mdb_stat(txn(handle_), impl.tables[static_cast<std::size_t>(table)], &stat),
             "mdb_stat", impl.path);
  return stat.ms_entries;
}

std::unique_ptr<ReadTransaction> ReadTransaction::begin(std::shared_ptr<Environment> environment) {
  std::unique_ptr<ReadTransaction> out(new ReadTransaction(std::move(environment), false));
  out->handle_ = out->environment_->impl().begin_read();
  return out;
}

ReadTransaction::~ReadTransaction() { suspend(); }

void ReadTransaction::suspend() noexcept {
  close_cursors(-1);
  if (handle_ != nullptr) environment_->impl().end_read(txn(handle_));
  handle_ = nullptr;
}

void ReadTransaction::resume() {
  if (handle_ == nullptr) handle_ = environment_->impl().begin_read();
}

}  // namespace geode::storage
