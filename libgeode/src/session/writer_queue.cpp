#include "session/writer_queue.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <geode/error.hpp>
#include "base/running_limits.hpp"

namespace geode::session {

namespace {

/// Statements in one commit: enough to share its two flushes, few enough that the first one does
/// not wait long.
constexpr std::size_t kGroupLimit = 256;
constexpr std::chrono::milliseconds kGroupTime{2};
/// How long a group waits for members of the one before, which come back with their next
/// statements: less than a flush takes.
constexpr std::chrono::microseconds kGatherTime{100};
/// How often who waits for the turn looks whether its statement is to stop.
constexpr std::chrono::milliseconds kLookTime{20};
/// Commits that folding waits for a moment without any; then the next one waits for it.
constexpr std::uint32_t kOverdue = 64;

/// Runs one statement. Gives what it threw, after undoing it.
std::exception_ptr run_behind_savepoint(const WriterQueue::Job& job,
                                        graph::GraphTransaction& transaction) {
  transaction.begin_savepoint();
  try {
    job(transaction);
    transaction.check_statement_end();
    transaction.release_savepoint();
    return nullptr;
  } catch (...) {
    std::exception_ptr error = std::current_exception();
    transaction.rollback_savepoint();
    return error;
  }
}

}  // namespace

WriterQueue::WriterQueue(std::shared_ptr<storage::Environment> environment,
                         std::int64_t lock_timeout_ms)
    : environment_(std::move(environment)), lock_timeout_ms_(lock_timeout_ms) {}

WriterQueue::~WriterQueue() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void WriterQueue::submit(Request& request) {
  std::unique_lock lock(mutex_);
  if (request.outside()) {
    waiting_.push_back(&request);
  } else {
    transaction_ = &request;
  }
  if (request.kind == Kind::kAutocommit && !turn_taken_ && !fold_is_overdue() &&
      waiting_.front() == &request) {
    turn_taken_ = true;
    run_group(lock);
    turn_taken_ = false;
    try {
      if (fold_due_ || !waiting_.empty()) wake();
    } catch (const std::exception&) {
      // What this request asked for is done.
    }
  } else {
    // Who has the turn looks at the queue when it ends.
    try {
      if (!request.outside() || !turn_taken_) wake();
    } catch (...) {
      std::erase(waiting_, &request);
      throw;
    }
    if (gathering_) arrived_.notify_one();
    wait(lock, request);
  }
  lock.unlock();
  if (request.error) std::rethrow_exception(request.error);
}

void WriterQueue::wait(std::unique_lock<std::mutex>& lock, Request& request) {
  using std::chrono::milliseconds;
  const auto moved = [&] { return request.done || request.taken; };
  const auto begin = std::chrono::steady_clock::now();
  const auto give_up_when_late = [&](milliseconds waited) {
    if (lock_timeout_ms_ < 0 || waited.count() < lock_timeout_ms_) return;
    throw Error(status::kDatabaseBusy, "database '" + environment_->path() +
                                           "' is being written; waited " +
                                           std::to_string(lock_timeout_ms_) +
                                           " ms; held by another transaction of this process")
        .hint("run the transaction again, or wait longer for the writer");
  };
  if (request.outside()) {
    milliseconds slice = kLookTime;
    if (lock_timeout_ms_ >= 0) slice = std::min(slice, milliseconds(lock_timeout_ms_));
    try {
      while (!request.finished.wait_for(lock, slice, moved)) {
        base::poll_interrupt();
        const auto waited =
            std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
        give_up_when_late(waited);
        if (lock_timeout_ms_ >= 0)
          slice = std::min(kLookTime, milliseconds(lock_timeout_ms_) - waited);
      }
    } catch (...) {
      std::erase(waiting_, &request);
      throw;
    }
  }
  request.finished.wait(lock, [&] { return request.done; });
}

/// With the mutex held. Throws Error 53X01 when there is no room for the thread.
void WriterQueue::wake() {
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { loop(); });
    } catch (const std::exception& error) {
      throw Error(status::kMemoryLimit, std::string("no thread can be started: ") + error.what());
    }
  }
  work_.notify_one();
}

bool WriterQueue::is_fold_due() const noexcept {
  try {
    return graph::fold_is_due(environment_);
  } catch (const std::exception&) {
    return true;  // The fold itself looks.
  }
}

void WriterQueue::committed() {
  if (!is_fold_due()) return;
  std::unique_lock lock(mutex_);
  fold_due_ = true;
  if (!turn_taken_) wake();
}

void WriterQueue::run(const Job& job) {
  Request request(Kind::kAutocommit, &job);
  submit(request);
}

std::unique_ptr<WriterQueue::Lease> WriterQueue::begin() {
  auto lease = std::make_unique<Lease>(*this);
  Request request(Kind::kBegin);
  submit(request);
  lease->open_ = true;
  return lease;
}

void WriterQueue::Lease::run(const Job& job) {
  Request request(Kind::kRun, &job);
  queue_->submit(request);
}

