#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "gql/exec/operator.hpp"
#include "gql/exec/parallel/parallel_run.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// What the plans of a pipeline are chosen by when a run begins.
using Needs = std::vector<plan::WhenPresent>;
/// Whether the first ones are chosen: the others do not scan by morsels.
bool all_present(const graph::GraphTransaction& graph, const Needs& needs);

/// The rows of a pipeline that begins with a scan, in the order in which one thread would give
/// them, made by several threads: each has a copy of the pipeline, and runs it for one morsel of
/// the scan after another. Rows whose turn has not come are held.
///
/// The thread that asks for rows works too, and takes those of its own morsel as they come when it
/// is their turn. The first morsel is run before another thread is woken, so that the few rows that
/// a LIMIT wants cost no more than without threads. A thread that is far ahead leaves off, in the
/// middle of a morsel if need be; the one that asks for rows goes on from there.
class GatherOperator final : public Operator {
 public:
  /// Where the snapshot does not show what the pipelines need, the first copy runs alone, over the
  /// whole scan.
  GatherOperator(std::vector<OperatorPtr> pipelines, const plan::Sharing& sharing, Needs needs);
  ~GatherOperator() override;
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  /// A copy of the pipeline. Belongs to the thread that runs it, or, at rest, to the mutex.
  struct Worker {
    Operator* pipeline = nullptr;
    WorkerContext context;
    Morsels morsel;
    bool opened = false;
    bool in_morsel = false;  ///< it has not come to the end of its morsel
    bool running = false;    ///< a thread of the pool is to run it, or does
    std::uint64_t number = 0;
    std::shared_ptr<base::Task> task;
  };
  struct Held {
    Batch batch;
    std::uint64_t bytes = 0;
  };
  /// The rows of one morsel.
  struct Part {
    Worker* worker = nullptr;
    bool over = false;
    std::exception_ptr failure;
    std::deque<Held> ready;
  };

  bool begin_workers();
  void stop();
  void wake(Worker& worker);
  void work(Worker& worker) noexcept;
  bool claim(Worker& worker);
  Batch* pull_from(Worker& worker);
  bool make_rows(Worker& worker);
  bool work_meanwhile(std::unique_lock<std::mutex>& lock);
  void first_is_over(std::unique_lock<std::mutex>& lock);
  /// With the mutex held: so much is held that making rows can wait.
  bool enough() const;
  Part& part_of(const Worker& worker) { return parts_[worker.number - first_]; }
  bool is_stopping() const {
    return stop_.load(std::memory_order_relaxed) || context_->parallel->stopping();
  }

  const plan::Sharing sharing_;
  const Needs needs_;
  std::vector<std::unique_ptr<Worker>> workers_;  ///< the first: of the thread that asks for rows
  bool serial_ = true, begun_ = false;
  Batch out_;

  std::mutex mutex_;  ///< of all that follows
  std::condition_variable changed_;
  std::atomic<bool> stop_{false};
  Morsels morsels_;
  std::deque<Part> parts_;   ///< those begun and not yet given, in the order of their numbers
  std::uint64_t first_ = 0;  ///< the number of the first of them
  std::uint64_t ready_ = 0;  ///< batches that are held
  std::uint64_t ready_bytes_ = 0;
  bool waits_ = false;  ///< the thread that asks for rows
  base::MemoryCharge charge_;
};

}  // namespace geode::gql::exec
