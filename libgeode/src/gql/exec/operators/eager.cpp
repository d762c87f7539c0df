#include "gql/exec/operators/eager.hpp"

#include <algorithm>

namespace geode::gql::exec {

EagerOperator::EagerOperator(OperatorPtr input, std::size_t columns) : columns_(columns) {
  add_input(std::move(input));
}

void EagerOperator::open(ExecutionContext& context) {
  Operator::open(context);
  rows_.reset(context, columns_);
  bare_rows_ = 0;
  read_ = false;
  chunk_ = 0;
}

Batch* EagerOperator::next() {
  if (!read_) {
    read_ = true;
    while (Batch* batch = input().pull()) {
      context_->interrupt->check();
      if (columns_ == 0) {
        bare_rows_ += batch->row_count();
      } else {
        rows_.append(*batch);
      }
    }
  }
  out_.clear_selection();
  if (columns_ == 0) {
    out_.size = static_cast<std::uint32_t>(std::min<std::uint64_t>(bare_rows_, kBatchRows));
    bare_rows_ -= out_.size;
    return out_.size > 0 ? &out_ : nullptr;
  }
  if (chunk_ == rows_.chunk_count()) return nullptr;
  out_.columns = rows_.chunk(chunk_);
  out_.size = rows_.chunk_rows(chunk_);
  ++chunk_;
  return &out_;
}

}  // namespace geode::gql::exec
