#include "graph/sorted_batches.hpp"

#include <utility>

namespace geode::graph {
namespace {

constexpr std::size_t kBatchTriples = 8192;
/// Read ahead: so that neither side waits for the other at each turn.
constexpr std::size_t kBatches = 6;

}  // namespace

SortedBatches::SortedBatches(SortedRuns& runs, Options options)
    : runs_(runs), options_(std::move(options)), current_(std::make_unique<Batch>()) {
  if (!options_.own_thread) return;
  for (std::size_t i = 0; i < kBatches; ++i) empty_.push_back(std::make_unique<Batch>());
  thread_ = std::thread([this] { loop(); });
}

SortedBatches::~SortedBatches() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool SortedBatches::fill(Batch& batch) {
  batch.triples.clear();
  batch.row_bytes.clear();
  batch.row_ends.clear();
  while (batch.triples.size() < kBatchTriples && runs_.next()) {
    batch.triples.push_back(runs_.current());
    if (!options_.rows) continue;
    batch.row_bytes.append(runs_.row());
    batch.row_ends.push_back(batch.row_bytes.size());
  }
  if (!batch.triples.empty()) {
    if (options_.each) options_.each(batch);
    return true;
  }
  if (options_.at_end) options_.at_end();
  return false;
}

void SortedBatches::loop() {
  std::unique_lock lock(mutex_);
  try {
    for (bool more = true; more;) {
      changed_.wait(lock, [this] { return stop_ || !empty_.empty(); });
      if (stop_) return;
      std::unique_ptr<Batch> batch = std::move(empty_.front());
      empty_.pop_front();
      lock.unlock();
      more = fill(*batch);
      lock.lock();
      if (more) full_.push_back(std::move(batch));
      changed_.notify_all();
    }
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    error_ = std::current_exception();
  }
  ended_ = true;
  changed_.notify_all();
}

const SortedBatches::Batch* SortedBatches::next() {
  if (!options_.own_thread) {
    if (ended_) return nullptr;
    ended_ = !fill(*current_);
    return ended_ ? nullptr : current_.get();
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || !full_.empty(); });
  if (error_) std::rethrow_exception(error_);
  if (full_.empty()) return nullptr;
  empty_.push_back(std::exchange(current_, std::move(full_.front())));
  full_.pop_front();
  changed_.notify_all();
  return current_.get();
}

}  // namespace geode::graph
