#include "storage/writer_lock.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <geode/error.hpp>
#include "storage/file_locks.hpp"
#include "storage/lmdb_error.hpp"

namespace geode::storage {

namespace {

constexpr int kSecondsBits = 34;

std::string user_of(pid_t pid) {
  struct stat info {};
  if (stat(("/proc/" + std::to_string(pid)).c_str(), &info) != 0) return {};
  struct passwd entry {};
  struct passwd* found = nullptr;
  std::vector<char> buffer(4096);
  if (getpwuid_r(info.st_uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found) {
    return found->pw_name;
  }
  return std::to_string(info.st_uid);
}

std::string time_text(std::time_t seconds) {
  struct tm parts {};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

[[noreturn]] void refuse(const std::string& path, std::int64_t timeout_ms,
                         const std::string& holder) {
  throw Error(status::kDatabaseBusy, "database '" + path + "' is being written; waited " +
                                         std::to_string(timeout_ms) + " ms" + holder)
      .hint("run the transaction again, or wait longer for the writer");
}

}  // namespace

std::string program_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

void WriterLock::acquire(std::int64_t timeout_ms, const std::string& path) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(std::clamp<std::int64_t>(
                                           timeout_ms, 0, std::int64_t{1} << 40));
  {
    std::unique_lock lock(mutex_);
    if (held_ && owner_ == std::this_thread::get_id()) {
      throw Error(status::kActiveTransaction,
                  "this thread already has a write transaction on '" + path + "'");
    }
    if (timeout_ms < 0) {
      freed_.wait(lock, [this] { return !held_; });
    } else if (!freed_.wait_until(lock, deadline, [this] { return !held_; })) {
      refuse(path, timeout_ms, "; held by another transaction of this process");
    }
    held_ = true;
    owner_ = std::this_thread::get_id();
  }
  if (lock_file_ < 0) return;
  try {
    acquire_between_processes(timeout_ms, deadline, path);
  } catch (...) {
    release_gate();
    throw;
  }
}

void WriterLock::acquire_between_processes(std::int64_t timeout_ms, Clock::time_point deadline,
                                           const std::string& path) {
  if (wrote_last_) let_waiters_pass();
  if (try_lock_file(false)) {
    wrote_last_ = true;
    return;
  }
  wrote_last_ = false;
  auto waiting = lock_range(F_RDLCK, kWaiterStart, 1);
  fcntl(lock_file_, F_OFD_SETLK, &waiting);
  struct Unmark {
    int file;
    ~Unmark() {
      auto done = lock_range(F_UNLCK, kWaiterStart, 1);
      fcntl(file, F_OFD_SETLK, &done);
    }
  } unmark{lock_file_};

  if (timeout_ms < 0) {
    while (!try_lock_file(true)) {
    }
  } else {
    // The kernel has no wait with a limit for these locks.
    auto pause = std::chrono::microseconds(50);
    while (!try_lock_file(false)) {
      const auto now = Clock::now();
      if (now >= deadline) refuse(path, timeout_ms, holder());
      std::this_thread::sleep_for(std::min<Clock::duration>(pause, deadline - now));
      pause = std::min(pause * 2, std::chrono::microseconds(1000));
    }
  }
  wrote_last_ = true;
}

bool WriterLock::try_lock_file(bool wait) {
  const auto seconds = static_cast<off_t>(std::time(nullptr)) & ((off_t{1} << kSecondsBits) - 1);
  auto lock =
      lock_range(F_WRLCK, kLockStart, static_cast<off_t>(getpid()) << kSecondsBits | seconds);
  if (fcntl(lock_file_, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock) == 0) return true;
  switch (errno) {
    case EAGAIN:
    case EACCES:
    case EINTR:
      return false;
    // A kernel or file system without these locks: LMDB's own lock still keeps writers apart,
    // without a limit on the wait.
    case EINVAL:
    case ENOSYS:
    case EOPNOTSUPP:
      return true;
    default:
      throw Error(status::kIo,
                  std::string("cannot lock the database file: ") + std::strerror(errno));
  }
}

void WriterLock::let_waiters_pass() {
  // A waiting process looks for the lock at least every millisecond.
  for (int i = 0; i < 8; ++i) {
    auto probe = lock_range(F_WRLCK, kWaiterStart, 1);
    if (fcntl(lock_file_, F_OFD_GETLK, &probe) != 0 || probe.l_type == F_UNLCK) return;
    std::this_thread::sleep_for(std::chrono::microseconds(250));
  }
}

std::string WriterLock::holder() const {
  auto probe = lock_range(F_WRLCK, kLockStart, 1);
  if (fcntl(lock_file_, F_OFD_GETLK, &probe) != 0 || probe.l_type == F_UNLCK) return {};
  const auto pid = static_cast<pid_t>(probe.l_len >> kSecondsBits);
  const auto seconds = static_cast<std::time_t>(probe.l_len & ((off_t{1} << kSecondsBits) - 1));
  const std::string program = program_of(pid), user = user_of(pid);
  return "; held by " + (program.empty() ? "process" : program) + " (pid " + std::to_string(pid) +
         (user.empty() ? "" : ", user " + user) + ", since " + time_text(seconds) + ")";
}

bool WriterLock::move_to(int lock_file) {
  const int before = std::exchange(lock_file_, lock_file);
  if (lock_file < 0 || try_lock_file(false)) return true;
  lock_file_ = before;
  return false;
}

void WriterLock::release() noexcept {
  if (lock_file_ >= 0) {
    auto lock = lock_range(F_UNLCK, kLockStart, 0);
    fcntl(lock_file_, F_OFD_SETLK, &lock);
  }
  release_gate();
}

void WriterLock::release_gate() noexcept {
  {
    std::lock_guard lock(mutex_);
    held_ = false;
    owner_ = {};
  }
  freed_.notify_one();
}

}  // namespace geode::storage
