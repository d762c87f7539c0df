#include "graph/log/change_log.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <geode/error.hpp>
#include "graph/header.hpp"
#include "graph/keys.hpp"

namespace geode::graph {
namespace {

/// Erases so many bytes of records in one commit, so that other writers get their turn.
constexpr std::uint64_t kBytesAtOnce = std::uint64_t{16} << 20;

/// Commits a change of the header that is no change of the data.
void commit_header(storage::WriteTransaction& txn, DatabaseHeader& header) {
  ++header.epoch;
  write_header(txn, header);
  txn.commit();
}

void erase_records(storage::WriteTransaction& txn, DatabaseHeader& header) {
  txn.erase_prefix(storage::Table::kLog, {});
  header.log_first = 0;
  header.log_bytes = 0;
}

/// Erases records up to `lsn`; true when some are left to be erased.
bool erase_some(storage::WriteTransaction& txn, DatabaseHeader& header, std::uint64_t lsn) {
  std::uint64_t bytes = 0;
  while (header.log_first != 0 && header.log_first <= lsn) {
    if (bytes >= kBytesAtOnce) return true;
    bytes += erase_oldest_record(txn, header);
    if (header.log_first > header.lsn) header.log_first = 0;
  }
  return false;
}

}  // namespace

std::uint64_t erase_oldest_record(storage::WriteTransaction& txn, DatabaseHeader& header) {
  const Key prefix = Key().u64(header.log_first);
  std::uint64_t bytes = 0;
  {
    storage::Cursor cursor = txn.cursor(storage::Table::kLog);
    for (bool more = cursor.seek(prefix); more && cursor.has_prefix(prefix); more = cursor.next()) {
      bytes += cursor.value().size();
    }
  }
  txn.erase_prefix(storage::Table::kLog, prefix);
  header.log_bytes -= std::min(bytes, header.log_bytes);
  ++header.log_first;
  return bytes;
}

ChangeLogState change_log_state(const storage::Transaction& txn) {
  const DatabaseHeader header = read_header(txn);
  ChangeLogState out;
  out.on = header.log_on != 0;
  out.lsn = header.lsn;
  out.commit_time = header.commit_time;
  out.first = header.log_first;
  out.archived = header.log_archived;
  out.bytes = header.log_bytes;
  out.limit = header.log_limit;
  out.timelines = read_timelines(txn);
  return out;
}

void switch_change_log(const std::shared_ptr<storage::Environment>& environment, bool on,
                       std::uint64_t limit_bytes, std::int64_t timeout_ms) {
  const auto txn = storage::WriteTransaction::begin(environment, timeout_ms);
  DatabaseHeader header = read_header(*txn);
  const std::uint32_t flag = on ? 1 : 0;
  if (header.log_on == flag && header.log_limit == limit_bytes) return;
  header.log_limit = limit_bytes;
  if (on && header.log_on == 0) {
    storage::Cursor cursor = txn->cursor(storage::Table::kLog);
    const bool follows = cursor.last() && keys::u64_at(cursor.key(), 0) == header.lsn;
    cursor = txn->cursor(storage::Table::kLog);
    Timelines timelines = read_timelines(*txn);
    if (!follows && header.log_archived < header.lsn) {
      // Commits that nobody noted lie between; what comes is no continuation.
      erase_records(*txn, header);
      header.log_archived = header.lsn;
      timelines.push_back(begin_timeline(header.lsn + 1));
      write_timelines(*txn, timelines);
    } else if (timelines.empty()) {
      write_timelines(*txn, {begin_timeline(header.lsn + 1)});
    }
  }
  header.log_on = flag;
  commit_header(*txn, header);
}

void forget_archived(const std::shared_ptr<storage::Environment>& environment,
                     std::uint64_t timeline, std::uint64_t lsn, std::int64_t timeout_ms) {
  for (bool more = true; more;) {
    const auto txn = storage::WriteTransaction::begin(environment, timeout_ms);
    txn->use_reserve();
    DatabaseHeader header = read_header(*txn);
    const Timelines timelines = read_timelines(*txn);
    if (timelines.empty() || timelines.back().id != timeline) return;
    const std::uint64_t archived = std::max(header.log_archived, std::min(lsn, header.lsn));
    more = erase_some(*txn, header, archived);
    header.log_archived = archived;
    commit_header(*txn, header);
  }
}

void start_timeline(const std::shared_ptr<storage::Environment>& environment, Timelines before,
                    std::int64_t timeout_ms) {
  const auto txn = storage::WriteTransaction::begin(environment, timeout_ms);
  DatabaseHeader header = read_header(*txn);
  std::erase_if(before, [&](const Timeline& timeline) { return timeline.first_lsn > header.lsn; });
  before.push_back(begin_timeline(header.lsn + 1));
  write_timelines(*txn, before);
  erase_records(*txn, header);
  header.log_archived = header.lsn;
  commit_header(*txn, header);
}

void set_timelines(const std::shared_ptr<storage::Environment>& environment,
                   const Timelines& timelines, std::int64_t timeout_ms) {
  const auto txn = storage::WriteTransaction::begin(environment, timeout_ms);
  DatabaseHeader header = read_header(*txn);
  write_timelines(*txn, timelines);
  commit_header(*txn, header);
}

void start_timeline_of_copy(const std::shared_ptr<storage::Environment>& environment,
                            std::int64_t timeout_ms) {
  const auto txn = storage::WriteTransaction::begin(environment, timeout_ms);
  DatabaseHeader header = read_header(*txn);
  if (header.log_first != 0) return;
  Timelines timelines = read_timelines(*txn);
  timelines.push_back(begin_timeline(header.lsn + 1));
  write_timelines(*txn, timelines);
  header.log_archived = header.lsn;
  commit_header(*txn, header);
}

LogCursor::LogCursor(const storage::Transaction& txn, std::uint64_t lsn)
    : cursor_(txn.cursor(storage::Table::kLog)), more_(cursor_.seek(keys::log_part(lsn, 0))) {}

bool LogCursor::next() {
  if (begun_) more_ = cursor_.next();
  if (!more_) return false;
  const LogPartHeader before = part_.header;
  part_ = decode_log_part(cursor_.value());
  const LogPartHeader& header = part_.header;
  const std::uint64_t lsn = !begun_ ? header.lsn : before.last() ? before.lsn + 1 : before.lsn;
  const std::uint32_t number = begun_ && !before.last() ? before.part + 1 : 0;
  begun_ = true;
  if (header.lsn != keys::u64_at(cursor_.key(), 0) ||
      header.part != keys::u32_at(cursor_.key(), 8) || header.lsn != lsn || header.part != number) {
    throw Error(status::kCorrupt, "the change log of the database is damaged: record " +
                                      std::to_string(lsn) + " is not where it should be");
  }
  return true;
}

}  // namespace geode::graph
