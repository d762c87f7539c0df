#include "gql/exec/operators/gather.hpp"

#include <algorithm>

#include "base/running_limits.hpp"

namespace geode::gql::exec {

namespace {

/// Batches that a copy makes ahead of their turn.
constexpr std::size_t kMostReady = 16;
/// What an entry of a column takes, roughly.
constexpr std::uint64_t kEntryBytes = 16;

/// For another thread, which may hold it as long as it likes.
Batch frozen(const Batch& batch) {
  Batch copy;
  copy.columns.reserve(batch.columns.size());
  for (const value::Vector& column : batch.columns) copy.columns.push_back(column.frozen());
  copy.set_rows_of(batch);
  return copy;
}

}  // namespace

bool all_present(const graph::GraphTransaction& graph, const GatherOperator::Properties& required) {
  return std::all_of(required.begin(), required.end(), [&](const auto& property) {
    return graph.all_have(property.label, property.key);
  });
}

GatherOperator::GatherOperator(std::vector<OperatorPtr> pipelines, Properties required)
    : required_(std::move(required)) {
  for (OperatorPtr& pipeline : pipelines) {
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->pipeline = pipeline.get();
    add_input(std::move(pipeline));
  }
}

GatherOperator::~GatherOperator() { stop(); }

void GatherOperator::stop() {
  stop_.store(true, std::memory_order_relaxed);
  for (const std::unique_ptr<Slot>& slot : slots_) {
    if (slot->task) slot->task->withdraw_or_wait();
    slot->task.reset();
    slot->ready.clear();
    slot->charge.clear();
    slot->failure = nullptr;
    slot->state = State::kOver;
  }
  order_.clear();
  stop_.store(false, std::memory_order_relaxed);
}

void GatherOperator::open(ExecutionContext& context) {
  stop();
  context_ = &context;
  begun_ = started_ = false;
  serial_ = context.parallel == nullptr || !all_present(*context.graph, required_);
  if (serial_) input().open(context);
}

bool GatherOperator::begin_slots() {
  morsels_.reset(0, context_->graph->node_id_limit(), context_->parallel->morsel_nodes());
  for (const std::unique_ptr<Slot>& slot : slots_) {
    if (!slot->worker.begin(*context_, slot->morsel)) return false;
    slot->charge = base::MemoryCharge(context_->memory);
  }
  return take_next_morsel(*slots_[0]);
}

bool GatherOperator::take_next_morsel(Slot& slot) {
  Morsels::Range range;
  if (!morsels_.next(range)) return false;
  slot.morsel.reset(range.begin, range.end, range.end - range.begin, range.number);
  slot.opened = false;
  slot.state = State::kWaiting;
  order_.push_back(&slot);
  return true;
}

void GatherOperator::start(Slot& slot) {
  // One of an earlier morsel, which nobody has begun or which is about to end.
  if (slot.task) slot.task->withdraw_or_wait();
  slot.task = context_->parallel->start([this, &slot] {
    {
      const std::lock_guard lock(mutex_);
      if (slot.state != State::kWaiting || !slot.ready.empty()) return;
      slot.state = State::kRunning;
    }
    const base::RunningLimits limits(context_->interrupt, context_->memory);
    run(slot, false);
  });
}

/// The rows of the first morsel have been given.
void GatherOperator::recycle_first() {
  Slot& slot = *order_.front();
  order_.pop_front();
  slot.worker.give_warnings(*context_);
  if (take_next_morsel(slot)) start(slot);
  if (started_) return;
  started_ = true;
  for (const std::unique_ptr<Slot>& other : slots_) {
    if (other.get() != &slot && take_next_morsel(*other)) start(*other);
  }
}

Batch* GatherOperator::pull_from(Slot& slot) {
  if (!slot.opened) {
    slot.pipeline->open(slot.worker.context());
    slot.opened = true;
  }
  return slot.pipeline->pull();
}

bool GatherOperator::first_has_rows() const {
  const Slot& first = *order_.front();
  return first.state != State::kRunning || !first.ready.empty();
}

/// Makes rows of a slot that this thread has taken. `helping`: until the first slot has some.
void GatherOperator::run(Slot& slot, bool helping) {
  while (true) {
    Batch* batch = nullptr;
    std::exception_ptr failure;
    Batch copy;
    try {
      batch = pull_from(slot);
      if (batch != nullptr) {
        slot.charge.add(batch->columns.size() * kBatchRows * kEntryBytes);
        copy = frozen(*batch);
      }
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    if (batch == nullptr || failure) {
      slot.failure = failure;
      slot.state = failure ? State::kFailed : State::kOver;
      changed_.notify_one();
      return;
    }
    slot.ready.push_back(std::move(copy));
    const bool done = slot.ready.size() >= kMostReady || stop_.load(std::memory_order_relaxed) ||
                      (context_->parallel->stopping()) || (helping && first_has_rows());
    if (done) slot.state = State::kWaiting;
    changed_.notify_one();
    if (done) return;
  }
}

Batch* GatherOperator::next() {
  if (!serial_ && !begun_) {
    begun_ = true;
    serial_ = !begin_slots();
    if (serial_) input().open(*context_);
  }
  if (serial_) return input().pull();
  std::unique_lock lock(mutex_);
  while (!order_.empty()) {
    context_->interrupt->check();
    Slot& first = *order_.front();
    if (!first.ready.empty()) {
      out_ = std::move(first.ready.front());
      first.ready.pop_front();
      if (first.ready.empty() && first.state != State::kRunning) first.charge.clear();
      return &out_;
    }
    switch (first.state) {
      case State::kFailed: {
        const std::exception_ptr failure = first.failure;
        std::rethrow_exception(failure);
      }
      case State::kOver:
        first.charge.clear();
        lock.unlock();
        recycle_first();
        lock.lock();
        break;
      case State::kWaiting:
      case State::kHeld: {
        first.state = State::kHeld;
        lock.unlock();
        if (Batch* batch = pull_from(first)) return batch;
        lock.lock();
        first.state = State::kOver;
        break;
      }
      case State::kRunning: {
        const auto later = std::find_if(order_.begin(), order_.end(), [](const Slot* slot) {
          return slot->state == State::kWaiting && slot->ready.empty();
        });
        if (later == order_.end()) {
          changed_.wait(lock);
          break;
        }
        Slot& slot = **later;
        slot.state = State::kRunning;
        lock.unlock();
        run(slot, true);
        lock.lock();
        break;
      }
    }
  }
  return nullptr;
}

}  // namespace geode::gql::exec
