#include "backup/database_place.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <geode/error.hpp>
#include "storage/database_file.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/open_lock.hpp"

namespace geode::backup {

namespace {

[[noreturn]] void refuse_existing(const std::string& path) {
  throw Error(status::kDuplicateObject, "there is a file '" + path + "' already")
      .hint("restore into another place, or replace it with --force");
}

}  // namespace

DatabasePlace::DatabasePlace(const std::string& path, Expect expect) : path_(path) {
  storage::refuse_remote_file_system(storage::folder_of(path));
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) storage::throw_system(errno, "cannot look at", path);
    if (expect != Expect::kDatabase) return;
    throw Error(status::kCannotOpen, "database '" + path + "' does not exist");
  }
  if (expect == Expect::kNothing) refuse_existing(path);
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
  if (fstat(file_.descriptor, &info) != 0) storage::throw_system(errno, "cannot look at", path);
  bytes_ = static_cast<std::uint64_t>(info.st_size);
  mode_ = info.st_mode & 07777;
  owner_ = info.st_uid;
  group_ = info.st_gid;
}

void DatabasePlace::expect_room(std::uint64_t bytes, const std::string& what) const {
  const std::string folder = storage::folder_of(path_);
  struct statvfs room {};
  if (statvfs(folder.c_str(), &room) != 0) storage::throw_system(errno, "cannot look at", folder);
  const std::uint64_t free = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
  if (bytes <= free) return;
  throw Error(status::kDiskFull, what + " has " + std::to_string(bytes) + " bytes, and '" + folder +
                                     "' has room for " + std::to_string(free))
      .hint("free disk space, or restore into another place");
}

void DatabasePlace::give_owner(int file) const {
  struct stat own {};
  if (fstat(file, &own) != 0) storage::throw_system(errno, "cannot look at", path_);
  if ((own.st_uid != owner_ || own.st_gid != group_) && fchown(file, owner_, group_) != 0) {
    storage::throw_system(errno, "cannot give its owner to", path_);
  }
  if (fchmod(file, mode_) != 0) {
    storage::throw_system(errno, "cannot give its permissions to", path_);
  }
}

void DatabasePlace::put(const std::string& file) const {
  const storage::File opened(::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (opened.descriptor < 0) storage::throw_system(errno, "cannot open", file);
  if (file_.descriptor >= 0) give_owner(opened.descriptor);
  if (fsync(opened.descriptor) != 0) storage::throw_system(errno, "cannot sync", path_);
  // The lock file of a database before stays: nobody uses it, and who opens the new one first
  // begins it anew.
  if (file_.descriptor < 0) {
    if (!storage::move_to_free_name(file, path_)) refuse_existing(path_);
  } else if (std::rename(file.c_str(), path_.c_str()) != 0) {
    storage::throw_system(errno, "cannot replace", path_);
  }
  storage::sync_folder(storage::folder_of(path_));
}

}  // namespace geode::backup
