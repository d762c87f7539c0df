#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace geode {
inline namespace v1 {

/// The change log of a database: each commit leaves a record of what it changed, resolved to ids
/// and values, in the same transaction. Archived, the records take a restored backup on to any
/// later commit. Times are microseconds since 1970, in UTC.
struct ChangeLogInfo {
  bool on = false;
  std::uint64_t lsn = 0;           ///< number of the last commit
  std::int64_t commit_time = 0;    ///< of that commit; later in each than in the one before
  std::uint64_t first_lsn = 0;     ///< records from here on are in the database; 0: none is
  std::uint64_t archived_lsn = 0;  ///< records up to here were moved to files
  /// Records up to here were dropped, as there were too many, and nobody archived them: archives go
  /// on only behind a later backup. 0: none.
  std::uint64_t dropped_lsn = 0;
  std::uint64_t bytes = 0;        ///< of the records in the database
  std::uint64_t limit_bytes = 0;  ///< 0: none
  /// Sixteen hexadecimal digits, of the run of commits that the next one is of; empty: the log was
  /// never on. A database that goes on from an earlier state, as after a restore, is on a new one.
  std::string timeline;
};

/// A segment file: some records of one database and timeline.
struct SegmentInfo {
  std::string path;
  std::string database_id;
  std::string timeline;
  std::uint64_t first_lsn = 0, last_lsn = 0;
  std::int64_t first_commit_time = 0, last_commit_time = 0;
  std::uint64_t bytes = 0;
};

/// Reads a segment file through. Throws Error 58X02 when it is none, or damaged.
SegmentInfo read_segment(const std::string& path);

struct ArchiveReport {
  std::vector<SegmentInfo> segments;  ///< that were written
  /// Records that were not there any more, and are in no segment: first and last LSN, or 0.
  std::uint64_t first_missing = 0, last_missing = 0;
};

struct ReplayRequest {
  /// Commits after this time are left out. Nothing: none is.
  std::optional<std::int64_t> until;
  /// The timeline to go along, where the segments know several: as SegmentInfo has it. Empty: the
  /// one that began last.
  std::string timeline;
  /// Called after each step with the records that are done and all that will be; false ends the
  /// work with Error 57X01.
  std::function<bool(std::uint64_t done, std::uint64_t all)> progress;
};

struct ReplayReport {
  std::uint64_t records = 0;     ///< that were applied
  std::uint64_t lsn = 0;         ///< the commit that the database is at
  std::int64_t commit_time = 0;  ///< of that commit
  std::string timeline;          ///< that this commit is of
  std::string new_timeline;      ///< that the next one will be of
  bool reached_target = false;   ///< the segments hold a commit later than `until`
};

}  // namespace v1
}  // namespace geode
