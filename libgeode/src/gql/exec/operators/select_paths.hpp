#pragma once

#include <optional>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/operators/row_store.hpp"
#include "gql/syntax/ast/pattern.hpp"

namespace geode::gql::exec {

/// The k of SHORTEST $k: an integer of at least 1.
std::uint64_t path_count(Evaluator& evaluator, ExecutionContext& context);

/// Of all rows with the same two ends, those that ANY, ALL SHORTEST, SHORTEST k ... keep. Length =
/// edges in the given columns.
class SelectPathsOperator final : public Operator {
 public:
  SelectPathsOperator(OperatorPtr input, int source, int target, std::vector<int> edges,
                      ast::PathSearch search, std::uint64_t count,
                      std::optional<Evaluator> count_parameter, std::size_t columns);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  void read();
  int source_, target_;
  std::vector<int> edges_;
  ast::PathSearch search_;
  std::uint64_t count_;
  std::optional<Evaluator> count_parameter_;  // gives count_ of a run
  std::size_t columns_;
  RowStore rows_;
  base::MemoryCharge charge_;
  std::vector<std::uint64_t> kept_;
  bool read_ = false;
  std::size_t position_ = 0;
  Batch out_;
};

}  // namespace geode::gql::exec
