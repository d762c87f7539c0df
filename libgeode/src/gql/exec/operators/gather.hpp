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

/// The rows of a pipeline that begins with a scan, in the order in which one thread would give
/// them, made by several threads: equal copies of the pipeline each run for one morsel of the scan
/// at a time.
///
/// The thread that asks for rows works too. It runs the copy whose rows are next, unless another
/// thread has begun that one; then it takes up one that comes later, and holds its rows until their
/// turn, as the others do. The first morsel is run by it alone, so that no thread is woken for the
/// few rows that a LIMIT wants. A copy that has made many rows ahead of their turn is left until
/// then.
class GatherOperator final : public Operator {
 public:
  using Properties = std::vector<plan::WhenPresent::Property>;
  /// Where a node lacks one of `required`, the first copy runs alone, over the whole scan.
  GatherOperator(std::vector<OperatorPtr> pipelines, Properties required);
  ~GatherOperator() override;
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  enum class State : std::uint8_t {
    kWaiting,  ///< for a thread; it may have been begun
    kRunning,  ///< by a thread that holds its rows
    kHeld,     ///< by the thread that asks for rows, which takes them as they come
    kOver,
    kFailed
  };
  /// One copy of the pipeline, with the morsel that it runs for.
  struct Slot {
    Operator* pipeline = nullptr;
    WorkerContext worker;
    Morsels morsel;
    bool opened = false;
    State state = State::kOver;
    std::deque<Batch> ready;
    base::MemoryCharge charge;
    std::exception_ptr failure;
    std::shared_ptr<base::Task> task;
  };

  bool begin_slots();
  void stop();
  void start(Slot& slot);
  bool take_next_morsel(Slot& slot);
  void recycle_first();
  Batch* pull_from(Slot& slot);
  void run(Slot& slot, bool helping);
  bool first_has_rows() const;

  const Properties required_;
  std::vector<std::unique_ptr<Slot>> slots_;
  Morsels morsels_;
  std::deque<Slot*> order_;  ///< those that have a morsel, by its number
  bool serial_ = true, begun_ = false, started_ = false;
  Batch out_;

  std::mutex mutex_;  ///< of the states, rows and failures of slots
  std::condition_variable changed_;
  std::atomic<bool> stop_{false};
};

/// Whether every node has what the copies of a pipeline rely on.
bool all_present(const graph::GraphTransaction& graph, const GatherOperator::Properties& required);

}  // namespace geode::gql::exec
