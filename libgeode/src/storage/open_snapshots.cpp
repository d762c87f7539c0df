#include <algorithm>
#include <cstdio>
#include <tuple>
#include <unistd.h>
#include <utility>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/environment_impl.hpp"
#include "storage/lmdb_error.hpp"

namespace geode::storage {

namespace {

/// Of LMDB: transaction -> number of pages it freed:u64, then the pages.
constexpr MDB_dbi kFreeTable = 0;
/// The table of free pages is walked when the file has grown by a part of what snapshots may hold
/// back, and in no smaller and no larger steps than these.
constexpr std::uint64_t kStepPart = 8;
constexpr std::uint64_t kLeastStep = std::uint64_t{64} << 10;
constexpr std::uint64_t kMostStep = std::uint64_t{64} << 20;
constexpr int kAgePart = 4;

bool by_transaction(const OpenSnapshot& a, const OpenSnapshot& b) {
  return std::tuple(a.transaction, !a.own, a.process) <
         std::tuple(b.transaction, !b.own, b.process);
}

}  // namespace

void Environment::Impl::measure(MDB_txn* txn, std::vector<OpenSnapshot>& snapshots) {
  struct Close {
    MDB_cursor* cursor = nullptr;
    ~Close() { mdb_cursor_close(cursor); }
  } free;
  check_lmdb(mdb_cursor_open(txn, kFreeTable, &free.cursor), "mdb_cursor_open", path);
  const std::uint64_t page_bytes = map_of(txn).page_bytes;
  const std::uint64_t newest = mdb_txn_id(txn);
  MDB_val key{}, pages{};
  int code = mdb_cursor_get(free.cursor, &key, &pages, MDB_LAST);
  std::uint64_t held = 0;
  // The next writer takes what was freed before the oldest snapshot. What the newest transaction
  // freed it leaves alone in any case, as the state before must be whole until its own is on disk.
  for (auto at = snapshots.rbegin(); at != snapshots.rend(); ++at) {
    for (; code == 0; code = mdb_cursor_get(free.cursor, &key, &pages, MDB_PREV)) {
      const auto freed_by = base::load_le<std::uint64_t>(key.mv_data);
      if (freed_by < at->transaction) break;
      if (freed_by < newest) held += base::load_le<std::uint64_t>(pages.mv_data) * page_bytes;
    }
    if (code != 0 && code != MDB_NOTFOUND) throw_lmdb(code, "mdb_cursor_get", path);
    at->held_bytes = held;
    at->commits_behind = newest - std::min(newest, at->transaction);
  }
}

std::vector<OpenSnapshot> Environment::Impl::foreign_snapshots(MDB_env* env) {
  struct Slots {
    std::int64_t own;
    std::vector<OpenSnapshot> found;
  } slots{getpid(), {}};
  // A line a slot: process, thread, transaction, the last one "-" where there is no snapshot.
  const auto note = [](const char* line, void* context) {
    auto& [own, found] = *static_cast<Slots*>(context);
    long long process = 0;
    unsigned long long transaction = 0;
    if (std::sscanf(line, "%lld %*x %llu", &process, &transaction) == 2 && process != own) {
      found.push_back({process, false, transaction, 0, 0, std::nullopt});
    }
    return 0;
  };
  if (const int code = mdb_reader_list(env, note, &slots); code < 0)
    throw_lmdb(code, "mdb_reader_list", path);
  const auto now = std::chrono::steady_clock::now();
  std::vector<Seen> seen;
  const std::lock_guard lock(seen_mutex_);
  for (OpenSnapshot& snapshot : slots.found) {
    const auto known = std::find_if(seen_.begin(), seen_.end(), [&](const Seen& each) {
      return each.process == snapshot.process && each.transaction == snapshot.transaction;
    });
    seen.push_back(
        {snapshot.process, snapshot.transaction, known == seen_.end() ? now : known->first});
    if (known != seen_.end()) snapshot.age = now - known->first;
  }
  seen_ = std::move(seen);
  return std::move(slots.found);
}

std::vector<OpenSnapshot> Environment::Impl::snapshots() {
  struct Own {
    Impl& impl;
    Reader& reader = impl.begin_read();
    ~Own() { impl.end_read(reader); }
  } own{*this};
  Map& map = map_of(own.reader.txn());
  if (!options.read_only) clear_stale_readers(map.env);
  std::vector<OpenSnapshot> found = foreign_snapshots(map.env);
  const std::int64_t process = getpid();
  map.readers.for_each([&](Reader& reader) {
    if (&reader == &own.reader || !Reader::holds(reader.state().load())) return;
    found.push_back({process, true, reader.transaction(), 0, 0, reader.age()});
  });
  std::sort(found.begin(), found.end(), by_transaction);
  measure(own.reader.txn(), found);
  return found;
}

void Environment::Impl::end_old_snapshots() noexcept {
  std::uint64_t most = options.max_snapshot_lag_bytes;
  if (options.max_file_size_bytes != 0) most = std::min(most, options.max_file_size_bytes / 4);
  const auto oldest = options.max_snapshot_age;
  if (most == 0 && oldest.count() == 0) return;
  try {
    const std::uint64_t bytes = used_bytes();
    const auto now = std::chrono::steady_clock::now();
    const std::uint64_t step = std::clamp(most / kStepPart, kLeastStep, kMostStep);
    const bool grown = most != 0 && bytes >= bytes_looked_at_ + step;
    const bool aged = oldest.count() != 0 && now - snapshots_looked_at_ >= oldest / kAgePart;
    bytes_looked_at_ = std::min(bytes_looked_at_, bytes);
    if (!grown && !aged) return;
    bytes_looked_at_ = bytes;
    snapshots_looked_at_ = now;
    struct Own {
      Impl& impl;
      Reader& reader = impl.begin_read();
      ~Own() { impl.end_read(reader); }
    } own{*this};
    struct Candidate {
      Reader* reader;
      std::uint64_t word;
    };
    ReaderPool& readers = map_of(own.reader.txn()).readers;
    std::vector<std::pair<OpenSnapshot, Candidate>> open;
    readers.for_each([&](Reader& reader) {
      const std::uint64_t word = reader.state().load();
      if (&reader == &own.reader || !Reader::holds(word) || reader.kept()) return;
      open.push_back({{0, true, reader.transaction(), 0, 0, reader.age()}, {&reader, word}});
    });
    std::sort(open.begin(), open.end(),
              [](const auto& a, const auto& b) { return by_transaction(a.first, b.first); });
    std::vector<OpenSnapshot> figures;
    for (const auto& [snapshot, candidate] : open) figures.push_back(snapshot);
    measure(own.reader.txn(), figures);
    for (std::size_t i = 0; i < open.size(); ++i) {
      const bool large = most != 0 && figures[i].held_bytes > most;
      const bool old = oldest.count() != 0 && figures[i].held_bytes > 0 && figures[i].age > oldest;
      if (large || old) open[i].second.reader->ask(open[i].second.word);
    }
  } catch (const std::exception&) {
    // Looked at again before a later transaction, which only finds the file larger.
  }
}

}  // namespace geode::storage
