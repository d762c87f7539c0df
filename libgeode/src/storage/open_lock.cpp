#include "storage/open_lock.hpp"

#include <cerrno>
#include <cstring>
#include <unistd.h>

#include <geode/error.hpp>
#include "storage/file_locks.hpp"

namespace geode::storage {

namespace {

bool without_locks(int error_number) {
  return error_number == EINVAL || error_number == ENOSYS || error_number == EOPNOTSUPP ||
         error_number == ENOLCK;
}

}  // namespace

void OpenLock::share(int file) {
  auto lock = lock_range(F_RDLCK, kOpenStart, static_cast<off_t>(getpid()));
  while (fcntl(file, F_OFD_SETLKW, &lock) != 0) {
    // Without these locks nobody replaces a file either.
    if (without_locks(errno)) return;
    if (errno != EINTR) {
      throw Error(status::kIo,
                  std::string("cannot lock the database file: ") + std::strerror(errno));
    }
  }
  // What is left of an exclusive lock.
  const off_t end = kOpenStart + static_cast<off_t>(getpid());
  auto rest = lock_range(F_UNLCK, end, kWaiterStart - end);
  fcntl(file, F_OFD_SETLK, &rest);
}

bool OpenLock::try_exclusive(int file) {
  auto lock = lock_range(F_WRLCK, kOpenStart, kWaiterStart - kOpenStart);
  if (fcntl(file, F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES || errno == EINTR) return false;
  if (without_locks(errno)) {
    throw Error(status::kCannotOpen,
                "the file system has no locks that would show who has the database open")
        .hint("write a compacted copy instead: geode compact FILE --output NEW");
  }
  throw Error(status::kIo, std::string("cannot lock the database file: ") + std::strerror(errno));
}

std::string OpenLock::holder(int file) {
  auto probe = lock_range(F_WRLCK, kOpenStart, kWaiterStart - kOpenStart);
  if (fcntl(file, F_OFD_GETLK, &probe) != 0 || probe.l_type == F_UNLCK) return {};
  const auto pid = static_cast<pid_t>(probe.l_len);
  const std::string program = program_of(pid);
  return " (" + (program.empty() ? "" : program + ", ") + "pid " + std::to_string(pid) + ")";
}

}  // namespace geode::storage
