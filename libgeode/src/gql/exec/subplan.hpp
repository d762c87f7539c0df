#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "gql/exec/operator.hpp"

namespace geode::gql::exec {

/// A plan below another one that runs for the rows of an outer batch.
///
/// Where nothing in it looks at several rows at once, it runs for a whole batch, and a hidden
/// column carries the number of the outer row; else (aggregates, sorting, limits, set operations)
/// once for each row.
class Subplan {
 public:
  /// `imports`: positions of the argument's columns in the outer batch. row_column: position of the
  /// hidden column in root's output, or -1: then it runs row by row. The argument's last column is
  /// the hidden one when row_column >= 0.
  Subplan(OperatorPtr root, ArgumentOperator* argument, std::vector<int> imports, int row_column)
      : root_(std::move(root)),
        argument_(argument),
        imports_(std::move(imports)),
        row_column_(row_column) {}

  /// `rows` must stay until the last next().
  void start(ExecutionContext& context, const Batch& outer, std::span<const std::uint32_t> rows);
  /// The next batch, or null. outer_row(i) is the outer row of its row i.
  Batch* next();
  std::uint32_t outer_row(std::uint32_t row) const {
    return row_column_ < 0
               ? current_row_
               : static_cast<std::uint32_t>(batch_->columns[row_column_].at<std::int64_t>(row));
  }
  Operator& root() const { return *root_; }

 private:
  void open_row();
  OperatorPtr root_;
  ArgumentOperator* argument_;
  std::vector<int> imports_;
  int row_column_;
  ExecutionContext* context_ = nullptr;
  const Batch* outer_ = nullptr;
  std::span<const std::uint32_t> rows_;
  std::size_t position_ = 0;
  std::uint32_t current_row_ = 0;
  Batch* batch_ = nullptr;
};

}  // namespace geode::gql::exec
