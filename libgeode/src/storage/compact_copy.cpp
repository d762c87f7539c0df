#include "storage/compact_copy.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>

#include <lmdb.h>

#include <geode/error.hpp>
#include "base/bytes.hpp"
#include "storage/database_file.hpp"
#include "storage/lmdb_error.hpp"
#include "storage/open_lock.hpp"

namespace geode::storage {

namespace {

std::string name_of_copy(const std::string& path) { return path + "-compact"; }
std::string lock_of(const std::string& name) { return name + "-lock"; }

/// The copy belongs to whom the original belongs, and the same may open it.
void take_owner(int file, const std::string& original) {
  struct stat info {};
  struct stat own {};
  if (stat(original.c_str(), &info) != 0 || fstat(file, &own) != 0) {
    throw_system(errno, "cannot look at", original);
  }
  if ((own.st_uid != info.st_uid || own.st_gid != info.st_gid) &&
      fchown(file, info.st_uid, info.st_gid) != 0) {
    throw_system(errno, "cannot give its owner to the copy of", original);
  }
  if (fchmod(file, info.st_mode & 07777) != 0) {
    throw_system(errno, "cannot give its permissions to the copy of", original);
  }
}

void write_copy(MDB_env* env, int file, const std::string& name) {
  int code = mdb_env_copyfd2(env, file, MDB_CP_COMPACT);
  if (code == MDB_INCOMPATIBLE) {
    // LMDB counted pages that are neither used nor free; harmless, but only the plain copy takes
    // them along.
    if (ftruncate(file, 0) != 0 || lseek(file, 0, SEEK_SET) != 0) {
      throw_system(errno, "cannot write", name);
    }
    code = mdb_env_copyfd2(env, file, 0);
  }
  check_lmdb(code, "mdb_env_copyfd2", name);
}

void write_transaction_number(int file, std::uint64_t offset, std::uint64_t number,
                              const std::string& name) {
  std::string bytes;
  base::append_le(bytes, number);
  if (pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset)) !=
      static_cast<ssize_t>(bytes.size())) {
    throw_system(errno, "cannot write", name);
  }
}

/// LMDB gives the transaction of a compacted copy the number 1. The meta page in use is the one
/// with the higher number, and an even one stands in page 0. The other one gets the number before,
/// so that the two differ by one, as ever.
void raise_transaction(MDB_env* env, int file, const std::string& name) {
  constexpr std::uint64_t kTransaction = 144;
  MDB_stat stat{};
  MDB_envinfo info{};
  check_lmdb(mdb_env_stat(env, &stat), "mdb_env_stat", name);
  check_lmdb(mdb_env_info(env, &info), "mdb_env_info", name);
  std::uint64_t numbers[2] = {};
  for (int page = 0; page < 2; ++page) {
    char bytes[8];
    if (pread(file, bytes, sizeof bytes,
              off_t{stat.ms_psize} * page + static_cast<off_t>(kTransaction)) != 8) {
      throw_system(errno, "cannot read", name);
    }
    numbers[page] = base::load_le<std::uint64_t>(bytes);
  }
  const std::uint64_t page = numbers[1] > numbers[0] ? 1 : 0;
  if (numbers[page] > info.me_last_txnid) return;
  const std::uint64_t number = (info.me_last_txnid + 2) / 2 * 2 + page;
  write_transaction_number(file, stat.ms_psize * page + kTransaction, number, name);
  write_transaction_number(file, stat.ms_psize * (1 - page) + kTransaction, number - 1, name);
}

}  // namespace

CompactCopy::CompactCopy(MDB_env* env, const std::string& path)
    : name_(path.empty() ? make_memory_file() : name_of_copy(path)), lock_name_(lock_of(name_)) {
  if (!path.empty()) remove_stray(path);
  const int flags = O_RDWR | O_CLOEXEC | (path.empty() ? 0 : O_CREAT | O_EXCL);
  file_ = File(::open(name_.c_str(), flags, 0600));
  if (file_.descriptor < 0) throw_system(errno, "cannot create", name_);
  try {
    if (!path.empty()) {
      if (!OpenLock::try_exclusive(file_.descriptor) || !is_file_at(name_, file_.descriptor)) {
        throw Error(status::kDatabaseBusy, "another process is compacting '" + path + "'");
      }
      take_owner(file_.descriptor, path);
    }
    write_copy(env, file_.descriptor, name_);
    raise_transaction(env, file_.descriptor, name_);
    if (fsync(file_.descriptor) != 0) throw_system(errno, "cannot sync", name_);
  } catch (...) {
    unlink(name_.c_str());
    throw;
  }
}

CompactCopy::~CompactCopy() {
  if (named_) return;
  unlink(name_.c_str());
  unlink(lock_name_.c_str());
}

bool CompactCopy::take_place(const std::string& path) {
  const std::string lock = lock_of(path);
  struct stat info {};
  if (stat(lock.c_str(), &info) == 0) {
    // As for the file itself; but who has no right to change the owner can still go on.
    [[maybe_unused]] const int owner = chown(lock_name_.c_str(), info.st_uid, info.st_gid);
    [[maybe_unused]] const int mode = chmod(lock_name_.c_str(), info.st_mode & 07777);
  }
  if (std::rename(name_.c_str(), path.c_str()) != 0) {
    throw_system(errno, "cannot replace", path);
  }
  named_ = true;
  return std::rename(lock_name_.c_str(), lock.c_str()) == 0;
}

void CompactCopy::remove_stray(const std::string& path) {
  const std::string name = name_of_copy(path);
  const File file(::open(name.c_str(), O_RDWR | O_CLOEXEC));
  if (file.descriptor < 0) {
    // A process may have died between its two renames.
    if (errno == ENOENT) unlink(lock_of(name).c_str());
    return;
  }
  if (!OpenLock::try_exclusive(file.descriptor) || !is_file_at(name, file.descriptor)) return;
  unlink(name.c_str());
  unlink(lock_of(name).c_str());
}

}  // namespace geode::storage
