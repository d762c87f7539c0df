#pragma once

#include <span>
#include <vector>

#include "gql/exec/operators/row_store.hpp"
#include "gql/syntax/ast/statement.hpp"

namespace geode::gql::exec {

/// UNION, UNION ALL and OTHERWISE of several inputs, EXCEPT and INTERSECT [ALL] of two; columns by
/// position.
class SetOperationOperator final : public Operator {
 public:
  /// left_first: an operand writes; then the first input reads everything at its first pull.
  SetOperationOperator(std::vector<OperatorPtr> inputs, ast::SetOperator op,
                       std::vector<std::vector<int>> columns, bool left_first);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  Batch* pass(Batch& batch, std::size_t input);
  void count_right();
  bool keep(std::span<const value::Vector* const> columns, std::uint32_t row);

  ast::SetOperator op_;
  std::vector<std::vector<int>> columns_;  // of each input
  bool left_first_;
  std::size_t at_ = 0;  // the input that is read
  bool any_ = false, counted_ = false;
  RowSet seen_, right_;
  std::vector<std::uint64_t> counts_;
  base::MemoryCharge charge_;
  Batch out_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace geode::gql::exec
