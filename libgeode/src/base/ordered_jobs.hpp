#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace geode::base {

/// The results of jobs 0, 1, 2 ..., which several threads work on, in this order.
template <class Result>
class OrderedJobs {
 public:
  using Make = std::function<std::unique_ptr<Result>(std::uint64_t)>;

  /// With `threads` 0 the caller does each job himself when he asks for its result. At most `ahead`
  /// results wait for him. `make` must bear several threads.
  OrderedJobs(std::uint64_t count, std::uint32_t threads, std::uint64_t ahead, Make make)
      : count_(count), ahead_(ahead), make_(std::move(make)) {
    for (std::uint32_t i = 0; i < threads && i < count; ++i) {
      threads_.emplace_back([this] { loop(); });
    }
  }
  /// The rest is not done.
  ~OrderedJobs() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  OrderedJobs(const OrderedJobs&) = delete;
  OrderedJobs& operator=(const OrderedJobs&) = delete;

  /// Null at the end. Throws what the job threw.
  std::unique_ptr<Result> next() {
    if (threads_.empty()) return next_given_ == count_ ? nullptr : make_(next_given_++);
    std::unique_lock lock(mutex_);
    if (next_given_ == count_) return nullptr;
    changed_.wait(lock, [this] { return ready_.contains(next_given_); });
    Slot slot = std::move(ready_[next_given_]);
    ready_.erase(next_given_++);
    changed_.notify_all();
    if (slot.error) std::rethrow_exception(slot.error);
    return std::move(slot.result);
  }

 private:
  struct Slot {
    std::unique_ptr<Result> result;
    std::exception_ptr error;
  };

  void loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] {
        return stop_ || next_begun_ == count_ || next_begun_ < next_given_ + ahead_;
      });
      if (stop_ || next_begun_ == count_) return;
      const std::uint64_t index = next_begun_++;
      lock.unlock();
      Slot slot;
      try {
        slot.result = make_(index);
      } catch (...) {
        // Of no interest unless the results before are good.
        slot.error = std::current_exception();
      }
      lock.lock();
      ready_[index] = std::move(slot);
      changed_.notify_all();
    }
  }

  const std::uint64_t count_, ahead_;
  const Make make_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_begun_ = 0, next_given_ = 0;
  bool stop_ = false;
  std::map<std::uint64_t, Slot> ready_;
  std::vector<std::thread> threads_;
};

}  // namespace geode::base
