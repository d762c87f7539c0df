#include "graph/log/replay.hpp"

#include <algorithm>
#include <vector>

#include <geode/error.hpp>
#include "graph/graph_transaction.hpp"
#include "graph/log/apply_log.hpp"
#include "graph/log/change_log.hpp"

namespace geode::graph {
namespace {

/// Records of so many bytes, or so many of them, are one commit.
constexpr std::uint64_t kBytesAtOnce = std::uint64_t{32} << 20;
constexpr std::uint64_t kRecordsAtOnce = 4096;

/// A run of records of one segment.
struct Stretch {
  const Segment* segment = nullptr;
  std::uint64_t first = 0, last = 0;
};

/// Whether a log that came through `timelines` goes on from, or through, the state at `lsn` of a
/// database that came through `own`.
bool goes_on_from(const Timelines& timelines, const Timelines& own, std::uint64_t lsn) {
  for (const Timeline& timeline : own) {
    if (timeline.first_lsn > lsn) break;
    if (std::find(timelines.begin(), timelines.end(), timeline) == timelines.end()) return false;
  }
  // What it came through besides begins later than the database's state.
  return std::all_of(timelines.begin(), timelines.end(), [&](const Timeline& timeline) {
    return timeline.first_lsn > lsn || std::find(own.begin(), own.end(), timeline) != own.end();
  });
}

/// The timelines to go along: those of the segment whose own began last.
const Timelines& choose_path(std::span<const Segment> segments, const ChangeLogState& state,
                             std::uint64_t wanted) {
  static const Timelines kNone;
  const Timelines* out = &kNone;
  for (const Segment& segment : segments) {
    const Timelines& timelines = segment.header().timelines;
    if (!goes_on_from(timelines, state.timelines, state.lsn)) continue;
    if (wanted != 0 && segment.header().timeline() != wanted) continue;
    if (out->empty() || timelines.back().began > out->back().began ||
        (timelines.back() == out->back() && timelines.size() > out->size())) {
      out = &timelines;
    }
  }
  return *out;
}

void require_own(std::span<const Segment> segments, const std::string& database_id) {
  for (const Segment& segment : segments) {
    if (segment.header().database_id == database_id) continue;
    throw Error(status::kInvalidArgument, "'" + segment.name() + "' is of database " +
                                              segment.header().database_id + ", not of " +
                                              database_id)
        .hint("take the archives of other databases out of the folder");
  }
}

/// The records behind `lsn` along `path`, up to the last one that was committed by `until`.
std::vector<Stretch> plan(std::span<const Segment> segments, const Timelines& path,
                          std::uint64_t lsn, std::optional<std::int64_t> until,
                          bool& reached_target) {
  const auto on_path = [&](const Segment& segment, std::uint64_t at) {
    return segment.has(at) && segment.header().timeline() == timeline_of(path, at);
  };
  std::vector<Stretch> out;
  for (std::uint64_t next = lsn + 1;;) {
    const Segment* best = nullptr;
    for (const Segment& segment : segments) {
      if (on_path(segment, next) &&
          (best == nullptr || segment.header().last_lsn > best->header().last_lsn)) {
        best = &segment;
      }
    }
    if (best == nullptr) {
      // Nothing may stand behind a gap.
      const Segment* later = nullptr;
      for (const Segment& segment : segments) {
        const std::uint64_t first = std::max(segment.header().first_lsn, next);
        if (on_path(segment, first) &&
            (later == nullptr || first < std::max(later->header().first_lsn, next))) {
          later = &segment;
        }
      }
      if (later == nullptr) return out;
      throw Error(status::kCorrupt, "commits " + std::to_string(next) + " to " +
                                        std::to_string(later->header().first_lsn - 1) +
                                        " are in none of the archives; '" + later->name() +
                                        "' begins with " +
                                        std::to_string(later->header().first_lsn))
          .hint("bring the archives in between, or take a later backup to begin with");
    }
    Stretch stretch{best, next, next - 1};
    while (best->has(next) && on_path(*best, next)) {
      if (until && best->record(next).commit_time > *until) {
        reached_target = true;
        if (stretch.last >= stretch.first) out.push_back(stretch);
        return out;
      }
      stretch.last = next++;
    }
    out.push_back(stretch);
  }
}

}  // namespace

ReplayResult replay_segments(const std::shared_ptr<storage::Environment>& environment,
                             std::span<const Segment> segments, const ReplayOptions& options) {
  require_own(segments, environment->database_id());
  const ChangeLogState state = change_log_state(*storage::ReadTransaction::begin(environment));
  ReplayResult out;
  out.lsn = state.lsn;
  out.commit_time = state.commit_time;
  if (options.until && state.commit_time > *options.until) {
    throw Error(status::kInvalidArgument,
                "the database is at a later commit than the time that was asked for")
        .hint("restore a backup from before that time first");
  }
  const Timelines path = choose_path(segments, state, options.timeline);
  if (path.empty() && (!segments.empty() || options.timeline != 0)) {
    throw Error(status::kInvalidArgument, "none of the archives goes on from commit " +
                                              std::to_string(state.lsn) + " of this database")
        .hint("they are of a timeline that it left, or that it never was on");
  }
  const std::vector<Stretch> stretches =
      plan(segments, path, state.lsn, options.until, out.reached_target);
  std::uint64_t all = 0;
  for (const Stretch& stretch : stretches) all += stretch.last - stretch.first + 1;
  out.timeline = timeline_of(path, state.lsn);

  for (const Stretch& stretch : stretches) {
    for (std::uint64_t lsn = stretch.first; lsn <= stretch.last;) {
      const std::uint64_t size = stretch.segment->bytes_of(lsn);
      const auto txn =
          size > kBytesAtOnce
              ? GraphTransaction::begin_load(environment, options.lock_timeout_ms, size)
              : GraphTransaction::begin_write(environment, options.lock_timeout_ms);
      LogApplier applier(*txn, options.temporary_directory, options.memory_bytes);
      std::uint64_t bytes = 0, records = 0;
      bool loads = false;
      do {
        loads = stretch.segment->record(lsn).loads;
        const std::int64_t commit_time = stretch.segment->record(lsn).commit_time;
        stretch.segment->each_part(lsn,
                                   [&](const LogPart& part) { applier.apply(part, commit_time); });
        out.lsn = lsn;
        out.commit_time = commit_time;
        bytes += stretch.segment->bytes_of(lsn++);
        ++records;
      } while (!loads && lsn <= stretch.last && !stretch.segment->record(lsn).loads &&
               bytes < kBytesAtOnce && records < kRecordsAtOnce);
      applier.commit();
      out.records += records;
      out.timeline = timeline_of(path, out.lsn);
      if (options.progress) options.progress(out.records, all);
    }
  }
  start_timeline(environment, path.empty() ? state.timelines : path, options.lock_timeout_ms);
  out.new_timeline = change_log_state(*storage::ReadTransaction::begin(environment)).timeline();
  return out;
}

}  // namespace geode::graph
