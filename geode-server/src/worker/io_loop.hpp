#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include <boost/asio/io_context.hpp>

namespace geode::server {

/// The input and output of a server: one thread at a time runs the handlers of an io_context.
///
/// Handing a statement to another thread and its answer back costs more than a point read takes. So
/// this thread runs statements that are expected to be quick by itself. Should one of them take
/// longer than that, another thread takes the handlers over, and the first one ends with its
/// statement. (The pattern is Leader/Followers, Schmidt et al. 2000, with a follower that looks
/// instead of being woken each time.)
class IoLoop {
 public:
  using Job = std::function<void()>;

  IoLoop() = default;
  ~IoLoop() = default;
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  boost::asio::io_context& context() { return context_; }
  void start();
  bool running() const { return running_; }
  /// Waits until the context has no more to do, and all jobs have ended. To be called after
  /// start().
  void join();
  /// Runs the job after the handler that calls this; it may go on beside handlers that run later,
  /// and does not throw. Of handlers only.
  void run_quick(Job job);

 private:
  void lead();
  void watch();
  void begin_thread(void (IoLoop::*work)());

  boost::asio::io_context context_;
  /// Counts the jobs; that which runs in the leading thread, 0 when none does or it was left alone.
  std::uint64_t jobs_ = 0;
  std::atomic<std::uint64_t> current_{0};
  /// The watching thread sleeps until there is a job again.
  std::atomic<bool> asleep_{false};

  bool running_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;  ///< the context has no more to do
  struct Thread {
    std::thread thread;
    bool over = false;
  };
  std::list<Thread> threads_;
};

}  // namespace geode::server
