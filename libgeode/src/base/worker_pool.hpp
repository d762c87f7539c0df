#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace geode::base {

/// How many processors the process may use.
std::size_t usable_processors();

/// Work that a thread of the pool does once, unless it is withdrawn before.
class Task {
 public:
  explicit Task(std::function<void()> work) : work_(std::move(work)) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  /// Does the work, unless it was begun or withdrawn. It must not throw.
  void run();
  /// Nobody does the work when this returns: it was withdrawn, or it is over.
  void withdraw_or_wait();
  bool is_over() const;

 private:
  enum class State : std::uint8_t { kWaiting, kRunning, kOver };
  std::function<void()> work_;
  mutable std::mutex mutex_;
  std::condition_variable over_;
  State state_ = State::kWaiting;
};

/// Threads that help those of the program. They are made when they are first needed and stay for
/// the life of the process; idle ones sleep. Thread-safe.
class WorkerPool {
 public:
  /// The pool of this process: a child that was forked has one of its own.
  static WorkerPool& shared();

  /// Has `task` done by one of at least `threads` threads.
  void start(std::shared_ptr<Task> task, std::size_t threads);

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<std::shared_ptr<Task>> tasks_;
  std::size_t threads_ = 0, idle_ = 0;
};

}  // namespace geode::base
