#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace geode::storage {

/// Mutual exclusion of writers, with a limit on the wait and the holder's name in the refusal.
///
/// LMDB has a lock of its own between processes, but waits for it without a limit and cannot say
/// who holds it. So a writer first passes two gates: one between the threads of this process, and
/// an open-file-description lock between processes, which the kernel drops when its holder dies,
/// however it dies.
///
/// The second gate is a lock on a range of bytes of the database file, far beyond any data and
/// LMDB's own locks (which are on another file). Every range begins at kLockStart, so that any two
/// collide; its *length* tells who holds it:
///     length = process id << 34 | seconds since 1970
/// so that a holder needs no place to write its name, and the name cannot outlive the lock.
///
/// A process that waits shows this by a shared lock on the byte kWaiterStart. The process that
/// wrote last looks there before it writes again and lets the other one go first.
class WriterLock {
 public:
  /// `lock_file` is a descriptor of the database file, owned by the caller; -1 when no other
  /// process can open the file.
  explicit WriterLock(int lock_file) : lock_file_(lock_file) {}

  /// Waits for at most `timeout_ms` (< 0: for ever). Throws Error 08X02 that names the holder, or
  /// 25G01 when this thread holds the lock already.
  void acquire(std::int64_t timeout_ms, const std::string& path);
  void release() noexcept;
  /// While it is held: takes the lock of another file too, which from now on is the one. The first
  /// one is left to the owner of its descriptor. False, and nothing changed, when it is taken.
  bool move_to(int lock_file);
  /// In a child after fork(): the lock is the parent's.
  void forget() noexcept { lock_file_ = -1; }

 private:
  using Clock = std::chrono::steady_clock;
  void acquire_between_processes(std::int64_t timeout_ms, Clock::time_point deadline,
                                 const std::string& path);
  void release_gate() noexcept;
  bool try_lock_file(bool wait);
  void let_waiters_pass();
  std::string holder() const;

  int lock_file_;
  std::mutex mutex_;
  std::condition_variable freed_;
  bool held_ = false;
  std::thread::id owner_;
  /// The last writer of the file, as far as this process knows, was this process.
  bool wrote_last_ = false;
};

}  // namespace geode::storage
