#include "worker/worker_pool.hpp"

#include <utility>

namespace geode::server {

WorkerPool::WorkerPool(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { loop(common_); });
  threads_.emplace_back([this] { loop(writer_); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  common_.work.notify_all();
  writer_.work.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::post(Job job, bool of_open_writer) {
  Lane& lane = of_open_writer ? writer_ : common_;
  {
    const std::lock_guard lock(mutex_);
    lane.jobs.push_back(std::move(job));
  }
  lane.work.notify_one();
}

void WorkerPool::loop(Lane& lane) {
  std::unique_lock lock(mutex_);
  while (true) {
    lane.work.wait(lock, [&] { return stop_ || !lane.jobs.empty(); });
    if (lane.jobs.empty()) return;
    Job job = std::move(lane.jobs.front());
    lane.jobs.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
}

}  // namespace geode::server
