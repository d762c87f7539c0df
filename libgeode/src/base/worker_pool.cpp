#include "base/worker_pool.hpp"

#include <algorithm>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace geode::base {

std::size_t usable_processors() {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  if (sched_getaffinity(0, sizeof processors, &processors) != 0)
    return std::max(1u, std::thread::hardware_concurrency());
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&processors)));
}

void Task::run() {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kWaiting) return;
    state_ = State::kRunning;
  }
  work_();
  const std::lock_guard lock(mutex_);
  state_ = State::kOver;
  over_.notify_all();
}

void Task::withdraw_or_wait() {
  std::unique_lock lock(mutex_);
  if (state_ == State::kWaiting) state_ = State::kOver;
  over_.wait(lock, [&] { return state_ == State::kOver; });
}

bool Task::is_over() const {
  const std::lock_guard lock(mutex_);
  return state_ == State::kOver;
}

namespace {

std::mutex pool_mutex;
WorkerPool* pool = nullptr;
pid_t pool_process = 0;

/// Signals are for the threads of the program.
class BlockSignals {
 public:
  BlockSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

/// Never destroyed: its threads may outlive what main() leaves behind.
WorkerPool& WorkerPool::shared() {
  const std::lock_guard lock(pool_mutex);
  // The threads of a pool stay with the process that made them.
  if (pool == nullptr || pool_process != getpid()) {
    pool = new WorkerPool;
    pool_process = getpid();
  }
  return *pool;
}

void WorkerPool::start(std::shared_ptr<Task> task, std::size_t threads) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  if (idle_ < tasks_.size() && threads_ < threads) {
    try {
      const BlockSignals blocked;
      std::thread([this] { serve(); }).detach();
      ++threads_;
    } catch (const std::system_error&) {
      // No more threads are to be had. Whoever waits for the task withdraws it and works alone.
    }
  }
  work_.notify_one();
}

void WorkerPool::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    work_.wait(lock, [&] { return !tasks_.empty(); });
    --idle_;
    const std::shared_ptr<Task> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task->run();
    lock.lock();
  }
}

}  // namespace geode::base
