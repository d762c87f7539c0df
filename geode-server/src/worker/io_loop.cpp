#include "worker/io_loop.hpp"

#include <chrono>
#include <iterator>
#include <utility>

#include <boost/asio/post.hpp>

namespace geode::server {

namespace {

/// A job that is seen twice, so far apart, is not quick.
constexpr std::chrono::milliseconds kLook{1};
/// Looks in vain before the watching thread sleeps.
constexpr int kLooksInVain = 100;

/// The handlers were taken over while this thread ran a job.
thread_local bool dethroned = false;

}  // namespace

void IoLoop::start() {
  running_ = true;
  begin_thread(&IoLoop::lead);
  begin_thread(&IoLoop::watch);
}

void IoLoop::begin_thread(void (IoLoop::*work)()) {
  const std::lock_guard lock(mutex_);
  for (auto it = threads_.begin(); it != threads_.end();) {
    if (it->over) it->thread.join();
    it = it->over ? threads_.erase(it) : std::next(it);
  }
  Thread& thread = threads_.emplace_back();
  thread.thread = std::thread([this, work, &thread] {
    (this->*work)();
    const std::lock_guard over(mutex_);
    thread.over = true;
  });
}

void IoLoop::join() {
  std::list<Thread> threads;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_; });
    threads.swap(threads_);
  }
  for (Thread& thread : threads) thread.thread.join();
  running_ = false;
}

void IoLoop::lead() {
  dethroned = false;
  while (!dethroned) {
    if (context_.run_one() > 0) continue;
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
    return;
  }
}

void IoLoop::run_quick(Job job) {
  boost::asio::post(context_, [this, job = std::move(job)] {
    std::uint64_t mine = ++jobs_;
    current_ = mine;
    if (asleep_) {
      const std::lock_guard lock(mutex_);
      asleep_ = false;
      changed_.notify_all();
    }
    job();
    if (!current_.compare_exchange_strong(mine, 0)) dethroned = true;
  });
}

void IoLoop::watch() {
  std::uint64_t seen = 0, last = 0;
  int in_vain = 0;
  std::unique_lock lock(mutex_);
  while (!ended_) {
    if (in_vain >= kLooksInVain) {
      asleep_ = true;
      changed_.wait(lock, [&] { return ended_ || !asleep_ || current_ != 0; });
      asleep_ = false;
      in_vain = 0;
      continue;
    }
    changed_.wait_for(lock, kLook);
    std::uint64_t job = current_;
    in_vain = job == 0 ? in_vain + 1 : 0;
    last = std::exchange(seen, job);
    if (job == 0 || job != last) continue;
    if (!current_.compare_exchange_strong(job, 0)) continue;
    lock.unlock();
    begin_thread(&IoLoop::watch);
    return lead();
  }
}

}  // namespace geode::server
