#include "graph/log/change_log.hpp"

#include <filesystem>

#include <geode/change_log.hpp>
#include <geode/error.hpp>
#include "base/out_of_memory.hpp"
#include "graph/log/replay.hpp"
#include "session/archiver.hpp"
#include "session/database_impl.hpp"
#include "session/replay.hpp"

namespace geode {
inline namespace v1 {
namespace {

SegmentInfo info_of(const graph::SegmentHeader& header, const std::string& path,
                    std::uint64_t bytes) {
  return {path,
          header.database_id,
          graph::timeline_name(header.timeline()),
          header.first_lsn,
          header.last_lsn,
          header.first_time,
          header.last_time,
          bytes};
}

/// 0: the text is empty.
std::uint64_t timeline_of_name(const std::string& name) {
  if (name.empty()) return 0;
  if (name.size() == 16 && name.find_first_not_of("0123456789abcdef") == std::string::npos) {
    return std::stoull(name, nullptr, 16);
  }
  throw Error(status::kInvalidArgument, "'" + name + "' is not the name of a timeline")
      .hint("sixteen hexadecimal digits, as the archives have it");
}

std::string name_of(std::uint64_t timeline) {
  return timeline == 0 ? std::string() : graph::timeline_name(timeline);
}

}  // namespace

SegmentInfo read_segment(const std::string& path) {
  const graph::Segment segment = graph::Segment::open(path);
  std::error_code code;
  return info_of(segment.header(), path, std::filesystem::file_size(path, code));
}

ChangeLogInfo Database::change_log() const try {
  const graph::ChangeLogState state =
      graph::change_log_state(*storage::ReadTransaction::begin(impl_->environment));
  ChangeLogInfo out;
  out.on = state.on;
  out.lsn = state.lsn;
  out.commit_time = state.commit_time;
  out.first_lsn = state.first;
  out.archived_lsn = state.archived;
  if (state.first != 0 && state.archived + 1 < state.first) out.dropped_lsn = state.first - 1;
  out.bytes = state.bytes;
  out.limit_bytes = state.limit;
  out.timeline = name_of(state.timeline());
  return out;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

void Database::set_change_log(bool on, std::uint64_t limit_bytes) try {
  graph::switch_change_log(impl_->environment, on, limit_bytes,
                           impl_->options.lock_timeout.count());
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

ArchiveReport Database::archive_change_log(const std::string& folder) try {
  const session::ArchivePass pass =
      session::archive_change_log(impl_->environment, folder, impl_->options.lock_timeout.count());
  ArchiveReport out;
  out.first_missing = pass.first_missing;
  out.last_missing = pass.last_missing;
  for (const graph::WrittenSegment& segment : pass.segments) {
    out.segments.push_back(info_of(segment.header, segment.path, segment.bytes));
  }
  return out;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

ReplayReport Database::replay_change_log(const std::vector<std::string>& segments,
                                         const ReplayRequest& request) try {
  std::vector<graph::Segment> opened;
  opened.reserve(segments.size());
  for (const std::string& path : segments) opened.push_back(graph::Segment::open(path));
  return session::replay(*impl_, opened, request);
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

}  // namespace v1

namespace session {

ReplayReport replay(const Database::Impl& database, std::span<const graph::Segment> segments,
                    const ReplayRequest& request) {
  graph::ReplayOptions options;
  options.until = request.until;
  options.timeline = timeline_of_name(request.timeline);
  options.temporary_directory = database.spill.directory;
  options.lock_timeout_ms = database.options.lock_timeout.count();
  if (request.progress) {
    options.progress = [&](std::uint64_t done, std::uint64_t all) {
      if (request.progress(done, all)) return;
      throw Error(status::kCancelled, "the replay was cancelled after " + std::to_string(done) +
                                          " of " + std::to_string(all) + " commits")
          .hint("what was applied stays; the same call goes on from there");
    };
  }
  const graph::ReplayResult result =
      graph::replay_segments(database.environment, segments, options);
  return {result.records,
          result.lsn,
          result.commit_time,
          name_of(result.timeline),
          name_of(result.new_timeline),
          result.reached_target};
}

}  // namespace session
}  // namespace geode
