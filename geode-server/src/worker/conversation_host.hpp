#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include <geode/database.hpp>
#include "auth/login.hpp"
#include "server.hpp"
#include "worker/io_loop.hpp"
#include "worker/login_queue.hpp"
#include "worker/worker_pool.hpp"

namespace geode::server {

/// What all conversations count together.
struct Totals {
  std::atomic<std::uint64_t> active_statements{0}, active_transactions{0};
  std::atomic<std::uint64_t> statements{0}, failed_statements{0};
};

/// What a server allows at present.
class SharedLimits {
 public:
  explicit SharedLimits(const ServerLimits& limits) : limits_(limits) {}
  ServerLimits get() const {
    const std::lock_guard lock(mutex_);
    return limits_;
  }
  void set(const ServerLimits& limits) {
    const std::lock_guard lock(mutex_);
    limits_ = limits;
  }

 private:
  mutable std::mutex mutex_;
  ServerLimits limits_;
};

/// What the conversations of a server share; outlives them.
struct ConversationHost {
  const ServerOptions& options;  ///< for limits see below
  Database database;
  WorkerPool& workers;
  IoLoop& loop;
  SharedLimits limits;
  Totals totals;
  std::function<ServerStats()> stats;
  LoginThrottle throttle{};
  LoginQueue logins{};
};

}  // namespace geode::server
