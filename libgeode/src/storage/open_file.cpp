#include "storage/open_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

#include <geode/error.hpp>
#include "storage/database_file.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/open_lock.hpp"

namespace geode::storage {

namespace {

File open_checked(const std::string& path, bool read_only) {
  File file(::open(path.c_str(), (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC));
  if (file.descriptor < 0) {
    const int code = errno;
    if (!read_only && (code == EACCES || code == EROFS)) {
      throw Error(status::kCannotOpen,
                  "database '" + path + "' cannot be opened for writing: " +
                      (code == EROFS ? "the file system is read-only" : "permission denied"))
          .hint("open it for reading only");
    }
    throw_system(code, "cannot open database", path);
  }
  check_database_file(file.descriptor, path);
  return file;
}

}  // namespace

bool is_file_at(const std::string& path, int file) {
  struct stat named {};
  struct stat opened {};
  return stat(path.c_str(), &named) == 0 && fstat(file, &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

File open_database_file(const std::string& path, bool read_only) {
  for (;;) {
    File file = open_checked(path, read_only);
    OpenLock::share(file.descriptor);
    if (is_file_at(path, file.descriptor)) return file;
    // A compacted copy took its place meanwhile.
  }
}

}  // namespace geode::storage
