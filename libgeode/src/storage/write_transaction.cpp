#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <thread>
#include <utility>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/environment_impl.hpp"
#include "storage/format_version.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/mdb_value.hpp"
#include "storage/replacement.hpp"
#include "storage/seal.hpp"
#include "storage/transaction.hpp"

namespace geode::storage {

namespace {

MDB_txn* txn(void* handle) { return static_cast<MDB_txn*>(handle); }

/// What is written to a copy goes to the file in parts of about this size.
constexpr std::uint64_t kPartBytes = std::uint64_t{32} << 20;
/// LMDB has pages as large as those of the processor.
constexpr std::uint64_t kLeastPage = 4096;
/// One change writes its value and the path to it anew, and may split pages of that.
constexpr std::uint64_t kPathPages = 10;
/// What is kept of a limited file for deleting: a part of it, but not less, and not more.
constexpr std::uint64_t kReservePart = 16;
constexpr std::uint64_t kLeastReserve = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostReserve = std::uint64_t{64} << 20;
/// A copy of so little is worth any transaction that may be large.
constexpr std::uint64_t kSmallFile = std::uint64_t{256} << 10;

std::uint64_t reserve_of(std::uint64_t limit) {
  return std::clamp(limit / kReservePart, kLeastReserve, kMostReserve);
}

MDB_dbi dbi(const Environment::Impl& impl, Table table) {
  return impl.tables[static_cast<std::size_t>(table)];
}

}  // namespace

struct WriteTransaction::Impl {
  std::thread::id thread = std::this_thread::get_id();
  /// The transactions around the innermost one, which is Transaction::handle_.
  std::array<MDB_txn*, kMaxDepth> outer{};
  /// Where the transaction writes to a copy.
  std::unique_ptr<Replacement> copy;
  std::uint64_t part_bytes = 0;  ///< written since its last part
  bool changed = false;
  std::uint64_t most_pages = 0;  ///< that it can have made the file grow by
};

namespace {

MDB_txn* begin_on(MDB_env* env, const std::string& path) {
  MDB_txn* out = nullptr;
  check_lmdb(mdb_txn_begin(env, nullptr, 0, &out), "mdb_txn_begin", path);
  return out;
}

/// Null where the transaction is to write to the file itself.
std::unique_ptr<Replacement> copy_to_write(Environment::Impl& impl, std::uint64_t expected_bytes) {
  const EnvironmentInfo info = impl.info();
  if (info.used_bytes - info.free_bytes > std::max(expected_bytes, kSmallFile)) return nullptr;
  if (!Replacement::possible(impl)) return nullptr;
  try {
    return std::make_unique<Replacement>(impl, true);
  } catch (const Error&) {
    // Who may not make files in the folder, or give them their owner, can still write this one.
    return nullptr;
  }
}

/// All entries of `from`, which is of another environment with the same tables.
void copy_entries(const Environment::Impl& impl, MDB_txn* from, MDB_txn* to) {
  for (const MDB_dbi table : impl.tables) {
    unsigned flags = 0;
    check_lmdb(mdb_dbi_flags(from, table, &flags), "mdb_dbi_flags", impl.path);
    check_lmdb(mdb_drop(to, table, 0), "mdb_drop", impl.path);
    struct Close {
      MDB_cursor* cursor = nullptr;
      ~Close() {
        if (cursor != nullptr) mdb_cursor_close(cursor);
      }
    } source, target;
    check_lmdb(mdb_cursor_open(from, table, &source.cursor), "mdb_cursor_open", impl.path);
    check_lmdb(mdb_cursor_open(to, table, &target.cursor), "mdb_cursor_open", impl.path);
    const unsigned append = (flags & MDB_DUPSORT) != 0 ? MDB_APPENDDUP : MDB_APPEND;
    MDB_val key{}, value{};
    int code = 0;
    while ((code = mdb_cursor_get(source.cursor, &key, &value, MDB_NEXT)) == 0) {
      check_lmdb(mdb_cursor_put(target.cursor, &key, &value, append), "mdb_cursor_put", impl.path);
    }
    if (code != MDB_NOTFOUND) throw_lmdb(code, "mdb_cursor_get", impl.path);
  }
}

}  // namespace

std::unique_ptr<WriteTransaction> WriteTransaction::begin(std::shared_ptr<Environment> environment,
                                                          std::int64_t timeout_ms) {
  return begin(std::move(environment), timeout_ms, std::nullopt);
}

std::unique_ptr<WriteTransaction> WriteTransaction::begin_large(
    std::shared_ptr<Environment> environment, std::int64_t timeout_ms,
    std::uint64_t expected_bytes) {
  return begin(std::move(environment), timeout_ms, expected_bytes);
}

std::unique_ptr<WriteTransaction> WriteTransaction::begin(
    std::shared_ptr<Environment> environment, std::int64_t timeout_ms,
    std::optional<std::uint64_t> expected_bytes) {
  std::unique_ptr<WriteTransaction> out(new WriteTransaction(std::move(environment), true));
  out->impl_ = std::make_unique<Impl>();
  auto& impl = out->environment_->impl();
  impl.require_usable();
  impl.require_writable();
  impl.writer.acquire(timeout_ms, impl.path);
  try {
    // The writer before may have failed while this one waited.
    impl.require_writable();
    std::unique_ptr<Replacement>& copy = out->impl_->copy;
    if (expected_bytes) copy = copy_to_write(impl, *expected_bytes);
    out->handle_ = copy ? begin_on(copy->env(), impl.path) : impl.begin_write();
  } catch (...) {
    out->impl_->copy.reset();
    impl.writer.release();
    throw;
  }
  return out;
}

WriteTransaction::~WriteTransaction() {
  if (handle_ == nullptr) return;
  auto& impl = environment_->impl();
  if (impl.unusable()) {
    // After fork() the transaction is the parent's, and the copy it may write to.
    (void)impl_->copy.release();
    handle_ = nullptr;
    return;
  }
  if (impl_->thread != std::this_thread::get_id()) {
    // LMDB's lock can only be given back by the thread that took it. The environment refuses
    // writers from now on, and the writer lock stays held, so that other processes get a refusal
    // rather than a wait for ever.
    impl.writer_abandoned.store(true);
    (void)impl_->copy.release();
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
  if (handle_ != nullptr) mdb_txn_abort(txn(std::exchange(handle_, nullptr)));
  if (impl_->copy != nullptr) {
    impl_->copy.reset();
  } else {
    impl.leave_write();
  }
  impl.writer.release();
}

void WriteTransaction::end_part() {
  auto& impl = environment_->impl();
  stamp_transaction(txn(handle_), dbi(impl, Table::kHot),
                    Environment::Impl::map_of(txn(handle_)).file, impl.path);
  int code = mdb_txn_commit(txn(std::exchange(handle_, nullptr)));
  if (code == EIO && impl.out_of_room()) code = ENOSPC;
  check_lmdb(code, "mdb_txn_commit", impl.path);
  // The disk begins to write while the rest is made.
  int file = -1;
  if (mdb_env_get_fd(impl_->copy->env(), &file) == 0) {
    [[maybe_unused]] const int begun = sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
  }
  impl_->part_bytes = 0;
  handle_ = begin_on(impl_->copy->env(), impl.path);
}

void WriteTransaction::write_out() {
  require_writable();
  if (impl_->copy == nullptr || depth_ > 0 || impl_->part_bytes < kPartBytes) return;
  close_cursors(-1);
  try {
    end_part();
  } catch (...) {
    let_go();
    throw;
  }
}

void WriteTransaction::keep_reserve() {
  auto& impl = environment_->impl();
  const std::uint64_t page = Environment::Impl::map_of(txn(handle_)).page_bytes;
  const std::uint64_t limit = impl.options.max_file_size_bytes;
  const std::uint64_t reserve = reserve_of(limit);
  if (impl.used_bytes() + impl_->most_pages * page + reserve <= limit) return;
  // LMDB does not say how many pages a transaction has left, free ones among them. So that many are
  // taken by values that have a page each, and given back.
  begin_child();
  int code = 0;
  for (std::uint64_t i = 0; code == 0 && i < reserve / page; ++i) {
    std::string key("\xff reserve");
    base::append_be(key, i);
    MDB_val k = to_mdb(as_bytes(key)), v{page * 3 / 4, nullptr};
    code = mdb_put(txn(handle_), dbi(impl, Table::kBase), &k, &v, MDB_RESERVE);
  }
  abort_child();
  if (code == MDB_MAP_FULL) throw_lmdb(code, "mdb_put", impl.path);
}

bool WriteTransaction::settle_copy() {
  auto& impl = environment_->impl();
  try {
    end_part();
    const std::uint64_t limit = impl.options.max_file_size_bytes;
    if (limit != 0 && impl_->copy->file_bytes() + reserve_of(limit) > limit)
      throw_lmdb(MDB_MAP_FULL, "mdb_txn_commit", impl.path);
    if (impl_->copy->try_alone()) {
      mdb_txn_abort(txn(std::exchange(handle_, nullptr)));
      impl_->copy->take_place();
      let_go();
      return true;
    }
    // Somebody opened the file meanwhile, who is to see what becomes of it.
    MDB_txn* const source = txn(std::exchange(handle_, nullptr));
    try {
      handle_ = impl.begin_write();
      copy_entries(impl, source, txn(handle_));
    } catch (...) {
      mdb_txn_abort(source);
      if (handle_ != nullptr) {
        mdb_txn_abort(txn(std::exchange(handle_, nullptr)));
        impl.leave_write();
      }
      throw;
    }
    mdb_txn_abort(source);
    impl_->copy.reset();
    return false;
  } catch (...) {
    let_go();
    throw;
  }
}

bool WriteTransaction::store(Table table, ByteView key, ByteView value, unsigned flags,
                             const char* operation) {
  require_writable();
  require_key(table, key);
  const auto& impl = environment_->impl();
  impl_->part_bytes += key.size() + value.size();
  impl_->most_pages += kPathPages + value.size() / kLeastPage;
  impl_->changed = true;
  const int code = put_value(txn(handle_), dbi(impl, table), table, key, value, flags);
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

bool WriteTransaction::remove(Table table, ByteView key, const ByteView* value) {
  require_writable();
  require_key(table, key);
  const auto& impl = environment_->impl();
  MDB_val k = to_mdb(key), v{};
  if (table == Table::kBase || table == Table::kHot) {
    const int found = mdb_get(txn(handle_), dbi(impl, table), &k, &v);
    if (found == MDB_NOTFOUND) return false;
    check_lmdb(found, "mdb_get", impl.path);
    require_run(*this, Environment::Impl::map_of(txn(handle_)), table, key, from_mdb(v));
    k = to_mdb(key);
    v = {};
  }
  impl_->most_pages += kPathPages;
  char duplicate[8];
  if (value != nullptr) {
    v = to_mdb(*value);
    if (table == Table::kIndexDup) {
      base::store_be(duplicate, stored_duplicate(key, *value));
      v = {sizeof duplicate, duplicate};
    }
  }
  impl_->changed = true;
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
    impl_->changed = true;
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
  if (impl_->copy != nullptr && settle_copy()) return;
  // Without a change LMDB writes nothing.
  if (impl_->changed) {
    try {
      if (impl.options.max_file_size_bytes != 0 && !only_deletes_) keep_reserve();
      stamp_transaction(txn(handle_), dbi(impl, Table::kHot),
                        Environment::Impl::map_of(txn(handle_)).file, impl.path);
    } catch (...) {
      abort();
      throw;
    }
  }
  const auto begin = FlushCounter::Clock::now();
  int code = mdb_txn_commit(txn(std::exchange(handle_, nullptr)));
  if (impl_->changed && !impl.in_memory) impl.flushes.note(begin);
  if (code != 0) impl.mend_meta_pages();
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
  let_go();
}

}  // namespace geode::storage
