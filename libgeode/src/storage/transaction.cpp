#include "storage/transaction.hpp"

#include <algorithm>
#include <string>
#include <sys/stat.h>
#include <utility>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "storage/environment_impl.hpp"
#include "storage/format_version.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/mdb_value.hpp"
#include "storage/page_format.hpp"
#include "storage/seal.hpp"

namespace geode::storage {

namespace {

constexpr std::size_t kLongestKey = 511;

/// A shorter value stands in a leaf, whatever the size of the pages.
constexpr std::size_t kLeastLarge = 1024;
using pages::kDirty;
using pages::kOverflow;
using pages::kPageHeader;

/// LMDB puts two entries into a leaf at least; a longer one has its value behind the header of a
/// run of pages.
bool has_own_pages(const Map& map, ByteView key, ByteView stored) {
  const std::size_t longest = ((map.page_bytes - kPageHeader) / 2 & ~std::size_t{1}) - 2;
  return pages::kNodeHeader + key.size() + stored.size() > longest;
}

MDB_txn* txn(void* handle) { return static_cast<MDB_txn*>(handle); }

[[noreturn]] void throw_damaged(const Environment& environment, Table table, ByteView key,
                                const std::string& what) {
  std::string shown;
  for (const std::byte each : key.first(std::min<std::size_t>(key.size(), 32))) {
    shown += "0123456789abcdef"[std::to_integer<unsigned>(each) >> 4];
    shown += "0123456789abcdef"[std::to_integer<unsigned>(each) & 15];
  }
  throw Error(status::kCorrupt, "database '" + environment.path() + "' is damaged: table " +
                                    table_form(table).name + ", key " + shown + ": " + what)
      .hint("look for the extent of the damage with geode verify, and restore a backup");
}

}  // namespace

void require_key(Table table, ByteView key) {
  if (key.empty() || key.size() > kLongestKey) [[unlikely]] {
    throw Error(status::kInternal, "a key of " + std::to_string(key.size()) +
                                       " bytes does not fit table " +
                                       std::to_string(static_cast<int>(table)));
  }
}

void Transaction::throw_ended() {
  throw Error(status::kInvalidTransactionState, "the transaction has ended");
}

void Transaction::throw_not_at_work() const {
  GEODE_CHECK(((*snapshot_state_).load() & 1) != 0, "a snapshot is read while it is at rest");
  base::throw_snapshot_too_old();
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
  if (table == Table::kIndexDup) return checked_duplicate(key, from_mdb(v), duplicate_);
  return checked(table, key, from_mdb(v));
}

void require_run(const Transaction& transaction, const Map& map, Table table, ByteView key,
                 ByteView stored) {
  if (!has_own_pages(map, key, stored)) return;
  const std::byte* const page = stored.data() - kPageHeader;
  const auto number = base::load_le<std::uint64_t>(page);
  const auto flags = base::load_le<std::uint16_t>(page + 10);
  const auto run = base::load_le<std::uint32_t>(page + 12);
  const std::uint64_t pages = (kPageHeader + stored.size() + map.page_bytes - 1) / map.page_bytes;
  // A writer's own pages are dirty until LMDB writes them, and may be beyond the last one of the
  // last commit. There may be more pages than are needed, where the value replaced a longer one.
  if (transaction.writable() && flags == (kOverflow | kDirty) && run >= pages) return;
  const auto within = [&](std::uint64_t count) { return run <= count && number <= count - run; };
  MDB_envinfo info{};
  mdb_env_info(map.env, &info);
  bool right = flags == kOverflow && run >= pages;
  if (right && !within(info.me_last_pgno + 1)) {
    struct stat file {};
    int descriptor = -1;
    right = transaction.writable() && mdb_env_get_fd(map.env, &descriptor) == 0 &&
            fstat(descriptor, &file) == 0 &&
            within(static_cast<std::uint64_t>(file.st_size) / map.page_bytes);
  }
  if (!right) {
    throw_damaged(transaction.environment(), table, key,
                  "the header of the pages of a value is wrong");
  }
}

ByteView Transaction::checked(Table table, ByteView key, ByteView stored) const {
  if (!is_sealed(table, key)) return stored;
  const bool large = stored.size() >= kLeastLarge;
  Map* const map = large ? &Environment::Impl::map_of(txn(handle_)) : nullptr;
  if (!large || !has_own_pages(*map, key, stored)) {
    if (const auto value = opened(table, key, stored)) [[likely]]
      return *value;
    throw_damaged(*environment_, table, key, "the checksum of a value is wrong");
  }
  const ByteView value = stored.first(stored.size() - kSealBytes);
  const auto number = base::load_le<std::uint64_t>(stored.data() - kPageHeader);
  const auto seal = base::load_le<std::uint32_t>(stored.data() + value.size());
  if (map->checked.contains(number, seal)) [[likely]]
    return value;
  require_run(*this, *map, table, key, stored);
  if (!opened(table, key, stored)) {
    throw_damaged(*environment_, table, key, "the checksum of a value is wrong");
  }
  map->checked.insert(number, seal);
  return value;
}

ByteView Transaction::checked_duplicate(ByteView key, ByteView stored,
                                        std::array<std::byte, 8>& room) const {
  if (read_duplicate(key, stored, room)) [[likely]]
    return room;
  throw_damaged(*environment_, Table::kIndexDup, key, "the check of an entry is wrong");
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

std::unique_ptr<ReadTransaction> ReadTransaction::begin(std::shared_ptr<Environment> environment,
                                                        bool kept) {
  std::unique_ptr<ReadTransaction> out(new ReadTransaction(std::move(environment), false));
  out->take_reader(kept);
  return out;
}

ReadTransaction::~ReadTransaction() { suspend(); }

void ReadTransaction::suspend() noexcept {
  close_cursors(-1);
  if (handle_ == nullptr) return;
  handle_ = nullptr;
  environment_->impl().end_read(*std::exchange(reader_, nullptr));
}

void ReadTransaction::resume() {
  if (handle_ == nullptr) take_reader();
}

void ReadTransaction::take_reader(bool kept) {
  reader_ = &environment_->impl().begin_read(kept);
  handle_ = reader_->txn();
  snapshot_state_ = &reader_->state();
  at_work_ = 1;
}

void ReadTransaction::wake() {
  if (handle_ == nullptr) throw_ended();
  if (at_work_ == 0) {
    environment_->impl().require_usable();
    if (!reader_->wake()) base::throw_snapshot_too_old();
  }
  ++at_work_;
}

void ReadTransaction::rest() noexcept {
  if (handle_ == nullptr || --at_work_ > 0) return;
  // In a child of fork() the slot is the parent's.
  if (!environment_->impl().unusable()) reader_->rest();
}

}  // namespace geode::storage
