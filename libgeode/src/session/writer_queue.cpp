#include "session/writer_queue.hpp"

#include <chrono>
#include <vector>

namespace geode::session {

namespace {

/// Statements in one commit: enough to share its two flushes, few enough that the first one does
/// not wait long.
constexpr std::size_t kGroupLimit = 256;
constexpr std::chrono::milliseconds kGroupTime{2};

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
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
  bool outside = request.kind == Kind::kAutocommit || request.kind == Kind::kBegin;
  (outside ? waiting_ : transaction_).push_back(&request);
  work_.notify_all();
  finished_.wait(lock, [&] { return request.done; });
  lock.unlock();
  if (request.error) std::rethrow_exception(request.error);
}

void WriterQueue::run(const Job& job) {
  Request request{Kind::kAutocommit, &job, nullptr, false};
  submit(request);
}

std::unique_ptr<WriterQueue::Lease> WriterQueue::begin() {
  Request request{Kind::kBegin, nullptr, nullptr, false};
  submit(request);
  return std::make_unique<Lease>(*this);
}

void WriterQueue::Lease::run(const Job& job) {
  Request request{Kind::kRun, &job, nullptr, false};
  queue_->submit(request);
}

void WriterQueue::Lease::commit() {
  open_ = false;
  Request request{Kind::kCommit, nullptr, nullptr, false};
  queue_->submit(request);
}

void WriterQueue::Lease::rollback() {
  open_ = false;
  Request request{Kind::kRollback, nullptr, nullptr, false};
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
  finished_.notify_all();
}

void WriterQueue::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    if (waiting_.front()->kind == Kind::kBegin) {
      Request& begin = *waiting_.front();
      waiting_.pop_front();
      run_transaction(lock, begin);
    } else {
      run_group(lock);
    }
    maintain(lock);
  }
}

void WriterQueue::run_group(std::unique_lock<std::mutex>& lock) {
  std::vector<Request*> group;
  std::unique_ptr<graph::GraphTransaction> transaction;
  auto begin = std::chrono::steady_clock::now();
  auto take = [&]() -> Request* {
    if (waiting_.empty() || waiting_.front()->kind != Kind::kAutocommit) return nullptr;
    Request* request = waiting_.front();
    waiting_.pop_front();
    return request;
  };
  Request* request = take();
  lock.unlock();
  try {
    transaction = graph::GraphTransaction::begin_write(environment_, lock_timeout_ms_);
  } catch (...) {
    request->error = std::current_exception();
    lock.lock();
    finish(*request);
    return;
  }
  std::vector<Request*> failed;
  while (request) {
    transaction->begin_savepoint();
    try {
      (*request->job)(*transaction);
      transaction->check_statement_end();
      transaction->release_savepoint();
      group.push_back(request);
    } catch (...) {
      request->error = std::current_exception();
      transaction->rollback_savepoint();
      failed.push_back(request);
    }
    if (group.size() + failed.size() >= kGroupLimit ||
        std::chrono::steady_clock::now() - begin > kGroupTime)
      break;
    lock.lock();
    request = take();
    lock.unlock();
  }
  std::exception_ptr error;
  try {
    if (group.empty()) {
      transaction->rollback();
    } else {
      transaction->commit();
    }
  } catch (...) {
    error = std::current_exception();
  }
  transaction.reset();
  lock.lock();
  fold_due_ = fold_due_ || !group.empty();
  for (Request* done : group) {
    done->error = error;
    finish(*done);
  }
  for (Request* done : failed) finish(*done);
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
    work_.wait(lock, [&] { return !transaction_.empty(); });
    Request& request = *transaction_.front();
    transaction_.pop_front();
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
    lock.lock();
    fold_due_ = fold_due_ || request.kind == Kind::kCommit;
    finish(request);
  }
}

/// Merges deltas into chunks while nobody waits, a bounded part at a time, in commits of their own.
void WriterQueue::maintain(std::unique_lock<std::mutex>& lock) {
  while (fold_due_ && waiting_.empty() && !stop_) {
    lock.unlock();
    std::uint64_t left = 0;
    try {
      left = graph::fold(environment_);
    } catch (const Error&) {
      // Folding is repeated after a later commit; nothing depends on it but speed.
    }
    lock.lock();
    fold_due_ = left > 0;
  }
}

}  // namespace geode::session
