#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "shell/target.hpp"

namespace geode::cli {

/// Takes Ctrl-C for the whole process, on a thread of its own: signal handlers may not call into
/// the library.
///
/// SIGINT is blocked in the thread that makes this object and in those it starts later, so make it
/// before others. While a statement runs, the first Ctrl-C ends the statement and a second within
/// two seconds the process. At other times it ends the process, or in a conversation is left to
/// whoever asks with take().
class Interrupts {
 public:
  explicit Interrupts(bool conversation);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Marks `target` as running a statement.
  class Running {
   public:
    Running(Interrupts& interrupts, Target& target);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    Interrupts& interrupts_;
  };

  bool pending() const { return pending_.load(std::memory_order_relaxed); }
  /// Whether Ctrl-C came since the last call.
  bool take() { return pending_.exchange(false); }
  /// Sleeps; true when Ctrl-C ended the sleep early.
  bool sleep(std::chrono::milliseconds time);

 private:
  void run();
  void on_interrupt();

  const bool conversation_;
  std::atomic<bool> pending_{false};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  Target* running_ = nullptr;
  bool sleeping_ = false;
  std::chrono::steady_clock::time_point last_{};
  std::thread thread_;
};

}  // namespace geode::cli
