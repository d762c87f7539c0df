#pragma once

#include <fcntl.h>
#include <string>
#include <sys/types.h>

namespace geode::storage {

// Ranges of the database file that carry locks, far beyond any data.
//   kOpenStart    open_lock.hpp      kWaiterStart, kLockStart    writer_lock.hpp
constexpr off_t kOpenStart = off_t{1} << 38;
constexpr off_t kWaiterStart = off_t{1} << 39;
constexpr off_t kLockStart = off_t{1} << 40;

inline struct flock lock_range(short type, off_t start, off_t length) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = length;
  return lock;
}

/// The name of a running program; empty when it cannot be found out.
std::string program_of(pid_t pid);

}  // namespace geode::storage
