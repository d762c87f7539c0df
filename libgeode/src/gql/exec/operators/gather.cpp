#include "gql/exec/operators/gather.hpp"

#include <algorithm>

#include "base/running_limits.hpp"
#include "gql/exec/operators/when_present.hpp"

namespace geode::gql::exec {

namespace {

/// Batches that are held, and morsels that are begun, ahead of their turn, for each thread.
constexpr std::uint64_t kMostReady = 16, kMostAhead = 16;
/// What those batches may take; lists of long paths are large.
constexpr std::uint64_t kMostReadyBytes = std::uint64_t{4} << 20;

/// For another thread, which may hold it as long as it likes.
Batch frozen(const Batch& batch) {
  Batch copy;
  copy.columns.reserve(batch.columns.size());
  for (const value::Vector& column : batch.columns) copy.columns.push_back(column.frozen());
  copy.set_rows_of(batch);
  return copy;
}

std::uint64_t bytes_of(const Batch& batch) {
  std::uint64_t bytes = 0;
  for (const value::Vector& column : batch.columns) {
    bytes += kBatchRows * value::entry_size(column.physical());
    if (column.physical() == value::Physical::kAny) {
      for (const std::uint32_t row : batch.rows())
        if (!column.is_null(row)) bytes += column.at<Value>(row).heap_bytes();
    } else if (column.physical() == value::Physical::kString) {
      for (const std::uint32_t row : batch.rows())
        if (!column.is_null(row)) bytes += column.at<std::string_view>(row).size();
    }
  }
  return bytes;
}

}  // namespace

bool all_present(const graph::GraphTransaction& graph, const Needs& needs) {
  return std::all_of(needs.begin(), needs.end(),
                     [&](const auto& needed) { return is_present(graph, needed); });
}

GatherOperator::GatherOperator(std::vector<OperatorPtr> pipelines, const plan::Sharing& sharing,
                               Needs needs)
    : sharing_(sharing), needs_(std::move(needs)) {
  for (OperatorPtr& pipeline : pipelines) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->pipeline = pipeline.get();
    add_input(std::move(pipeline));
  }
}

GatherOperator::~GatherOperator() { stop(); }

void GatherOperator::stop() {
  stop_.store(true, std::memory_order_relaxed);
  for (const std::unique_ptr<Worker>& worker : workers_) {
    if (worker->task) worker->task->withdraw_or_wait();
    worker->task.reset();
    worker->running = worker->in_morsel = false;
  }
  parts_.clear();
  ready_ = ready_bytes_ = 0;
  charge_.clear();
  stop_.store(false, std::memory_order_relaxed);
}

void GatherOperator::open(ExecutionContext& context) {
  stop();
  context_ = &context;
  charge_ = base::MemoryCharge(context.memory);
  begun_ = false;
  serial_ = context.parallel == nullptr || !all_present(*context.graph, needs_);
  if (serial_) input().open(context);
}

bool GatherOperator::begin_workers() {
  share_nodes(sharing_, *context_->graph, morsels_);
  first_ = 0;
  workers_[0]->context.begin_first(*context_, workers_[0]->morsel);
  for (std::size_t i = 1; i < workers_.size(); ++i) {
    if (!workers_[i]->context.begin(*context_, workers_[i]->morsel)) return false;
  }
  return claim(*workers_[0]);
}

bool GatherOperator::enough() const {
  return ready_ >= kMostReady * workers_.size() ||
         ready_bytes_ >= kMostReadyBytes * workers_.size();
}

/// With the mutex held. False when there are no more morsels, or enough rows for now.
bool GatherOperator::claim(Worker& worker) {
  const std::uint64_t threads = workers_.size();
  if (enough() || parts_.size() >= kMostAhead * threads) return false;
  Morsels::Range range;
  if (!morsels_.next(range)) return false;
  worker.morsel.reset(range.begin, range.end, range.end - range.begin, range.number);
  worker.number = range.number;
  worker.in_morsel = true;
  worker.opened = false;
  parts_.emplace_back().worker = &worker;
  return true;
}

Batch* GatherOperator::pull_from(Worker& worker) {
  const graph::GraphTransaction::Use use(*worker.context.context().graph);
  if (!worker.opened) {
    worker.pipeline->open(worker.context.context());
    worker.opened = true;
  }
  return worker.pipeline->pull();
}

