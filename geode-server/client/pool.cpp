#include "client/pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include <geode/error.hpp>
#include "protocol/framing.hpp"

namespace geode::client {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Idle {
  std::unique_ptr<Connection> connection;
  Clock::time_point used;    // by somebody
  Clock::time_point proved;  // to be alive: when it was used, or last answered a ping
};

}  // namespace

struct Pool::Impl {
  Impl(ConnectOptions connect_options, PoolOptions pool_options)
      : connect(std::move(connect_options)), options(std::move(pool_options)) {
    options.max = std::max<std::size_t>(1, options.max);
    options.min = std::min(options.min, options.max);
    options.attempts = std::max(1u, options.attempts);
  }

  bool answers(Connection& connection) const {
    try {
      connection.ping(options.ping_timeout);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  std::unique_ptr<Connection> acquire() {
    const auto deadline = Clock::now() + options.acquire_timeout;
    std::unique_lock lock(mutex);
    const auto has_one = [&] { return !idle.empty() || open < options.max; };
    for (;;) {
      if (options.acquire_timeout.count() == 0) {
        changed.wait(lock, has_one);
      } else if (!changed.wait_until(lock, deadline, has_one)) {
        throw Error(status::kTimeout, "all " + std::to_string(options.max) +
                                          " connections of the pool were in use for " +
                                          std::to_string(options.acquire_timeout.count()) + " ms")
            .hint("give leases back sooner, or let the pool have more");
      }
      if (idle.empty()) break;
      Idle one = std::move(idle.back());
      idle.pop_back();
      if (Clock::now() - one.proved <= options.trusted_for) return std::move(one.connection);
      lock.unlock();
      const bool alive = answers(*one.connection);
      if (alive) return std::move(one.connection);
      one.connection.reset();
      lock.lock();
      ++found_dead;
      --open;
    }
    ++open;
    lock.unlock();
    return make();
  }

  /// With its place in `open` taken, which it gives back when it throws.
  std::unique_ptr<Connection> make() {
    try {
      auto connection = std::make_unique<Connection>(connect);
      const std::lock_guard lock(mutex);
      ++made;
      return connection;
    } catch (...) {
      drop(nullptr, false);
      throw;
    }
  }

  void drop(std::unique_ptr<Connection> connection, bool was_dead) {
    connection.reset();
    {
      const std::lock_guard lock(mutex);
      --open;
      found_dead += was_dead;
    }
    changed.notify_one();
  }

  /// Takes back what somebody used.
  void put_back(std::unique_ptr<Connection> connection) {
    try {
      if (connection->open() && connection->transaction_state() != TransactionState::kNone)
        connection->rollback();
    } catch (const Error&) {
      // Then the server does it, once the connection is closed.
      return drop(std::move(connection), true);
    }
    if (!connection->open()) return drop(std::move(connection), true);
    const auto now = Clock::now();
    {
      const std::lock_guard lock(mutex);
      idle.push_back({std::move(connection), now, now});
    }
    changed.notify_one();
  }

  // ---- the thread of the pool

  void keep_up() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      close_idle(lock);
      ping_idle(lock);
      fill_up(lock);
      stop_wanted.wait_for(lock, next_round(), [&] { return stopping; });
    }
  }

