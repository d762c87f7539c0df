#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <geode/backup.hpp>
#include <geode/change_log.hpp>

namespace geode {
inline namespace v1 {

struct LogArchiveOptions {
  /// The archive. Its ending says how it is compressed: .tar.gz, .tgz, .tar.zst, .tar.
  std::string output;
  /// Compress with gzip where the name says nothing.
  bool compress = false;
  /// Replace a file that is there.
  bool overwrite = false;
  /// A folder to which the change log was moved, as Options::wal_directory; its segment files go
  /// into the archive too, and are removed when that is on disk. Empty: there is none.
  std::string wal_directory;
  BackupProgressFunction progress;
};

struct LogArchiveReport {
  BackupInfo info;  ///< its file is empty when there was nothing to archive
  std::uint64_t first_lsn = 0, last_lsn = 0;
  std::uint64_t first_missing = 0, last_missing = 0;  ///< as in ArchiveReport
};

/// Writes the records of the change log that are in no archive yet into one archive, and has the
/// database forget them once that is on disk. Throws Error 55X01 when the database keeps no log,
/// and what create_backup() throws.
LogArchiveReport archive_log(Database& database, const LogArchiveOptions& options);

struct LogReplayReport {
  ReplayReport replay;
  std::size_t archives = 0;
};

/// Takes the file of a database that was restored on to a later state by all archives of
/// archive_log(), and all segment files, in a folder. Full backups in it are passed over. The work
/// is done in a copy, which takes the place of the file once it is on disk, whole; until then
/// nobody can open the database. Throws what Database::replay_change_log() does, 58X02 that names a
/// damaged archive, 08X02 when a process has the database open, 53X02 when there is no room for the
/// copy; the file is then as it was.
LogReplayReport replay_archives(const std::string& database, const std::string& folder,
                                const ReplayRequest& request = {});

}  // namespace v1
}  // namespace geode
