#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "graph/log/segment.hpp"

namespace geode::graph {

struct ReplayOptions {
  /// Commits after this time are left out: microseconds since 1970. Nothing: all there are.
  std::optional<std::int64_t> until;
  /// To go along another timeline than the one that began last. 0: that one.
  std::uint64_t timeline = 0;
  std::string temporary_directory;
  std::uint64_t memory_bytes = std::uint64_t{160} << 20;
  std::int64_t lock_timeout_ms = -1;
  /// Called after each commit with the records that are done and all that will be; may throw to end
  /// it there.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
};

struct ReplayResult {
  std::uint64_t records = 0;
  std::uint64_t lsn = 0;           ///< that the database is at
  std::int64_t commit_time = 0;    ///< of that commit; 0: not known
  std::uint64_t timeline = 0;      ///< that the last record was of
  std::uint64_t new_timeline = 0;  ///< of the commits to come
  /// There was a later commit than `until`, so that nothing before that time is missing.
  bool reached_target = false;
};

/// Takes a database on to a later state by the records of segments, in any order and overlapping.
/// Before anything is changed it is found out whether they are of this database, whole, and without
/// a gap. Ended early, it can be called again. Throws Error 58X02 for a damaged segment or a gap,
/// 22023 for those of another database, and for a time before the database's own last commit.
ReplayResult replay_segments(const std::shared_ptr<storage::Environment>& environment,
                             std::span<const Segment> segments, const ReplayOptions& options);

}  // namespace geode::graph