  milliseconds next_round() const {
    milliseconds pause{1'000};
    for (const milliseconds each : {options.idle_time, options.ping_interval})
      if (each.count() > 0) pause = std::min(pause, each / 2);
    return std::max(pause, milliseconds(1));
  }

  void close_idle(std::unique_lock<std::mutex>& lock) {
    if (options.idle_time.count() == 0) return;
    std::vector<Idle> closed;
    // Those that were used last are taken first, so the front is what nobody needed for longest.
    while (!idle.empty() && open > options.min &&
           Clock::now() - idle.front().used > options.idle_time) {
      closed.push_back(std::move(idle.front()));
      idle.pop_front();
      --open;
    }
    lock.unlock();
    closed.clear();
    lock.lock();
  }

  void ping_idle(std::unique_lock<std::mutex>& lock) {
    if (options.ping_interval.count() == 0) return;
    const auto begin = Clock::now();
    while (!stopping) {
      const auto due = std::find_if(idle.begin(), idle.end(), [&](const Idle& each) {
        return begin - each.proved > options.ping_interval;
      });
      if (due == idle.end()) return;
      Idle one = std::move(*due);
      idle.erase(due);
      lock.unlock();
      const bool alive = answers(*one.connection);
      if (!alive) one.connection.reset();
      lock.lock();
      if (alive) {
        one.proved = Clock::now();
        // In the order of their use.
        const auto after = std::find_if(idle.begin(), idle.end(),
                                        [&](const Idle& each) { return each.used > one.used; });
        idle.insert(after, std::move(one));
      } else {
        --open;
        ++found_dead;
      }
      changed.notify_one();
    }
  }

  void fill_up(std::unique_lock<std::mutex>& lock) {
    while (!stopping && open < options.min) {
      ++open;
      lock.unlock();
      try {
        put_back(make());
      } catch (const Error&) {
        // Whoever acquires one is told; the next round tries again.
        lock.lock();
        return;
      }
      lock.lock();
    }
  }

  milliseconds pause_before(unsigned attempt) {
    milliseconds pause = options.first_pause;
    for (unsigned i = 1; i < attempt && pause < options.longest_pause; ++i) pause *= 2;
    pause = std::min(pause, options.longest_pause);
    const std::lock_guard lock(mutex);
    ++retries;
    return milliseconds(
        std::uniform_int_distribution<milliseconds::rep>(pause.count() / 2, pause.count())(random));
  }

  const ConnectOptions connect;
  PoolOptions options;
  mutable std::mutex mutex;
  std::condition_variable changed, stop_wanted;
  std::deque<Idle> idle;  // in the order of their use
  std::size_t open = 0;
  std::uint64_t made = 0, found_dead = 0, retries = 0;
  std::mt19937 random{std::random_device()()};
  bool stopping = false;
  std::thread thread;
};

Pool::Lease::Lease(std::shared_ptr<Impl> pool, std::unique_ptr<Connection> connection)
    : pool_(std::move(pool)), connection_(std::move(connection)) {}
Pool::Lease::Lease(Lease&&) noexcept = default;

Pool::Lease& Pool::Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  if (connection_) pool_->put_back(std::move(connection_));
  pool_ = std::move(other.pool_);
  connection_ = std::move(other.connection_);
  return *this;
}

Pool::Lease::~Lease() {
  if (connection_) pool_->put_back(std::move(connection_));
}

Pool::Pool(ConnectOptions connect, PoolOptions options)
    : impl_(std::make_shared<Impl>(std::move(connect), std::move(options))) {
  impl_->thread = std::thread([impl = impl_.get()] { impl->keep_up(); });
}

Pool::~Pool() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->stop_wanted.notify_all();
  impl_->thread.join();
}

Pool::Lease Pool::acquire() { return Lease(impl_, impl_->acquire()); }

PoolStats Pool::stats() const {
  const std::lock_guard lock(impl_->mutex);
  return {impl_->open, impl_->idle.size(), impl_->made, impl_->found_dead, impl_->retries};
}

namespace {

/// Whether a server could not be reached, or would not take what came.
bool was_turned_away(const Error& error) {
  return error.gqlstatus() == protocol::kRefused || error.gqlstatus() == status::kConnection ||
         error.gqlstatus() == status::kCannotOpen;
}

}  // namespace

void Pool::run_attempts(const std::function<void(Connection&)>& function) {
  for (unsigned attempt = 1;; ++attempt) {
    std::optional<Lease> lease;
    std::uint64_t sent_before = 0;
    try {
      lease.emplace(acquire());
      sent_before = (*lease)->requests_sent();
      return function(**lease);
    } catch (const Error& error) {
      const bool again = error.retryable() || error.gqlstatus() == protocol::kRefused ||
                         (lease ? !(*lease)->open() && (*lease)->requests_sent() == sent_before
                                : was_turned_away(error));
      if (!again || attempt == impl_->options.attempts) throw;
    }
    lease.reset();
    std::this_thread::sleep_for(impl_->pause_before(attempt));
  }
}

}  // namespace geode::client
