#pragma once

#include "gql/exec/operator.hpp"
#include "gql/exec/spill/spilled_rows.hpp"

namespace geode::gql::exec {

/// Reads its input to the end before it hands out a row: a clause that changes the graph is done
/// for all rows before the next one looks, and does not see its own changes.
class EagerOperator final : public Operator {
 public:
  EagerOperator(OperatorPtr input, std::size_t columns);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  const std::size_t columns_;
  RowBuffer rows_;
  std::uint64_t bare_rows_ = 0;  // of an input without columns
  bool read_ = false;
  std::size_t chunk_ = 0;
  Batch out_;
};

}  // namespace geode::gql::exec
