#include <cstring>
#include <utility>

#include <lmdb.h>

#include <geode/error.hpp>
#include "storage/environment_impl.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/mdb_value.hpp"
#include "storage/transaction.hpp"

namespace geode::storage {

namespace {

MDB_cursor* cursor_of(void* handle) { return static_cast<MDB_cursor*>(handle); }

}  // namespace

Cursor::Cursor(const Transaction& transaction, Table table, void* handle)
    : handle_(handle), table_(table), depth_(transaction.depth_), transaction_(&transaction) {
  link();
}

Cursor::Cursor(Cursor&& other) noexcept
    : handle_(other.handle_),
      key_(other.key_),
      stored_(other.stored_),
      checked_(other.stored_.empty()),
      place_(other.place_),
      table_(other.table_),
      depth_(other.depth_),
      transaction_(other.transaction_) {
  other.unlink();
  other.handle_ = nullptr;
  if (handle_ != nullptr) link();
}

Cursor& Cursor::operator=(Cursor&& other) noexcept {
  if (this == &other) return *this;
  close();
  handle_ = std::exchange(other.handle_, nullptr);
  show(other.key_, other.stored_);
  place_ = other.place_;
  table_ = other.table_;
  depth_ = other.depth_;
  transaction_ = other.transaction_;
  other.unlink();
  if (handle_ != nullptr) link();
  return *this;
}

Cursor::~Cursor() { close(); }

void Cursor::link() noexcept {
  before_ = nullptr;
  after_ = transaction_->cursors_;
  if (after_ != nullptr) after_->before_ = this;
  transaction_->cursors_ = this;
}

void Cursor::unlink() noexcept {
  if (before_ != nullptr) {
    before_->after_ = after_;
  } else if (transaction_ != nullptr && transaction_->cursors_ == this) {
    transaction_->cursors_ = after_;
  }
  if (after_ != nullptr) after_->before_ = before_;
  before_ = after_ = nullptr;
}

void Cursor::close() noexcept {
  if (handle_ == nullptr) return;
  unlink();
  mdb_cursor_close(cursor_of(std::exchange(handle_, nullptr)));
  show_nothing();
  place_ = Place::kOutside;
}

void Cursor::reload() noexcept {
  if (place_ != Place::kOnEntry) return;
  MDB_val k{}, v{};
  if (mdb_cursor_get(cursor_of(handle_), &k, &v, MDB_GET_CURRENT) == 0) {
    show(from_mdb(k), from_mdb(v));
  } else {
    show_nothing();
    place_ = Place::kOutside;
  }
}

void Cursor::check_value() const {
  if (handle_ == nullptr || place_ != Place::kOnEntry) {
    value_ = {};
  } else if (table_ == Table::kIndexDup) {
    value_ = transaction_->checked_duplicate(key_, stored_, duplicate_);
  } else {
    value_ = transaction_->checked(table_, key_, stored_);
  }
  checked_ = true;
}

bool Cursor::step_to(int operation, ByteView key) {
  if (handle_ == nullptr) [[unlikely]]
    Transaction::throw_ended();
  transaction_->require_kept();
  MDB_val k = to_mdb(key), v{};
  const int code =
      mdb_cursor_get(cursor_of(handle_), &k, &v, static_cast<MDB_cursor_op>(operation));
  if (code == 0) [[likely]] {
    show(from_mdb(k), from_mdb(v));
    place_ = Place::kOnEntry;
    return true;
  }
  show_nothing();
  place_ = Place::kOutside;
  if (code == MDB_NOTFOUND) return false;
  throw_lmdb(code, "mdb_cursor_get", transaction_->environment_->impl().path);
}

bool Cursor::step(int operation) { return step_to(operation, {}); }

bool Cursor::seek(ByteView key) {
  // No key is less than the empty one, which LMDB refuses.
  if (key.empty()) return first();
  require_key(table_, key);
  return step_to(MDB_SET_RANGE, key);
}

bool Cursor::seek_exact(ByteView key) {
  require_key(table_, key);
  return step_to(MDB_SET_KEY, key);
}

bool Cursor::first() { return step(MDB_FIRST); }
bool Cursor::last() { return step(MDB_LAST); }

bool Cursor::seek_before(ByteView key) {
  if (key.empty()) {
    first();
    show_nothing();
    place_ = Place::kOutside;
    return false;
  }
  return seek(key) ? step(MDB_PREV) : last();
}

bool Cursor::next() {
  if (place_ == Place::kOutside) return false;
  return place_ == Place::kNew ? first() : step(MDB_NEXT);
}

bool Cursor::previous() {
  if (place_ == Place::kOutside) return false;
  return place_ == Place::kNew ? last() : step(MDB_PREV);
}

bool Cursor::next_duplicate() {
  if (place_ != Place::kOnEntry || table_ != Table::kIndexDup) return false;
  transaction_->require_kept();
  // At the last duplicate the cursor stays where it is, so that next_key() goes on from there.
  MDB_val k{}, v{};
  const int code = mdb_cursor_get(cursor_of(handle_), &k, &v, MDB_NEXT_DUP);
  if (code == MDB_NOTFOUND) return false;
  check_lmdb(code, "mdb_cursor_get", transaction_->environment_->impl().path);
  show(from_mdb(k), from_mdb(v));
  return true;
}

bool Cursor::next_key() {
  if (place_ == Place::kOutside) return false;
  return place_ == Place::kNew ? first() : step(MDB_NEXT_NODUP);
}

std::uint64_t Cursor::duplicate_count() const {
  if (place_ != Place::kOnEntry) return 0;
  if (table_ != Table::kIndexDup) return 1;
  std::size_t count = 0;
  check_lmdb(mdb_cursor_count(cursor_of(handle_), &count), "mdb_cursor_count",
             transaction_->environment_->impl().path);
  return count;
}

bool Cursor::has_prefix(ByteView prefix) const {
  return place_ == Place::kOnEntry && key_.size() >= prefix.size() &&
         std::memcmp(key_.data(), prefix.data(), prefix.size()) == 0;
}

}  // namespace geode::storage
