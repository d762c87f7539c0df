#include <iterator>

#include <geode/backup.hpp>
#include <geode/error.hpp>
#include "backup/archive_reader.hpp"
#include "backup/database_front.hpp"
#include "backup/incremental.hpp"
#include "backup/log_files.hpp"
#include "backup/new_database.hpp"
#include "backup/output_file.hpp"
#include "backup/progress.hpp"
#include "backup/snapshot_identity.hpp"
#include "base/out_of_memory.hpp"
#include "session/database_impl.hpp"
#include "session/replay.hpp"
#include "storage/page_walk.hpp"
#include "storage/tables.hpp"

namespace geode {

namespace {

void expect_restorable(const BackupInfo& info) {
  if (info.type != "full") {
    throw Error(status::kInvalidArgument, "'" + info.file + "' holds changes, not a database")
        .hint("restore a backup, and go on along the changes with --wal-archive");
  }
  if (info.format_version != storage::kFormatVersion) {
    throw Error(status::kCannotOpen, "backup '" + info.file + "' has format version " +
                                         std::to_string(info.format_version) +
                                         "; this library reads version " +
                                         std::to_string(storage::kFormatVersion))
        .hint("restore it with the version of Geode that wrote it, " + info.geode_version);
  }
}

/// Writes the database of an archive to `path`, verified; gives the checksum of the archive.
/// Nothing has trusted a byte of the database then.
std::string extract(const BackupInfo& info, const std::string& path,
                    const BackupProgressFunction& progress) {
  backup::ArchiveReader reader(info.file);
  backup::OutputFile file(path, false);
  bool checked = false;
  reader.read_parts([&](const backup::Part& part, std::span<const char> bytes) {
    if (part.name != backup::kDatabaseName) return;
    if (!checked) {
      // An archive may hold anything; what is no database is found by its first bytes, before
      // everything it says that it holds has been read.
      backup::expect_database_front(bytes, part.size, info.file);
      checked = true;
    }
    file.write_sparse(bytes);
    backup::report(progress, reader.bytes_read(), reader.file_bytes());
  });
  file.complete();
  const storage::PageReport pages = storage::walk_pages(file.descriptor(), {});
  if (!pages.damages.empty()) {
    const storage::PageDamage& first = pages.damages.front();
    throw Error(status::kCorrupt, "the database in backup '" + info.file + "' is damaged: page " +
                                      std::to_string(first.page) + ": " + first.what)
        .hint("use another backup");
  }
  file.commit();
  return reader.checksum();
}

/// The records of the incremental archives of a chain, which are verified.
std::vector<graph::Segment> take_increments(std::vector<BackupInfo>& chain,
                                            const std::string& temporary) {
  std::vector<graph::Segment> out;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    backup::ArchiveReader reader(chain[i].file);
    std::vector<graph::Segment> segments = backup::take_segments(reader, temporary);
    chain[i].checksum = reader.checksum();
    backup::expect_increment(chain[i], segments);
    std::move(segments.begin(), segments.end(), std::back_inserter(out));
  }
  return out;
}

/// Takes the database on along the segments, behind what `done` tells of.
void go_on(const Database& database, const std::vector<graph::Segment>& segments,
           const ReplayRequest& request, ReplayReport& done) {
  const std::uint64_t records = done.records;
  done = session::replay(*database.impl(), segments, request);
  done.records += records;
}

}  // namespace

inline namespace v1 {

RestoreReport restore_backup(const RestoreOptions& options) try {
  using Expect = backup::DatabasePlace::Expect;
  std::vector<BackupInfo> chain = backup::find_chain(options.input, options.parents);
  expect_restorable(chain.front());
  backup::NewDatabase made(options.database,
                           options.overwrite ? Expect::kAnything : Expect::kNothing);
  made.place().expect_room(chain.front().database_bytes,
                           "the database of backup '" + chain.front().file + "'");
  const std::vector<graph::Segment> increments = take_increments(chain, made.folder());
  backup::LogFiles log;
  if (!options.wal_archive.empty()) {
    log = backup::read_log_files(options.wal_archive, made.folder());
  }
  chain.front().checksum = extract(chain.front(), made.file(), options.progress);
  for (std::size_t i = 1; i < chain.size(); ++i) backup::expect_parent(chain[i], chain[i - 1]);

  Database& database = made.open();
  backup::expect_identity(chain.front(),
                          *storage::ReadTransaction::begin(database.impl()->environment));
  RestoreReport out;
  out.info = chain.back();
  out.archives = chain.size() - 1 + log.archives;
  // The chain is one way; where the archived log knows others, they begin behind it.
  ReplayRequest along_chain = options.replay;
  along_chain.timeline.clear();
  go_on(database, increments, along_chain, out.replay);
  if (!out.replay.reached_target && out.replay.lsn != out.info.lsn) {
    throw Error(status::kCorrupt, "the records of '" + out.info.file + "' end at commit " +
                                      std::to_string(out.replay.lsn))
        .hint("use another backup");
  }
  if (!out.replay.reached_target && !log.segments.empty()) {
    go_on(database, log.segments, options.replay, out.replay);
  }
  made.put_in_place();
  return out;
} catch (const std::bad_alloc&) {
  base::throw_out_of_memory();
}

}  // namespace v1
}  // namespace geode
