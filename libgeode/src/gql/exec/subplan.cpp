#include "gql/exec/subplan.hpp"

namespace geode::gql::exec {

void Subplan::start(ExecutionContext& context, const Batch& outer,
                    std::span<const std::uint32_t> rows) {
  context_ = &context;
  outer_ = &outer;
  rows_ = rows;
  position_ = 0;
  argument_->mark_given();
  if (row_column_ < 0) {
    if (!rows_.empty()) open_row();
    return;
  }
  Batch& argument = argument_->batch();
  for (std::size_t i = 0; i < imports_.size(); ++i) {
    argument.columns[i].set_dictionary(outer.columns[imports_[i]], rows);
  }
  value::Vector& numbers = argument.columns.back();
  numbers.reset(value::Physical::kInt64);
  std::int64_t* data = numbers.mutable_data<std::int64_t>();
  for (std::size_t i = 0; i < rows.size(); ++i) data[i] = rows[i];
  argument.size = static_cast<std::uint32_t>(rows.size());
  root_->open(context);
}

void Subplan::open_row() {
  current_row_ = rows_[position_];
  Batch& argument = argument_->batch();
  for (std::size_t i = 0; i < imports_.size(); ++i) {
    argument.columns[i].set_dictionary(outer_->columns[imports_[i]], {&current_row_, 1});
  }
  argument.size = 1;
  root_->open(*context_);
}

Batch* Subplan::next() {
  if (row_column_ >= 0) return batch_ = root_->pull();
  while (position_ < rows_.size()) {
    batch_ = root_->pull();
    if (batch_) return batch_;
    if (++position_ < rows_.size()) open_row();
  }
  return nullptr;
}

}  // namespace geode::gql::exec
