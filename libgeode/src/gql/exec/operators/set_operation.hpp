#pragma once

#include <span>
#include <vector>

#include "gql/exec/spill/spilled_set.hpp"

namespace geode::gql::exec {

/// UNION, UNION ALL and OTHERWISE of several inputs, EXCEPT and INTERSECT [ALL] of two; columns by
/// position. Rows that are too many to be held are told apart in a temporary file.
class SetOperationOperator final : public Operator {
 public:
  /// left_first: an operand writes; then the first input reads everything at its first pull.
  SetOperationOperator(std::vector<OperatorPtr> inputs, ast::SetOperator op,
                       std::vector<std::vector<int>> columns, bool left_first);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  bool needs_right_first() const;
  bool needs_set() const;
  Batch* pass(Batch& batch, std::size_t input);
  /// The next batch of the inputs that are read one after another, as out_.
  Batch* read();
  void count_right();
  void spill_right();
  bool matches_right(std::span<const value::Vector* const> columns, std::uint32_t row) const;
  bool keep(std::span<const value::Vector* const> columns, std::uint32_t row);
  Batch* next_in_memory();
  void spill_rest();

  ast::SetOperator op_;
  std::vector<std::vector<int>> columns_;  // of each input
  bool left_first_;
  std::size_t at_ = 0;  // the input that is read
  bool any_ = false, counted_ = false;
  Batch* first_ = nullptr;  // of the first input, when it was read before the right one
  RowSet seen_, right_;
  std::vector<std::uint64_t> counts_;
  base::MemoryCharge charge_;
  Batch out_;
  std::vector<std::uint32_t> rows_;
  bool right_spilled_ = false, spilling_ = false, spilled_ = false;
  SpilledSet set_;
};

}  // namespace geode::gql::exec
