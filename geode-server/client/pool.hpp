#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "client/connection.hpp"

namespace geode::client {

struct PoolOptions {
  std::size_t min = 0;   ///< connections that are kept, used or not
  std::size_t max = 10;  ///< connections at once, at least one
  /// How long acquire() waits for a connection when `max` are in use. Zero: no limit.
  std::chrono::milliseconds acquire_timeout{30'000};
  /// Connections beyond `min` that nobody used for so long are closed. Zero: never.
  std::chrono::milliseconds idle_time{300'000};
  /// Idle connections are pinged so often; those that do not answer are closed. Zero: never.
  std::chrono::milliseconds ping_interval{30'000};
  /// One that was idle for longer is pinged before it is handed out.
  std::chrono::milliseconds trusted_for{500};
  /// An answer to a ping that takes longer is none.
  std::chrono::milliseconds ping_timeout{5'000};

  /// run(): how often at most, and the pauses between. The pause doubles each time up to
  /// `longest_pause`; a random half of it is left out, so that those who failed together do not
  /// come back together.
  unsigned attempts = 5;
  std::chrono::milliseconds first_pause{50}, longest_pause{2'000};
};

struct PoolStats {
  std::size_t open = 0;          ///< connections, those that are being made among them
  std::size_t idle = 0;          ///< of these
  std::uint64_t made = 0;        ///< since the pool began
  std::uint64_t found_dead = 0;  ///< that did not answer a ping, or were lost in use
  std::uint64_t retries = 0;     ///< attempts of run() after the first
};

/// Connections with a server (or with several: ConnectOptions::alternatives) that are used in turn.
/// Its functions may be called from any thread; it outlives its leases. A thread of its own pings
/// idle connections, closes those that are too many, and makes those that are missing.
class Pool {
 public:
  struct Impl;

  /// A connection for one thread, which goes back to the pool with the lease; its results end
  /// before. A transaction that is open then is rolled back. What SESSION SET changed and what was
  /// prepared stays with the connection.
  class Lease {
   public:
    Lease(Lease&&) noexcept;
    Lease& operator=(Lease&&) noexcept;
    ~Lease();
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    friend class Pool;
    Lease(std::shared_ptr<Impl> pool, std::unique_ptr<Connection> connection);
    std::shared_ptr<Impl> pool_;
    std::unique_ptr<Connection> connection_;
  };

  /// Makes no connection before it returns: servers that cannot be reached are told of by acquire()
  /// and run().
  explicit Pool(ConnectOptions connect, PoolOptions options = {});
  explicit Pool(std::string_view url, PoolOptions options = {})
      : Pool(parse_url(url), std::move(options)) {}
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Throws 57X02 when none gets free in time, and what Connection throws when one cannot be made.
  Lease acquire();

  /// What `function` makes of a Connection, which is no RemoteResult of it. It is called again,
  /// from its beginning and with an open transaction rolled back,
  ///  - after an error that is retryable(): a conflict of transactions, most of all;
  ///  - when no connection could be made (but for want of time), or the server refused it, or what
  ///    was asked of it, because it stops or has too many;
  ///  - when the connection was lost before any of its requests was sent whole.
  /// A connection that is lost later may have done what was asked: that error is thrown, as all
  /// others are, and the last one. What `function` does outside of one transaction may therefore be
  /// done more than once.
  template <class Function>
  std::invoke_result_t<Function&, Connection&> run(Function&& function) {
    using Answer = std::invoke_result_t<Function&, Connection&>;
    if constexpr (std::is_void_v<Answer>) {
      run_attempts([&](Connection& connection) { function(connection); });
    } else {
      std::optional<Answer> answer;
      run_attempts([&](Connection& connection) { answer.emplace(function(connection)); });
      return std::move(*answer);
    }
  }

  PoolStats stats() const;

 private:
  void run_attempts(const std::function<void(Connection&)>& function);

  std::shared_ptr<Impl> impl_;
};

}  // namespace geode::client
