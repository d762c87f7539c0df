#pragma once

#include <vector>

#include "gql/exec/operators/row_store.hpp"
#include "gql/syntax/ast/statement.hpp"

namespace geode::gql::exec {

/// UNION, EXCEPT, INTERSECT [ALL] and OTHERWISE of two inputs; columns by position.
class SetOperationOperator final : public Operator {
 public:
  SetOperationOperator(OperatorPtr left, OperatorPtr right, ast::SetOperator op,
                       std::vector<int> left_columns, std::vector<int> right_columns);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  Batch* pass(Batch& batch, bool right);
  void count_right();
  bool keep(const Batch& batch, std::uint32_t row);

  ast::SetOperator op_;
  std::vector<int> columns_[2];
  bool on_right_ = false, any_left_ = false, counted_ = false;
  RowSet seen_, right_;
  std::vector<std::uint64_t> counts_;
  base::MemoryCharge charge_;
  Batch out_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace geode::gql::exec
