#include "backup/incremental.hpp"

#include <algorithm>
#include <iterator>

#include <geode/error.hpp>
#include "backup/archive_output.hpp"
#include "backup/archive_reader.hpp"
#include "backup/log_files.hpp"
#include "backup/progress.hpp"
#include "backup/snapshot_identity.hpp"
#include "graph/log/change_log.hpp"
#include "graph/log/route.hpp"
#include "session/archiver.hpp"
#include "session/database_impl.hpp"
#include "storage/database_file.hpp"
#include "storage/scratch_folder.hpp"

namespace geode::backup {

namespace {

/// The whole archive was read and is right.
BackupInfo read_parent(const BackupOptions& options) {
  ArchiveReader reader(options.parent);
  BackupInfo info = reader.header().info;
  if (info.type == "log") {
    throw Error(status::kInvalidArgument,
                "'" + options.parent + "' holds a part of the change log, and is no backup")
        .hint("an incremental backup goes on from a full or an incremental one");
  }
  reader.read_parts([&](const Part&, std::span<const char>) {
    report(options.progress, 0, reader.file_bytes());
  });
  info.checksum = reader.checksum();
  return info;
}

std::string timeline_text(std::uint64_t timeline) {
  return timeline == 0 ? "no timeline" : "timeline " + graph::timeline_name(timeline);
}

void expect_past(const BackupInfo& parent, const SnapshotIdentity& own,
                 const graph::ChangeLogState& state) {
  const auto refuse = [&](const std::string& what) {
    throw Error(status::kInvalidArgument, "'" + parent.file + "' is " + what)
        .hint("name an earlier backup of this database, or take a full one");
  };
  if (parent.database_id != own.database_id) {
    refuse("a backup of database " + parent.database_id + ", not of " + own.database_id);
  }
  if (parent.lsn > state.lsn) {
    refuse("of commit " + std::to_string(parent.lsn) + ", and the database is at commit " +
           std::to_string(state.lsn));
  }
  const std::uint64_t timeline = parent.timeline.value_or(0);
  const std::uint64_t expected = graph::timeline_of(state.timelines, parent.lsn);
  if (timeline != expected) {
    refuse("of commit " + std::to_string(parent.lsn) + " of " + timeline_text(timeline) +
           "; that commit of the database is of " + timeline_text(expected));
  }
}

/// The records behind `lsn` that are in the database, as segment files in `folder`.
std::vector<graph::WrittenSegment> write_records(const storage::Transaction& snapshot,
                                                 const graph::ChangeLogState& state,
                                                 std::uint64_t lsn, const std::string& folder) {
  std::vector<graph::WrittenSegment> out;
  if (state.first == 0) return out;
  for (std::uint64_t next = std::max(lsn + 1, state.first); next <= state.lsn;
       next = out.back().header.last_lsn + 1) {
    out.push_back(graph::write_segment(snapshot, next, folder, session::kSegmentBytes));
    if (out.back().path.empty()) {
      out.pop_back();
      break;
    }
  }
  return out;
}

void expect_all(const graph::Route& route, std::uint64_t from, std::uint64_t to) {
  const std::uint64_t last = route.stretches.empty() ? from : route.stretches.back().last;
  if (last == to) return;
  const std::uint64_t behind = route.gap ? route.gap->last : to;
  throw Error(status::kNotPrepared, "commits " + std::to_string(last + 1) + " to " +
                                        std::to_string(behind) +
                                        ", which came after the parent, are not in the change log")
      .hint("take a full backup; or name the folder to which the log was moved with --wal-archive");
}

}  // namespace

BackupInfo create_incremental(const Database& database, const BackupOptions& options) {
  ArchiveOutput output(options.output, options.overwrite, options.descriptor);
  const BackupInfo parent = read_parent(options);
  const auto snapshot = storage::ReadTransaction::begin(database.impl()->environment);
  const graph::ChangeLogState state = graph::change_log_state(*snapshot);
  const SnapshotIdentity own = identity_of(*snapshot);
  expect_past(parent, own, state);

  const storage::ScratchFolder staging(output.folder());
  std::vector<graph::WrittenSegment> written =
      write_records(*snapshot, state, parent.lsn, staging.path());
  std::vector<graph::Segment> segments;
  for (const graph::WrittenSegment& segment : written) {
    segments.push_back(graph::Segment::open(segment.path));
  }
  // Only now: a record that leaves the database meanwhile is in a file before.
  if (!options.wal_archive.empty()) {
    LogFiles moved = read_log_files(options.wal_archive, staging.path());
    std::move(moved.segments.begin(), moved.segments.end(), std::back_inserter(segments));
  }
  const graph::Route route =
      graph::find_route(segments, state.timelines, parent.lsn, state.commit_time);
  expect_all(route, parent.lsn, state.lsn);
  if (!options.wal_archive.empty()) {
    written = graph::join_segments(route.stretches, staging.path(), session::kSegmentBytes);
  }

  BackupInfo info;
  info.type = "incremental";
  info.database_id = own.database_id;
  info.lsn = own.lsn;
  info.timeline = own.timeline;
  info.commit_time = own.commit_time;
  info.parent = {options.parent.substr(options.parent.rfind('/') + 1), parent.checksum, parent.lsn,
                 parent.timeline};
  for (char& c : info.parent->name) {
    // The name only helps to find the file.
    if (c < ' ' || c > '~') c = '?';
  }
  info = write_segments(output, compression_of_name(options.output, options.compress),
                        std::move(info), written, options.progress);
  info.first_lsn = parent.lsn + 1;
  return info;
}

void expect_increment(const BackupInfo& info, const std::vector<graph::Segment>& segments) {
  const auto damaged = [&](const std::string& what) {
    throw Error(status::kCorrupt, "backup '" + info.file + "' is damaged: " + what)
        .hint("use another backup");
  };
  for (const graph::Segment& segment : segments) {
    if (segment.header().database_id != info.database_id) {
      damaged("'" + segment.name() + "' is of another database");
    }
  }
  const graph::Timelines path =
      segments.empty() ? graph::Timelines() : segments.back().header().timelines;
  const graph::Route route = graph::find_route(segments, path, info.parent->lsn, std::nullopt);
  const std::uint64_t last =
      route.stretches.empty() ? info.parent->lsn : route.stretches.back().last;
  if (route.gap || last != info.lsn) {
    damaged("commits " + std::to_string(last + 1) + " to " +
            std::to_string(route.gap ? route.gap->last : info.lsn) + " are not in it");
  }
  if (route.stretches.empty()) return;
  if (graph::timeline_of(path, info.lsn) != info.timeline.value_or(0) ||
      graph::timeline_of(path, info.parent->lsn) != info.parent->timeline.value_or(0) ||
      route.stretches.back().segment->record(last).commit_time != info.commit_time) {
    damaged("its records are not those that it tells of");
  }
}

std::vector<BackupInfo> find_chain(const std::string& file,
                                   const std::vector<std::string>& others) {
  std::vector<BackupInfo> chain{ArchiveReader(file).header().info};
  if (!chain.front().parent) return chain;
  const std::string folder = storage::folder_of(file);
  std::vector<BackupInfo> known;
  for (const std::string& other : others) known.push_back(ArchiveReader(other).header().info);
  for (const std::string& other : files_in(folder)) {
    try {
      known.push_back(ArchiveReader(other).header().info);
    } catch (const Error&) {
      // Whatever it is, it is not one of them.
    }
  }
  while (chain.front().parent) {
    const BackupInfo child = chain.front();
    const BackupParent& parent = *child.parent;
    std::vector<const BackupInfo*> found;
    for (const BackupInfo& info : known) {
      if (info.type != "log" && info.database_id == child.database_id && info.lsn == parent.lsn &&
          info.timeline == parent.timeline && chain.size() <= known.size()) {
        found.push_back(&info);
      }
    }
    // Several backups of one state, as a full and an incremental one, differ in their checksums.
    const auto same = found.size() == 1
                          ? found.begin()
                          : std::find_if(found.begin(), found.end(), [&](const BackupInfo* info) {
                              return file_checksum(info->file) == parent.checksum;
                            });
    if (same == found.end()) {
      throw Error(status::kCorrupt, "'" + child.file + "' goes on from the backup '" + parent.name +
                                        "' of commit " + std::to_string(parent.lsn) + " (" +
                                        parent.checksum + "), which is not in '" + folder + "'")
          .hint("bring it there, or name it with --parent");
    }
    chain.insert(chain.begin(), **same);
  }
  return chain;
}

void expect_parent(const BackupInfo& child, const BackupInfo& parent) {
  if (parent.checksum == child.parent->checksum) return;
  throw Error(status::kCorrupt, "'" + child.file + "' goes on from a backup of checksum " +
                                    child.parent->checksum + "; that of '" + parent.file + "' is " +
                                    parent.checksum)
      .hint("bring the backup '" + child.parent->name + "' that it was made from");
}

}  // namespace geode::backup