/// Holds the next rows of a worker's morsel. False at its end.
bool GatherOperator::make_rows(Worker& worker) {
  Held copy;
  bool any = false;
  std::exception_ptr failure;
  try {
    if (Batch* batch = pull_from(worker)) {
      copy = {frozen(*batch), bytes_of(*batch)};
      any = true;
    }
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  Part& part = part_of(worker);
  if (any && !failure) {
    try {
      charge_.set(ready_bytes_ + copy.bytes);
      ready_bytes_ += copy.bytes;
      part.ready.push_back(std::move(copy));
      ++ready_;
    } catch (...) {
      failure = std::current_exception();
    }
  }
  if (!any || failure) {
    part.failure = failure;
    part.over = true;
    worker.in_morsel = false;
  }
  if (waits_ && worker.number == first_) changed_.notify_one();
  return worker.in_morsel;
}

/// Of a thread of the pool.
void GatherOperator::work(Worker& worker) noexcept {
  const base::RunningLimits limits(context_->interrupt, context_->memory);
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping() || (worker.in_morsel ? enough() : !claim(worker))) {
        worker.running = false;
        if (waits_) changed_.notify_one();
        return;
      }
    }
    while (make_rows(worker) && !is_stopping()) {
      const std::lock_guard lock(mutex_);
      if (enough()) break;
    }
  }
}

/// With the mutex held.
void GatherOperator::wake(Worker& worker) {
  worker.running = true;
  worker.task = context_->parallel->start([this, &worker] { work(worker); });
}

/// Makes rows of a later morsel while another thread makes the first. False: there is nothing to
/// be done.
bool GatherOperator::work_meanwhile(std::unique_lock<std::mutex>& lock) {
  Worker& own = *workers_[0];
  if (own.in_morsel ? enough() : !claim(own)) return false;
  lock.unlock();
  make_rows(own);
  lock.lock();
  return true;
}

/// All rows of the first morsel have been given.
void GatherOperator::first_is_over(std::unique_lock<std::mutex>& lock) {
  Worker& worker = *parts_.front().worker;
  parts_.pop_front();
  ++first_;
  if (ready_ == 0) charge_.clear();
  if (!worker.running) worker.context.give_warnings(*context_);
  if (parts_.empty()) claim(*workers_[0]);
  // Those who were too far ahead rest until it is worth it.
  const std::uint64_t threads = workers_.size();
  if (parts_.empty() || ready_ > kMostReady * threads / 2 ||
      parts_.size() > kMostAhead * threads / 2)
    return;
  std::vector<Worker*> idle;
  for (std::size_t i = 1; i < workers_.size(); ++i) {
    Worker* other = workers_[i].get();
    if (other->running || other == parts_.front().worker) continue;
    if (other->in_morsel || morsels_.any()) idle.push_back(other);
  }
  if (idle.empty()) return;
  for (Worker* other : idle) other->running = true;
  lock.unlock();
  for (Worker* other : idle) {
    // The last one may not have returned yet.
    if (other->task) other->task->withdraw_or_wait();
    wake(*other);
  }
  lock.lock();
}

Batch* GatherOperator::next() {
  if (!serial_ && !begun_) {
    begun_ = true;
    serial_ = !begin_workers();
    if (serial_) input().open(*context_);
  }
  if (serial_) return input().pull();
  std::unique_lock lock(mutex_);
  while (!parts_.empty()) {
    context_->interrupt->check();
    Part& first = parts_.front();
    Worker& worker = *first.worker;
    if (!first.ready.empty()) {
      out_ = std::move(first.ready.front().batch);
      ready_bytes_ -= first.ready.front().bytes;
      first.ready.pop_front();
      --ready_;
      charge_.set(ready_bytes_);
      return &out_;
    }
    if (first.failure) {
      const std::exception_ptr failure = first.failure;
      std::rethrow_exception(failure);
    }
    if (first.over) {
      first_is_over(lock);
    } else if (!worker.running) {
      // Its own, or one that somebody has left off.
      lock.unlock();
      Batch* batch = pull_from(worker);
      if (batch != nullptr) return batch;
      lock.lock();
      parts_.front().over = true;
      worker.in_morsel = false;
    } else if (!work_meanwhile(lock)) {
      waits_ = true;
      changed_.wait(lock);
      waits_ = false;
    }
  }
  for (const std::unique_ptr<Worker>& worker : workers_) worker->context.give_warnings(*context_);
  return nullptr;
}

}  // namespace geode::gql::exec
