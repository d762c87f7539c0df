#include "gql/exec/operators/sort.hpp"

#include "gql/exec/operators/project.hpp"

namespace geode::gql::exec {

SortOperator::SortOperator(OperatorPtr input, std::vector<Evaluator> keys,
                           std::vector<SortDirection> directions, std::optional<Evaluator> offset,
                           std::optional<Evaluator> limit, std::size_t columns)
    : keys_(std::move(keys)),
      directions_(std::move(directions)),
      offset_(std::move(offset)),
      limit_(std::move(limit)),
      columns_(columns) {
  add_input(std::move(input));
}

void SortOperator::open(ExecutionContext& context) {
  Operator::open(context);
  for (Evaluator& key : keys_) key.open(context);
  sorted_ = false;
}

void SortOperator::read() {
  std::optional<std::uint64_t> wanted;
  if (limit_) {
    wanted = page_size(*limit_, *context_, "LIMIT");
    const std::uint64_t skipped = offset_ ? page_size(*offset_, *context_, "OFFSET") : 0;
    if (__builtin_add_overflow(*wanted, skipped, &*wanted)) wanted.reset();
  }
  std::vector<RowSorter::Key> keys;
  for (std::size_t i = 0; i < keys_.size(); ++i) keys.push_back({columns_ + i, directions_[i]});
  sorter_.reset(*context_, columns_ + keys_.size(), std::move(keys), wanted);
  std::vector<const value::Vector*> columns;
  while (Batch* batch = input().pull()) {
    context_->interrupt->check();
    if (wanted == 0) continue;
    columns.clear();
    for (std::size_t c = 0; c < columns_; ++c) columns.push_back(&batch->columns[c]);
    for (Evaluator& key : keys_) columns.push_back(&key.evaluate(*batch));
    sorter_.add(columns, batch->rows());
  }
  sorter_.finish();
}

Batch* SortOperator::next() {
  if (!sorted_) {
    sorted_ = true;
    read();
  }
  if (!sorter_.next(out_)) return nullptr;
  out_.columns.resize(columns_);
  return &out_;
}

}  // namespace geode::gql::exec
