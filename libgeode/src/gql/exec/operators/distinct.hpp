#pragma once

#include <vector>

#include "gql/exec/spill/spilled_set.hpp"

namespace geode::gql::exec {

/// Each row of the given columns once, the first one. Rows are handed out as they come, until there
/// are too many to be held: those that are not among the ones handed out by then are told apart in
/// a temporary file, and follow.
class DistinctOperator final : public Operator {
 public:
  DistinctOperator(OperatorPtr input, std::vector<int> columns);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  Batch* next_in_memory();
  void spill_rest();
  Batch* next_spilled();

  std::vector<int> columns_;
  RowSet seen_;
  base::MemoryCharge charge_;
  std::vector<std::uint32_t> rows_;

  bool spilling_ = false, spilled_ = false;
  SpilledSet set_;  // of the columns that tell rows apart, then the others
  std::vector<int> order_;
  Batch read_, out_;
};

}  // namespace geode::gql::exec
