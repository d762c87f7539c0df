#include "gql/exec/operators/distinct.hpp"

namespace geode::gql::exec {

DistinctOperator::DistinctOperator(OperatorPtr input, std::vector<int> columns)
    : columns_(std::move(columns)) {
  add_input(std::move(input));
}

void DistinctOperator::open(ExecutionContext& context) {
  Operator::open(context);
  seen_.reset(columns_.size());
  charge_ = base::MemoryCharge(context.memory);
}

Batch* DistinctOperator::next() {
  while (Batch* batch = input().pull()) {
    context_->interrupt->check();
    std::vector<const value::Vector*> columns;
    for (int column : columns_) columns.push_back(&batch->columns[column]);
    rows_.clear();
    for (std::uint32_t row : batch->rows()) {
      bool added = false;
      seen_.insert(columns, row, added);
      if (added) rows_.push_back(row);
    }
    charge_.set(seen_.bytes());
    if (rows_.empty()) continue;
    if (rows_.size() < batch->row_count()) batch->select(rows_);
    return batch;
  }
  charge_.clear();
  return nullptr;
}

}  // namespace geode::gql::exec
