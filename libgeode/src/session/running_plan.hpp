#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <geode/session.hpp>
#include "base/running_limits.hpp"
#include "gql/exec/context.hpp"
#include "gql/function/statement_clock.hpp"
#include "session/compile.hpp"
#include "session/session_context.hpp"

namespace geode::session {

struct RunSettings {
  std::shared_ptr<const SessionContext> session;
  std::chrono::steady_clock::time_point begin;  ///< of the statement
  std::uint64_t memory_limit_bytes = 0;
  bool profile = false;
};

/// The snapshot that a run reads, held until the run is over. It may rest then, until the next
/// statement goes on with it.
class RunSnapshot {
 public:
  RunSnapshot() = default;
  RunSnapshot(std::shared_ptr<graph::GraphTransaction> transaction, bool rests)
      : transaction_(std::move(transaction)), rests_(rests) {}
  RunSnapshot(RunSnapshot&&) noexcept = default;
  RunSnapshot& operator=(RunSnapshot&&) = delete;
  ~RunSnapshot() {
    if (rests_ && transaction_) transaction_->suspend();
  }
  graph::GraphTransaction& graph() const { return *transaction_; }

 private:
  std::shared_ptr<graph::GraphTransaction> transaction_;
  bool rests_ = false;
};

/// One run of a prepared plan over a transaction: the context, the limits, the counters. It must
/// stay where it is while it runs.
class RunningPlan {
 public:
  /// `graph` is that of `snapshot` when there is one; else it outlives the run.
  RunningPlan(std::shared_ptr<PreparedPlan> plan, RunSnapshot snapshot,
              graph::GraphTransaction& graph, const Parameters& parameters,
              const RunSettings& settings);
  ~RunningPlan();
  RunningPlan(const RunningPlan&) = delete;

  /// Those of the run, for the thread that asks for rows and values.
  base::RunningLimits limits() { return {context_.interrupt, context_.memory, &written_}; }
  /// For its lifetime, a thread is at work with the run, within its limits. Throws Error 40X02 when
  /// the snapshot was ended while nobody was.
  class Use {
   public:
    explicit Use(RunningPlan& run)
        : snapshot_(*run.context_.graph),
          watch_(*run.context_.interrupt, run.context_.graph->snapshot_state()),
          limits_(run.limits()) {}

   private:
    graph::GraphTransaction::Use snapshot_;
    base::Interrupt::Watch watch_;
    base::RunningLimits limits_;
  };
  /// The next batch, or null at the end.
  gql::Batch* next();
  /// A value of a batch as it leaves the engine.
  Value resolve(const Value& value) const;
  graph::GraphTransaction& graph() const { return *context_.graph; }
  const PreparedPlan& plan() const { return *plan_; }
  /// What the run had to remark so far.
  const std::vector<gql::bound::Warning>& warnings() const { return warnings_; }
  /// Since the statement began.
  const std::shared_ptr<base::Interrupt>& interrupt() const { return session_->interrupt; }
  std::chrono::nanoseconds elapsed() const { return std::chrono::steady_clock::now() - begin_; }

 private:
  std::shared_ptr<PreparedPlan> plan_;
  RunSnapshot snapshot_;
  gql::exec::TransactionGraphAccess access_;
  std::shared_ptr<const SessionContext> session_;
  const Activity::MemoryUse::Run memory_run_;
  gql::StatementClock clock_;
  std::vector<gql::bound::Warning> warnings_;
  gql::exec::ExecutionContext context_;
  base::MemoryCharge written_;
  std::optional<gql::exec::ParallelRun> parallel_;
  const std::chrono::steady_clock::time_point begin_;
};

/// Parameters by position; throws 42X01 naming a missing one.
std::vector<Value> parameter_values(const gql::bound::Program& program,
                                    const Parameters& parameters, const catalog::Catalog& catalog);

}  // namespace geode::session
