#include "worker/login_queue.hpp"

#include <algorithm>
#include <utility>

namespace geode::server {

LoginQueue::LoginQueue()
    : LoginQueue(std::clamp<std::size_t>(std::thread::hardware_concurrency() / 2, 1, 4)) {}

LoginQueue::LoginQueue(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { loop(); });
}

LoginQueue::~LoginQueue() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void LoginQueue::post(Job job, const std::string& address, bool is_known) {
  {
    const std::lock_guard lock(mutex_);
    const std::size_t place = is_known ? 0 : ++of_address_[address];
    waiting_.emplace(std::pair(place, posted_++),
                     Login{std::move(job), is_known ? std::string() : address});
  }
  work_.notify_one();
}

void LoginQueue::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Login login = std::move(waiting_.extract(waiting_.begin()).mapped());
    if (!login.address.empty()) {
      const auto mine = of_address_.find(login.address);
      if (--mine->second == 0) of_address_.erase(mine);
    }
    lock.unlock();
    login.job();
    login.job = nullptr;
    lock.lock();
  }
}

}  // namespace geode::server
