#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "gql/exec/evaluate.hpp"
#include "gql/exec/operators/row_expander.hpp"
#include "gql/function/integer_range.hpp"

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

/// A row for each element of a list, for each input row: null and the empty list give none, another
/// value is a list of itself, or with `only_lists` an error. Lists are evaluated for so many rows at a
/// time as take little memory; those that range() would make are counted through instead.
class UnwindOperator final : public Operator {
 public:
  struct Columns {
    int element = -1, counter = -1;
    bool counter_from_one = true;
  };
  /// `range`: the arguments, when the list is a call of range().
  UnwindOperator(OperatorPtr input, ColumnSources sources, Evaluator list,
                 std::vector<Evaluator> range, bool only_lists, Columns columns);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  void evaluate_lists();
  void evaluate_ranges();
  void require_list(const Value& value) const;
  void add_elements(std::uint32_t row);
  void add_numbers(std::uint32_t row);

  RowExpander out_;
  Evaluator list_;
  std::vector<Evaluator> range_;
  bool only_lists_;
  Columns columns_;
  Batch* in_ = nullptr;
  std::size_t rows_ = 0;  ///< of the input that were evaluated
  std::size_t rows_at_once_ = 1;
  // Of the rows evaluated last.
  std::vector<Value> lists_;
  std::vector<IntegerRange> ranges_;
  std::size_t first_ = 0, position_ = 0;
  std::uint64_t element_ = 0;
  std::vector<Value> elements_;
  std::vector<std::int64_t> numbers_, counters_;
};

/// The value of LIMIT or OFFSET. Throws 22G02 when it is negative, 22G03 when it is no integer.
std::uint64_t page_size(Evaluator& evaluator, ExecutionContext& context, const char* clause);

}  // namespace geode::gql::exec
