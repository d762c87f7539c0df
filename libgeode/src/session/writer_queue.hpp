#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "graph/graph_transaction.hpp"

namespace geode::session {

/// The queue of what a process wants to write to a database; one at a time holds the turn.
///
/// An autocommit statement that finds the turn free runs on its own thread, so that a commit costs
/// no switch to another one. Those that come meanwhile are run with it in one commit, each behind a
/// savepoint of its own, so that a failed one alone is undone (group commit). An explicit write
/// transaction holds a thread of the queue from begin() to its end: LMDB's write transaction
/// belongs to the thread that began it. The same thread folds while nobody waits.
class WriterQueue {
 public:
  using Job = std::function<void(graph::GraphTransaction&)>;

  WriterQueue(std::shared_ptr<storage::Environment> environment, std::int64_t lock_timeout_ms);
  ~WriterQueue();

  /// Runs `job` and commits; durable when it returns. What the job throws, or the commit, is thrown
  /// here, and nothing has happened. Throws 08X02 when the turn does not come within the lock
  /// timeout.
  void run(const Job& job);

  /// An explicit transaction. One thread at a time.
  class Lease {
   public:
    explicit Lease(WriterQueue& queue) : queue_(&queue) {}
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    /// Runs a statement of the transaction on the writer's thread.
    void run(const Job& job);
    void commit();
    void rollback();

   private:
    friend class WriterQueue;
    WriterQueue* queue_;
    bool open_ = false;
  };
  /// Waits for other writers; throws 08X02 after the lock timeout.
  std::unique_ptr<Lease> begin();

  /// To be called after a commit that did not go through the queue: it may have made folding due.
  void committed();

 private:
  enum class Kind : std::uint8_t { kAutocommit, kBegin, kRun, kCommit, kRollback };
  struct Request {
    explicit Request(Kind what, const Job* to_run = nullptr) : kind(what), job(to_run) {}
    /// Whether it waits for its turn, and is not part of a transaction that has it.
    bool outside() const { return kind == Kind::kAutocommit || kind == Kind::kBegin; }
    Kind kind;
    const Job* job;
    std::exception_ptr error;
    bool taken = false;
    bool done = false;
    Request* next = nullptr;  ///< of its group
    /// Of this request alone: who waits for another one is not woken.
    std::condition_variable finished;
  };
  void submit(Request& request);
  void wait(std::unique_lock<std::mutex>& lock, Request& request);
  void wake();
  void loop();
  bool fold_is_overdue() const;
  bool is_fold_due() const noexcept;
  void run_group(std::unique_lock<std::mutex>& lock);
  void run_transaction(std::unique_lock<std::mutex>& lock, Request& begin);
  void finish(Request& request);
  /// While a group runs: waits a moment for those whose statements were in the last group, too.
  void gather(std::unique_lock<std::mutex>& lock, std::size_t members,
              std::chrono::steady_clock::time_point until);
  void fold(std::unique_lock<std::mutex>& lock);

  std::shared_ptr<storage::Environment> environment_;
  std::int64_t lock_timeout_ms_;
  std::mutex mutex_;
  std::condition_variable work_;     // for the thread
  std::condition_variable arrived_;  // for who gathers a group
  std::deque<Request*> waiting_;     // autocommit statements and begins
  Request* transaction_ = nullptr;   // of the open explicit transaction, one at a time
  std::thread thread_;
  bool turn_taken_ = false;
  bool gathering_ = false;
  std::size_t last_group_ = 1;
  bool stop_ = false;
  bool fold_due_ = false;
  std::uint32_t commits_since_fold_ = 0;
};

}  // namespace geode::session
