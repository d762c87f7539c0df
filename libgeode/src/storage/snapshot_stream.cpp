#include "storage/snapshot_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>
#include <utility>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "storage/environment_impl.hpp"
#include "storage/lmdb_error.hpp"

namespace geode::storage {

namespace {

// Of LMDB's meta page; its layout stands in database_file_check.cpp.
constexpr std::size_t kPageNumber = 0, kLastPage = 136, kTransaction = 144, kMetaEnd = 152;
constexpr MDB_dbi kFreeTable = 0;
/// Commits that may come between the steps of one attempt.
constexpr int kMostAttempts = 10000;

/// Reads what the file has of the range; behind its end there is nothing but zeros, as LMDB does
/// not write pages that one transaction took and freed.
void read_range(int file, char* to, std::size_t size, std::uint64_t offset,
                const std::string& path) {
  while (size > 0) {
    const ssize_t n = pread(file, to, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_system(errno, "cannot read", path);
    if (n == 0) {
      std::memset(to, 0, size);
      return;
    }
    to += n;
    size -= static_cast<std::size_t>(n);
    offset += static_cast<std::uint64_t>(n);
  }
}

int file_of(MDB_env* env) {
  int file = -1;
  mdb_env_get_fd(env, &file);
  return file;
}

}  // namespace

SnapshotStream::SnapshotStream(std::shared_ptr<Environment> environment)
    : environment_(std::move(environment)) {
  try {
    for (int attempt = 0; !take_snapshot(); ++attempt) {
      end();
      if (attempt == kMostAttempts) {
        throw Error(status::kDatabaseBusy, "database '" + environment_->path() +
                                               "' changes faster than a snapshot can be taken");
      }
    }
    note_free_pages();
  } catch (...) {
    end();
    throw;
  }
}

SnapshotStream::~SnapshotStream() { end(); }

void SnapshotStream::end() noexcept {
  transaction_.reset();
  if (reader_ != nullptr) environment_->impl().end_read(*std::exchange(reader_, nullptr));
}

/// Two transactions and the meta page they began with. False when a commit came between.
bool SnapshotStream::take_snapshot() {
  const Environment::Impl& impl = environment_->impl();
  reader_ = &environment_->impl().begin_read(true);
  MDB_env* const env = mdb_txn_env(reader_->txn());
  transaction_id_ = reader_->transaction();
  MDB_stat stat{};
  check_lmdb(mdb_env_stat(env, &stat), "mdb_env_stat", impl.path);
  page_bytes_ = stat.ms_psize;
  // The meta page of transaction n is overwritten by the commit of n + 2, while it is read perhaps:
  // it counts only when it reads the same twice.
  std::string again(kMetaEnd, '\0');
  meta_.assign(kMetaEnd, '\0');
  for (std::string* bytes : {&meta_, &again}) {
    read_range(file_of(env), bytes->data(), kMetaEnd, (transaction_id_ & 1) * page_bytes_,
               impl.path);
  }
  if (meta_ != again ||
      base::load_le<std::uint64_t>(meta_.data() + kTransaction) != transaction_id_) {
    return false;
  }
  last_page_ = base::load_le<std::uint64_t>(meta_.data() + kLastPage);
  transaction_ = ReadTransaction::begin(environment_, true);
  return transaction_->id() == transaction_id_ &&
         transaction_->map_generation() ==
             Environment::Impl::map_of(reader_->txn()).generation.load();
}

/// LMDB's table of free pages: transaction:u64 -> count:u64, then the pages:u64 that it freed.
void SnapshotStream::note_free_pages() {
  const std::string& path = environment_->path();
  free_.assign(last_page_ + 1, false);
  struct Cursor {
    MDB_cursor* handle = nullptr;
    ~Cursor() {
      if (handle != nullptr) mdb_cursor_close(handle);
    }
  } cursor;
  check_lmdb(mdb_cursor_open(reader_->txn(), kFreeTable, &cursor.handle), "mdb_cursor_open", path);
  MDB_val key{}, value{};
  int code = 0;
  while ((code = mdb_cursor_get(cursor.handle, &key, &value, MDB_NEXT)) == 0) {
    const auto* at = static_cast<const char*>(value.mv_data);
    const std::uint64_t room = value.mv_size / sizeof(std::uint64_t);
    const std::uint64_t count = room == 0 ? 0 : base::load_le<std::uint64_t>(at);
    GEODE_CHECK(room > 0 && count < room, "a list of free pages is longer than its entry");
    for (std::uint64_t i = 1; i <= count; ++i) {
      const auto page = base::load_le<std::uint64_t>(at + i * sizeof(std::uint64_t));
      GEODE_CHECK(page >= 2 && page <= last_page_, "a free page lies beyond the last one");
      if (!free_[page]) ++free_pages_;
      free_[page] = true;
    }
  }
  if (code != MDB_NOTFOUND) check_lmdb(code, "mdb_cursor_get", path);
}

std::string SnapshotStream::meta_page(std::uint64_t page) const {
  std::string out = meta_;
  std::string number, transaction;
  base::append_le(number, page);
  base::append_le(transaction,
                  (transaction_id_ & 1) == page ? transaction_id_ : transaction_id_ - 1);
  out.replace(kPageNumber, number.size(), number);
  out.replace(kTransaction, transaction.size(), transaction);
  out.resize(page_bytes_, '\0');
  return out;
}

std::size_t SnapshotStream::read(std::span<char> out) {
  const std::uint64_t room = out.size() / page_bytes_;
  GEODE_CHECK(room > 0, "the buffer is smaller than a page");
  const std::uint64_t first = next_page_;
  const std::uint64_t end = std::min(first + room, last_page_ + 1);
  const auto at = [&](std::uint64_t page) { return out.data() + (page - first) * page_bytes_; };
  for (std::uint64_t page = first; page < end;) {
    if (page < 2) {
      const std::string bytes = meta_page(page);
      std::memcpy(at(page), bytes.data(), bytes.size());
      ++page;
      continue;
    }
    std::uint64_t after = page + 1;
    while (after < end && free_[after] == free_[page]) ++after;
    const std::size_t size = (after - page) * page_bytes_;
    if (free_[page]) {
      std::memset(at(page), 0, size);
    } else {
      read_range(file_of(mdb_txn_env(reader_->txn())), at(page), size, page * page_bytes_,
                 environment_->path());
    }
    page = after;
  }
  next_page_ = end;
  return (end - first) * page_bytes_;
}

}  // namespace geode::storage
