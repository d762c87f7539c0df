#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <geode/backup.hpp>
#include <geode/error.hpp>
#include "backup/archive_reader.hpp"
#include "backup/database_front.hpp"
#include "backup/output_file.hpp"
#include "backup/progress.hpp"
#include "graph/log/change_log.hpp"
#include "storage/database_file.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/open_lock.hpp"
#include "storage/page_walk.hpp"
#include "storage/tables.hpp"

namespace geode {

namespace {

/// Holds the database that is to be replaced, if there is one, so that nobody opens it meanwhile.
/// Who tries waits, and then takes the file that has the name.
class Target {
 public:
  Target(const std::string& path, bool overwrite) {
    struct stat info {};
    if (lstat(path.c_str(), &info) != 0) {
      if (errno != ENOENT) storage::throw_system(errno, "cannot look at", path);
      return;
    }
    if (!overwrite) {
      throw Error(status::kDuplicateObject, "there is a file '" + path + "' already")
          .hint("restore into another place, or replace it with --force");
    }
    if (!S_ISREG(info.st_mode)) {
      throw Error(status::kDuplicateObject, "'" + path + "' is not a regular file");
    }
    file_ = storage::File(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (file_.descriptor < 0) storage::throw_system(errno, "cannot open", path);
    if (!storage::OpenLock::try_exclusive(file_.descriptor) ||
        !storage::is_file_at(path, file_.descriptor)) {
      throw Error(status::kDatabaseBusy, "database '" + path + "' is open in a process" +
                                             storage::OpenLock::holder(file_.descriptor))
          .hint("close it there, or restore into another place");
    }
    fstat(file_.descriptor, &info);
    mode_ = info.st_mode & 07777;
    owner_ = info.st_uid;
    group_ = info.st_gid;
  }

  /// The new file belongs to whom the one before belongs, and the same may open it.
  void give_owner(int file, const std::string& path) const {
    if (file_.descriptor < 0) return;
    struct stat own {};
    if (fstat(file, &own) != 0) storage::throw_system(errno, "cannot look at", path);
    if ((own.st_uid != owner_ || own.st_gid != group_) && fchown(file, owner_, group_) != 0) {
      storage::throw_system(errno, "cannot give its owner to", path);
    }
    if (fchmod(file, mode_) != 0)
      storage::throw_system(errno, "cannot give its permissions to", path);
  }

 private:
  storage::File file_;
  mode_t mode_ = 0600;
  uid_t owner_ = 0;
  gid_t group_ = 0;
};

void expect_room(int file, const BackupInfo& info, const std::string& path) {
  struct statvfs room {};
  if (fstatvfs(file, &room) != 0) storage::throw_system(errno, "cannot look at", path);
  const std::uint64_t free = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
  if (info.database_bytes <= free) return;
  throw Error(status::kDiskFull, "the database of backup '" + info.file + "' has " +
                                     std::to_string(info.database_bytes) + " bytes, and '" +
                                     storage::folder_of(path) + "' has room for " +
                                     std::to_string(free))
      .hint("free disk space, or restore into another place");
}

/// Somebody may open the database as soon as it has its name.
constexpr std::int64_t kLockTimeout = 60'000;

void expect_restorable(const BackupInfo& info) {
  if (info.type != "full") {
    throw Error(status::kInvalidArgument, "'" + info.file + "' holds changes, not a database")
        .hint("restore a full backup, and apply the changes with geode wal-replay");
  }
  if (info.format_version != storage::kFormatVersion) {
    throw Error(status::kCannotOpen, "backup '" + info.file + "' has format version " +
                                         std::to_string(info.format_version) +
                                         "; this library reads version " +
                                         std::to_string(storage::kFormatVersion))
        .hint("restore it with the version of Geode that wrote it, " + info.geode_version);
  }
}

}  // namespace

inline namespace v1 {

BackupInfo restore_backup(const RestoreOptions& options) {
  const std::string& path = options.database;
  backup::ArchiveReader reader(options.input);
  BackupInfo info = reader.header().info;
  expect_restorable(info);
  storage::refuse_remote_file_system(storage::folder_of(path));
  const Target target(path, options.overwrite);
  backup::OutputFile database(path, options.overwrite);
  expect_room(database.descriptor(), info, path);
  bool checked = false;
  reader.read_parts([&](const backup::Part& part, std::span<const char> bytes) {
    if (part.name != backup::kDatabaseName) return;
    if (!checked) {
      // An archive may hold anything; what is no database is found by its first bytes, before
      // everything it says that it holds has been read.
      backup::expect_database_front(bytes, part.size, options.input);
      checked = true;
    }
    database.write_sparse(bytes);
    backup::report(options.progress, reader.bytes_read(), reader.file_bytes());
  });
  info.checksum = reader.checksum();
  database.complete();
  const storage::PageReport pages = storage::walk_pages(database.descriptor(), {});
  if (!pages.damages.empty()) {
    const storage::PageDamage& first = pages.damages.front();
    throw Error(status::kCorrupt, "the database in backup '" + info.file + "' is damaged: page " +
                                      std::to_string(first.page) + ": " + first.what)
        .hint("use another backup");
  }
  target.give_owner(database.descriptor(), path);
  // Until the name is given nobody opens the new file; afterwards whoever does finds it whole. The
  // lock file of the one before stays: nobody uses it, and who opens the database first begins it
  // anew.
  database.commit();
  if (info.timeline) {
    // Its commits would have the LSNs of those that came after the backup.
    storage::EnvironmentOptions opening;
    opening.create_if_missing = false;
    const auto environment = storage::Environment::open(path, opening);
    const graph::Timelines before =
        graph::read_timelines(*storage::ReadTransaction::begin(environment));
    graph::start_timeline(environment, before, kLockTimeout);
  }
  return info;
}

}  // namespace v1
}  // namespace geode
