#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/worker_pool.hpp"
#include "gql/exec/context.hpp"
#include "gql/exec/parallel/morsels.hpp"
#include "gql/plan/logical_op.hpp"

namespace geode::gql::exec {

/// How the work of one statement may be shared out.
struct ParallelSettings {
  std::size_t workers = 1;  ///< threads at most, that of the caller among them
  std::uint64_t morsel_nodes = 8192;
};

/// The helpers of one run of a plan over a snapshot, which ends before the snapshot does. Used by
/// the thread that runs the plan.
///
/// A transaction serves one thread at a time, so each helper reads through one of its own that
/// shows the same state. Where there was a commit since the run began there is none to be had, and
/// the plan runs on one thread.
class ParallelRun {
 public:
  ParallelRun(const graph::GraphTransaction& graph, const ParallelSettings& settings)
      : graph_(graph), settings_(settings) {}
  /// Ends what is still at work.
  ~ParallelRun();
  ParallelRun(const ParallelRun&) = delete;
  ParallelRun& operator=(const ParallelRun&) = delete;

  std::size_t workers() const { return settings_.workers; }
  /// A transaction of the same state, until the run ends; null when that state is gone. It rests
  /// where nobody is at work with it (GraphTransaction::Use).
  graph::GraphTransaction* snapshot();
  /// Has a thread of the pool do this work, which must not throw.
  std::shared_ptr<base::Task> start(std::function<void()> work);
  /// Whoever is at work should stop.
  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

 private:
  const graph::GraphTransaction& graph_;
  const ParallelSettings settings_;
  std::vector<std::unique_ptr<graph::GraphTransaction>> snapshots_;
  std::vector<std::shared_ptr<base::Task>> tasks_;
  std::atomic<bool> stopping_{false};
};

/// Makes morsels of the nodes that the threads of an operator share: so many that each has enough
/// to choose from.
void share_nodes(const plan::Sharing& sharing, const graph::GraphTransaction& graph,
                 Morsels& morsels);

/// What one of several equal pipelines runs with.
class WorkerContext {
 public:
  /// The first pipeline reads through the transaction of the run itself.
  void begin_first(const ExecutionContext& main, Morsels& morsels);
  /// False when there is no transaction of the same state.
  bool begin(const ExecutionContext& main, Morsels& morsels);

  ExecutionContext& context() { return context_; }
  /// Hands the pipeline's warnings to the run; on the thread that runs the plan.
  void give_warnings(const ExecutionContext& main);

 private:
  void take(const ExecutionContext& main, Morsels& morsels);
  std::optional<TransactionGraphAccess> access_;
  ExecutionContext context_;
  std::vector<bound::Warning> warnings_;
};

/// Calls work(worker) for every worker below `workers`, 0 on this thread, and waits for all of
/// them. A worker that no thread had time for is not called: the work is to be shared out while it
/// goes on. Throws what the lowest worker that failed threw.
void run_workers(ParallelRun& run, const ExecutionContext& context, std::size_t workers,
                 const std::function<void(std::size_t worker)>& work);

}  // namespace geode::gql::exec
