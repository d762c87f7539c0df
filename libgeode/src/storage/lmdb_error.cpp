#include "storage/lmdb_error.hpp"

#include <cerrno>
#include <cstring>

#include <lmdb.h>

#include <geode/error.hpp>

namespace geode::storage {

namespace {

std::string reason(int code) { return code < 0 ? mdb_strerror(code) : std::strerror(code); }

std::string quoted(const std::string& path) { return "'" + path + "'"; }

std::string failure(int error_number, std::string_view action, const std::string& path) {
  return std::string(action) + " " + quoted(path) + ": " + std::strerror(error_number);
}

}  // namespace

bool is_disk_full(int code) { return code == ENOSPC || code == EDQUOT || code == EFBIG; }

bool is_write_failure(int code) { return code == EIO || code == MDB_PANIC; }

void throw_system(int error_number, std::string_view action, const std::string& path) {
  if (error_number == EIO || is_disk_full(error_number)) throw_io(error_number, action, path);
  if (error_number == ENOMEM) {
    throw Error(status::kMemoryLimit, failure(error_number, action, path));
  }
  throw Error(status::kCannotOpen, failure(error_number, action, path));
}

void throw_io(int error_number, std::string_view action, const std::string& path) {
  const std::string text = failure(error_number, action, path);
  if (!is_disk_full(error_number)) throw Error(status::kIo, text);
  throw Error(status::kDiskFull, text).hint("free some space, then try again");
}

void throw_lmdb(int code, std::string_view operation, const std::string& path) {
  const std::string cause = reason(code) + " (" + std::string(operation) + ")";
  switch (code) {
    case MDB_MAP_FULL:
      throw Error(status::kDiskFull,
                  "database " + quoted(path) + " has reached the size that it may have")
          .hint(
              "delete what is not needed and compact it, or open it with a larger "
              "max_file_size_bytes or map_size_bytes (ulimit -v limits the latter)");
    case MDB_READERS_FULL:
      throw Error(status::kDatabaseBusy,
                  "database " + quoted(path) + " has no free slot for a reader")
          .hint("end snapshots that are no longer needed");
    case MDB_TXN_FULL:
      throw Error(status::kLimitExceeded, "the transaction changes too much at once")
          .hint("commit in smaller parts");
    case MDB_BAD_TXN:
      throw Error(status::kTransactionRollback,
                  "the transaction failed earlier and can only be rolled back");
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
      throw Error(status::kCorrupt, "database " + quoted(path) + " is damaged: " + cause);
    case MDB_VERSION_MISMATCH:
      throw Error(status::kCannotOpen,
                  "database " + quoted(path) + " was written by another LMDB format");
    case MDB_PANIC:
      throw Error(status::kIo, "database " + quoted(path) + " cannot be used after a failed write")
          .hint("close it everywhere in this process and open it again");
    case ENOMEM:
      throw Error(status::kMemoryLimit, "no memory left: " + cause);
    case EACCES:
    case EPERM:
    case EROFS:
      throw Error(status::kCannotOpen, "database " + quoted(path) + ": " + cause)
          .hint("check the permissions of the file, its lock file and their folder");
    case MDB_BAD_VALSIZE:
    case MDB_BAD_DBI:
    case MDB_INCOMPATIBLE:
    case MDB_KEYEXIST:
    case MDB_NOTFOUND:
    case EINVAL:
      throw Error(status::kInternal, "database " + quoted(path) + ": " + cause);
    default:
      if (is_disk_full(code)) {
        throw Error(status::kDiskFull, "no space left for database " + quoted(path) + ": " + cause)
            .hint("free some space and run the transaction again");
      }
      throw Error(status::kIo, "database " + quoted(path) + ": " + cause);
  }
}

}  // namespace geode::storage