void WriterQueue::Lease::commit() {
  open_ = false;
  Request request(Kind::kCommit);
  queue_->submit(request);
}

void WriterQueue::Lease::rollback() {
  open_ = false;
  Request request(Kind::kRollback);
  queue_->submit(request);
}

WriterQueue::Lease::~Lease() {
  if (!open_) return;
  try {
    rollback();
  } catch (const std::exception&) {
    // The transaction is gone either way.
  }
}

void WriterQueue::finish(Request& request) {
  request.done = true;
  request.finished.notify_one();
}

void WriterQueue::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [&] { return !turn_taken_ && (stop_ || fold_due_ || !waiting_.empty()); });
    if (waiting_.empty() && stop_) return;
    turn_taken_ = true;
    if (waiting_.empty() || fold_is_overdue()) {
      fold(lock);
    } else if (waiting_.front()->kind == Kind::kBegin) {
      Request& begin = *waiting_.front();
      begin.taken = true;
      waiting_.pop_front();
      run_transaction(lock, begin);
    } else {
      run_group(lock);
    }
    turn_taken_ = false;
  }
}

bool WriterQueue::fold_is_overdue() const { return fold_due_ && commits_since_fold_ >= kOverdue; }

void WriterQueue::run_group(std::unique_lock<std::mutex>& lock) {
  const auto begin = std::chrono::steady_clock::now();
  Request* first = nullptr;
  Request* last = nullptr;
  std::size_t members = 0;
  std::exception_ptr failure;  // of all of them
  bool committed = false;
  const auto take = [&] {
    if (waiting_.empty() || waiting_.front()->kind != Kind::kAutocommit) return false;
    Request* const taken = waiting_.front();
    taken->taken = true;
    (last == nullptr ? first : last->next) = taken;
    last = taken;
    ++members;
    waiting_.pop_front();
    return true;
  };
  take();
  lock.unlock();
  try {
    const auto transaction = graph::GraphTransaction::begin_write(environment_, lock_timeout_ms_);
    for (bool more = true; more;) {
      last->error = run_behind_savepoint(*last->job, *transaction);
      committed = committed || !last->error;
      if (members >= kGroupLimit || std::chrono::steady_clock::now() - begin > kGroupTime) break;
      lock.lock();
      if (waiting_.empty()) gather(lock, members, begin + kGatherTime);
      more = take();
      lock.unlock();
    }
    if (committed) transaction->commit();
  } catch (...) {
    failure = std::current_exception();
  }
  const bool fold_due = committed && is_fold_due();
  lock.lock();
  ++commits_since_fold_;
  last_group_ = members;
  fold_due_ = fold_due_ || fold_due;
  while (first != nullptr) {
    // It is gone once it is finished.
    Request& request = *std::exchange(first, first->next);
    if (!request.error) request.error = failure;
    finish(request);
  }
}

void WriterQueue::gather(std::unique_lock<std::mutex>& lock, std::size_t members,
                         std::chrono::steady_clock::time_point until) {
  if (members >= last_group_) return;
  gathering_ = true;
  arrived_.wait_until(lock, until, [this] { return !waiting_.empty(); });
  gathering_ = false;
}

void WriterQueue::run_transaction(std::unique_lock<std::mutex>& lock, Request& begin) {
  lock.unlock();
  std::unique_ptr<graph::GraphTransaction> transaction;
  try {
    transaction = graph::GraphTransaction::begin_write(environment_, lock_timeout_ms_);
  } catch (...) {
    begin.error = std::current_exception();
  }
  lock.lock();
  finish(begin);
  while (transaction) {
    work_.wait(lock, [&] { return transaction_ != nullptr; });
    Request& request = *std::exchange(transaction_, nullptr);
    request.taken = true;
    lock.unlock();
    try {
      switch (request.kind) {
        case Kind::kRun:
          (*request.job)(*transaction);
          break;
        case Kind::kCommit:
          transaction->check_statement_end();
          transaction->commit();
          transaction.reset();
          break;
        case Kind::kRollback:
          transaction->rollback();
          transaction.reset();
          break;
        case Kind::kAutocommit:
        case Kind::kBegin:
          break;
      }
    } catch (...) {
      request.error = std::current_exception();
      if (request.kind != Kind::kRun) transaction.reset();
    }
    const bool fold_due = request.kind == Kind::kCommit && is_fold_due();
    lock.lock();
    fold_due_ = fold_due_ || fold_due;
    finish(request);
  }
}

/// Merges deltas into chunks, a bounded part of them, in a commit of its own.
void WriterQueue::fold(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  std::uint64_t left = 0;
  try {
    left = graph::fold(environment_);
  } catch (const std::exception&) {
    // Folding is repeated after a later commit; nothing depends on it but speed.
  }
  lock.lock();
  commits_since_fold_ = 0;
  fold_due_ = left > 0;
}

}  // namespace geode::session
