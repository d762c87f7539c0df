#pragma once

#include <cstdint>
#include <memory>

#include "graph/header.hpp"
#include "graph/log/log_record.hpp"
#include "graph/log/timeline.hpp"
#include "storage/transaction.hpp"

namespace geode::graph {

/// What a database says of its change log.
struct ChangeLogState {
  bool on = false;
  std::uint64_t lsn = 0;
  std::int64_t commit_time = 0;        ///< of the last commit, microseconds since 1970
  std::uint64_t first = 0;             ///< records from this LSN on are in the table; 0: none is
  std::uint64_t archived = 0;          ///< records up to this LSN are in files outside
  std::uint64_t bytes = 0, limit = 0;  ///< limit 0: none
  Timelines timelines;

  /// Of the commits to come.
  std::uint64_t timeline() const { return timelines.empty() ? 0 : timelines.back().id; }
};

ChangeLogState change_log_state(const storage::Transaction& txn);

/// Takes the first record out of the table; gives its bytes. What the header says of the log
/// follows, the header itself is not written.
std::uint64_t erase_oldest_record(storage::WriteTransaction& txn, DatabaseHeader& header);

/// From the next commit on, records are kept, or none are any more. Those of a log that was off
/// meanwhile are dropped, as no record can follow them.
void switch_change_log(const std::shared_ptr<storage::Environment>& environment, bool on,
                       std::uint64_t limit_bytes, std::int64_t timeout_ms);
/// Records up to `lsn` are on disk elsewhere, and go. `timeline` is the one that they are of: where
/// another one has begun meanwhile, nothing happens.
void forget_archived(const std::shared_ptr<storage::Environment>& environment,
                     std::uint64_t timeline, std::uint64_t lsn, std::int64_t timeout_ms);
/// The commits to come are a timeline of their own, after `before`; no record is left.
void start_timeline(const std::shared_ptr<storage::Environment>& environment, Timelines before,
                    std::int64_t timeout_ms);
/// The database goes on along these; its records, if any, stay.
void set_timelines(const std::shared_ptr<storage::Environment>& environment,
                   const Timelines& timelines, std::int64_t timeout_ms);
/// A timeline begins for a copy of a database, whose original gives the same LSNs to other commits.
/// Not where records wait to be archived, which are of the timeline before.
void start_timeline_of_copy(const std::shared_ptr<storage::Environment>& environment,
                            std::int64_t timeout_ms);

/// Walks over the parts of the records in the table, in their order.
class LogCursor {
 public:
  /// From the record of `lsn` on.
  LogCursor(const storage::Transaction& txn, std::uint64_t lsn);
  bool next();
  /// Of the present part. Throws Error 58X02 when it is damaged, or not the one that was to follow.
  const LogPart& part() const { return part_; }
  storage::ByteView bytes() const { return cursor_.value(); }

 private:
  storage::Cursor cursor_;
  bool begun_ = false;
  bool more_;
  LogPart part_;
};

}  // namespace geode::graph
