#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <geode/change_log.hpp>
#include <geode/database.hpp>

namespace geode {
inline namespace v1 {

/// How far a backup, its verification or a restore is.
struct BackupProgress {
  std::uint64_t bytes_done = 0, bytes_total = 0;
};

/// Called a few times a second at least; false ends the work with Error 57X01, and what was begun
/// is removed.
using BackupProgressFunction = std::function<bool(const BackupProgress&)>;

/// The archive that an incremental one goes on from.
struct BackupParent {
  std::string name;      ///< that its file had, without folders
  std::string checksum;  ///< "sha256:..." of the file
  std::uint64_t lsn = 0;
  std::optional<std::uint64_t> timeline;
};

/// What an archive says of itself.
struct BackupInfo {
  std::string file;
  /// "full": a database; "incremental": the records of its change log behind another archive;
  /// "log": records that geode wal-archive moved there.
  std::string type;
  std::string database_id;
  std::uint64_t first_lsn = 0;              ///< of the first record that is in it; 0: a database
  std::uint64_t lsn = 0;                    ///< of the last commit that is in it
  std::uint64_t transaction = 0;            ///< LMDB's number of the snapshot; 0 of a log
  std::optional<std::uint64_t> timeline;    ///< of the change log, where the database has one
  std::optional<std::int64_t> commit_time;  ///< of the last commit, microseconds since 1970 UTC
  std::int64_t created_at = 0;              ///< seconds since 1970 UTC
  std::uint32_t format_version = 0;
  std::string geode_version;
  std::optional<BackupParent> parent;  ///< of an incremental one
  std::uint64_t bytes = 0;             ///< length of the archive
  std::uint64_t database_bytes = 0;    ///< length of the database file in it
  std::string checksum;                ///< "sha256:..." of the archive; empty in read_backup_info()
};

struct BackupOptions {
  /// The archive. Its ending says how it is compressed: .tar.gz, .tgz, .tar.zst, .tar.
  std::string output;
  /// Compress with gzip where the name says nothing.
  bool compress = false;
  /// Replace a file that is there.
  bool overwrite = false;
  /// An archive, full or incremental, of the same database: only the commits behind it are written,
  /// which the change log must still have. Empty: the whole database is.
  std::string parent;
  /// A folder as for replay_archives(), for records that were moved out of the database since the
  /// parent. Empty: all of them are still in it.
  std::string wal_archive;
  /// When not negative, the archive is written to this descriptor, and `output` only says how it is
  /// compressed.
  int descriptor = -1;
  BackupProgressFunction progress;
};

/// Writes the newest snapshot of `database` into one archive, in one pass, while writers of this
/// and other processes go on. The file appears under its name when it is on disk, whole. Throws
/// Error 42X03 when it exists, 53X02 when the disk is full, 58X01 when it cannot be written. With a
/// parent, which is read and verified: 22023 when that is of another database or timeline, 55X01
/// when the change log does not reach back to it.
BackupInfo create_backup(const Database& database, const BackupOptions& options);

struct VerifyBackupOptions {
  /// Leave out the look into the database that the archive holds, for which it is extracted.
  bool quick = false;
  /// Leave out the archives that an incremental one goes on from.
  bool alone = false;
  /// Where these may be, besides the folder of the archive: files.
  std::vector<std::string> parents;
  /// Where it is extracted; "": what TMPDIR names, or /tmp.
  std::string temp_directory;
  BackupProgressFunction progress;
};

/// Reads the whole archive and compares it with what it says of itself; any byte that was changed,
/// added or lost is found; then the same with the archives that an incremental one goes on from.
/// Throws Error 58X02 with what is wrong and where, or which archive is missing.
BackupInfo verify_backup(const std::string& file, const VerifyBackupOptions& options = {});

/// What stands in front of the archive; nothing behind it is looked at but whether the end is
/// there. Throws Error 58X02 when this is no archive of Geode, or its beginning or end is damaged.
BackupInfo read_backup_info(const std::string& file);

struct RestoreOptions {
  /// A full archive, or an incremental one.
  std::string input;
  /// The database file to be made.
  std::string database;
  /// Replace a database that is there, unless a process has it open.
  bool overwrite = false;
  /// Archives that an incremental one may go on from, besides those in its folder: files.
  std::vector<std::string> parents;
  /// A folder as for replay_archives(), along whose records the database goes on. Empty: none.
  std::string wal_archive;
  /// Of the commits behind the backup: the time to stop at, the timeline to go along.
  ReplayRequest replay;
  BackupProgressFunction progress;
};

struct RestoreReport {
  BackupInfo info;           ///< of the archive
  ReplayReport replay;       ///< where the database is
  std::size_t archives = 0;  ///< with records of its change log, that were read
};

/// Makes the database of an archive, which is verified while it is read: the file appears under its
/// name, or takes the place of the one before, only once all of it is right and on disk. What a
/// process left beside it that was killed (`.geode-scratch-...`) is removed by the next one. Throws
/// Error 42X03 when there is a file and `overwrite` is not set, 08X02 when a process has it open,
/// 58X02 when an archive is damaged or one is missing, 22023 when the backup is from behind the
/// time to stop at, 53X02 when the disk is full; the target is then as it was.
RestoreReport restore_backup(const RestoreOptions& options);

}  // namespace v1
}  // namespace geode
