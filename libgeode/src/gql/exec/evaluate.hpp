#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "gql/bind/bound/expression.hpp"
#include "gql/exec/operator.hpp"
#include "gql/exec/subplan.hpp"

namespace geode::gql::exec {

/// Where a variable stands in a batch.
using ColumnMap = std::vector<std::pair<bound::VariableId, int>>;
int column_of(const ColumnMap& columns, bound::VariableId variable);

/// Makes the plans of subqueries inside expressions; implemented by lower.cpp.
class SubqueryLowering {
 public:
  virtual ~SubqueryLowering() = default;
  /// result_columns: where the columns of the query stand in what the plan gives.
  virtual std::unique_ptr<Subplan> lower_subquery(const bound::Query& query, const ColumnMap& outer,
                                                  std::vector<int>& result_columns) = 0;
};

/// An expression bound to the columns of a batch: the only evaluator of the library.
///
/// Evaluates whole batches, for the given rows alone (a row that is not there raises no error).
/// Typed kernels where both sides have a common physical type, value by value otherwise; both give
/// the same answers as value::equals, value::add, ...
class Evaluator {
 public:
  Evaluator(const bound::Expression& expression, const ColumnMap& columns,
            SubqueryLowering& lowering);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;
  Evaluator& operator=(Evaluator&&) noexcept;

  /// Begins a run: constants are folded anew, as parameters may have changed.
  void open(ExecutionContext& context);
  /// The values at `rows` of `batch`; other rows are unset. The vector belongs to the evaluator or
  /// the batch, until the next call.
  const value::Vector& evaluate(const Batch& batch, std::span<const std::uint32_t> rows);
  const value::Vector& evaluate(const Batch& batch) { return evaluate(batch, batch.rows()); }
  /// Of a batch of one row without columns: LIMIT and the like.
  Value evaluate_constant(ExecutionContext& context);
  /// Appends to `out` those of `rows` for which the condition is true (neither false nor null).
  /// Throws 22G03 when it is not a boolean.
  void filter(const Batch& batch, std::span<const std::uint32_t> rows,
              std::vector<std::uint32_t>& out);

  /// mask[row] = 0 for each row of `batch`, all of which are there, for which the condition is not
  /// true; bytes of the mask are 0 or 1. False when the condition is not one that the encoded
  /// column of a property tells (see graph/column_test.hpp): filter() has to be asked then, for the
  /// rows that the mask still has.
  bool narrow(const Batch& batch, std::uint8_t* mask);

  const bound::Expression& expression() const;

  struct Node;

 private:
  std::unique_ptr<Node> root_;
  ExecutionContext* context_ = nullptr;
};

}  // namespace geode::gql::exec
