#include <cerrno>
#include <unistd.h>

#include <geode/error.hpp>
#include <geode/log_archive.hpp>
#include "backup/archive_output.hpp"
#include "backup/log_files.hpp"
#include "backup/new_database.hpp"
#include "base/out_of_memory.hpp"
#include "graph/log/change_log.hpp"
#include "graph/log/route.hpp"
#include "session/archiver.hpp"
#include "session/database_impl.hpp"
#include "session/replay.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/scratch_folder.hpp"

namespace geode {
namespace {

/// Those of a database in a folder.
std::vector<graph::Segment> segments_in(const std::string& folder, const std::string& database) {
  std::vector<graph::Segment> out;
  for (const std::string& file : backup::files_in(folder)) {
    if (!file.ends_with(".gwal")) continue;
    graph::Segment segment = graph::Segment::open(file);
    if (segment.header().database_id != database) {
      throw Error(
          status::kInvalidArgument,
          "'" + file + "' is of database " + segment.header().database_id + ", not of " + database);
    }
    out.push_back(std::move(segment));
  }
  return out;
}

/// Copies an open file, blocks of zeros left out.
void copy(int from, std::uint64_t size, const std::string& to, const std::string& name,
          const ReplayRequest& request) {
  backup::OutputFile file(to, false);
  std::string buffer(std::size_t{1} << 20, '\0');
  for (std::uint64_t done = 0; done < size;) {
    const ssize_t n = pread(from, buffer.data(), buffer.size(), static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) storage::throw_io(errno, "cannot read", name);
    if (n == 0) break;
    file.write_sparse({buffer.data(), static_cast<std::size_t>(n)});
    done += static_cast<std::uint64_t>(n);
    if (request.progress && !request.progress(0, 0)) {
      throw Error(status::kCancelled, "the replay was cancelled before it began");
    }
  }
  file.commit();
}

}  // namespace

inline namespace v1 {

LogArchiveReport archive_log(Database& database, const LogArchiveOptions& options) try {
  const auto& environment = database.impl()->environment;
  const std::int64_t timeout = database.options().lock_timeout.count();
  LogArchiveReport out;
  backup::ArchiveOutput output(options.output, options.overwrite);
  const storage::ScratchFolder staging(output.folder());
  const bool moved = !options.wal_directory.empty();
  const std::string& folder = moved ? options.wal_directory : staging.path();
  // With a folder of its own the log is moved there first, as it would be anyway; without, it stays
  // in the database until the archive is on disk.
  session::ArchivePass pass =
      session::archive_change_log(environment, folder, timeout, /*forget=*/moved);
  out.first_missing = pass.first_missing;
  out.last_missing = pass.last_missing;
  const std::vector<graph::Segment> segments = segments_in(folder, database.id());
  if (segments.empty()) return out;
  // A segment for each moment at which some commits were moved would make very many parts.
  if (moved) {
    pass.segments =
        graph::join_segments(graph::every_record(segments), staging.path(), session::kSegmentBytes);
  }
  out.first_lsn = pass.segments.front().header.first_lsn;
  out.last_lsn = pass.segments.back().header.last_lsn;
  BackupInfo info;
  info.type = "log";
  out.info =
      backup::write_segments(output, backup::compression_of_name(options.output, options.compress),
                             info, pass.segments, options.progress);
  if (moved) {
    for (const graph::Segment& segment : segments) unlink(segment.name().c_str());
  } else {
    graph::forget_archived(environment, pass.segments.back().header.timeline(), out.last_lsn,
                           timeout);
  }
  return out;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

LogReplayReport replay_archives(const std::string& database, const std::string& folder,
                                const ReplayRequest& request) try {
  backup::NewDatabase made(database, backup::DatabasePlace::Expect::kDatabase);
  const backup::LogFiles log = backup::read_log_files(folder, made.folder());
  if (log.segments.empty()) {
    throw Error(status::kInvalidArgument,
                "folder '" + folder + "' holds no archive of a change log")
        .hint("geode wal-archive makes them, with names that end in .tar.gz, .tar.zst or .tar");
  }
  const std::uint64_t bytes = made.place().bytes();
  made.place().expect_room(bytes, "a copy of '" + database + "'");
  copy(made.place().descriptor(), bytes, made.file(), database, request);
  LogReplayReport out;
  out.archives = log.archives;
  out.replay = session::replay(*made.open().impl(), log.segments, request);
  made.put_in_place();
  return out;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

}  // namespace v1
}  // namespace geode
