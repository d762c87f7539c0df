#include "gql/exec/parallel/parallel_run.hpp"

#include <algorithm>
#include <exception>
#include <tuple>

#include "base/running_limits.hpp"

namespace geode::gql::exec {

ParallelRun::~ParallelRun() {
  stopping_.store(true, std::memory_order_relaxed);
  for (const std::shared_ptr<base::Task>& task : tasks_) task->withdraw_or_wait();
}

graph::GraphTransaction* ParallelRun::snapshot() {
  std::unique_ptr<graph::GraphTransaction> other = graph_.begin_same();
  if (!other) return nullptr;
  other->rest();
  return snapshots_.emplace_back(std::move(other)).get();
}

std::shared_ptr<base::Task> ParallelRun::start(std::function<void()> work) {
  std::erase_if(tasks_, [](const auto& task) { return task->is_over(); });
  auto task = std::make_shared<base::Task>(std::move(work));
  tasks_.push_back(task);
  base::WorkerPool::shared().start(task, settings_.workers - 1);
  return task;
}

void share_nodes(const plan::Sharing& sharing, const graph::GraphTransaction& graph,
                 Morsels& morsels) {
  constexpr std::uint64_t kMorselsEach = 32;
  std::uint64_t begin = 0, end = graph.node_id_limit();
  if (sharing.label) std::tie(begin, end) = graph.id_range(*sharing.label);
  const std::uint64_t nodes = end - begin;
  morsels.reset(begin, end,
                std::max(sharing.least_nodes, nodes / (kMorselsEach * sharing.workers)));
}

void WorkerContext::take(const ExecutionContext& main, Morsels& morsels) {
  context_ = main;
  context_.morsels = &morsels;
  // One statement is shared out once, and its files belong to one thread.
  context_.parallel = nullptr;
  context_.spill = nullptr;
  warnings_.clear();
  if (main.warnings != nullptr) context_.warnings = &warnings_;
}

void WorkerContext::begin_first(const ExecutionContext& main, Morsels& morsels) {
  take(main, morsels);
}

bool WorkerContext::begin(const ExecutionContext& main, Morsels& morsels) {
  graph::GraphTransaction* graph = main.parallel->snapshot();
  if (graph == nullptr) return false;
  take(main, morsels);
  context_.graph = graph;
  access_.emplace(*graph);
  context_.functions.graph = &*access_;
  context_.procedures.graph = graph;
  return true;
}

void WorkerContext::give_warnings(const ExecutionContext& main) {
  for (bound::Warning& warning : warnings_) {
    const auto same = [&](const bound::Warning& known) {
      return known.message == warning.message && known.position.offset == warning.position.offset;
    };
    if (std::none_of(main.warnings->begin(), main.warnings->end(), same))
      main.warnings->push_back(std::move(warning));
  }
  warnings_.clear();
}

void run_workers(ParallelRun& run, const ExecutionContext& context, std::size_t workers,
                 const std::function<void(std::size_t worker)>& work) {
  std::vector<std::exception_ptr> failures(workers);
  const auto run_one = [&](std::size_t worker) noexcept {
    try {
      work(worker);
    } catch (...) {
      failures[worker] = std::current_exception();
    }
  };
  std::vector<std::shared_ptr<base::Task>> tasks;
  for (std::size_t worker = 1; worker < workers; ++worker) {
    tasks.push_back(run.start([&, worker] {
      const base::RunningLimits limits(context.interrupt, context.memory);
      run_one(worker);
    }));
  }
  run_one(0);
  for (const std::shared_ptr<base::Task>& task : tasks) task->withdraw_or_wait();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace geode::gql::exec
