#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/operators/row_expander.hpp"

namespace geode::gql::exec {

/// Computes columns and chooses which ones go on: column i of the output is a column of the input,
/// or a new one.
class ProjectOperator final : public Operator {
 public:
  ProjectOperator(OperatorPtr input, ColumnSources sources,
                  std::vector<std::pair<int, Evaluator>> computed);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  ColumnSources sources_;
  std::vector<std::pair<int, Evaluator>> computed_;
  Batch out_;
};

/// Skips rows, and stops after a number of them.
class LimitOperator final : public Operator {
 public:
  LimitOperator(OperatorPtr input, std::optional<Evaluator> offset, std::optional<Evaluator> limit,
                bool drain);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  std::optional<Evaluator> offset_, limit_;
  /// Updates below must happen whatever the limit: the input is read to its end.
  bool drain_;
  std::uint64_t to_skip_ = 0, left_ = 0;
  std::vector<std::uint32_t> rows_;
};

/// A row for each element of a list: null and the empty list give none, another value is a list of
/// itself, or with `only_lists` an error.
class UnwindOperator final : public Operator {
 public:
  UnwindOperator(OperatorPtr input, ColumnSources sources, Evaluator list, bool only_lists,
                 int element_column, int counter_column, bool counter_from_one);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  RowExpander out_;
  void require_list(const Value& value) const;

  Evaluator list_;
  bool only_lists_;
  int element_column_, counter_column_;
  bool counter_from_one_;
  Batch* in_ = nullptr;
  std::vector<Value> lists_;
  std::size_t position_ = 0, element_ = 0;
  std::vector<Value> elements_, counters_;
};

/// The value of LIMIT or OFFSET. Throws 22G02 when it is negative, 22G03 when it is no integer.
std::uint64_t page_size(Evaluator& evaluator, ExecutionContext& context, const char* clause);

}  // namespace geode::gql::exec
