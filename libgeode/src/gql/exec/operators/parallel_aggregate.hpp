#pragma once

#include <vector>

#include "gql/exec/operators/aggregate.hpp"
#include "gql/exec/operators/gather.hpp"

namespace geode::gql::exec {

/// An aggregation over a pipeline that begins with a scan, by several threads: each folds the rows
/// of the morsels that it takes, and the groups of all are put together in the end.
///
/// When one of them has too many groups to be held, what was done is dropped, and one thread begins
/// anew with a file to put them in.
class ParallelAggregateOperator final : public Operator {
 public:
  /// Where the snapshot does not show what the pipelines need, the first part reads all rows.
  ParallelAggregateOperator(std::vector<std::unique_ptr<AggregateOperator>> parts,
                            const plan::Sharing& sharing, Needs needs);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  /// False: nothing was read.
  bool read();

  const plan::Sharing sharing_;
  const Needs needs_;
  std::vector<AggregateOperator*> parts_;
  std::vector<WorkerContext> contexts_;
  Morsels morsels_;
  bool done_ = false;
};

}  // namespace geode::gql::exec
