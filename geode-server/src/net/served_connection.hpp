#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <boost/system/error_code.hpp>

#include "server.hpp"

namespace geode::server {

/// A client that is connected, whatever it speaks, as the server looks after it. On the thread of
/// input and output alone. It is counted from when it is made until it has told of its close.
class ServedConnection {
 public:
  using Clock = std::chrono::steady_clock;

  virtual ~ServedConnection() = default;
  virtual void start() = 0;
  /// Keeps the limits on time; to be called now and then, also after close().
  virtual void tick(Clock::time_point now) = 0;
  virtual void close() = 0;
  /// From now on nothing new is begun on it.
  virtual void begin_stop() = 0;
  /// Nothing of one that is not served.
  virtual std::optional<ConnectionInfo> info() const = 0;
  /// Its handshake is over, one way or the other.
  virtual bool greeted() const = 0;
  /// Closed, and no statement of it runs any more.
  virtual bool gone() const = 0;
  /// Nothing is asked or open that a stop should wait for.
  virtual bool at_rest() const = 0;
};

/// Bytes that a connection holds to be sent; part of what all of them hold. Thread-safe.
class QueuedBytes {
 public:
  explicit QueuedBytes(std::atomic<std::uint64_t>& of_all) : of_all_(of_all) {}
  ~QueuedBytes() { of_all_ -= own_; }
  QueuedBytes(const QueuedBytes&) = delete;
  QueuedBytes& operator=(const QueuedBytes&) = delete;
  void operator+=(std::size_t bytes) {
    own_ += bytes;
    of_all_ += bytes;
  }
  void operator-=(std::size_t bytes) {
    own_ -= bytes;
    of_all_ -= bytes;
  }
  operator std::size_t() const { return own_; }

 private:
  std::atomic<std::size_t> own_{0};
  std::atomic<std::uint64_t>& of_all_;
};

/// Whether a handshake failed as it does with who only looks whether the port is open, who leaves
/// no line in the log.
bool is_probe(const boost::system::error_code& error);

/// When that was, for people.
ConnectionInfo::Clock::time_point wall_time(ServedConnection::Clock::time_point time);

}  // namespace geode::server
