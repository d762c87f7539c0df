#include "graph/log/replay.hpp"

#include <algorithm>
#include <vector>

#include <geode/error.hpp>
#include "graph/graph_transaction.hpp"
#include "graph/log/apply_log.hpp"
#include "graph/log/change_log.hpp"
#include "graph/log/route.hpp"

namespace geode::graph {
namespace {

/// Records of so many bytes, or so many of them, are one commit.
constexpr std::uint64_t kBytesAtOnce = std::uint64_t{32} << 20;
constexpr std::uint64_t kRecordsAtOnce = 4096;

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

[[noreturn]] void refuse_gap(const Route::Gap& gap) {
  throw Error(status::kCorrupt, "commits " + std::to_string(gap.first) + " to " +
                                    std::to_string(gap.last) + " are in none of the archives; '" +
                                    gap.behind->name() + "' begins with " +
                                    std::to_string(gap.behind->header().first_lsn))
      .hint("bring the archives in between, or take a later backup to begin with");
}

/// Goes over the records of a route, one after the other.
class RecordCursor {
 public:
  explicit RecordCursor(std::span<const Stretch> stretches) : stretches_(stretches) {
    if (!stretches_.empty()) lsn_ = stretches_.front().first;
  }
  bool at_end() const { return stretches_.empty(); }
  std::uint64_t lsn() const { return lsn_; }
  const Segment& segment() const { return *stretches_.front().segment; }
  const Segment::Record& record() const { return segment().record(lsn_); }
  std::uint64_t bytes() const { return segment().bytes_of(lsn_); }
  void next() {
    if (lsn_++ < stretches_.front().last) return;
    segment().rest();
    stretches_ = stretches_.subspan(1);
    if (!stretches_.empty()) lsn_ = stretches_.front().first;
  }

 private:
  std::span<const Stretch> stretches_;
  std::uint64_t lsn_ = 0;
};

/// The timelines that a commit has come through.
Timelines path_to(Timelines path, std::uint64_t lsn) {
  std::erase_if(path, [&](const Timeline& timeline) { return timeline.first_lsn > lsn; });
  return path;
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
  const Route route = find_route(segments, path, state.lsn, options.until);
  if (route.gap) refuse_gap(*route.gap);
  out.reached_target = route.reached_target;
  const std::uint64_t all = route.records();
  out.timeline = timeline_of(path, state.lsn);

  Timelines reached = state.timelines;
  for (RecordCursor at(route.stretches); !at.at_end();) {
    // So that what is ended on the way can go on later: a timeline that the database began and made
    // no commit on is left.
    const Timelines next = path_to(path, at.lsn());
    if (next != reached) set_timelines(environment, next, options.lock_timeout_ms);
    reached = next;
    const std::uint64_t size = at.bytes();
    const auto txn = size > kBytesAtOnce
                         ? GraphTransaction::begin_load(environment, options.lock_timeout_ms, size)
                         : GraphTransaction::begin_write(environment, options.lock_timeout_ms);
    LogApplier applier(*txn, options.temporary_directory, options.memory_bytes);
    std::uint64_t bytes = 0, records = 0;
    bool loads = false;
    do {
      loads = at.record().loads;
      const std::int64_t commit_time = at.record().commit_time;
      at.segment().each_part(at.lsn(),
                             [&](const LogPart& part) { applier.apply(part, commit_time); });
      out.lsn = at.lsn();
      out.commit_time = commit_time;
      bytes += at.bytes();
      ++records;
      at.next();
    } while (!loads && !at.at_end() && !at.record().loads && bytes < kBytesAtOnce &&
             records < kRecordsAtOnce && path_to(path, at.lsn()) == reached);
    applier.commit();
    out.records += records;
    out.timeline = timeline_of(path, out.lsn);
    if (options.progress) options.progress(out.records, all);
  }
  const Timelines& before = path.empty() ? state.timelines : path;
  // A database that never had a log has no timeline to leave.
  if (!before.empty()) start_timeline(environment, before, options.lock_timeout_ms);
  out.new_timeline = change_log_state(*storage::ReadTransaction::begin(environment)).timeline();
  return out;
}

}  // namespace geode::graph
