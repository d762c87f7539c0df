#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace geode::server {

/// Threads that run statements.
///
/// Statements that write wait for the writer's turn on their thread. Were all threads to wait, the
/// transaction that has the turn could never end; so what belongs to it has a thread of its own.
/// One is enough, as one transaction writes at a time.
class WorkerPool {
 public:
  using Job = std::function<void()>;

  explicit WorkerPool(std::size_t threads);
  /// Runs what was posted, then joins.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Jobs do not throw.
  void post(Job job, bool of_open_writer);

 private:
  struct Lane {
    std::deque<Job> jobs;
    std::condition_variable work;
  };
  void loop(Lane& lane);

  std::mutex mutex_;
  Lane common_, writer_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace geode::server
