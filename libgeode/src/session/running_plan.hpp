#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <geode/session.hpp>
#include "base/interrupt.hpp"
#include "gql/exec/context.hpp"
#include "gql/procedure/host.hpp"
#include "session/compile.hpp"

namespace geode::session {

/// What one run takes from its session.
struct RunSettings {
  std::shared_ptr<base::Interrupt> interrupt;
  std::uint64_t memory_limit_bytes = 0;
  const gql::exec::SpillSpace::Settings* spill = nullptr;  ///< of the database
  gql::exec::ParallelSettings parallel;
  std::string time_zone = "Z";
  std::string user;
  bool null_sums = false;
  std::shared_ptr<gql::ProcedureHost> host;
  bool profile = false;
};

/// One run of a prepared plan over a transaction: the context, the limits, the counters. It must
/// stay where it is while it runs.
class RunningPlan {
 public:
  /// `transaction` is held when given (a snapshot of this statement); else `graph` outlives the
  /// run.
  RunningPlan(std::shared_ptr<PreparedPlan> plan,
              std::shared_ptr<graph::GraphTransaction> transaction, graph::GraphTransaction& graph,
              const Parameters& parameters, const RunSettings& settings);
  ~RunningPlan();
  RunningPlan(const RunningPlan&) = delete;

  /// The next batch, or null at the end.
  gql::Batch* next();
  /// A value of a batch as it leaves the engine.
  Value resolve(const Value& value) const;
  const graph::GraphTransaction& graph() const { return *context_.graph; }
  const PreparedPlan& plan() const { return *plan_; }
  /// What the run had to remark so far.
  const std::vector<gql::bound::Warning>& warnings() const { return warnings_; }
  std::chrono::nanoseconds elapsed() const { return std::chrono::steady_clock::now() - begin_; }

 private:
  std::shared_ptr<PreparedPlan> plan_;
  std::shared_ptr<graph::GraphTransaction> transaction_;
  gql::exec::TransactionGraphAccess access_;
  std::shared_ptr<base::Interrupt> interrupt_;
  std::shared_ptr<gql::ProcedureHost> host_;
  std::vector<gql::bound::Warning> warnings_;
  gql::exec::ExecutionContext context_;
  base::MemoryCharge written_;
  std::optional<gql::exec::ParallelRun> parallel_;
  std::chrono::steady_clock::time_point begin_;
};

/// Parameters by position; throws 42X01 naming a missing one.
std::vector<Value> parameter_values(const gql::bound::Program& program,
                                    const Parameters& parameters, const catalog::Catalog& catalog);

}  // namespace geode::session
